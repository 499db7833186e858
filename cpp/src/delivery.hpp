// Delivery: hands runs of connections to the event kernel of the receiving in-port.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "annarchy_ml/kernel_abi.h"
#include "group.hpp"
#include "projection.hpp"
#include "row_cuts.hpp"

namespace annarchy_ml {

class deferred_events;

// The in-port of a group as one thread sees it at one moment of the step.
struct receiver {
  aml_event_fn kernel = nullptr;
  const aml_context *stepped = nullptr;  // for targets that have taken this step already
  const aml_context *waiting = nullptr;  // for those that have not: their time is the step's start
  std::int64_t n_stepped = 0;            // targets below this one have taken the step
  bool whole = true;                     // all targets are meant, not those of one thread
  instance_range own{};                  // the targets that belong to this thread
  const segment_cuts *cuts = nullptr;    // where these lie within segments; null: to be searched
  deferred_events *deferred = nullptr;   // what the rows have not heard yet; null: nothing
  int thread = -1;                       // that delivers; -1: one for all
};

// Targets ascend within a segment, so both cuts (own targets, stepped targets) can be searched.
void deliver(const projection &connections, std::span<const connection_range> segments,
             const receiver &to);

// Appends the segments of `rows` whose events arrive at once.
void immediate_segments(const projection &connections, std::span<const std::int32_t> rows,
                        std::vector<connection_range> &segments);

// Number of connections in `segments`; counting stops where it has reached `enough`.
[[nodiscard]] std::int64_t connections_in(std::span<const connection_range> segments,
                                          std::int64_t enough) noexcept;

// Appends the instances of `range` that sent events, as often as they did, and clears the flags.
void collect_emitted(std::int64_t *emitted, instance_range range, std::vector<std::int32_t> &rows);

// The same for the targets of `segments` only.
void collect_emitted(std::int64_t *emitted, const projection &connections,
                     std::span<const connection_range> segments, std::vector<std::int32_t> &rows);

}  // namespace annarchy_ml
