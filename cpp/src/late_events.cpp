// Events without delay onto connections of couplings, which step after all cells.
#include "delivery.hpp"
#include "stepper.hpp"

namespace annarchy_ml {

// What connections of couplings hear at once, they hear after their own step, which is the last.
void stepper::deliver_late() {
  for (const late_message &item : late_) {
    const auto target = static_cast<std::size_t>(item.connections->ends().target);
    n_stepped_[target] = parts_.groups[target]->size;
    segments_.clear();
    immediate_segments(*item.connections, item.rows, segments_);
    deliver_serially(*item.connections, segments_);
  }
  late_.clear();
}

}  // namespace annarchy_ml
