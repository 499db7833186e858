// Accumulated time and its look-ahead ring.
#include "step_clock.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "error.hpp"

namespace annarchy_ml {

step_clock::step_clock(double dt) : dt_(dt) {
  require(std::isfinite(dt) && dt > 0.0, "dt", "the time step must be positive and finite");
  look_ahead(1);
}

void step_clock::reset() {
  t_ = t_prev_ = t_before_ = shift_ = 0.0;
  step_ = known_ = drawn_ = 0;
  ahead_.assign(1, 0.0);
  mask_ = 0;
  look_ahead(distance_);
}

void step_clock::count_half_steps(double half_ms) {
  require(step_ == 0, "dt", "how time is counted must be known before the first step");
  require(std::isfinite(half_ms) && half_ms > 0.0, "dt", "half a step must be positive and finite");
  half_ = half_ms;
  look_ahead(distance_);
}

void step_clock::go_on_from(const step_clock &other) {
  require(dt_ == other.dt_ && half_ == other.half_, "dt",
          "a time goes on with the step that it had");
  const std::int64_t distance = distance_;
  *this = other;
  look_ahead(distance);
}

void step_clock::look_ahead(std::int64_t steps) {
  distance_ = std::max(distance_, steps);
  const auto room = std::bit_ceil(static_cast<std::size_t>(distance_) + 2);
  std::vector<double> times(room, 0.0);
  double count = ahead_.empty() ? 0.0 : counted(step_);
  times[static_cast<std::size_t>(step_) & (room - 1)] = count;
  for (std::int64_t k = step_ + 1; k <= step_ + distance_; ++k) {
    count = next(count);
    times[static_cast<std::size_t>(k) & (room - 1)] = count;
  }
  ahead_ = std::move(times);
  mask_ = room - 1;
  known_ = step_ + distance_;
}

void step_clock::advance() noexcept {
  const double last = counted(known_);
  ++known_;
  ahead_[static_cast<std::size_t>(known_) & mask_] = next(last);
  ++step_;
  t_before_ = t_prev_;
  t_prev_ = t_;
  t_ = time_of(step_);
}

std::int64_t step_clock::arrival(double due) const noexcept {
  const double guess = std::floor((due - t_) / dt_);
  std::int64_t step = step_ + std::max<std::int64_t>(1, static_cast<std::int64_t>(guess));
  step = std::min(step, known_);
  while (step < known_ && time_of(step) < due) ++step;
  while (step > step_ + 1 && time_of(step - 1) >= due) --step;
  return step;
}

}  // namespace annarchy_ml
