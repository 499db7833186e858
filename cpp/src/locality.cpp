// Finds out whether threads may step the instances of a block side by side.
#include "locality.hpp"

#include <algorithm>

#include "crossed_connections.hpp"
#include "schedule.hpp"

namespace annarchy_ml {

namespace {

const group &group_at(const network_parts &parts, int number) {
  return *parts.groups[static_cast<std::size_t>(number)];
}

// Whether every instance of `reader` reads an instance of `other` that its own thread steps.
bool stays_in_slice(const network_parts &parts, const schedule &plan, int reader, int other,
                    int index, int threads) {
  const auto &values = group_at(parts, reader).indices[static_cast<std::size_t>(index)];
  const std::int64_t size = group_at(parts, other).size;
  for (int thread = 0; thread < threads; ++thread) {
    const instance_range from = plan.slice(reader, thread);
    const instance_range to = plan.slice(other, thread);
    for (std::int64_t i = from.begin; i < from.end; ++i) {
      const std::int64_t value = values[static_cast<std::size_t>(i)];
      if (value < 0 || value >= size || value < to.begin || value >= to.end) return false;
    }
  }
  return true;
}

bool is_local(const network_parts &parts, const schedule &plan, int reader, const external &item,
              int threads) {
  const group &source = group_at(parts, item.group);
  if (!source.fields[static_cast<std::size_t>(item.field)].per_instance) {
    return true;  // no kernel writes a shared field
  }
  if (item.index >= 0) {
    return stays_in_slice(parts, plan, reader, item.group, item.index, threads);
  }
  const auto count = static_cast<int>(group_at(parts, reader).indices.size());
  for (int index = 0; index < count; ++index) {
    if (!stays_in_slice(parts, plan, reader, item.group, index, threads)) return false;
  }
  return true;
}

int root_of(const network_parts &parts, int number) {
  const group &item = group_at(parts, number);
  return item.is_root() ? number : item.host;
}

reach reach_of_group(const network_parts &parts, const schedule &plan, int reader, int threads) {
  if (group_at(parts, reader).serial) return reach::peers;
  reach most = reach::own;
  for (const external &item : group_at(parts, reader).externals) {
    if (is_local(parts, plan, reader, item, threads)) continue;
    const bool same_root = root_of(parts, item.group) == root_of(parts, reader);
    most = std::max(most, same_root ? reach::peers : reach::others);
  }
  return most;
}

// The thread that delivers the events of every instance of what only hears: the owner's.
std::vector<int> threads_of_owners(const network_parts &parts, const schedule &plan,
                                   const group &reader, int threads) {
  std::vector<int> owner_of(static_cast<std::size_t>(group_at(parts, reader.owner_group).size), 0);
  for (int thread = 0; thread < threads; ++thread) {
    const instance_range own = plan.slice(reader.owner_group, thread);
    std::fill(owner_of.begin() + own.begin, owner_of.begin() + own.end, thread);
  }
  const auto &owners = reader.indices[static_cast<std::size_t>(reader.owner_index)];
  std::vector<int> made(static_cast<std::size_t>(reader.size));
  std::transform(owners.begin(), owners.begin() + reader.size, made.begin(),
                 [&](std::int32_t owner) { return owner_of[static_cast<std::size_t>(owner)]; });
  return made;
}

bool stays_with_owner(const schedule &plan, const group &reader, const external &item,
                      const std::vector<int> &thread_of) {
  if (item.index < 0) return false;
  if (item.group == reader.owner_group && item.index == reader.owner_index) return true;
  const auto &values = reader.indices[static_cast<std::size_t>(item.index)];
  for (std::size_t i = 0; i < thread_of.size(); ++i) {
    const instance_range own = plan.slice(item.group, thread_of[i]);
    if (values[i] < own.begin || values[i] >= own.end) return false;
  }
  return true;
}

// By external: whether events read it when they arrive.
std::vector<char> read_at_once(const network_parts &parts, int number,
                               std::span<const crossed_connections> waiting) {
  const group &reader = group_at(parts, number);
  std::vector<char> read(reader.externals.size(), reader.event_reads.empty() ? 1 : 0);
  for (const port_reads &port : reader.event_reads) {
    const bool waits = std::ranges::any_of(waiting, [&](const crossed_connections &item) {
      const projection_ends &ends = item.columns->ends();
      return ends.target == number && ends.target_port == port.port;
    });
    if (waits) continue;
    for (const int used : port.externals) read[static_cast<std::size_t>(used)] = 1;
  }
  return read;
}

void mark_read_across(const network_parts &parts, const schedule &plan, int number,
                      std::span<const crossed_connections> waiting, int threads,
                      std::vector<char> &marks) {
  const group &reader = group_at(parts, number);
  std::vector<int> thread_of;
  if (reader.only_hears()) thread_of = threads_of_owners(parts, plan, reader, threads);
  const std::vector<char> read = read_at_once(parts, number, waiting);
  for (std::size_t k = 0; k < reader.externals.size(); ++k) {
    if (read[k] == 0) continue;
    const external &item = reader.externals[k];
    const auto &fields = group_at(parts, item.group).fields;
    if (!fields[static_cast<std::size_t>(item.field)].per_instance) continue;
    const bool own = reader.only_hears() ? stays_with_owner(plan, reader, item, thread_of)
                                         : is_local(parts, plan, number, item, threads);
    if (!own) marks[static_cast<std::size_t>(item.group)] = 1;
  }
}

}  // namespace

std::vector<char> read_across_by_events(const network_parts &parts, const schedule &plan,
                                        std::span<const crossed_connections> waiting, int threads) {
  std::vector<char> marks(parts.groups.size(), 0);
  if (threads == 1) return marks;
  for (std::size_t g = 0; g < parts.groups.size(); ++g) {
    const bool hears =
        std::any_of(parts.projections.begin(), parts.projections.end(), [&](const auto &item) {
          return item->ends().target == static_cast<int>(g) && item->size() > 0;
        });
    if (hears) mark_read_across(parts, plan, static_cast<int>(g), waiting, threads, marks);
  }
  return marks;
}

bool hosts_are_independent(const network_parts &parts, int root) {
  for (std::size_t g = 0; g < parts.groups.size(); ++g) {
    const group &reader = *parts.groups[g];
    if (root_of(parts, static_cast<int>(g)) != root || reader.couples) continue;
    if (reader.serial || (!reader.is_root() && !reader.one_per_host)) return false;
    const bool reads_family =
        std::any_of(reader.externals.begin(), reader.externals.end(),
                    [&](const external &item) { return root_of(parts, item.group) == root; });
    if (reads_family && !reader.indices_are_trivial()) return false;
  }
  return true;
}

reach reach_of(const network_parts &parts, const schedule &plan, const block &item, int threads) {
  reach most = reach_of_group(parts, plan, item.group, threads);
  for (const int attached : item.attached) {
    most = std::max(most, reach_of_group(parts, plan, attached, threads));
  }
  return most;
}

}  // namespace annarchy_ml
