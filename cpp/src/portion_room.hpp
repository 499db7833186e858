// Memory in which the short-lived values of one portion of hosts lie, so that they stay in the
// first cache: passing fields, and flags of events.
#pragma once

#include <cstdint>
#include <vector>

#include "aligned_buffer.hpp"
#include "contexts.hpp"
#include "network.hpp"
#include "schedule.hpp"

namespace annarchy_ml {

// Of one thread, for all its portions.
class portion_room {
 public:
  portion_room(const network_parts &parts, const schedule &plan);
  // Lets the kernels of a block find them here, for the portion from host `begin` on; passing
  // fields only unless somebody may look at them.
  void place(const block &item, std::int64_t begin, bool seen,
             context_table &contexts) const noexcept;
  // Lets them find the fields and flags of the groups again; the last portion had so many hosts.
  void take_back(const block &item, std::int64_t hosts, context_table &contexts) const noexcept;

 private:
  void make_for(const block &item);

  const network_parts &parts_;
  const schedule &plan_;
  std::vector<aligned_buffer> passing_;  // by place among a block's passing fields
  std::vector<aligned_buffer> flags_;    // by place among its ports
};

}  // namespace annarchy_ml
