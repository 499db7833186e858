// Weighted sums: a field of every target is the sum of weights times a field of its sources.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "group.hpp"

namespace annarchy_ml {

// A field of a group.
struct field_of {
  group *owner = nullptr;
  int position = -1;

  [[nodiscard]] field &get() const noexcept {
    return owner->fields[static_cast<std::size_t>(position)];
  }
};

// Connections by target: those of target i are row_ptr[i] <= k < row_ptr[i + 1].
struct summed_rows {
  std::vector<std::int64_t> row_ptr;
  std::vector<std::int32_t> sources;  // shape (n_connections,), ascending within a row
};

// At the beginning of a step, before anything else moves: sources are seen as they were so many
// steps ago. The order of additions is that of the sources, whoever computes them.
class weighted_sum {
 public:
  // `weight` has one value for each connection, or one for all.
  weighted_sum(field_of source, field_of weight, field_of target, summed_rows rows,
               std::int64_t delay_steps);

  // Adds to some targets; the first sum into a field sets it.
  void add_to(instance_range targets) noexcept;
  // After all targets have their sums: what the sources are now goes into the delay line.
  void advance();
  // The delay line is to be filled with what the sources will be at the first step.
  void reset() noexcept { line_.clear(); }
  // Before the sums of a step.
  void begin();

  [[nodiscard]] const group *target() const noexcept { return target_.owner; }
  [[nodiscard]] bool same_target(const weighted_sum &other) const noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept;
  [[nodiscard]] std::int64_t n_connections() const noexcept { return rows_.row_ptr.back(); }

  bool first = true;  // sets its target instead of adding to it

 private:
  template <class Real>
  void add(instance_range targets) noexcept;

  field_of source_, weight_, target_;
  summed_rows rows_;
  bool side_by_side_ = true;  // the sources of every row lie side by side
  std::int64_t held_;         // steps in the delay line
  std::int64_t cursor_ = 0;
  std::vector<unsigned char> line_;  // held_ times all values of the source
};

}  // namespace annarchy_ml
