// Events without delay onto connections of couplings, which step after all cells.
#include "delivery.hpp"
#include "stepper.hpp"

namespace annarchy_ml {

// What connections of couplings hear at once, they hear after their own step, which is the last.
// What they send on arrives in the same step, too; then all has stepped.
void stepper::deliver_late() {
  if (!late_.empty()) transmission_.show_past(parts_.time.step(), false, bindings_);
  for (int round = 0; !late_.empty(); ++round) {
    if (round == most_rounds) report_loop();
    late_now_.clear();
    late_now_.swap(late_);
    for (const late_message &item : late_now_) {
      const auto target = static_cast<std::size_t>(item.connections->ends().target);
      n_stepped_[target] = parts_.groups[target]->size;
      segments_.clear();
      immediate_segments(*item.connections, item.rows, segments_);
      deliver_serially(*item.connections, segments_);
      if (pending_events_ > most_pending) report_loop();
    }
    drain();
  }
}

}  // namespace annarchy_ml
