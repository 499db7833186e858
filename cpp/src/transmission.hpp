// The couplings of one step, done before anything else happens in it.
#pragma once

#include <cstdint>
#include <vector>

#include "network.hpp"
#include "schedule.hpp"
#include "thread_team.hpp"

namespace annarchy_ml {

// Valid as long as the structure of the network does not change. What couplings add up is read at
// the end of the step before, by all alike; each thread writes the targets that it owns.
class transmission {
 public:
  transmission(network_parts &parts, const schedule &plan, thread_team &team);

  // Fills the target fields, at the start of the step to which the clock has advanced.
  void run();

 private:
  void take_histories(int thread, int threads) const noexcept;
  void fill(int thread) const noexcept;
  [[nodiscard]] instance_range own(int target, int thread) const noexcept;
  [[nodiscard]] const void *values_of(const coupling &item) const noexcept;

  [[nodiscard]] const group &at(int number) const noexcept {
    return *parts_.groups[static_cast<std::size_t>(number)];
  }

  network_parts &parts_;
  const schedule &plan_;
  thread_team &team_;
  bool shared_ = false;            // among the threads
  bool long_histories_ = false;    // so that threads take them together
  std::vector<field_place> into_;  // the target fields, each once
};

}  // namespace annarchy_ml
