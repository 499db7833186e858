// Values that instances of a field get at certain steps: rows of rates, times of spikes.
#pragma once

#include <cstdint>
#include <vector>

#include "group.hpp"

namespace annarchy_ml {

// What happens at steps[k], counted from `origin`, and again after every `period` steps (0: never):
// without cells, all instances get row k of `values` and keep it until the next row; with cells,
// those of cells[row_ptr[k]] .. cells[row_ptr[k + 1]] get 1.
struct timed_values {
  std::vector<std::int64_t> steps;
  std::vector<double> values;
  std::vector<std::int64_t> row_ptr;
  std::vector<std::int32_t> cells;
  std::int64_t period = 0;
  std::int64_t origin = 0;
};

class timetable {
 public:
  timetable(field_of target, timed_values given);

  // Other values from now on.
  void set(timed_values given);
  // Before a step: what is due.
  void apply(std::int64_t step) noexcept;
  // The same where somebody else gives the values.
  void pass(std::int64_t step) noexcept;
  // The time goes back to 0, and counts from there.
  void reset() noexcept;

  // Whether it gives values to fields of a group.
  [[nodiscard]] bool changes(const group &owner) const noexcept { return target_.owner == &owner; }
  [[nodiscard]] std::size_t bytes() const noexcept;
  [[nodiscard]] const field_of &target() const noexcept { return target_; }
  [[nodiscard]] const timed_values &given() const noexcept { return given_; }
  // The last step looked at, counted as the steps of the table are; -1 before the first.
  [[nodiscard]] std::int64_t last() const noexcept { return last_; }

 private:
  void check() const;
  void give_row(std::size_t row) noexcept;
  void mark(std::size_t row) noexcept;

  field_of target_;
  timed_values given_;
  std::size_t next_ = 0;
  std::int64_t last_ = -1;
};

}  // namespace annarchy_ml
