// A fixed number of sources for every target: drawn twice, to count the rows and to fill them.
//
// Threads own runs of targets. In every row the connections of the first thread stand before those
// of the second, so that rows ascend for any number of threads.
#include <algorithm>
#include <utility>

#include "connection_pairs.hpp"
#include "error.hpp"

namespace annarchy_ml {

namespace {

// The sources of one target after the other.
class source_drawer {
 public:
  explicit source_drawer(const connection_task &task) : task_(task) {
    if (!task.rule().multapses) taken_.assign(static_cast<std::size_t>(task.n_sources()), 0);
  }

  // Calls use(source) for each source of `target`, in the order of drawing.
  template <class Use>
  void draw(std::int64_t target, const Use &use) {
    const std::int64_t excluded = task_.excluded_source(target);
    const std::int64_t allowed = task_.n_sources() - (excluded >= 0);
    const auto left_out = excluded < 0 ? ~0U : static_cast<std::uint32_t>(excluded);
    const auto shifted = [&](std::uint32_t source) { use(source + (source >= left_out)); };
    if (task_.rule().multapses) {
      draw_any(target, allowed, shifted);
    } else {
      draw_distinct(target, allowed, shifted);
    }
  }

 private:
  static constexpr std::int64_t at_once = 256;

  template <class Use>
  void draw_any(std::int64_t target, std::int64_t allowed, const Use &use) {
    const std::int64_t number = task_.rule().number;
    double numbers[at_once];
    std::uint32_t sources[at_once];
    for (std::int64_t done = 0; done < number; done += at_once) {
      const std::int64_t count = std::min(at_once, number - done);
      draw_uniform(task_.draws(), draw_purpose::pairs, static_cast<std::uint32_t>(target),
                   static_cast<std::uint32_t>(done / 2), numbers, (count + 1) / 2 * 2);
      for (std::int64_t k = 0; k < count; ++k) {
        const double place = numbers[k] * static_cast<double>(allowed);
        sources[k] = static_cast<std::uint32_t>(static_cast<std::int32_t>(place));
      }
      for (std::int64_t k = 0; k < count; ++k) use(sources[k]);
    }
  }

  // Draws again what is taken; of more than half of all, those that are left out are drawn.
  template <class Use>
  void draw_distinct(std::int64_t target, std::int64_t allowed, const Use &use) {
    const std::int64_t number = task_.rule().number;
    const bool inverted = number > allowed / 2;
    uniform_stream numbers(task_.draws(), draw_purpose::pairs, static_cast<std::uint32_t>(target));
    drawn_.clear();
    const auto wanted = static_cast<std::size_t>(inverted ? allowed - number : number);
    while (drawn_.size() < wanted) {
      const auto source = static_cast<std::uint32_t>(numbers.next() * static_cast<double>(allowed));
      if (taken_[source] != 0) continue;
      taken_[source] = 1;
      drawn_.push_back(source);
      if (!inverted) use(source);
    }
    if (inverted) {
      for (std::uint32_t source = 0; source < allowed; ++source) {
        if (taken_[source] == 0) use(source);
      }
    }
    for (const std::uint32_t source : drawn_) taken_[source] = 0;
  }

  const connection_task &task_;
  std::vector<std::uint8_t> taken_;
  std::vector<std::uint32_t> drawn_;
};

instance_range part_of(const connection_task &task, int thread) {
  const std::int64_t n = task.n_targets(), threads = task.team.size();
  return {n * thread / threads, n * (thread + 1) / threads};
}

using place_lists = std::vector<std::vector<std::uint32_t>>;  // per thread and source

void count_rows(connection_task &task, place_lists &places) {
  task.team.run([&](int thread) {
    auto &counts = places[static_cast<std::size_t>(thread)];
    counts.assign(static_cast<std::size_t>(task.n_sources()), 0);
    source_drawer drawer(task);
    const instance_range own = part_of(task, thread);
    for (std::int64_t target = own.begin; target < own.end; ++target) {
      drawer.draw(target, [&](std::uint32_t source) { ++counts[source]; });
    }
  });
}

// From counts to the place of every thread's first connection in each row.
void find_places(connection_task &task, place_lists &places) {
  auto &row_ptr = task.store.row_ptr;
  row_ptr.assign(static_cast<std::size_t>(task.request.size.sources) + 1, 0);
  const auto first = static_cast<std::size_t>(task.rule().sources.begin);
  std::uint32_t next = 0;
  for (std::size_t row = 0; row < static_cast<std::size_t>(task.n_sources()); ++row) {
    for (auto &own : places) next += std::exchange(own[row], next);
    row_ptr[first + row + 1] = next;
  }
  std::fill(row_ptr.begin() + task.rule().sources.end, row_ptr.end(), next);
}

template <class Target>
void fill_rows(connection_task &task, place_lists &places) {
  auto *targets = task.store.targets.as<Target>();
  task.team.run([&](int thread) {
    auto *places_of = places[static_cast<std::size_t>(thread)].data();
    source_drawer drawer(task);
    const instance_range own = part_of(task, thread);
    for (std::int64_t number = own.begin; number < own.end; ++number) {
      const auto target = static_cast<Target>(number + task.rule().targets.begin);
      drawer.draw(number, [&](std::uint32_t source) { targets[places_of[source]++] = target; });
    }
  });
}

}  // namespace

void check_indegree(const connection_task &task) {
  const std::int64_t number = task.rule().number;
  require(number >= 0, task.request.name, "a number of connections must not be negative");
  for (std::int64_t target = 0; target < task.n_targets(); ++target) {
    const std::int64_t allowed = task.n_sources() - (task.excluded_source(target) >= 0);
    require(number <= allowed || (task.rule().multapses && allowed > 0), task.request.name,
            "a target cannot have that many sources");
  }
}

void connect_by_targets(connection_task &task) {
  check_indegree(task);
  const auto count =
      static_cast<double>(task.n_targets()) * static_cast<double>(task.rule().number);
  const double lists = 4.0 * task.team.size() * static_cast<double>(task.n_sources());
  require_room(task, count, lists);
  place_lists places(static_cast<std::size_t>(task.team.size()));
  count_rows(task, places);
  find_places(task, places);
  connection_store &store = task.store;
  store.targets =
      raw_array(static_cast<std::size_t>(store.size()) * store.target_bytes(), task.request.name);
  if (store.layout & AML_WIDE_TARGETS) {
    fill_rows<std::int32_t>(task, places);
  } else {
    fill_rows<std::uint16_t>(task, places);
  }
}

}  // namespace annarchy_ml
