// Which rows are due.
#include "timetable.hpp"

#include <algorithm>
#include <utility>

#include "error.hpp"

namespace annarchy_ml {

timetable::timetable(field_of target, timed_values given)
    : target_(target), given_(std::move(given)) {
  require(target.get().per_instance && target.get().type != value_type::int32, target.owner->name,
          "a timetable needs a real field with one value per instance");
  check();
}

void timetable::check() const {
  const std::string &name = target_.owner->name;
  const auto n = std::ssize(given_.steps);
  require(std::is_sorted(given_.steps.begin(), given_.steps.end()), name,
          "the steps of a timetable must ascend");
  require(given_.period >= 0, name, "the period of a timetable must not be negative");
  if (given_.row_ptr.empty()) {
    require(std::ssize(given_.values) == n * target_.owner->size, name,
            "a timetable needs a value for each instance and step");
    return;
  }
  require(std::ssize(given_.row_ptr) == n + 1 && given_.row_ptr.front() == 0 &&
              std::is_sorted(given_.row_ptr.begin(), given_.row_ptr.end()) &&
              given_.row_ptr.back() == std::ssize(given_.cells),
          name, "the rows of a timetable do not fit its steps");
  require(std::all_of(given_.cells.begin(), given_.cells.end(),
                      [&](std::int32_t cell) { return cell >= 0 && cell < target_.owner->size; }),
          name, "an instance of a timetable lies outside the group");
}

void timetable::set(timed_values given) {
  std::swap(given_, given);
  try {
    check();
  } catch (...) {
    std::swap(given_, given);
    throw;
  }
  next_ = 0;
  last_ = -1;
}

void timetable::reset() noexcept {
  given_.origin = 0;
  next_ = 0;
  last_ = -1;
}

void timetable::apply(std::int64_t step) noexcept {
  std::int64_t now = step - given_.origin;
  if (now < 0) return;
  if (given_.period > 0) now %= given_.period;
  if (now <= last_) next_ = 0;
  last_ = now;
  const auto n = given_.steps.size();
  if (given_.row_ptr.empty()) {
    const std::size_t before = next_;
    while (next_ < n && given_.steps[next_] <= now) ++next_;
    if (next_ > before) give_row(next_ - 1);
    return;
  }
  while (next_ < n && given_.steps[next_] < now) ++next_;
  for (; next_ < n && given_.steps[next_] == now; ++next_) mark(next_);
}

void timetable::pass(std::int64_t step) noexcept {
  std::int64_t now = step - given_.origin;
  if (now < 0) return;
  if (given_.period > 0) now %= given_.period;
  const auto after = std::upper_bound(given_.steps.begin(), given_.steps.end(), now);
  next_ = static_cast<std::size_t>(after - given_.steps.begin());
  last_ = now;
}

void timetable::give_row(std::size_t row) noexcept {
  const auto size = static_cast<std::size_t>(target_.owner->size);
  const double *from = given_.values.data() + row * size;
  if (target_.get().type == value_type::real64) {
    std::copy_n(from, size, static_cast<double *>(target_.get().values.data()));
    return;
  }
  std::transform(from, from + size, static_cast<float *>(target_.get().values.data()),
                 [](double value) { return static_cast<float>(value); });
}

void timetable::mark(std::size_t row) noexcept {
  for (auto k = given_.row_ptr[row]; k < given_.row_ptr[row + 1]; ++k) {
    const std::int32_t cell = given_.cells[static_cast<std::size_t>(k)];
    if (target_.get().type == value_type::real64) {
      static_cast<double *>(target_.get().values.data())[cell] = 1.0;
    } else {
      static_cast<float *>(target_.get().values.data())[cell] = 1.0F;
    }
  }
}

std::size_t timetable::bytes() const noexcept {
  return given_.steps.capacity() * sizeof(std::int64_t) +
         given_.values.capacity() * sizeof(double) +
         given_.row_ptr.capacity() * sizeof(std::int64_t) +
         given_.cells.capacity() * sizeof(std::int32_t);
}

}  // namespace annarchy_ml
