// Which instances belong to which thread: equal shares of the work, of each group or of several.
#include <algorithm>
#include <functional>
#include <numeric>

#include "schedule.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t cut_alignment = 16;  // instances: slices of a field share no cache line
constexpr double work_of_update = 5.0;      // of one instance, ns in a step
constexpr double work_of_event = 0.002;     // of one connection: 1 ns in 2 of 1000 steps
constexpr double work_of_term = 0.4;        // of one connection of a coupling, ns in a step
constexpr std::int64_t short_segment = 32;  // connections for each thread: its share is found, and
                                            // fetched, in the time of so many

// The root of every group, which its threads follow.
int root_of(const network_parts &parts, int number) {
  const group &item = *parts.groups[static_cast<std::size_t>(number)];
  if (item.only_hears()) return root_of(parts, item.owner_group);
  return item.is_root() ? number : item.host;
}

// Roots that read values of other roots, or that others read: where threads cut them matters.
std::vector<char> bound_roots(const network_parts &parts) {
  std::vector<char> bound(parts.groups.size(), 0);
  for (std::size_t g = 0; g < parts.groups.size(); ++g) {
    const int own = root_of(parts, static_cast<int>(g));
    for (const external &item : parts.groups[g]->externals) {
      const int other = root_of(parts, item.group);
      if (other == own) continue;
      bound[static_cast<std::size_t>(own)] = bound[static_cast<std::size_t>(other)] = 1;
    }
  }
  return bound;
}

// Whether what an event delivers onto these groups is little for each of the threads.
bool hears_short_segments(const network_parts &parts, const std::vector<int> &roots, int threads) {
  std::int64_t connections = 0, segments = 0;
  for (const auto &item : parts.projections) {
    const int root = root_of(parts, item->ends().target);
    if (std::ranges::find(roots, root) == roots.end()) continue;
    connections += item->size();
    segments += std::ssize(item->segment_bounds()) - 1;
  }
  return connections > 0 && connections < segments * short_segment * threads;
}

// A thread for each of some groups, so that all have about the same work: the most goes first, to
// whoever has the least. Empty where that leaves one of them with much more than its share.
std::vector<int> owners_of(const std::vector<double> &work, int threads) {
  constexpr double much_more = 1.1;
  std::vector<std::size_t> order(work.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t k) { return work[k]; });
  std::vector<double> loads(static_cast<std::size_t>(threads), 0.0);
  std::vector<int> owners(work.size(), 0);
  for (const std::size_t k : order) {
    const auto least = std::ranges::min_element(loads);
    *least += work[k];
    owners[k] = static_cast<int>(least - loads.begin());
  }
  const double share = std::accumulate(work.begin(), work.end(), 0.0) / threads;
  if (*std::ranges::max_element(loads) > much_more * share) owners.clear();
  return owners;
}

}  // namespace

// The work of a root group: an amount for every instance, its attached instances and the
// connections onto all of them. Cuts of equal work decide speed alone, never results.
std::vector<double> schedule::work_of_hosts(int group_number) const {
  const group &root = *parts_.groups[static_cast<std::size_t>(group_number)];
  std::vector<double> work(static_cast<std::size_t>(root.size), work_of_update);
  for (std::size_t g = 0; g < parts_.groups.size(); ++g) {
    const group &attached = *parts_.groups[g];
    if (attached.host != group_number) continue;
    for (const std::int32_t host : attached.host_index) {
      work[static_cast<std::size_t>(host)] += work_of_update;
    }
  }
  for (const auto &item : parts_.projections) {
    const group &target = *parts_.groups[static_cast<std::size_t>(item->ends().target)];
    if (target.only_hears()) {
      add_work_of_owners(target, group_number, work);
      continue;
    }
    const int own = target.is_root() ? item->ends().target : target.host;
    if (own == group_number) item->add_indegrees(target, work_of_event, work);
  }
  for (const auto &item : parts_.couplings) {
    if (item->ends().target != group_number) continue;
    const weighted_rows &rows = item->rows();
    for (std::int64_t r = 0; r < rows.n_rows; ++r) {
      work[static_cast<std::size_t>(rows.first_target + r)] +=
          work_of_term * static_cast<double>(rows.row_begin(r + 1) - rows.row_begin(r));
    }
  }
  return work;
}

void schedule::add_work_of_owners(const group &target, int root, std::vector<double> &work) const {
  const group &owner = *parts_.groups[static_cast<std::size_t>(target.owner_group)];
  if ((owner.is_root() ? target.owner_group : owner.host) != root) return;
  const auto &owners = target.indices[static_cast<std::size_t>(target.owner_index)];
  for (std::int64_t i = 0; i < target.size; ++i) {
    work[static_cast<std::size_t>(owner.host_of(owners[static_cast<std::size_t>(i)]))] +=
        work_of_event;
  }
}

// The roots that are cut as if they followed each other, the first of them `number`: those that
// step alike, for which an update is the same work. Few segments are then shared by threads.
std::vector<int> schedule::cut_together_with(int number) const {
  std::vector<int> found{number};
  const group &first = *parts_.groups[static_cast<std::size_t>(number)];
  if (threads_ == 1 || first.update == nullptr || first.cables || parts_.interpreted) return found;
  const std::vector<char> bound = bound_roots(parts_);
  if (bound[static_cast<std::size_t>(number)] != 0) return found;
  for (std::size_t g = static_cast<std::size_t>(number) + 1; g < parts_.groups.size(); ++g) {
    const group &other = *parts_.groups[g];
    const bool alike = other.update == first.update && other.family == first.family;
    if (alike && other.is_root() && !other.only_hears() && !other.cables && bound[g] == 0) {
      found.push_back(static_cast<int>(g));
    }
  }
  if (found.size() > 1 && !hears_short_segments(parts_, found, threads_)) found.resize(1);
  return found;
}

// Cuts of equal work: whole groups where these can be shared out evenly, else through the roots as
// if they followed each other.
void schedule::cut_hosts(const std::vector<int> &roots) {
  std::vector<std::vector<double>> before;  // work of all instances before each one, and of all
  std::vector<double> whole;
  double total = 0.0;
  std::int64_t instances = 0;
  for (const int root : roots) {
    std::vector<double> work = threads_ > 1 ? work_of_hosts(root) : std::vector<double>{};
    work.push_back(0.0);
    std::exclusive_scan(work.begin(), work.end(), work.begin(), total);
    whole.push_back(work.back() - total);
    total = work.back();
    before.push_back(std::move(work));
    instances += parts_.groups[static_cast<std::size_t>(root)]->size;
  }
  const bool together = roots.size() > 1 && instances >= smallest_parallel;
  const std::vector<int> owners =
      roots.size() > 1 ? owners_of(whole, threads_) : std::vector<int>{};
  for (std::size_t k = 0; k < roots.size(); ++k) {
    const auto root = static_cast<std::size_t>(roots[k]);
    together_[root] = together ? 1 : 0;
    std::vector<std::int64_t> &cuts = cuts_[root];
    cuts.assign(1, 0);
    for (int thread = 1; thread < threads_; ++thread) {
      const double share = total * thread / threads_;
      const std::int64_t even = std::ranges::lower_bound(before[k], share) - before[k].begin();
      const std::int64_t size = parts_.groups[root]->size;
      cuts.push_back(owners.empty() ? std::clamp(aligned(roots[k], even), cuts.back(), size)
                                    : (owners[k] < thread ? size : 0));
    }
    cuts.push_back(parts_.groups[root]->size);
  }
}

// The nearest place where a group may be cut.
std::int64_t schedule::aligned(int number, std::int64_t place) const {
  const group &owner = *parts_.groups[static_cast<std::size_t>(number)];
  const bool whole_cells = owner.cables && shared_[static_cast<std::size_t>(number)] == 0;
  const std::int64_t unit = whole_cells ? owner.cables->unit() : cut_alignment;
  return (place + unit / 2) / unit * unit;
}

void schedule::cut_groups() {
  cuts_.assign(parts_.groups.size(), {});
  together_.assign(parts_.groups.size(), 0);
  for (std::size_t g = 0; g < parts_.groups.size(); ++g) {
    const group &owner = *parts_.groups[g];
    if (owner.only_hears()) {
      cuts_[g].assign(static_cast<std::size_t>(threads_) + 1, owner.size);  // stepped by nobody
      cuts_[g].front() = 0;
    } else if (owner.is_root() && cuts_[g].empty()) {
      cut_hosts(cut_together_with(static_cast<int>(g)));
    }
  }
  for (std::size_t g = 0; g < parts_.groups.size(); ++g) {
    const group &owner = *parts_.groups[g];
    if (owner.is_root()) continue;
    cuts_[g] = cuts_[static_cast<std::size_t>(owner.host)];
    for (std::int64_t &cut : cuts_[g]) cut = owner.attached_to({cut, cut}).begin;
  }
}

}  // namespace annarchy_ml
