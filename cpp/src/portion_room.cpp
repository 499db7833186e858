// Places what lives no longer than a portion.
#include "portion_room.hpp"

#include <algorithm>

namespace annarchy_ml {

namespace {

// Where an array would begin whose instance `begin` lies at the start of a room.
template <class Value>
Value *before(const aligned_buffer &room, std::int64_t begin, std::size_t bytes) noexcept {
  const auto start = reinterpret_cast<std::uintptr_t>(room.data());
  return reinterpret_cast<Value *>(start - static_cast<std::uintptr_t>(begin) * bytes);
}

const field &field_at(const network_parts &parts, field_place place) noexcept {
  const auto &fields = parts.groups[static_cast<std::size_t>(place.group)]->fields;
  return fields[static_cast<std::size_t>(place.field)];
}

}  // namespace

portion_room::portion_room(const network_parts &parts, const schedule &plan)
    : parts_(parts), plan_(plan) {
  for (const block &item : plan.blocks()) make_for(item);
}

void portion_room::make_for(const block &item) {
  while (passing_.size() < item.passing.size()) {
    passing_.emplace_back((small_portion + AML_PADDING) * sizeof(double), "passing fields");
  }
  while (item.in_portions() && flags_.size() < item.ports.size()) {
    flags_.emplace_back((large_portion + AML_PADDING) * sizeof(std::int64_t), "flags");
  }
}

void portion_room::place(const block &item, std::int64_t begin, bool seen,
                         context_table &contexts) const noexcept {
  for (std::size_t k = 0; k < item.ports.size(); ++k) {
    const out_port &port = plan_.ports()[static_cast<std::size_t>(item.ports[k])];
    contexts.emitted(port.group, port.port) =
        before<std::int64_t>(flags_[k], begin, sizeof(std::int64_t));
  }
  for (std::size_t k = 0; k < item.passing.size() && !seen; ++k) {
    const field_place place = item.passing[k];
    contexts.field(place.group, place.field) =
        before<void>(passing_[k], begin, size_of(field_at(parts_, place).type));
  }
}

void portion_room::take_back(const block &item, std::int64_t hosts,
                             context_table &contexts) const noexcept {
  for (std::size_t k = 0; k < item.ports.size(); ++k) {
    // Behind the hosts kernels have stepped padding, whose events nobody collects.
    std::fill_n(static_cast<std::int64_t *>(flags_[k].data()) + hosts, AML_PADDING, 0);
    const out_port &port = plan_.ports()[static_cast<std::size_t>(item.ports[k])];
    const group &sender = *parts_.groups[static_cast<std::size_t>(port.group)];
    contexts.emitted(port.group, port.port) = sender.emitted(port.port);
  }
  for (const field_place place : item.passing) {
    contexts.field(place.group, place.field) = field_at(parts_, place).values.data();
  }
}

}  // namespace annarchy_ml
