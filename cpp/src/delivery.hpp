// Delivery: hands runs of connections to the event kernel of the receiving in-port.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "annarchy_ml/kernel_abi.h"
#include "group.hpp"
#include "projection.hpp"

namespace annarchy_ml {

// The in-port of a group as one thread sees it at one moment of the step.
struct receiver {
  aml_event_fn kernel = nullptr;
  const aml_context *stepped = nullptr;  // for targets that have taken this step already
  const aml_context *waiting = nullptr;  // for those that have not: their time is the step's start
  std::int64_t n_stepped = 0;            // targets below this one have taken the step
  int thread = -1;                       // whose targets are meant; -1: all targets
  instance_range own{};                  // the targets that belong to this thread
};

// Targets ascend within a segment, so both cuts (own targets, stepped targets) are searches.
void deliver(const projection &connections, std::span<const std::uint32_t> segments,
             const receiver &to);

// Appends the segments of `rows` whose events arrive at once.
void immediate_segments(const projection &connections, std::span<const std::int32_t> rows,
                        std::vector<std::uint32_t> &segments);

// Number of connections in `segments`; counting stops where it has reached `enough`.
[[nodiscard]] std::int64_t connections_in(const projection &connections,
                                          std::span<const std::uint32_t> segments,
                                          std::int64_t enough) noexcept;

// Appends the instances of `range` that sent events, as often as they did, and clears the flags.
void collect_emitted(std::int32_t *emitted, instance_range range, std::vector<std::int32_t> &rows);

// The same for the targets of `segments` only.
void collect_emitted(std::int32_t *emitted, const projection &connections,
                     std::span<const std::uint32_t> segments, std::vector<std::int32_t> &rows);

}  // namespace annarchy_ml
