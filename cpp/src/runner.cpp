// The loop over the steps.
#include "runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "denormals.hpp"
#include "error.hpp"
#include "finite.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t steps_between_checks = 64;
constexpr std::int64_t checks_between_heard = 64;  // of fields that events alone change: many
constexpr std::int64_t longest_chunk = std::int64_t{1} << 20;

double seconds_now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

}  // namespace

runner::runner(network &model, int threads) : model_(model), n_threads_(threads) {
  require(threads >= 1 && threads <= 1024, "threads", "between 1 and 1024 threads are possible");
}

runner::~runner() {
  stepper_.reset();
  // In a forked child the threads of the team do not exist: nothing to wait for.
  if (team_ != nullptr && process_ != getpid()) static_cast<void>(team_.release());
}

void runner::prepare(std::int64_t steps) {
  if (team_ == nullptr || process_ != getpid()) {
    stepper_.reset();
    static_cast<void>(team_.release());
    team_ = std::make_unique<thread_team>(n_threads_);
    process_ = getpid();
  }
  if (stepper_ == nullptr || prepared_version_ != model_.version()) {
    stepper_.reset();
    stepper_ = std::make_unique<stepper>(model_.parts(), *team_);
    prepared_version_ = model_.version();
  }
  for (const auto &item : model_.parts().groups) item->fill_padding();
  stepper_->begin();
  for (const auto &item : model_.parts().traces) item->begin(model_.parts().time, steps);
}

bool stop_rule::holds() const noexcept {
  const auto set = [](const field_of &item) { return item.get().at(0) != 0.0; };
  if (fields.empty()) return false;
  return all ? std::all_of(fields.begin(), fields.end(), set)
             : std::any_of(fields.begin(), fields.end(), set);
}

std::int64_t runner::run(std::int64_t steps, const poll_function &poll, double poll_every_seconds,
                         const stop_rule &stop) {
  require(steps >= 0, "steps", "the number of steps must not be negative");
  prepare(steps);
  std::int64_t done = 0;
  std::int64_t chunk = 1;
  double polled = seconds_now();
  while (done < steps) {
    const std::int64_t now = std::min(chunk, steps - done);
    const double begun = seconds_now();
    {
      const flush_denormals mode;
      done += advance(now, stop);
    }
    if (stop.holds()) break;
    const double ended = seconds_now();
    // Chunks are kept to about a quarter of the interval between two looks outside.
    const bool is_long = ended - begun > poll_every_seconds / 4;
    chunk = is_long ? std::max<std::int64_t>(chunk / 2, 1) : std::min(chunk * 2, longest_chunk);
    if (ended - polled < poll_every_seconds) continue;
    polled = ended;
    if (poll && !poll(done)) break;
    stepper_->begin();  // who looked may have changed values
  }
  check_fields();
  return done;
}

std::int64_t runner::advance(std::int64_t steps, const stop_rule &stop) {
  try {
    for (std::int64_t done = 0; done < steps;) {
      team_->go_alone(n_threads_ > 1 && pace_.alone());
      const std::int64_t joint = stop.fields.empty() ? joint_steps(steps - done - 1) : 0;
      if (joint > 0) {
        stepper_->step_jointly(joint);
      } else if (!stepper_->step(done + 1 == steps || !stop.fields.empty())) {
        report_non_finite();
      }
      done += std::max<std::int64_t>(joint, 1);
      if (n_threads_ > 1) pace_.count(std::max<std::int64_t>(joint, 1));
      check_now_and_then();
      if (stop.holds()) return done;
    }
  } catch (...) {
    stepper_->settle();
    stepper_.reset();  // with all that a step which was broken off has left in it
    throw;
  }
  return steps;
}

// Steps to be taken jointly, of so many after which nobody looks: up to the next check.
std::int64_t runner::joint_steps(std::int64_t steps) const noexcept {
  if (!stepper_->can_join() || team_->is_alone()) return 0;
  const std::int64_t now = model_.parts().time.step();
  return std::min(steps, steps_between_checks - now % steps_between_checks);
}

void runner::check_now_and_then() const {
  const std::int64_t now = model_.parts().time.step();
  if (now % steps_between_checks != 0) return;
  const bool heard = now / steps_between_checks % checks_between_heard == 0;
  if (!stepper_->is_finite(heard)) check_fields();
}

void runner::check_fields() const {
  if (auto found = find_non_finite(model_.parts())) throw non_finite_error(std::move(*found));
}

void runner::report_non_finite() const {
  for (const auto &item : model_.parts().traces) {
    if (auto found = item->find_non_finite()) throw non_finite_error(std::move(*found));
  }
  check_fields();
  throw engine_error(error_code::state, "record", "a recorded value is not finite");
}

}  // namespace annarchy_ml
