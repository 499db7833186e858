// A projection: event connections from one out-port to one in-port, in source order.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "connection_store.hpp"

namespace annarchy_ml {

struct projection_ends {
  int source = -1;
  int source_port = -1;
  int target = -1;
  int target_port = -1;
};

// Connections begin <= c < end of a projection.
struct connection_range {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  [[nodiscard]] bool empty() const noexcept { return begin >= end; }
};

// A segment is the part of a row that shares one delay: what one event delivers at one time.
class projection {
 public:
  projection(std::string name, projection_ends ends, connection_store store);

  [[nodiscard]] const std::string &name() const noexcept { return name_; }
  [[nodiscard]] const projection_ends &ends() const noexcept { return ends_; }
  [[nodiscard]] const connection_store &store() const noexcept { return store_; }
  // In seconds, or in steps if `whole_steps`.
  [[nodiscard]] std::span<const double> delays() const noexcept { return store_.delays; }
  [[nodiscard]] bool whole_steps() const noexcept { return store_.whole_steps; }
  [[nodiscard]] bool single_delay() const noexcept { return store_.single_delay(); }
  [[nodiscard]] std::int64_t size() const noexcept { return store_.size(); }
  // Segments of a row.
  [[nodiscard]] std::int64_t segments_begin(std::int32_t row) const noexcept {
    return single_delay() ? row : store_.segment_ptr[static_cast<std::size_t>(row)];
  }
  [[nodiscard]] std::int64_t segments_end(std::int32_t row) const noexcept {
    return single_delay() ? row + 1 : store_.segment_ptr[static_cast<std::size_t>(row) + 1];
  }
  [[nodiscard]] std::int32_t delay_of(std::int64_t segment) const noexcept {
    if (single_delay()) return 0;
    return static_cast<std::int32_t>(store_.segment_delay[static_cast<std::size_t>(segment)]);
  }
  [[nodiscard]] connection_range connections(std::int64_t segment) const noexcept {
    const auto place = static_cast<std::size_t>(segment);
    return {bounds_[place], bounds_[place + 1]};
  }
  // The first connection of a range whose target (or its owner) is not below `target`.
  [[nodiscard]] std::int64_t first_from(connection_range range, std::int64_t target) const noexcept;
  // Threads own its targets by what stands at `owners[target]`, which ascends within a segment.
  void set_owners(const std::int32_t *owners) noexcept { owners_ = owners; }
  // A range as kernels see it.
  [[nodiscard]] aml_run run_of(connection_range range) const noexcept;

  // Remembers where the targets of each thread begin in every segment, if segments are long enough
  // for that to pay; `first_targets` holds the first target of every thread but the first.
  void cut(std::span<const std::int64_t> first_targets);
  // The connections of a segment whose targets belong to a thread: those below `end_target` and not
  // below `begin_target`.
  [[nodiscard]] connection_range part_of(std::int64_t segment, int thread,
                                         std::int64_t begin_target,
                                         std::int64_t end_target) const noexcept;
  void prefetch_bounds(std::int64_t segment) const noexcept {
    __builtin_prefetch(bounds_.data() + segment);
    if (n_cuts_ > 0) __builtin_prefetch(cuts_.at(static_cast<std::size_t>(segment * n_cuts_)));
  }
  // Bytes of the connections and their segments.
  [[nodiscard]] std::size_t bytes() const noexcept { return store_.bytes() + cuts_.bytes(); }

 private:
  [[nodiscard]] std::int64_t longest_segment() const noexcept;

  std::string name_;
  projection_ends ends_;
  connection_store store_;
  std::span<const std::uint32_t> bounds_;
  small_integers cuts_;                   // (segment, thread - 1) -> connection within the segment
  int n_cuts_ = 0;                        // 0: cuts are searched
  const std::int32_t *owners_ = nullptr;  // null: targets are owned by their own number
};

}  // namespace annarchy_ml
