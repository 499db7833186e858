// The step of cells of compartments.
#include <algorithm>

#include "stepper.hpp"

namespace annarchy_ml {

namespace {

instance_range common(instance_range a, instance_range b) noexcept {
  return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
}

// Where the compartments of one kind lie that some cells side by side have.
instance_range lying(const cable_part &part, instance_range cells,
                     std::int64_t compartments) noexcept {
  const std::int64_t width = cells.size() / compartments;
  return {cells.begin + part.begin * width, cells.begin + part.end * width};
}

}  // namespace

// The cells side by side from `first` on.
instance_range stepper::beside(const group &root, std::int64_t first) noexcept {
  return {first, std::min(first + root.cables->unit(), root.size)};
}

void stepper::cable_currents(thread_state &state, const group &root, int number,
                             instance_range cells, instance_range hosts) {
  const aml_context *context = state.contexts.stepped(number);
  const settled_cables &settled = *settled_[static_cast<std::size_t>(number)];
  if (settled.any()) return settled.currents(context, cells.begin, hosts);
  const auto compartments = std::ssize(root.cables->shape().capacitance);
  for (const cable_part &part : root.parts) {
    const instance_range own = common(lying(part, cells, compartments), hosts);
    if (!own.empty()) part.currents(context, own.begin, own.end);
  }
}

void stepper::solve_cables(thread_state &state, const group &root, int number,
                           instance_range cells) {
  const cable_shape &shape = root.cables->shape();
  const auto place = [&](int field) { return state.contexts.field(number, field); };
  cable_values values{place(shape.potential), place(shape.rate), place(shape.slope)};
  const settled_cables &settled = *settled_[static_cast<std::size_t>(number)];
  if (settled.any()) values.kept = settled.of(cells.begin);
  root.cables->solve(cells.begin, cells.end, parts_.time.dt(), values, parts_.single_precision,
                     state.solving);
}

void stepper::advance_cables(thread_state &state, const group &root, int number,
                             instance_range cells, instance_range hosts) {
  const aml_context *context = state.contexts.stepped(number);
  const auto compartments = std::ssize(root.cables->shape().capacitance);
  for (const cable_part &part : root.parts) {
    const instance_range own = common(lying(part, cells, compartments), hosts);
    if (!own.empty()) part.advance(context, own.begin, own.end);
  }
}

// Whole cells, some side by side at a time: currents, potentials, then what follows from them.
void stepper::step_cables(thread_state &state, const block &item, instance_range hosts) {
  const group &root = at(item.group);
  for (std::int64_t first = hosts.begin; first < hosts.end; first += root.cables->unit()) {
    const instance_range cells = beside(root, first);
    cable_currents(state, root, item.group, cells, cells);
    solve_cables(state, root, item.group, cells);
    advance_cables(state, root, item.group, cells, cells);
  }
}

// Of cells that threads share each steps its compartments, and solves some of the trees.
void stepper::step_shared(thread_state &state, int thread, const block &item,
                          instance_range hosts) {
  if (team_.is_alone()) {
    if (thread == 0) step_hosts(state, item, item.hosts);
    return;
  }
  const group &root = at(item.group);
  const std::int64_t unit = root.cables->unit();
  const std::int64_t touched = hosts.begin / unit * unit;
  update_attached(state, item, hosts);
  for (std::int64_t first = touched; first < hosts.end; first += unit) {
    cable_currents(state, root, item.group, beside(root, first), hosts);
  }
  if (!team_.meet(thread)) return;
  for (std::int64_t first = thread * unit; first < root.size; first += team_.size() * unit) {
    solve_cables(state, root, item.group, beside(root, first));
  }
  if (!team_.meet(thread)) return;
  for (std::int64_t first = touched; first < hosts.end; first += unit) {
    advance_cables(state, root, item.group, beside(root, first), hosts);
  }
  collect(state, item, hosts);
}

// The cells that begin in the slice of a thread.
instance_range stepper::whole_cells(int number, int thread) const noexcept {
  const std::int64_t unit = at(number).cables->unit();
  const auto above = [&](std::int64_t cut) {
    return std::min((cut + unit - 1) / unit * unit, at(number).size);
  };
  const instance_range own = schedule_.slice(number, thread);
  return {above(own.begin), above(own.end)};
}

// Each thread what belongs to its cells, in memory that it takes itself.
void stepper::settle_cables() {
  if (std::ranges::none_of(settled_, [](const auto &item) { return item && item->any(); })) return;
  team_.run([&](int thread) {
    thread_state &state = state_of(thread);
    for (std::size_t g = 0; g < settled_.size(); ++g) {
      if (!settled_[g] || !settled_[g]->any()) continue;
      settled_[g]->settle(whole_cells(static_cast<int>(g), thread), state.contexts, state.solving);
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
