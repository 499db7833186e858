// One thread's way through the connections of a synaptic coupling, some targets at a time.
#pragma once

#include <vector>

#include "contexts.hpp"
#include "network.hpp"

namespace annarchy_ml {

// What a pass does, for the step that has just ended.
struct pass_task {
  std::int64_t step = 0;  // its number
  double t = 0.0;         // its end
  double t_prev = 0.0;    // its start
  bool learn = false;     // moves the states of connections
  bool transmit = false;  // adds what they give to the targets, after that
};

// Leads what connections read of delayed sources to their values so long before the end of a step.
void aim_at_past(const network_parts &parts, const synaptic_coupling &made, std::int64_t step,
                 std::vector<const void *> &externals) noexcept;

// Connections onto each host, where there are as many for all and each index leads to neighbours,
// or to one place, among those of a host; else 0.
[[nodiscard]] std::int64_t even_row_length(const group &synapses) noexcept;

class synaptic_pass {
 public:
  // `row_length` as even_row_length has found it.
  synaptic_pass(const network_parts &parts, const synaptic_coupling &made,
                const kernel_bindings &bound, std::int64_t row_length);

  // All connections onto some hosts.
  void run(instance_range hosts, const pass_task &task) noexcept;

 private:
  void aim(const pass_task &task) noexcept;
  void place_terms(std::int64_t begin) noexcept;
  void step(instance_range own, const pass_task &task) noexcept;
  template <class Real>
  void add(instance_range hosts) const noexcept;
  [[nodiscard]] std::int64_t longest_row() const noexcept;

  const network_parts &parts_;
  const synaptic_coupling &made_;
  const group &synapses_;
  std::vector<void *> fields_;
  std::vector<const void *> externals_;
  aml_context context_{};
  aligned_buffer terms_;  // what the connections of one portion give
};

}  // namespace annarchy_ml
