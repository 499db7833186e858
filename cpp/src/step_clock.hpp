// Time of a run: accumulated by repeated addition of dt, and looked ahead for delayed events.
#pragma once

#include <cstdint>
#include <vector>

namespace annarchy_ml {

// Time after k steps is the sum of k additions, never k * dt: the reference interpreter of LEMS
// does the same, and whether an event falls into a step depends on it. NEURON adds half a step
// twice, in ms.
class step_clock {
 public:
  explicit step_clock(double dt);

  // Back to t = 0.
  void reset();
  // From now on the time is counted as NEURON does, in half steps of so many ms; at t = 0.
  void count_half_steps(double half_ms);
  // Goes on where another one is; shows and draws what that does.
  void go_on_from(const step_clock &other);
  // Makes sure that times up to `steps` ahead are known.
  void look_ahead(std::int64_t steps);
  void advance() noexcept;

  [[nodiscard]] double dt() const noexcept { return dt_; }
  // What is counted by now [s], or half steps [ms]; half a step [ms], 0 where whole ones count.
  [[nodiscard]] double count() const noexcept { return counted(step_); }
  [[nodiscard]] double half_ms() const noexcept { return half_; }
  [[nodiscard]] double t() const noexcept { return t_; }
  [[nodiscard]] double t_prev() const noexcept { return t_prev_; }
  // Start of the step before this one (0 in the first step).
  [[nodiscard]] double t_before() const noexcept { return t_before_; }
  // From now on kernels are told another time than the one that has passed since the reset.
  void show_later(std::int64_t steps) noexcept { shift_ = static_cast<double>(steps) * dt_; }
  // What kernels are told of a time.
  [[nodiscard]] double shown(double time) const noexcept { return time + shift_; }
  // From now on random numbers are those of so many steps later; until `reset`.
  void draw_later(std::int64_t steps) noexcept { drawn_ = steps; }
  // What keys the random numbers of a step.
  [[nodiscard]] std::uint64_t key(std::int64_t step) const noexcept {
    return static_cast<std::uint64_t>(step + drawn_);
  }
  // 0 before the first step.
  [[nodiscard]] std::int64_t step() const noexcept { return step_; }
  // The first later step whose time is at least `due`; `due` must lie within the time looked ahead.
  [[nodiscard]] std::int64_t arrival(double due) const noexcept;
  // The time so many steps from now, which is looked ahead or guessed: half a step too early.
  [[nodiscard]] double time_after(std::int64_t steps) const noexcept {
    if (steps <= distance_) return time_of(step_ + steps);
    return t_ + (static_cast<double>(steps) - 0.5) * dt_;
  }

 private:
  [[nodiscard]] double counted(std::int64_t step) const noexcept {
    return ahead_[static_cast<std::size_t>(step) & mask_];
  }
  [[nodiscard]] double time_of(std::int64_t step) const noexcept {
    return half_ == 0.0 ? counted(step) : counted(step) / 1e3;
  }
  // What is counted one step later.
  [[nodiscard]] double next(double count) const noexcept {
    return half_ == 0.0 ? count + dt_ : count + half_ + half_;
  }

  double dt_;
  double half_ = 0.0;  // ms; 0 where whole steps are counted, in s
  double t_ = 0.0;
  double t_prev_ = 0.0;
  double t_before_ = 0.0;
  double shift_ = 0.0;
  std::int64_t drawn_ = 0;
  std::int64_t step_ = 0;
  std::int64_t known_ = 0;     // the last step whose time is in the ring
  std::int64_t distance_ = 1;  // known_ - step_
  std::vector<double> ahead_;  // counts, by step
  std::size_t mask_ = 0;
};

}  // namespace annarchy_ml
