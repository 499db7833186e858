// What stays of the steps of cells of compartments: where currents always answer the potential
// alike, neither they nor the elimination of these compartments are computed in every step.
#pragma once

#include <cstdint>
#include <vector>

#include "contexts.hpp"
#include "network.hpp"
#include "schedule.hpp"

namespace annarchy_ml {

class settled_cables {
 public:
  settled_cables(const network_parts &parts, int group_number);

  // Whether anything stays.
  [[nodiscard]] bool any() const noexcept { return !units_.empty(); }
  // At the start of a run: finds what stays of whole cells.
  void settle(instance_range hosts, context_table &contexts, std::vector<double> &room);
  // Currents that do not stay of those of `hosts` in the cells side by side from `begin` on.
  void currents(const aml_context *context, std::int64_t begin,
                instance_range hosts) const noexcept;
  // The cells side by side from `begin` on; null if nothing stays of any.
  [[nodiscard]] const settled_tree *of(std::int64_t begin) const noexcept;

 private:
  struct call {
    aml_update_fn currents = nullptr;
    instance_range hosts;
  };
  struct unit {
    std::vector<char> steady;  // of each instance
    std::vector<call> calls;
    settled_tree tree;
  };

  [[nodiscard]] bool may_stay() const;
  [[nodiscard]] unit made(std::int64_t begin) const;
  void add_calls(unit &item, const cable_part &part, instance_range hosts) const;
  [[nodiscard]] unit &at(std::int64_t begin) noexcept;

  const network_parts &parts_;
  int number_;
  const group &owner_;
  std::vector<instance_range> varying_;
  aligned_buffer at_rest_;  // potentials of 0
  std::vector<unit> units_;
};

}  // namespace annarchy_ml
