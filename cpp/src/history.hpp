// The latest values of a field: what delayed couplings read.
#pragma once

#include <cstdint>

#include "group.hpp"

namespace annarchy_ml {

// A ring of whole steps, kept twice so that any stretch of steps lies in one piece.
class history {
 public:
  // The values of `length` steps of a real field with one value per instance.
  history(const group &owner, int field_number, std::int64_t length);

  // Takes the values of instances at the end of a step, which may be done again; those of step 0
  // stand for all that came before.
  void take(std::int64_t step, instance_range instances) noexcept;
  // Keeps more steps from `step` on; of those that were not kept, the oldest one stands for all.
  void grow(std::int64_t length, std::int64_t step);
  // The values of the step that was so many steps (1 to length) before the one after `step`; those
  // of later steps follow.
  [[nodiscard]] const void *before(std::int64_t step, std::int64_t steps) const noexcept;

  [[nodiscard]] bool keeps(const group &owner, int field_number) const noexcept {
    return &owner == &owner_ && field_number == field_;
  }
  [[nodiscard]] std::int64_t length() const noexcept { return length_; }
  [[nodiscard]] const group &owner() const noexcept { return owner_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return values_.bytes(); }

 private:
  // The first copy of the values of a step; those before step 0 are what step 0 left.
  [[nodiscard]] char *row(std::int64_t step) const noexcept;

  const group &owner_;
  int field_;
  std::int64_t length_;
  std::int64_t row_bytes_;
  aligned_buffer values_;  // (2 * length, size)
};

}  // namespace annarchy_ml
