// Runs a network for a number of steps, looking up now and then for wishes from outside.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "network.hpp"
#include "pace.hpp"
#include "stepper.hpp"
#include "thread_team.hpp"

namespace annarchy_ml {

// Told the number of steps done in this run; false stops the run.
using poll_function = std::function<bool(std::int64_t steps_done)>;

// Ends a run after a step that leaves something else than 0 in the first instance of the fields:
// of one of them, or of all.
struct stop_rule {
  std::vector<field_of> fields;
  bool all = true;

  [[nodiscard]] bool holds() const noexcept;
};

class runner {
 public:
  runner(network &model, int threads);
  ~runner();

  // Returns the number of steps done: fewer than `steps` only if `poll` or `stop` ended the run at
  // the end of a step. All that was recorded stays, also where an error is raised.
  std::int64_t run(std::int64_t steps, const poll_function &poll, double poll_every_seconds,
                   const stop_rule &stop = {});

  [[nodiscard]] int threads() const noexcept { return n_threads_; }
  // Projections of which events wait, in the last run.
  [[nodiscard]] std::int64_t deferring() const noexcept {
    return stepper_ == nullptr ? 0 : stepper_->deferring();
  }

 private:
  void prepare(std::int64_t steps);
  // The number of steps done.
  std::int64_t advance(std::int64_t steps, const stop_rule &stop);
  [[nodiscard]] std::int64_t joint_steps(std::int64_t steps) const noexcept;
  void check_now_and_then() const;
  void check_fields() const;
  [[noreturn]] void report_non_finite() const;

  network &model_;
  int n_threads_;
  int process_ = 0;
  std::unique_ptr<thread_team> team_;
  std::unique_ptr<stepper> stepper_;
  std::uint64_t prepared_version_ = 0;
  pace pace_;
};

}  // namespace annarchy_ml
