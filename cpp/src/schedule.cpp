// Derives blocks, slices and stages from a network.
#include "schedule.hpp"

#include <algorithm>
#include <numeric>

#include "locality.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t together = 64;  // hosts so close are looked at in one go

field_place place_of(const network_parts &parts, int number, const field *item) {
  const auto &fields = parts.groups[static_cast<std::size_t>(number)]->fields;
  return {number, static_cast<int>(item - fields.data())};
}

// The ranges in which some instances are; those closer than `apart` are in one.
std::vector<instance_range> ranges_of(std::vector<std::int32_t> &instances, std::int64_t apart) {
  std::sort(instances.begin(), instances.end());
  std::vector<instance_range> found;
  for (const std::int32_t own : instances) {
    if (found.empty() || own >= found.back().end + apart) found.push_back({own, own});
    found.back().end = own + 1;
  }
  return found;
}

}  // namespace

std::vector<instance_range> hosts_with_attached(const network_parts &parts, int host,
                                                std::int64_t apart) {
  std::vector<std::int32_t> hosts;
  for (const auto &item : parts.groups) {
    if (item->host != host) continue;
    hosts.insert(hosts.end(), item->host_index.begin(), item->host_index.end());
  }
  return ranges_of(hosts, apart);
}

schedule::schedule(const network_parts &parts, std::span<const crossed_connections> waiting,
                   int threads)
    : parts_(parts), threads_(threads) {
  find_ports();
  make_blocks();
  share_cells();
  read_across_ = read_across_by_events(parts, *this, waiting, threads);
  make_stages();
}

void schedule::find_ports() {
  std::vector<std::vector<int>> number(parts_.groups.size());
  for (std::size_t g = 0; g < parts_.groups.size(); ++g) {
    for (std::size_t p = 0; p < parts_.groups[g]->out_ports.size(); ++p) {
      number[g].push_back(static_cast<int>(ports_.size()));
      ports_.push_back({static_cast<int>(g), static_cast<int>(p), {}, {}, {}});
    }
  }
  const auto port_at = [&](int group, int port) -> out_port & {
    const auto &ports = number[static_cast<std::size_t>(group)];
    return ports_[static_cast<std::size_t>(ports[static_cast<std::size_t>(port)])];
  };
  for (const auto &item : parts_.projections) {
    if (item->size() == 0) continue;
    out_port &from = port_at(item->ends().source, item->ends().source_port);
    if (item->delays().back() > 0.0) from.delayed.push_back(item.get());
    if (item->delays().front() == 0.0) from.immediate.push_back(item.get());
  }
  for (const port_subscription &item : parts_.subscriptions) {
    port_at(item.group, item.port).listeners.push_back(&item.listener);
  }
  for (out_port &port : ports_) find_senders(port);
  ports_of_.resize(parts_.groups.size());
  for (std::size_t g = 0; g < number.size(); ++g) {
    std::copy_if(number[g].begin(), number[g].end(), std::back_inserter(ports_of_[g]),
                 [&](int k) { return ports_[static_cast<std::size_t>(k)].heard(); });
  }
}

// Of compartments few are heard: who looks for events need not look at the others.
void schedule::find_senders(out_port &port) const {
  const group &owner = *parts_.groups[static_cast<std::size_t>(port.group)];
  if (owner.cables == nullptr) return;
  std::vector<std::int32_t> heard;
  for (const subscription *listener : port.listeners) {
    if (listener->all) return;
    for (const auto &[instance, number] : listener->selected) heard.push_back(instance);
  }
  for (const auto *list : {&port.delayed, &port.immediate}) {
    for (const projection *item : *list) {
      for (std::int32_t row = 0; row < owner.size; ++row) {
        if (item->segments_begin(row) != item->segments_end(row)) heard.push_back(row);
      }
    }
  }
  port.senders = ranges_of(heard, together);
}

// Cuts go through cells where whole ones leave threads without work, and each compartment and what
// is attached to it read nothing of those beyond a cut.
void schedule::share_cells() {
  shared_.assign(parts_.groups.size(), 0);
  for (block &item : blocks_) {
    item.shared = worth_sharing(item);
    if (item.shared) shared_[static_cast<std::size_t>(item.group)] = 1;
  }
  cut_groups();
  for (block &item : blocks_) {
    if (!item.shared || reach_of(parts_, *this, item, threads_) != reach::peers) continue;
    item.shared = false;
    shared_[static_cast<std::size_t>(item.group)] = 0;
  }
  cut_groups();
}

// Compartments that always answer alike are next to no work but for the tree, which one thread
// solves.
bool schedule::worth_sharing(const block &item) const {
  const group &owner = *parts_.groups[static_cast<std::size_t>(item.group)];
  if (threads_ == 1 || !owner.cables || parts_.interpreted) return false;
  if (item.hosts.size() != owner.size || owner.size > owner.cables->unit() * (threads_ - 1)) {
    return false;
  }
  std::int64_t moving = 0;
  for (const cable_part &part : owner.parts) {
    if (!part.steady) moving += (part.end - part.begin) * owner.cables->shape().cells;
  }
  return moving >= smallest_parallel;
}

void schedule::make_blocks() {
  for (const block_spec &spec : parts_.blocks) {
    if (spec.hosts.empty() || parts_.groups[static_cast<std::size_t>(spec.group)]->only_hears()) {
      continue;
    }
    block made{spec.group, spec.hosts, {}, {}, {}, false, spec.hosts.size(), false, {}};
    for (std::size_t g = 0; g < parts_.groups.size(); ++g) {
      const group &other = *parts_.groups[g];
      if (other.host == spec.group && !other.couples) made.attached.push_back(static_cast<int>(g));
    }
    for (const group_reduction &item : parts_.reductions) {
      if (item.host != spec.group) continue;
      add_reduction(made, item);
    }
    for (const int g : made.attached) {
      made.ports.insert(made.ports.end(), ports_of(g).begin(), ports_of(g).end());
    }
    made.ports.insert(made.ports.end(), ports_of(spec.group).begin(), ports_of(spec.group).end());
    made.immediate = std::any_of(made.ports.begin(), made.ports.end(), [&](int k) {
      return !ports_[static_cast<std::size_t>(k)].immediate.empty();
    });
    portion_out(made);
    blocks_.push_back(std::move(made));
  }
}

void schedule::add_reduction(block &item, const group_reduction &added) const {
  const field_place source = place_of(parts_, added.attached, added.rule.source);
  if (!item.reductions.empty()) {
    placed_reduction &last = item.reductions.back();
    if (last.joined.group < 0 && last.rule->joins(added.rule)) {
      last.joined = source;
      return;
    }
  }
  item.reductions.push_back(
      {&added.rule, source, place_of(parts_, added.host, added.rule.target), {}});
}

// Kernels of families step whole vectors, into the padding behind the last host.
bool schedule::steps_as_family(const block &item) const noexcept {
  const group &root = *parts_.groups[static_cast<std::size_t>(item.group)];
  const auto whole = [](std::int64_t number) { return number % AML_PADDING == 0; };
  return root.family != nullptr && whole(item.hosts.begin) &&
         (whole(item.hosts.end) || item.hosts.end == root.size);
}

void schedule::portion_out(block &item) const {
  if (parts_.interpreted) return;
  if (parts_.groups[static_cast<std::size_t>(item.group)]->cables) {  // whole cells
    item.touched = hosts_with_attached(parts_, item.group, together);
    return;
  }
  item.family = steps_as_family(item);
  if (item.family) {
    item.portion = large_portion;
    return;
  }
  if (item.hosts.size() <= small_portion || !hosts_are_independent(parts_, item.group)) return;
  const auto add = [&](int number) {
    const auto &fields = parts_.groups[static_cast<std::size_t>(number)]->fields;
    for (std::size_t k = 0; k < fields.size(); ++k) {
      if (fields[k].passing) item.passing.push_back({number, static_cast<int>(k)});
    }
  };
  add(item.group);
  for (const int number : item.attached) add(number);
  if (!item.attached.empty() || !item.passing.empty()) {
    item.portion = small_portion;
  } else if (!item.ports.empty()) {
    item.portion = large_portion;
  }
}

std::int64_t schedule::work_of(const block &item) const noexcept {
  std::int64_t work = item.hosts.size();
  for (const int g : item.attached) {
    work += parts_.groups[static_cast<std::size_t>(g)]->attached_to(item.hosts).size();
  }
  return work;
}

// A group has at most one block in a stage, so that its events keep their place in the order.
bool schedule::joins_last_stage(int group_number) const noexcept {
  if (stages_.empty() || !stages_.back().own_only || blocks_[stages_.back().end - 1].immediate) {
    return false;
  }
  const int last = blocks_[stages_.back().end - 1].group;
  const group *pooled = parts_.groups[static_cast<std::size_t>(last)].get();
  if (std::any_of(parts_.pools.begin(), parts_.pools.end(),
                  [&](const pool &item) { return item.source() == pooled; })) {
    return false;  // values over all its instances come before what follows
  }
  for (std::size_t b = stages_.back().begin; b < stages_.back().end; ++b) {
    if (blocks_[b].group == group_number) return false;
  }
  return true;
}

// What event kernels read must stay as it is until all threads have delivered what arrives.
bool schedule::changes_read_across(const block &item) const noexcept {
  return read_across(item.group) || std::any_of(item.attached.begin(), item.attached.end(),
                                                [&](int g) { return read_across(g); });
}

void schedule::make_stages() {
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const block &item = blocks_[b];
    const reach reads = threads_ > 1 ? reach_of(parts_, *this, item, threads_) : reach::peers;
    const bool enough =
        together_[static_cast<std::size_t>(item.group)] != 0 || work_of(item) >= smallest_parallel;
    const bool parallel = reads != reach::peers && enough;
    const bool apart = changes_read_across(item);
    const bool own_only = parallel && reads == reach::own && !(apart && stages_.empty());
    if (own_only && joins_last_stage(item.group) && !(apart && stages_.size() == 1)) {
      stages_.back().end = b + 1;
    } else {
      stages_.push_back({b, b + 1, parallel, own_only});
    }
  }
}

}  // namespace annarchy_ml
