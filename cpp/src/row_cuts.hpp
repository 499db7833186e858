// Where threads share the rows of projections: found once, not with every event.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "network.hpp"
#include "thread_team.hpp"

namespace annarchy_ml {

// The parts of the segments of one projection: thread k has the connections from cut k - 1 to cut
// k.
class segment_cuts {
 public:
  segment_cuts() = default;
  // `own_of` says which targets (or owners of targets) a thread has.
  segment_cuts(const projection &connections,
               const std::function<instance_range(int thread)> &own_of, thread_team &team);

  [[nodiscard]] connection_range part_of(connection_range whole, int thread) const noexcept {
    const std::uint32_t *cuts = cuts_.data() + std::size_t{whole.segment} * n_cuts_;
    const auto own = static_cast<std::size_t>(thread);
    return {own == 0 ? whole.begin : cuts[own - 1], own == n_cuts_ ? whole.end : cuts[own],
            whole.segment};
  }
  void prefetch(connection_range whole) const noexcept {
    __builtin_prefetch(cuts_.data() + std::size_t{whole.segment} * n_cuts_);
  }

 private:
  std::size_t n_cuts_ = 0;  // of each segment: one less than there are threads
  std::vector<std::uint32_t> cuts_;
};

class row_cuts {
 public:
  // Finds those of a projection, if its segments are so long that they are worth the memory.
  void add(const projection &connections, const std::function<instance_range(int thread)> &own_of,
           thread_team &team);
  // Null: the parts of each range have to be searched.
  [[nodiscard]] const segment_cuts *of(const projection &connections) const noexcept {
    const auto found = all_.find(&connections);
    return found == all_.end() ? nullptr : &found->second;
  }

 private:
  std::unordered_map<const projection *, segment_cuts> all_;
};

}  // namespace annarchy_ml
