// Events under way: every one arrives once, in its step, in order of due time.
#include <algorithm>
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

  [[nodiscard]] projection connections(bool whole_steps = false) const {
    connection_arrays table;
    table.row_ptr = row_ptr;
    table.targets = targets;
    table.delays = delays;
    table.delay_index = delay_index;
    table.whole_steps = whole_steps;
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
    queue.send(connections, rows, time);
    for (const auto row : rows) {
      for (auto s = connections.segments_begin(row); s < connections.segments_end(row); ++s) {
        const double delay = given.delays[static_cast<std::size_t>(connections.delay_of(s))];
        if (delay > 0.0) due.emplace(time.t() + delay, s);
      }
    }
  }
  CHECK(longest > 400.0 ? !due.empty() : due.empty());
}

// Events filed some steps after they were sent arrive as if they had been filed at once.
void filed_later_they_arrive_the_same(bool whole_steps) {
  constexpr int behind = 3;
  step_clock time(0.1);
  const several_delays given(whole_steps ? std::vector<double>{3.0, 4.0, 7.0}
                                         : std::vector<double>{0.3, 0.301, 0.75});
  projection connections = given.connections(whole_steps);
  event_queue at_once(time), later(time);
  at_once.prepare_for(connections);
  later.prepare_for(connections);
  step_clock sending = time;
  std::vector<std::vector<std::int32_t>> sent;
  std::size_t arrived = 0;
  for (int step = 1; step <= 600; ++step) {
    time.advance();
    const auto expected = at_once.arriving();
    const auto found = later.arriving();
    CHECK(found.size() == expected.size());
    for (std::size_t k = 0; k < std::min(found.size(), expected.size()); ++k) {
      CHECK(found[k].due == expected[k].due);
      CHECK(std::ranges::equal(found[k].segments, expected[k].segments, [](auto a, auto b) {
        return a.begin == b.begin && a.end == b.end;
      }));
      arrived += found[k].segments.size();
    }
    at_once.discard();
    later.discard();
    sent.push_back({step % 8, (3 * step) % 8});
    at_once.send(connections, sent.back(), time);
    if (step % behind != 0) continue;
    for (const auto &rows : sent) {
      sending.advance();
      later.send(connections, rows, sending);
    }
    sent.clear();
  }
  CHECK(arrived > 1000);
}

}  // namespace

int main() {
  filed_later_they_arrive_the_same(false);
  filed_later_they_arrive_the_same(true);
  every_event_arrives_once_in_its_step(0.3);
  every_event_arrives_once_in_its_step(150.0);
  every_event_arrives_once_in_its_step(1e12);
  return check::result();
}
