// Storage and bindings of a group.
#include "group.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <map>
#include <utility>

#include "error.hpp"
#include "memory.hpp"

namespace annarchy_ml {

namespace {

int position_in(const std::vector<std::string> &names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

int required(int position, const std::string &group, std::string_view kind, std::string_view name) {
  if (position < 0) {
    throw engine_error(
        error_code::argument, group,
        "group '" + group + "' has no " + std::string(kind) + " '" + std::string(name) + "'");
  }
  return position;
}

template <class Item>
void grow_to(std::vector<Item> &items, int position, const std::string &place) {
  require(position >= 0 && position < 1'000'000, place, "a position is out of range");
  const auto needed = static_cast<std::size_t>(position) + 1;
  if (items.size() < needed) items.resize(needed);
}

template <class Value>
void fill(field &item, std::span<const double> values) noexcept {
  auto *place = static_cast<Value *>(item.values.data());
  if (values.size() == 1) {
    std::fill_n(place, item.size, static_cast<Value>(values.front()));
  } else {
    std::transform(values.begin(), values.end(), place,
                   [](double value) { return static_cast<Value>(value); });
  }
}

bool is_whole(double value) noexcept {
  constexpr double end = 0x1p31;
  return value >= -end && value < end && value == std::floor(value);
}

// Bytes that the fields and the flags of the out-ports will take.
std::size_t bytes_for(const group_spec &spec, bool single_precision) noexcept {
  const auto size = static_cast<std::size_t>(spec.size) + AML_PADDING;
  std::size_t total = spec.out_ports.size() * size * sizeof(std::int64_t);
  for (const field_spec &item : spec.fields) {
    const std::size_t width = item.is_real && !single_precision ? 8 : 4;
    total += (item.per_instance ? size : 1) * width;
  }
  return total;
}

}  // namespace

std::size_t size_of(value_type type) noexcept { return type == value_type::real64 ? 8 : 4; }

double field::at(std::int64_t index) const noexcept {
  const void *data = values.data();
  if (type == value_type::real64) return static_cast<const double *>(data)[index];
  if (type == value_type::real32) return static_cast<const float *>(data)[index];
  return static_cast<const std::int32_t *>(data)[index];
}

group::group(const group_spec &spec, bool single_precision)
    : name(spec.name),
      size(spec.size),
      stream(spec.stream),
      in_ports(spec.in_ports),
      out_ports(spec.out_ports),
      events(spec.in_ports.size(), nullptr) {
  require(size >= 0 && size < std::numeric_limits<std::int32_t>::max(), name,
          "the size of a group must be between 0 and 2^31 - 2");
  require_memory(bytes_for(spec, single_precision), name);
  const value_type real = single_precision ? value_type::real32 : value_type::real64;
  for (const field_spec &item : spec.fields) {
    const value_type type = item.is_real ? real : value_type::int32;
    const std::int64_t count = item.per_instance ? size : 1;
    const std::int64_t room = item.per_instance ? count + AML_PADDING : count;
    const std::size_t bytes = static_cast<std::size_t>(room) * size_of(type);
    fields.push_back({item.name, type, item.per_instance, item.check_finite && item.is_real, count,
                      aligned_buffer(bytes, name + "/" + item.name), false});
  }
  for (const std::string &port : out_ports) {
    emitted_.emplace_back(static_cast<std::size_t>(size + AML_PADDING) * sizeof(std::int64_t),
                          name + "/" + port);
  }
}

int group::field_position(std::string_view field_name) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const field &item) { return item.name == field_name; });
  const int position = found == fields.end() ? -1 : static_cast<int>(found - fields.begin());
  return required(position, name, "field", field_name);
}

int group::in_port_position(std::string_view port) const {
  return required(position_in(in_ports, port), name, "in-port", port);
}

int group::out_port_position(std::string_view port) const {
  return required(position_in(out_ports, port), name, "out-port", port);
}

void group::set_index(int position, std::span<const std::int32_t> values) {
  grow_to(indices, position, name);
  require(static_cast<std::int64_t>(values.size()) == size, name,
          "an index must have one value per instance");
  auto &index = indices[static_cast<std::size_t>(position)];
  index.assign(values.begin(), values.end());
  index.insert(index.end(), AML_PADDING, values.empty() ? 0 : values.back());
}

bool group::indices_are_trivial() const noexcept {
  return std::all_of(indices.begin(), indices.end(), [&](const auto &index) {
    for (std::int64_t i = 0; i < size; ++i) {
      if (index[static_cast<std::size_t>(i)] != i) return false;
    }
    return true;
  });
}

void group::set_external(int position, const external &source) {
  grow_to(externals, position, name);
  externals[static_cast<std::size_t>(position)] = source;
}

void group::set_host(int host_group, std::span<const std::int32_t> index, std::int64_t host_size) {
  require(static_cast<std::int64_t>(index.size()) == size, name,
          "host_index must have one value per instance");
  require(std::is_sorted(index.begin(), index.end()), name, "host_index must ascend");
  require(index.empty() || (index.front() >= 0 && index.back() < host_size), name,
          "host_index points outside the host group");
  host = host_group;
  host_index.assign(index.begin(), index.end());
  host_ptr.assign(static_cast<std::size_t>(host_size) + 1, 0);
  for (const std::int32_t h : host_index) ++host_ptr[static_cast<std::size_t>(h) + 1];
  for (std::size_t h = 1; h < host_ptr.size(); ++h) host_ptr[h] += host_ptr[h - 1];
  one_per_host = size == host_size;
  for (std::int64_t i = 0; i < size && one_per_host; ++i) {
    one_per_host = host_index[static_cast<std::size_t>(i)] == i;
  }
}

void group::widen(int position) {
  require(position >= 0 && position < std::ssize(fields), name, "there is no field of this number");
  field &item = fields[static_cast<std::size_t>(position)];
  if (item.per_instance) return;
  const std::size_t width = size_of(item.type);
  const std::size_t bytes = static_cast<std::size_t>(size + AML_PADDING) * width;
  require_memory(bytes, name);
  aligned_buffer values(bytes, name + "/" + item.name);
  auto *place = static_cast<std::byte *>(values.data());
  for (std::int64_t i = 0; i < size; ++i, place += width) {
    std::memcpy(place, item.values.data(), width);
  }
  retired_.push_back(std::exchange(item.values, std::move(values)));
  item.size = size;
  item.per_instance = true;
}

void group::resize(std::span<const std::int32_t> kept) {
  require(out_ports.empty(), name, "what sends events keeps its size");
  require(std::all_of(kept.begin(), kept.end(),
                      [&](std::int32_t item) { return item >= -1 && item < size; }),
          name, "an instance lies outside the group");
  for (field &item : fields) {
    if (!item.per_instance) continue;
    const std::size_t width = size_of(item.type);
    aligned_buffer values((kept.size() + AML_PADDING) * width, name + "/" + item.name);
    auto *place = static_cast<std::byte *>(values.data());
    const auto *from = static_cast<const std::byte *>(item.values.data());
    for (const std::int32_t old : kept) {
      if (old >= 0) std::memcpy(place, from + static_cast<std::size_t>(old) * width, width);
      place += width;
    }
    retired_.push_back(std::exchange(item.values, std::move(values)));
    item.size = std::ssize(kept);
  }
  size = std::ssize(kept);
}

void group::assign(int position, std::span<const double> values) {
  require(position >= 0 && position < std::ssize(fields), name, "there is no field of this number");
  field &item = fields[static_cast<std::size_t>(position)];
  const std::int64_t count = std::ssize(values);
  require(count == item.size || count == 1, name, "a field takes one value, or one per instance");
  if (item.type == value_type::int32) {
    require(std::all_of(values.begin(), values.end(), is_whole), name,
            "an integer field takes whole numbers of 32 bits");
  }
  if (item.type == value_type::real64) fill<double>(item, values);
  if (item.type == value_type::real32) fill<float>(item, values);
  if (item.type == value_type::int32) fill<std::int32_t>(item, values);
}

instance_range group::attached_to(instance_range hosts) const noexcept {
  if (one_per_host) return hosts;
  return {host_ptr[static_cast<std::size_t>(hosts.begin)],
          host_ptr[static_cast<std::size_t>(hosts.end)]};
}

std::int64_t group::host_of(std::int64_t instance) const noexcept {
  return is_root() ? instance : host_index[static_cast<std::size_t>(instance)];
}

std::int64_t *group::emitted(int port) const noexcept {
  return static_cast<std::int64_t *>(emitted_[static_cast<std::size_t>(port)].data());
}

void group::clear_emitted() noexcept {
  for (aligned_buffer &flags : emitted_) flags.clear();
}

void group::fill_padding() noexcept {
  if (size == 0) return;
  for (field &item : fields) {
    if (!item.per_instance) continue;
    const std::size_t width = size_of(item.type);
    char *behind = static_cast<char *>(item.values.data()) + static_cast<std::size_t>(size) * width;
    for (int k = 0; k < AML_PADDING; ++k) {
      std::memcpy(behind + static_cast<std::size_t>(k) * width, behind - width, width);
    }
  }
}

std::size_t group::bytes() const noexcept {
  std::size_t total = host_index.capacity() * 4 + host_ptr.capacity() * 8;
  for (const field &item : fields) total += item.values.bytes();
  for (const aligned_buffer &flags : emitted_) total += flags.bytes();
  for (const auto &index : indices) total += index.capacity() * 4;
  return total;
}

void keep_streams(std::span<const std::unique_ptr<group>> groups,
                  std::span<const std::unique_ptr<group>> before) {
  std::map<std::string_view, std::uint64_t> known;
  std::uint64_t unused = 0;
  for (const auto &item : before) {
    known[item->name] = item->stream;
    unused = std::max(unused, item->stream + 1);
  }
  for (const auto &item : groups) {
    const auto found = known.find(item->name);
    item->stream = found == known.end() ? unused++ : found->second;
  }
}

}  // namespace annarchy_ml
