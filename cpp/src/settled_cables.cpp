#include "settled_cables.hpp"

#include <algorithm>
#include <utility>

namespace annarchy_ml {

namespace {

// Kernels step whole vectors of so many instances, of single precision too.
constexpr std::int64_t whole = AML_PADDING;

instance_range common(instance_range a, instance_range b) noexcept {
  return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
}

// The same and more, so that its length is one of whole vectors, as far as `within` goes.
instance_range widened(instance_range range, instance_range within) noexcept {
  const std::int64_t length = (range.size() + whole - 1) / whole * whole;
  const std::int64_t end = std::min(within.end, range.begin + length);
  return {std::max(within.begin, end - length), end};
}

}  // namespace

settled_cables::settled_cables(const network_parts &parts, int group_number)
    : parts_(parts),
      number_(group_number),
      owner_(*parts.groups[static_cast<std::size_t>(group_number)]) {
  if (!may_stay()) return;
  varying_ = hosts_with_attached(parts, group_number, 1);
  const std::size_t real =
      size_of(parts.single_precision ? value_type::real32 : value_type::real64);
  at_rest_ =
      aligned_buffer((static_cast<std::size_t>(owner_.size) + AML_PADDING) * real, owner_.name);
  for (std::int64_t first = 0; first < owner_.size; first += owner_.cables->unit()) {
    units_.push_back(made(first));
  }
}

// Nothing but kernels may change what currents are computed from, and they must take any arrays.
bool settled_cables::may_stay() const {
  const auto changed = [&](const auto &item) { return item.touches(owner_); };
  const auto timed = [&](const timetable &item) { return item.changes(owner_); };
  const auto steady = [](const cable_part &part) { return part.steady; };
  const auto coupled = [&](const auto &item) { return item->ends().target == number_; };
  const auto joined = [&](const synaptic_coupling &item) {
    return parts_.groups[static_cast<std::size_t>(item.synapses)]->host == number_;
  };
  return !parts_.interpreted && std::ranges::any_of(owner_.parts, steady) &&
         std::ranges::none_of(parts_.pools, changed) &&
         std::ranges::none_of(parts_.timetables, timed) &&
         std::ranges::none_of(parts_.couplings, coupled) &&
         std::ranges::none_of(parts_.synaptic_couplings, joined);
}

settled_cables::unit settled_cables::made(std::int64_t begin) const {
  const auto compartments = std::ssize(owner_.cables->shape().capacitance);
  const std::int64_t end = std::min(begin + owner_.cables->unit(), owner_.size);
  const std::int64_t width = (end - begin) / compartments;
  unit item;
  item.steady.assign(static_cast<std::size_t>(end - begin), 0);
  for (const cable_part &part : owner_.parts) {
    add_calls(item, part, {begin + part.begin * width, begin + part.end * width});
    if (!part.steady) continue;
    std::fill(item.steady.begin() + part.begin * width, item.steady.begin() + part.end * width, 1);
  }
  for (const instance_range range : varying_) {
    const instance_range own = common(range, {begin, end});
    for (auto i = own.begin; i < own.end; ++i) item.steady[static_cast<std::size_t>(i - begin)] = 0;
  }
  return item;
}

void settled_cables::add_calls(unit &item, const cable_part &part, instance_range hosts) const {
  if (!part.steady) {
    item.calls.push_back({part.currents, hosts});
    return;
  }
  for (const instance_range range : varying_) {
    const instance_range own = common(range, hosts);
    if (own.empty()) continue;
    const instance_range wide = widened(own, hosts);
    const bool joins = !item.calls.empty() && item.calls.back().currents == part.currents &&
                       item.calls.back().hosts.end >= wide.begin;
    if (joins) {
      item.calls.back().hosts.end = wide.end;
    } else {
      item.calls.push_back({part.currents, wide});
    }
  }
}

settled_cables::unit &settled_cables::at(std::int64_t begin) noexcept {
  return units_[static_cast<std::size_t>(begin / owner_.cables->unit())];
}

const settled_tree *settled_cables::of(std::int64_t begin) const noexcept {
  return &units_[static_cast<std::size_t>(begin / owner_.cables->unit())].tree;
}

void settled_cables::currents(const aml_context *context, std::int64_t begin,
                              instance_range hosts) const noexcept {
  for (const call &item : units_[static_cast<std::size_t>(begin / owner_.cables->unit())].calls) {
    const instance_range own = common(item.hosts, hosts);
    if (!own.empty()) item.currents(context, own.begin, own.end);
  }
}

// Currents at potential 0 are what does not depend on it: whatever the potentials are now, the same
// numbers are found.
void settled_cables::settle(instance_range hosts, context_table &contexts,
                            std::vector<double> &room) {
  const cable &cells = *owner_.cables;
  const auto compartments = std::ssize(cells.shape().capacitance);
  void *&potential = contexts.field(number_, cells.shape().potential);
  void *const given = std::exchange(potential, at_rest_.data());
  const aml_context *context = contexts.stepped(number_);
  const cable_values values{potential, contexts.field(number_, cells.shape().rate),
                            contexts.field(number_, cells.shape().slope)};
  for (std::int64_t first = hosts.begin; first < hosts.end; first += cells.unit()) {
    const std::int64_t width = (std::min(first + cells.unit(), hosts.end) - first) / compartments;
    unit &item = at(first);
    if (item.tree.room == nullptr) item.tree = cells.prepare(first, item.steady);
    for (const cable_part &part : owner_.parts) {
      if (!part.steady) continue;  // others keep what they know of the last step
      part.currents(context, first + part.begin * width, first + part.end * width);
    }
    cable_values own = values;
    own.kept = &item.tree;
    cells.settle(first, parts_.time.dt(), own, parts_.single_precision, room);
  }
  potential = given;
}

}  // namespace annarchy_ml
