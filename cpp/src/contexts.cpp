// Assembles the contexts that kernels receive.
#include "contexts.hpp"

#include <algorithm>

#include "error.hpp"

namespace annarchy_ml {

namespace {

void check_index(const group &reader, std::size_t position, const group &other) {
  const auto &index = reader.indices[position];
  const bool inside =
      std::all_of(index.begin(), index.begin() + reader.size,
                  [&](std::int32_t value) { return value >= 0 && value < other.size; });
  if (!inside) {
    throw engine_error(error_code::state, reader.name,
                       "index " + std::to_string(position) + " of '" + reader.name +
                           "' points outside '" + other.name + "'");
  }
}

kernel_bindings bind_group(const network_parts &parts, const group &owner) {
  kernel_bindings bound;
  for (const auto &index : owner.indices) {
    require(std::ssize(index) == owner.size + AML_PADDING, owner.name, "an index is not set");
  }
  for (const field &item : owner.fields) bound.fields.push_back(item.values.data());
  for (const external &item : owner.externals) {
    if (item.group < 0) {
      throw engine_error(error_code::state, owner.name,
                         "an external of '" + owner.name + "' is not bound");
    }
    const group &other = *parts.groups[static_cast<std::size_t>(item.group)];
    bound.externals.push_back(other.fields[static_cast<std::size_t>(item.field)].values.data());
    if (item.index < 0) continue;
    require(item.index < std::ssize(owner.indices), owner.name, "an index is not set");
    if (!owner.couples) check_index(owner, static_cast<std::size_t>(item.index), other);
  }
  if (owner.only_hears()) {
    check_index(owner, static_cast<std::size_t>(owner.owner_index),
                *parts.groups[static_cast<std::size_t>(owner.owner_group)]);
  }
  const bool trivial = owner.indices_are_trivial();
  for (const auto &index : owner.indices) {
    bound.indices.push_back(trivial ? nullptr : index.data());
  }
  for (std::size_t port = 0; port < owner.out_ports.size(); ++port) {
    bound.emitted.push_back(owner.emitted(static_cast<int>(port)));
  }
  return bound;
}

}  // namespace

std::vector<kernel_bindings> bind_kernels(const network_parts &parts) {
  std::vector<kernel_bindings> bindings;
  bindings.reserve(parts.groups.size());
  for (const auto &owner : parts.groups) bindings.push_back(bind_group(parts, *owner));
  return bindings;
}

context_table::context_table(const network_parts &parts,
                             const std::vector<kernel_bindings> &bindings) {
  for (const kernel_bindings &item : bindings) {
    fields_.push_back(item.fields);
    emitted_.push_back(item.emitted);
  }
  for (std::size_t g = 0; g < bindings.size(); ++g) {
    aml_context context{};
    context.dt = parts.time.dt();
    context.seed = parts.seed;
    context.stream = parts.groups[g]->stream;
    context.fields = fields_[g].data();
    context.externals = bindings[g].externals.data();
    context.indices = bindings[g].indices.data();
    context.emitted = emitted_[g].data();
    context.size = parts.groups[g]->size;
    stepped_.push_back(context);
    waiting_.push_back(context);
  }
}

void context_table::set_to(const step_clock &time) noexcept {
  step_ = time.step();
  const std::uint64_t step = time.key(time.step());
  for (std::size_t g = 0; g < stepped_.size(); ++g) {
    stepped_[g].t = time.shown(time.t());
    stepped_[g].t_prev = time.shown(time.t_prev());
    stepped_[g].step = step;
    waiting_[g].t = time.shown(time.t_prev());
    waiting_[g].t_prev = time.shown(time.t_before());
    waiting_[g].step = step;
  }
}

}  // namespace annarchy_ml
