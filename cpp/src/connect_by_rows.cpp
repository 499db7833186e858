// Rows made by threads side by side, straight into the memory where they stay.
//
// Each thread writes its rows behind each other into a part that is long enough as good as always;
// then the parts are moved together. Pages that were never written take no memory.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "connection_pairs.hpp"
#include "error.hpp"
#include "row_rules.hpp"

namespace annarchy_ml {

namespace {

struct part {
  instance_range rows;
  std::int64_t begin = 0;  // connections
  std::int64_t room = 0;
  std::int64_t count = 0;
  bool full = false;
};

template <class Target>
void copy_targets(const std::uint32_t *from, std::int64_t count, std::uint32_t excluded,
                  std::uint32_t first, Target *to) {
  for (std::int64_t k = 0; k < count; ++k) {
    to[k] = static_cast<Target>(from[k] + first + (from[k] >= excluded));
  }
}

class row_filler {
 public:
  row_filler(connection_task &task, const row_rule &rule)
      : task_(task),
        rule_(rule.copy()),
        row_(static_cast<std::size_t>(rule.longest_row() + row_rule::slack)) {}

  void fill(part &own) {
    const connection_rule &rule = task_.rule();
    auto *counts = task_.store.row_ptr.data() + rule.sources.begin + 1;
    for (std::int64_t row = own.rows.begin; row < own.rows.end; ++row) {
      const std::int64_t excluded = task_.excluded_target(row);
      const std::int64_t allowed = task_.n_targets() - (excluded >= 0);
      const std::int64_t count = rule_->make(row, allowed, row_.data());
      if (own.count + count > own.room) {
        own.full = true;
        return;
      }
      copy(count, excluded, own.begin + own.count);
      counts[row] = static_cast<std::uint32_t>(count);
      own.count += count;
    }
  }

 private:
  void copy(std::int64_t count, std::int64_t excluded, std::int64_t place) {
    const auto first = static_cast<std::uint32_t>(task_.rule().targets.begin);
    const auto left_out = excluded < 0 ? ~0U : static_cast<std::uint32_t>(excluded);
    connection_store &store = task_.store;
    if (store.layout & AML_WIDE_TARGETS) {
      copy_targets(row_.data(), count, left_out, first, store.targets.as<std::int32_t>() + place);
    } else {
      copy_targets(row_.data(), count, left_out, first, store.targets.as<std::uint16_t>() + place);
    }
  }

  connection_task &task_;
  std::unique_ptr<row_rule> rule_;
  std::vector<std::uint32_t> row_;
};

std::vector<part> plan_parts(const connection_task &task, const row_rule &rule, double margin) {
  std::vector<part> parts(static_cast<std::size_t>(task.team.size()));
  const auto n_parts = static_cast<std::int64_t>(parts.size());
  std::int64_t next = 0;
  for (std::int64_t k = 0; k < n_parts; ++k) {
    part &own = parts[static_cast<std::size_t>(k)];
    own.rows = {task.n_sources() * k / n_parts, task.n_sources() * (k + 1) / n_parts};
    own.begin = next;
    own.room = static_cast<std::int64_t>(rule.expected(own.rows).bound(margin));
    next += own.room;
  }
  return parts;
}

bool fill_parts(connection_task &task, const row_rule &rule, std::vector<part> &parts) {
  const std::int64_t room = parts.back().begin + parts.back().room;
  connection_store &store = task.store;
  store.targets =
      raw_array(static_cast<std::size_t>(room) * store.target_bytes(), task.request.name);
  task.team.run(
      [&](int thread) { row_filler(task, rule).fill(parts[static_cast<std::size_t>(thread)]); });
  return std::none_of(parts.begin(), parts.end(), [](const part &own) { return own.full; });
}

void move_together(connection_task &task, const std::vector<part> &parts) {
  connection_store &store = task.store;
  const std::size_t width = store.target_bytes();
  std::size_t count = 0;
  for (const part &own : parts) {
    char *all = store.targets.as<char>();
    std::memmove(all + count * width, all + static_cast<std::size_t>(own.begin) * width,
                 static_cast<std::size_t>(own.count) * width);
    count += static_cast<std::size_t>(own.count);
  }
  store.targets.resize(count * width, task.request.name);
}

// Every thread makes a row in memory of its own, in double precision first where it is drawn.
double room_of_rows(const connection_task &task, const row_rule &rule) {
  return 12.0 * task.team.size() * static_cast<double>(rule.longest_row());
}

}  // namespace

void connect_by_rows(connection_task &task) {
  const std::unique_ptr<row_rule> rule = make_row_rule(task);
  auto &row_ptr = task.store.row_ptr;
  const expectation all = rule->expected({0, task.n_sources()});
  double margin = 8.0;
  std::vector<part> parts;
  do {
    require_room(task, all.bound(margin), room_of_rows(task, *rule));
    row_ptr.assign(static_cast<std::size_t>(task.request.size.sources) + 1, 0);
    parts = plan_parts(task, *rule, margin);
    margin *= 8.0;
  } while (!fill_parts(task, *rule, parts));
  std::partial_sum(row_ptr.begin(), row_ptr.end(), row_ptr.begin());
  move_together(task, parts);
}

}  // namespace annarchy_ml
