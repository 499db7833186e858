// Building of a network; what belongs together is checked where it is given.
#include "network.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "error.hpp"

namespace annarchy_ml {

network::network(double dt, std::uint64_t seed, bool single_precision) : parts_(dt) {
  parts_.seed = seed;
  parts_.single_precision = single_precision;
}

int network::add_group(const group_spec &spec) {
  touch();
  parts_.groups.push_back(std::make_unique<group>(spec, parts_.single_precision));
  return static_cast<int>(parts_.groups.size()) - 1;
}

group &network::at(int group_number) const {
  const auto count = static_cast<int>(parts_.groups.size());
  require(group_number >= 0 && group_number < count, std::to_string(group_number),
          "there is no group of this number");
  return *parts_.groups[static_cast<std::size_t>(group_number)];
}

void network::check_instance(const group &owner, std::int64_t index) const {
  require(index >= 0 && index < owner.size, owner.name, "an instance lies outside the group");
}

void network::bind_external(int reader, int position, const external &source) {
  touch();
  group &other = at(source.group);
  require(source.field >= 0 && source.field < std::ssize(other.fields), other.name,
          "there is no field of this number");
  other.fields[static_cast<std::size_t>(source.field)].passing = false;
  at(reader).set_external(position, source);
}

void network::set_passing(int group_number, const std::string &field_name) {
  touch();
  group &owner = at(group_number);
  field &item = owner.fields[static_cast<std::size_t>(owner.field_position(field_name))];
  require(item.per_instance && item.type != value_type::int32, owner.name,
          "only a real field with one value per instance can be passing");
  item.passing = true;
}

void network::set_family(int host, std::vector<int> members, aml_family_fn kernel) {
  touch();
  group &owner = at(host);
  std::vector<int> expected{host};
  for (std::size_t g = 0; g < parts_.groups.size(); ++g) {
    const group &other = *parts_.groups[g];
    if (other.host != host || other.couples) continue;
    require(other.one_per_host, other.name, "a family has one instance for each host");
    expected.push_back(static_cast<int>(g));
  }
  require(members == expected, owner.name, "a family holds all that is attached to its hosts");
  owner.family = kernel;
  owner.members = std::move(members);
}

void network::set_cables(int group_number, cable_shape shape, const cable_fields &fields) {
  touch();
  group &owner = at(group_number);
  const auto place = [&](const std::string &name) {
    const int position = owner.field_position(name);
    const field &item = owner.fields[static_cast<std::size_t>(position)];
    require(item.per_instance && item.type != value_type::int32, owner.name,
            "what a cable needs are real fields with one value per instance");
    return position;
  };
  shape.potential = place(fields.potential);
  shape.rate = place(fields.rate);
  shape.slope = place(fields.slope);
  auto made = std::make_unique<cable>(std::move(shape));
  require(owner.is_root() && made->size() == owner.size, owner.name,
          "the instances of a group of cells are their compartments");
  owner.cables = std::move(made);
}

void network::set_cable_parts(int group_number, std::vector<cable_part> parts) {
  touch();
  group &owner = at(group_number);
  require(owner.cables != nullptr, owner.name, "its instances are no compartments");
  std::int64_t end = 0;
  for (const cable_part &item : parts) {
    require(item.begin == end && item.end > end && item.currents && item.advance, owner.name,
            "every compartment belongs to one part, which steps it");
    end = item.end;
  }
  require(end == std::ssize(owner.cables->shape().capacitance), owner.name,
          "every compartment belongs to one part, which steps it");
  owner.parts = std::move(parts);
}

void network::set_index(int reader, int position, std::span<const std::int32_t> values) {
  touch();
  at(reader).set_index(position, values);
}

void network::set_host(int attached, int host, std::span<const std::int32_t> host_index) {
  touch();
  const group &owner = at(host);
  require(attached != host && owner.is_root(), owner.name,
          "a group can only be attached to a group that is not attached itself");
  for (const auto &other : parts_.groups) {
    require(other->host != attached, other->name, "a group that is a host cannot be attached");
  }
  at(attached).set_host(host, host_index, owner.size);
}

void network::set_owner(int reader, int index, int owner) {
  touch();
  group &mine = at(reader);
  require(mine.is_root() && mine.out_ports.empty(), mine.name,
          "what only hears is attached to nothing and sends nothing");
  require(index >= 0 && index < std::ssize(mine.indices), mine.name,
          "there is no index of this number");
  for (const std::int32_t value : mine.indices[static_cast<std::size_t>(index)]) {
    check_instance(at(owner), value);
  }
  mine.owner_group = owner;
  mine.owner_index = index;
}

void network::set_event_reads(int group_number, const std::string &port, std::vector<int> externals,
                              bool may_wait) {
  touch();
  group &mine = at(group_number);
  for (const int number : externals) {
    require(number >= 0 && number < std::ssize(mine.externals), mine.name,
            "there is no external of this number");
  }
  mine.event_reads.push_back({mine.in_port_position(port), std::move(externals), may_wait});
}

void network::add_reduction(int attached, const std::string &source, const std::string &target,
                            reduction_kind kind) {
  touch();
  const group &from = at(attached);
  require(!from.is_root(), from.name, "a reduction needs a group that is attached to another");
  group &into = at(from.host);
  const auto source_at = static_cast<std::size_t>(from.field_position(source));
  const auto target_at = static_cast<std::size_t>(into.field_position(target));
  field *to = &into.fields[target_at];
  require(to->per_instance && to->type != value_type::int32, into.name,
          "the target of a reduction must be a real field with one value per instance");
  require(from.fields[source_at].type == to->type, from.name,
          "the source of a reduction must be a real field");
  const bool first = std::none_of(parts_.reductions.begin(), parts_.reductions.end(),
                                  [&](const auto &item) { return item.rule.target == to; });
  parts_.reductions.push_back(
      {attached, from.host, {&from, &from.fields[source_at], to, kind, first}});
}

field_of network::place_of(const field_name &item) const {
  group &owner = at(item.group);
  const int position = owner.field_position(item.name);
  owner.fields[static_cast<std::size_t>(position)].passing = false;
  return {&owner, position};
}

void network::add_pool(const field_name &source, const field_name &target, pooling kind) {
  touch();
  parts_.pools.emplace_back(place_of(source), place_of(target), kind);
}

int network::add_timetable(const field_name &target, timed_values given) {
  touch();
  parts_.timetables.emplace_back(place_of(target), std::move(given));
  return static_cast<int>(parts_.timetables.size()) - 1;
}

timetable &network::timetable_at(int id) {
  require(id >= 0 && id < std::ssize(parts_.timetables), std::to_string(id),
          "there is no timetable of this number");
  return parts_.timetables[static_cast<std::size_t>(id)];
}

void network::set_schedule(std::vector<block_spec> blocks) {
  touch();
  std::vector<std::int64_t> covered(parts_.groups.size(), 0);
  for (const block_spec &block : blocks) {
    const group &owner = at(block.group);
    require(owner.is_root(), owner.name, "only groups that are not attached are scheduled");
    std::int64_t &next = covered[static_cast<std::size_t>(block.group)];
    require(block.hosts.begin == next && block.hosts.end >= next && block.hosts.end <= owner.size,
            owner.name, "the blocks of a group must follow each other without gaps");
    next = block.hosts.end;
  }
  for (std::size_t g = 0; g < covered.size(); ++g) {
    const group &owner = *parts_.groups[g];
    require(!owner.is_root() || covered[g] == owner.size, owner.name,
            "the schedule must hold every instance of a group that is not attached");
  }
  parts_.blocks = std::move(blocks);
}

std::string network::name_of(const projection_ends &ends) const {
  return at(ends.source).name + " -> " + at(ends.target).name;
}

int network::record(const std::vector<trace_source> &sources, std::int64_t interval_steps) {
  touch();
  std::vector<trace_column> columns;
  columns.reserve(sources.size());
  for (const trace_source &item : sources) {
    group &owner = at(item.group);
    check_instance(owner, item.index);
    const auto position = static_cast<std::size_t>(owner.field_position(item.field));
    owner.fields[position].passing = false;
    columns.push_back({&owner, &owner.fields[position], item.index});
  }
  parts_.traces.push_back(std::make_unique<recorder>(std::move(columns), interval_steps));
  return static_cast<int>(parts_.traces.size()) - 1;
}

int network::record_events(std::span<const event_source> sources) {
  touch();
  std::map<std::pair<int, int>, subscription> by_port;
  auto list = std::make_unique<event_recorder>();
  for (std::size_t k = 0; k < sources.size(); ++k) {
    const event_source &item = sources[k];
    check_instance(at(item.group), item.index);
    by_port[{item.group, item.port}].selected.emplace_back(item.index,
                                                           static_cast<std::int32_t>(k));
  }
  for (auto &[port, listener] : by_port) {
    listener.recorder = list.get();
    std::sort(listener.selected.begin(), listener.selected.end());
    parts_.subscriptions.push_back({port.first, port.second, std::move(listener)});
  }
  parts_.event_lists.push_back(std::move(list));
  return static_cast<int>(parts_.event_lists.size()) - 1;
}

int network::record_all_events(int group_number, int port) {
  touch();
  auto list = std::make_unique<event_recorder>();
  parts_.subscriptions.push_back({group_number, port, {list.get(), true, {}}});
  parts_.event_lists.push_back(std::move(list));
  return static_cast<int>(parts_.event_lists.size()) - 1;
}

recorder &network::traces(int id) const {
  require(id >= 0 && id < std::ssize(parts_.traces), std::to_string(id),
          "there is no recording of this number");
  return *parts_.traces[static_cast<std::size_t>(id)];
}

event_recorder &network::event_list(int id) const {
  require(id >= 0 && id < std::ssize(parts_.event_lists), std::to_string(id),
          "there is no event recording of this number");
  return *parts_.event_lists[static_cast<std::size_t>(id)];
}

void network::refresh_reductions(int host) const {
  const group &owner = at(host);
  for (const group_reduction &item : parts_.reductions) {
    if (item.host == host) item.rule.apply({0, owner.size});
  }
}

void network::forget_events(int source) {
  touch();  // threads may have copies of the queue
  static_cast<void>(at(source));
  for (const auto &item : parts_.projections) {
    if (item->ends().source == source) parts_.queue.forget(*item);
  }
}

void network::send_events(int source, int port, std::span<const std::int32_t> rows) {
  touch();  // threads may have copies of the queue
  for (const std::int32_t row : rows) check_instance(at(source), row);
  for (const auto &item : parts_.projections) {
    if (item->ends().source != source || item->ends().source_port != port) continue;
    require(item->delays().front() > 0.0, item->name(),
            "an event that is sent between runs needs a delay");
    parts_.queue.send(*item, rows, parts_.time);
  }
}

void network::go_on_from(const network &before, std::span<const std::pair<int, int>> projections) {
  touch();
  require(parts_.histories.empty(), "histories", "delayed couplings cannot go on elsewhere");
  same_connections same;
  for (const auto &[old_number, number] : projections) {
    const projection &old = before.projection_at(old_number), &own = projection_at(number);
    require(old.size() == own.size(), own.name(), "the connections are others than before");
    same[&old] = &own;
  }
  keep_streams(parts_.groups, before.parts_.groups);
  parts_.time.go_on_from(before.parts_.time);
  parts_.queue.go_on_from(before.parts_.queue, same);
}

void network::reset() {
  touch();
  parts_.time.reset();
  parts_.queue.clear();
  parts_.learned = 0;
  for (const auto &item : parts_.groups) item->clear_emitted();
  for (const auto &item : parts_.traces) item->clear();
  for (const auto &item : parts_.event_lists) item->clear();
  for (timetable &item : parts_.timetables) item.reset();
}

std::size_t network::bytes() const noexcept {
  std::size_t total = parts_.queue.bytes();
  for (const auto &item : parts_.groups) total += item->bytes();
  for (const auto &item : parts_.projections) total += item->bytes();
  for (const auto &item : parts_.couplings) total += item->rows().bytes();
  for (const auto &item : parts_.histories) total += item->bytes();
  for (const timetable &item : parts_.timetables) total += item.bytes();
  for (const auto &item : parts_.traces) total += item->bytes();
  for (const auto &item : parts_.event_lists) total += item->bytes();
  return total;
}

std::size_t network::estimate_records(std::int64_t steps) const noexcept {
  std::size_t total = 0;
  for (const auto &item : parts_.traces) total += item->estimate(steps);
  return total;
}

}  // namespace annarchy_ml
