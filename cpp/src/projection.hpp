// A projection: event connections from one out-port to one in-port, in source order.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "connection_store.hpp"
#include "group.hpp"

namespace annarchy_ml {

struct projection_ends {
  int source = -1;
  int source_port = -1;
  int target = -1;
  int target_port = -1;
};

// Connections begin <= c < end of a projection.
struct connection_range {
  static constexpr std::uint32_t none = 0xFFFF'FFFF;

  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t segment = none;  // that it is, or is a part of, where that is known

  [[nodiscard]] bool empty() const noexcept { return begin >= end; }
  [[nodiscard]] std::int64_t size() const noexcept { return std::int64_t{end} - begin; }
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
  // Whether events are delivered.
  [[nodiscard]] bool transmits() const noexcept { return transmits_; }
  void switch_to(bool transmits) noexcept { transmits_ = transmits; }
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
  [[nodiscard]] connection_range segment(std::int64_t number) const noexcept {
    const auto place = static_cast<std::size_t>(number);
    return {bounds_[place], bounds_[place + 1], static_cast<std::uint32_t>(number)};
  }
  // Gives all connections, which share a delay, another one.
  void set_single_delay(double delay) { store_.delays.assign(1, delay); }
  // The segments of a range: connections that share a row and a delay.
  [[nodiscard]] std::span<const std::uint32_t> segment_bounds() const noexcept { return bounds_; }
  // Prepares for events that only its targets hear, instances of `target_group`: threads own them
  // by the index of their owners; raises engine_error(state) where that does not ascend within a
  // segment.
  void follow_indices(const group &target_group);
  // What kernels are told of all events: layout, weight, what the indices of targets are like.
  [[nodiscard]] aml_events describe() const noexcept;
  // The first connection of a range whose target (or its owner) is not below `target`.
  [[nodiscard]] std::uint32_t first_from(connection_range range,
                                         std::int64_t target) const noexcept;
  // Those whose targets belong to `own`.
  [[nodiscard]] connection_range part_of(connection_range range, instance_range own) const noexcept;
  // Fetches what `part_of` will look at.
  void prefetch_part(connection_range range, instance_range own) const noexcept;
  // A range as kernels see it.
  [[nodiscard]] aml_run run_of(connection_range range) const noexcept {
    const char *weights = store_.weights.as<char>();
    const auto first = static_cast<std::size_t>(range.begin);
    return {store_.targets.as<char>() + first * target_bytes_,
            weights == nullptr ? nullptr : weights + first * weight_bytes_, range.size(),
            range.begin};
  }
  // Adds `amount` for each connection to the host of its target, an instance of `target_group`; of
  // many connections an even sample stands for all.
  void add_indegrees(const group &target_group, double amount, std::span<double> work) const;
  // Bytes of the connections and their segments.
  [[nodiscard]] std::size_t bytes() const noexcept { return store_.bytes() + along_.bytes(); }

 private:
  void check_owners() const;
  // Puts down an index in the order of the connections.
  void follow(const std::int32_t *index);
  // Whether an index leads all targets of each segment to one instance.
  [[nodiscard]] bool is_constant(const std::int32_t *index) const noexcept;
  // Whether it leads them to instances that follow each other, and they do so themselves.
  [[nodiscard]] bool is_consecutive(const std::int32_t *index) const noexcept;
  // Whether the targets of the first segment lie far apart.
  [[nodiscard]] bool is_scattered() const noexcept;
  // Where the first target not below `target` will probably be.
  [[nodiscard]] std::uint32_t guess(connection_range range, std::int64_t target) const noexcept {
    const auto offset = static_cast<double>(target - store_.first_target);
    return range.begin +
           static_cast<std::uint32_t>(static_cast<double>(range.size()) * (offset * per_target_));
  }

  std::string name_;
  projection_ends ends_;
  bool transmits_ = true;
  connection_store store_;
  std::span<const std::uint32_t> bounds_;
  std::size_t target_bytes_;
  std::size_t weight_bytes_;
  double per_target_;                     // 1 / number of possible targets
  const std::int32_t *owners_ = nullptr;  // null: targets are owned by their own number
  int owner_index_ = -1;
  std::uint32_t constant_ = 0;  // see aml_events
  std::uint32_t consecutive_ = 0;
  int along_index_ = -1;
  raw_array along_;
};

}  // namespace annarchy_ml
