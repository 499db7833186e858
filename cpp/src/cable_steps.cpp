// The step of cells of compartments.
#include <algorithm>

#include "stepper.hpp"

namespace annarchy_ml {

// Whole cells, some side by side at a time: currents, potentials, then what follows from them.
void stepper::step_cables(thread_state &state, const block &item, instance_range hosts) {
  const group &root = at(item.group);
  const cable_shape &shape = root.cables->shape();
  const auto compartments = static_cast<std::int64_t>(shape.capacitance.size());
  const aml_context *context = state.contexts.stepped(item.group);
  const auto place = [&](int field) { return state.contexts.field(item.group, field); };
  cable_values values{place(shape.potential), place(shape.rate), place(shape.slope)};
  const settled_cables &settled = *settled_[static_cast<std::size_t>(item.group)];
  for (std::int64_t first = hosts.begin; first < hosts.end; first += root.cables->unit()) {
    const std::int64_t end = std::min(first + root.cables->unit(), hosts.end);
    const std::int64_t width = (end - first) / compartments;
    if (settled.any()) {
      settled.currents(context, first);
      values.kept = settled.of(first);
    } else {
      for (const cable_part &part : root.parts) {
        part.currents(context, first + part.begin * width, first + part.end * width);
      }
    }
    root.cables->solve(first, end, parts_.time.dt(), values, parts_.single_precision,
                       state.solving);
    for (const cable_part &part : root.parts) {
      part.advance(context, first + part.begin * width, first + part.end * width);
    }
  }
}

// Each thread what belongs to its cells, in memory that it takes itself.
void stepper::settle_cables() {
  if (std::ranges::none_of(settled_, [](const auto &item) { return item && item->any(); })) return;
  team_.run([&](int thread) {
    thread_state &state = state_of(thread);
    for (std::size_t g = 0; g < settled_.size(); ++g) {
      if (!settled_[g] || !settled_[g]->any()) continue;
      settled_[g]->settle(schedule_.slice(static_cast<int>(g), thread), state.contexts,
                          state.solving);
    }
  });
}

void stepper::find_settled() {
  settled_.resize(parts_.groups.size());
  for (std::size_t g = 0; g < settled_.size(); ++g) {
    if (parts_.groups[g]->cables == nullptr) continue;
    settled_[g] = std::make_unique<settled_cables>(parts_, static_cast<int>(g));
  }
}

}  // namespace annarchy_ml
