// Events under way: every one arrives once, in its step, in order of due time.
#include <map>
#include <random>
#include <vector>

#include "check.hpp"
#include "event_queue.hpp"

using namespace annarchy_ml;

namespace {

// One row per delay combination: row r has one connection for each bit of r.
struct several_delays {
  std::vector<std::int64_t> row_ptr{0};
  std::vector<std::int32_t> targets;
  std::vector<std::int32_t> delay_index;
  std::vector<double> delays;

  explicit several_delays(std::vector<double> values) : delays(std::move(values)) {
    for (std::int32_t row = 0; row < 1 << delays.size(); ++row) {
      for (std::size_t d = 0; d < delays.size(); ++d) {
        if ((row >> d) % 2 == 0) continue;
        targets.push_back(0);
        delay_index.push_back(static_cast<std::int32_t>(d));
      }
      row_ptr.push_back(static_cast<std::int64_t>(targets.size()));
    }
  }

  [[nodiscard]] projection connections() const {
    connection_arrays table;
    table.row_ptr = row_ptr;
    table.targets = targets;
    table.delays = delays;
    table.delay_index = delay_index;
    return {"p", {0, 0, 0, 0}, store_arrays(table, {std::ssize(row_ptr) - 1, 1}, "p")};
  }
};

// The segment that these connections are.
std::int64_t number_of(const projection &connections, connection_range range) {
  std::int64_t segment = 0;
  while (connections.segment(segment).begin != range.begin) ++segment;
  return segment;
}

void every_event_arrives_once_in_its_step(double longest) {
  step_clock time(0.1);
  event_queue queue(time);
  const several_delays given({0.0, 0.05, 0.1, 0.25, 0.26, 0.27, longest});
  const projection connections = given.connections();
  queue.prepare_for(connections);
  std::mt19937 random(1);
  std::multimap<double, std::int64_t> due;
  for (int step = 1; step <= 4000; ++step) {
    time.advance();
    std::size_t count = 0;
    double last = -1.0;
    for (const batch &item : queue.arriving()) {
      CHECK(item.due <= time.t() && item.due > time.t_prev() && item.due >= last);
      last = item.due;
      count += item.segments.size();
      for (const auto segment : item.segments) {
        const auto found = due.find(item.due);
        CHECK(found != due.end() && connections.delay_of(number_of(connections, segment)) != 0);
        if (found != due.end()) due.erase(found);
      }
    }
    queue.discard();
    CHECK(due.empty() || due.begin()->first > time.t());
    if (step > 2000) continue;
    std::vector<std::int32_t> rows;
    for (unsigned k = random() % 4; k > 0; --k) {
      rows.push_back(static_cast<std::int32_t>(random() % 128));
    }
    queue.send(connections, rows);
    for (const auto row : rows) {
      for (auto s = connections.segments_begin(row); s < connections.segments_end(row); ++s) {
        const double delay = given.delays[static_cast<std::size_t>(connections.delay_of(s))];
        if (delay > 0.0) due.emplace(time.t() + delay, s);
      }
    }
  }
  CHECK(longest > 400.0 ? !due.empty() : due.empty());
}

}  // namespace

int main() {
  every_event_arrives_once_in_its_step(0.3);
  every_event_arrives_once_in_its_step(150.0);
  every_event_arrives_once_in_its_step(1e12);
  return check::result();
}
