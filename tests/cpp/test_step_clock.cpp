// Accumulated time and the arrival of delayed events.
#include <cmath>
#include <vector>

#include "check.hpp"
#include "error.hpp"
#include "step_clock.hpp"

using annarchy_ml::step_clock;

namespace {

void time_is_a_sum() {
  step_clock time(5e-5);
  double sum = 0.0;
  for (int k = 0; k < 10'000; ++k) {
    time.advance();
    CHECK(time.t_prev() == sum);
    sum += 5e-5;
    CHECK(time.t() == sum);
  }
  CHECK(sum != 10'000 * 5e-5);
  time.reset();
  CHECK(time.t() == 0.0 && time.step() == 0);
  time.advance();
  CHECK(time.t() == 5e-5);
}

void another_time_is_shown_until_the_reset() {
  step_clock time(0.5);
  time.advance();
  time.show_later(7);
  CHECK(time.shown(time.t()) == 4.0 && time.shown(time.t_prev()) == 3.5 && time.t() == 0.5);
  time.show_later(-1);
  CHECK(time.shown(time.t()) == 0.0);
  time.draw_later(5);
  CHECK(time.key(time.step()) == 6);
  time.reset();
  CHECK(time.shown(2.0) == 2.0 && time.key(3) == 3);
}

void arrival_is_the_first_time_at_or_after() {
  constexpr double dt = 1e-4;
  step_clock time(dt);
  time.look_ahead(600);
  std::vector<double> times{0.0};
  for (int k = 0; k < 3000; ++k) times.push_back(times.back() + dt);
  for (int k = 0; k < 2000; ++k) {
    time.advance();
    for (const double delay : {1e-9, 0.5 * dt, dt, 3 * dt, 17.3 * dt, 500 * dt}) {
      const double due = time.t() + delay;
      auto expected = static_cast<std::size_t>(time.step()) + 1;
      while (times[expected] < due) ++expected;
      CHECK(time.arrival(due) == static_cast<std::int64_t>(expected));
    }
  }
}

void looking_further_ahead_changes_nothing() {
  step_clock time(0.1);
  for (int k = 0; k < 100; ++k) time.advance();
  const double before = time.t();
  time.look_ahead(1000);
  CHECK(time.t() == before);
  time.advance();
  CHECK(time.t() == before + 0.1);
}

}  // namespace

int main() {
  time_is_a_sum();
  another_time_is_shown_until_the_reset();
  arrival_is_the_first_time_at_or_after();
  looking_further_ahead_changes_nothing();
  CHECK_THROWS(step_clock(0.0), annarchy_ml::engine_error);
  CHECK_THROWS(step_clock(std::nan("")), annarchy_ml::engine_error);
  return check::result();
}
