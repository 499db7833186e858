// Looks whether events of columns may wait.
#include "crossed_connections.hpp"

#include <algorithm>

namespace annarchy_ml {

namespace {

constexpr std::int64_t fewest_columns = 64;
// Less lies in the second cache anyway.
constexpr std::int64_t smallest_bytes = std::int64_t{1} << 21;

const group &group_at(const network_parts &parts, int number) {
  return *parts.groups[static_cast<std::size_t>(number)];
}

bool changes_while_running(const network_parts &parts, const group &owner) {
  const auto table = [&](const timetable &item) { return item.changes(owner); };
  const auto pooled = [&](const pool &item) { return item.touches(owner); };
  return std::ranges::any_of(parts.timetables, table) || std::ranges::any_of(parts.pools, pooled);
}

bool is_seen(const network_parts &parts, int group_number) {
  const group &owner = group_at(parts, group_number);
  const auto reads = [&](const auto &other) {
    return std::ranges::any_of(other->externals,
                               [&](const external &item) { return item.group == group_number; });
  };
  return std::ranges::any_of(parts.groups, reads) || changes_while_running(parts, owner) ||
         std::ranges::any_of(parts.histories,
                             [&](const auto &item) { return &item->owner() == &owner; }) ||
         std::ranges::any_of(parts.traces, [&](const auto &item) { return item->sees(owner); }) ||
         std::ranges::any_of(parts.reductions,
                             [&](const auto &item) { return item.attached == group_number; });
}

// The projections onto a group, those onto the port of the columns last; false if there are others.
bool find_ends(const network_parts &parts, int group_number, int port, crossed_connections &found) {
  for (const auto &item : parts.projections) {
    if (item->ends().target != group_number || item->size() == 0) continue;
    const projection *&end = item->ends().target_port == port ? found.columns : found.rows;
    if (end != nullptr || !item->single_delay()) return false;
    end = item.get();
  }
  return found.rows != nullptr && found.columns != nullptr &&
         found.columns->delays().front() == 0.0 && found.columns->store().weight_bytes() == 0;
}

bool find_externals(const network_parts &parts, const group &owner, const port_reads &port,
                    crossed_connections &found) {
  const std::uint32_t constant = found.rows->describe().constant;
  for (const int number : port.externals) {
    const external &item = owner.externals[static_cast<std::size_t>(number)];
    const group &other = group_at(parts, item.group);
    const field &source = other.fields[static_cast<std::size_t>(item.field)];
    if (!source.per_instance) {
      if (changes_while_running(parts, other)) return false;
      continue;
    }
    if (source.type == value_type::int32 || item.index < 0 || item.index >= 32) return false;
    if ((constant >> item.index & 1) == 0) return false;
    if (found.along >= 0 && found.along != item.index) return false;
    found.along = item.index;
    found.externals.push_back(number);
  }
  return true;
}

// Whether all rows hold connections to the same owners, one by one.
bool find_rows(const group &owner, crossed_connections &found) {
  const projection &rows = *found.rows;
  const aml_events known = rows.describe();
  if ((rows.store().layout & AML_CONSECUTIVE) == 0 || owner.owner_index >= 32) return false;
  if ((known.consecutive >> owner.owner_index & 1) == 0 || rows.size() != owner.size) return false;
  const auto &owners = owner.indices[static_cast<std::size_t>(owner.owner_index)];
  const auto bounds = rows.segment_bounds();
  for (std::size_t row = 0; row + 1 < bounds.size(); ++row) {
    const std::int64_t length = std::int64_t{bounds[row + 1]} - bounds[row];
    if (length == 0) continue;
    const std::int32_t first = owners[bounds[row]];
    if (found.n_columns == 0) {
      found.n_columns = length;
      found.first_owner = first;
    }
    if (length != found.n_columns || first != found.first_owner) return false;
  }
  return found.n_columns >= fewest_columns;
}

// Whether every connection lies in the column of its owner.
bool find_columns(const group &owner, crossed_connections &found) {
  const projection &columns = *found.columns;
  const auto &owners = owner.indices[static_cast<std::size_t>(owner.owner_index)];
  const auto bounds = columns.segment_bounds();
  if (columns.size() != owner.size) return false;
  std::vector<char> known(static_cast<std::size_t>(found.n_columns), 0);
  found.column_of.assign(bounds.size() - 1, -1);
  for (std::size_t sender = 0; sender + 1 < bounds.size(); ++sender) {
    if (bounds[sender] == bounds[sender + 1]) continue;
    std::int32_t before = -1;
    const std::int64_t column =
        owners[static_cast<std::size_t>(columns.store().target(bounds[sender]))] -
        found.first_owner;
    if (known[static_cast<std::size_t>(column)]++ != 0) return false;
    for (std::int64_t c = bounds[sender]; c < bounds[sender + 1]; ++c) {
      const std::int32_t target = columns.store().target(c);
      const std::int64_t own = owners[static_cast<std::size_t>(target)] - found.first_owner;
      if (target <= before || own != column) return false;
      before = target;
    }
    found.column_of[sender] = static_cast<std::int32_t>(column);
  }
  return true;
}

}  // namespace

std::optional<crossed_connections> find_crossed(const network_parts &parts, int group_number) {
  const group &owner = group_at(parts, group_number);
  if (parts.interpreted || !owner.only_hears() || owner.event_reads.empty()) return std::nullopt;
  const std::int64_t bytes = parts.single_precision ? 4 : 8;
  if (owner.size * bytes < smallest_bytes || owner.indices_are_trivial()) return std::nullopt;
  if (is_seen(parts, group_number)) return std::nullopt;
  for (const port_reads &port : owner.event_reads) {
    if (!port.may_wait) continue;
    crossed_connections found;
    if (find_ends(parts, group_number, port.port, found) && find_rows(owner, found) &&
        find_externals(parts, owner, port, found) && find_columns(owner, found)) {
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace annarchy_ml
