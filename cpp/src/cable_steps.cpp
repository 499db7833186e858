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
  const cable_values values{place(shape.potential), place(shape.rate), place(shape.slope)};
  for (std::int64_t first = hosts.begin; first < hosts.end; first += root.cables->unit()) {
    const std::int64_t end = std::min(first + root.cables->unit(), hosts.end);
    const std::int64_t width = (end - first) / compartments;
    for (const cable_part &part : root.parts) {
      part.currents(context, first + part.begin * width, first + part.end * width);
    }
    root.cables->solve(first, end, parts_.time.dt(), values, parts_.single_precision,
                       state.solving);
    for (const cable_part &part : root.parts) {
      part.advance(context, first + part.begin * width, first + part.end * width);
    }
  }
}

}  // namespace annarchy_ml
