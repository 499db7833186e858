// The aml_context of every group: one for instances that have stepped, one for those that wait.
#pragma once

#include <vector>

#include "annarchy_ml/kernel_abi.h"
#include "network.hpp"

namespace annarchy_ml {

// The pointers that a group's kernels receive; they change only with the structure.
struct kernel_bindings {
  std::vector<void *> fields;
  std::vector<const void *> externals;
  std::vector<const std::int32_t *> indices;
  std::vector<std::int64_t *> emitted;
};

// Raises engine_error(state) where something is left unbound or an index points outside.
[[nodiscard]] std::vector<kernel_bindings> bind_kernels(const network_parts &parts);

// Each thread has its own, so that threads may be at different steps.
class context_table {
 public:
  context_table(const network_parts &parts, const std::vector<kernel_bindings> &bindings);

  // Brings all contexts to the current step, unless they are there.
  void refresh(const step_clock &time) noexcept {
    if (step_ != time.step()) set_to(time);
  }
  // For instances that take or have taken the current step.
  [[nodiscard]] const aml_context *stepped(int group) const noexcept {
    return &stepped_[static_cast<std::size_t>(group)];
  }
  // For instances that have not: their time is the end of the step before.
  [[nodiscard]] const aml_context *waiting(int group) const noexcept {
    return &waiting_[static_cast<std::size_t>(group)];
  }

  // Where the kernels of this table put the flags of an out-port.
  [[nodiscard]] std::int64_t *&emitted(int group, int port) noexcept {
    return emitted_[static_cast<std::size_t>(group)][static_cast<std::size_t>(port)];
  }
  // Where the kernels of this table find the values of a field.
  [[nodiscard]] void *&field(int group, int position) noexcept {
    return fields_[static_cast<std::size_t>(group)][static_cast<std::size_t>(position)];
  }

 private:
  void set_to(const step_clock &time) noexcept;

  std::int64_t step_ = -1;
  std::vector<std::vector<void *>> fields_;
  std::vector<std::vector<std::int64_t *>> emitted_;
  std::vector<aml_context> stepped_;
  std::vector<aml_context> waiting_;
};

}  // namespace annarchy_ml
