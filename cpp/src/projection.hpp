// A projection: event connections from one out-port to one in-port, in source order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace annarchy_ml {

// Connections as they are given: compressed rows, one per source instance. The arrays belong to
// the caller and must outlive the network.
struct connection_table {
  std::span<const std::int64_t> row_ptr;
  std::span<const std::int32_t> targets;
  const void *weights = nullptr;  // one aml_real per connection, or null where all are 1
  std::size_t weight_size = 8;
  std::vector<double> delays;                 // unique, ascending [s]; 0 means at once
  std::span<const std::int32_t> delay_index;  // into delays; empty with a single delay
};

struct projection_ends {
  int source = -1;
  int source_port = -1;
  int target = -1;
  int target_port = -1;
};

// A segment is the part of a row that shares one delay: what one event delivers at one time.
// With a single delay the segments are the rows themselves and take no memory of their own.
class projection {
 public:
  // Checks everything that the delivery relies on; raises engine_error(argument).
  projection(std::string name, projection_ends ends, connection_table table,
             std::int64_t source_size, std::int64_t target_size);

  [[nodiscard]] const std::string &name() const noexcept { return name_; }
  [[nodiscard]] const projection_ends &ends() const noexcept { return ends_; }
  [[nodiscard]] std::span<const double> delays() const noexcept { return table_.delays; }
  [[nodiscard]] bool single_delay() const noexcept { return table_.delays.size() == 1; }
  [[nodiscard]] std::int64_t size() const noexcept {
    return static_cast<std::int64_t>(table_.targets.size());
  }
  // Segments of a row.
  [[nodiscard]] std::int64_t segments_begin(std::int32_t row) const noexcept {
    return single_delay() ? row : segment_ptr_[static_cast<std::size_t>(row)];
  }
  [[nodiscard]] std::int64_t segments_end(std::int32_t row) const noexcept {
    return single_delay() ? row + 1 : segment_ptr_[static_cast<std::size_t>(row) + 1];
  }
  [[nodiscard]] std::int32_t delay_of(std::int64_t segment) const noexcept {
    return single_delay() ? 0 : segment_delay_[static_cast<std::size_t>(segment)];
  }
  // Connections of a segment.
  [[nodiscard]] std::int64_t begin(std::int64_t segment) const noexcept {
    return bounds_[static_cast<std::size_t>(segment)];
  }
  [[nodiscard]] std::int64_t end(std::int64_t segment) const noexcept {
    return bounds_[static_cast<std::size_t>(segment) + 1];
  }
  [[nodiscard]] const std::int32_t *targets() const noexcept { return table_.targets.data(); }
  [[nodiscard]] const void *weights_from(std::int64_t connection) const noexcept {
    if (table_.weights == nullptr) return nullptr;
    return static_cast<const char *>(table_.weights) +
           static_cast<std::size_t>(connection) * table_.weight_size;
  }
  // Remembers where the targets of each thread begin in every segment, if segments are long enough
  // for that to pay; `first_targets` holds the first target of every thread but the first.
  void cut(std::span<const std::int32_t> first_targets);
  [[nodiscard]] bool is_cut() const noexcept { return !cuts_.empty(); }
  // The connections of a segment whose targets belong to a thread.
  [[nodiscard]] std::int64_t begin_of(std::int64_t segment, int thread) const noexcept {
    return thread == 0 ? begin(segment) : begin(segment) + cut_at(segment, thread - 1);
  }
  [[nodiscard]] std::int64_t end_of(std::int64_t segment, int thread) const noexcept {
    return thread == n_cuts_ ? end(segment) : begin(segment) + cut_at(segment, thread);
  }
  void prefetch_bounds(std::int64_t segment) const noexcept {
    __builtin_prefetch(bounds_.data() + segment);
    if (is_cut()) __builtin_prefetch(cuts_.data() + segment * n_cuts_);
  }
  // The cache lines of connections that follow each other; of many the hardware finds the rest.
  void prefetch_connections(std::int64_t first, std::int64_t last) const noexcept {
    constexpr std::int64_t most = 256;
    const auto count = static_cast<std::size_t>(std::min(last - first, most));
    prefetch_lines(targets() + first, count * sizeof(std::int32_t));
    if (table_.weights != nullptr) prefetch_lines(weights_from(first), count * table_.weight_size);
  }
  // Bytes of the connections and their segments.
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  [[nodiscard]] std::int64_t cut_at(std::int64_t segment, int number) const noexcept {
    return cuts_[static_cast<std::size_t>(segment * n_cuts_ + number)];
  }
  static void prefetch_lines(const void *data, std::size_t bytes) noexcept {
    for (std::size_t k = 0; k < bytes; k += 64) {
      __builtin_prefetch(static_cast<const char *>(data) + k);
    }
  }
  void check_rows(std::int64_t source_size) const;
  void check_targets(std::int64_t target_size) const;
  void check_delays() const;
  void build_segments();

  std::string name_;
  projection_ends ends_;
  connection_table table_;
  std::vector<std::int64_t> segment_ptr_;    // row -> segments
  std::vector<std::int32_t> segment_delay_;  // segment -> delay
  std::vector<std::int64_t> segment_begin_;  // segment -> connections
  std::span<const std::int64_t> bounds_;
  std::vector<std::uint32_t> cuts_;  // (segment, thread - 1) -> connection within the segment
  int n_cuts_ = 0;
};

}  // namespace annarchy_ml
