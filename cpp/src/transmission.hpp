// The couplings of one step, done before anything else happens in it.
#pragma once

#include <cstdint>
#include <vector>

#include "network.hpp"
#include "schedule.hpp"
#include "synaptic_pass.hpp"
#include "thread_team.hpp"

namespace annarchy_ml {

// Valid as long as the structure of the network does not change. What couplings add up is read at
// the end of the step before, by all alike; each thread writes the targets that it owns. States of
// connections move at the end of a step, by what cells are then. Nobody sees them before the next
// step begins, unless the run ends: so they move there, in the pass that reads them anyway.
class transmission {
 public:
  transmission(network_parts &parts, const schedule &plan, thread_team &team,
               const std::vector<kernel_bindings> &bindings);

  // Fills the target fields, at the start of the step to which the clock has advanced.
  void run();
  // Moves the states of connections at the end of a step after which somebody may look.
  void finish();
  // Events that come next see delayed sources as they were so long before the end of a step;
  // `taken`: `run` has just taken the values of that step.
  void show_past(std::int64_t step, bool taken, std::vector<kernel_bindings> &bindings);

 private:
  template <class Work>
  void share(const Work &work);
  [[nodiscard]] bool reads_targets() const noexcept;
  [[nodiscard]] bool is_target(int group, int field) const noexcept;
  void take_histories(std::int64_t step);
  void take_part(std::int64_t step, int thread, int threads) const noexcept;
  void fill(int thread, const pass_task &task);
  void pass(int thread, const pass_task &task);
  [[nodiscard]] const void *values_of(const coupling &item) const noexcept;

  [[nodiscard]] const group &at(int number) const noexcept {
    return *parts_.groups[static_cast<std::size_t>(number)];
  }

  network_parts &parts_;
  const schedule &plan_;
  thread_team &team_;
  bool shared_ = false;          // among the threads
  bool long_histories_ = false;  // so that threads take them together
  bool learns_ = false;
  bool learns_apart_ = false;                       // states move by what the targets were given
  std::vector<field_place> into_;                   // the target fields, each once
  std::vector<std::vector<synaptic_pass>> passes_;  // per thread
};

}  // namespace annarchy_ml
