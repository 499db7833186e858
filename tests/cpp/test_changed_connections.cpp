// Connections with other delays and weights: events under way arrive where they would have.
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "changed_connections.hpp"
#include "check.hpp"
#include "error.hpp"
#include "event_queue.hpp"

using namespace annarchy_ml;

namespace {

constexpr std::int32_t n_rows = 6;
constexpr std::int32_t n_targets = 9;

// Connections of a row in the order of their delays; `origin` says which one each was.
struct table {
  std::vector<std::int64_t> row_ptr{0};
  std::vector<std::int32_t> targets, delay_index;
  std::vector<std::int64_t> origin;
};

// Which delay each connection has is drawn; the connections are the same for every draw.
table drawn(std::mt19937 &random, std::size_t n_delays) {
  table made;
  for (std::int32_t row = 0; row < n_rows; ++row) {
    std::multimap<std::pair<std::int32_t, std::int32_t>, std::int64_t> sorted;
    for (std::int32_t target = 0; target < n_targets; ++target) {
      const auto delay = static_cast<std::int32_t>(random() % n_delays);
      sorted.emplace(std::pair(delay, target), std::int64_t{row} * n_targets + target);
    }
    for (const auto &[key, origin] : sorted) {
      made.delay_index.push_back(key.first);
      made.targets.push_back(key.second);
      made.origin.push_back(origin);
    }
    made.row_ptr.push_back(std::ssize(made.targets));
  }
  return made;
}

// Where each connection of `after` lies in `before`.
std::vector<std::int64_t> places(const table &before, const table &after) {
  std::vector<std::int64_t> at(before.origin.size()), from;
  for (std::size_t c = 0; c < before.origin.size(); ++c) {
    at[static_cast<std::size_t>(before.origin[c])] = static_cast<std::int64_t>(c);
  }
  for (const std::int64_t origin : after.origin)
    from.push_back(at[static_cast<std::size_t>(origin)]);
  return from;
}

projection made_of(const table &given, const std::vector<double> &delays) {
  connection_arrays arrays;
  arrays.row_ptr = given.row_ptr;
  arrays.targets = given.targets;
  arrays.delays = delays;
  arrays.delay_index = given.delay_index;
  return {"p", {0, 0, 0, 0}, store_arrays(arrays, {n_rows, n_targets}, "p")};
}

using arrivals = std::multimap<double, std::int32_t>;  // due time and target

// Takes what arrives off the list of what is due; targets ascend within a range.
void take_arrivals(std::span<const batch> batches, const projection &connections, arrivals &due) {
  for (const batch &item : batches) {
    for (const auto segment : item.segments) {
      std::int32_t last = -1;
      for (std::uint32_t c = segment.begin; c < segment.end; ++c) {
        const std::int32_t target = connections.store().target(c);
        CHECK(target > last);
        last = target;
        auto [first, end] = due.equal_range(item.due);
        while (first != end && first->second != target) ++first;
        CHECK(first != end);
        if (first != end) due.erase(first);
      }
    }
  }
}

void events_under_way_keep_their_time_and_their_targets() {
  std::mt19937 random(3);
  const std::vector<double> delays{0.1, 0.25, 0.4, 1.7};
  step_clock time(0.1);
  event_queue queue(time);
  table now = drawn(random, delays.size());
  projection connections = made_of(now, delays);
  queue.prepare_for(connections);
  arrivals due;
  for (int step = 1; step <= 600; ++step) {
    time.advance();
    take_arrivals(queue.arriving(), connections, due);
    queue.discard();
    CHECK(due.empty() || due.begin()->first > time.t());
    if (step > 500) continue;
    const auto row = static_cast<std::int32_t>(random() % n_rows);
    queue.send(connections, std::vector{row}, time);
    for (auto s = connections.segments_begin(row); s < connections.segments_end(row); ++s) {
      const double delay = delays[static_cast<std::size_t>(connections.delay_of(s))];
      const connection_range range = connections.segment(s);
      for (std::uint32_t c = range.begin; c < range.end; ++c) {
        due.emplace(time.t() + delay, connections.store().target(c));
      }
    }
    if (step % 7 != 0) continue;
    const table next = drawn(random, delays.size());
    const std::vector<std::int64_t> from = places(now, next);
    const delay_change change{delays, next.delay_index, from};
    connections = projection("p", {0, 0, 0, 0},
                             with_delays(connections.store(), change, {n_rows, n_targets}, "p"));
    queue.follow(connections, places_after(from, connections.size()));
    now = next;
  }
  CHECK(due.empty());
}

void weights_go_with_their_connections() {
  std::mt19937 random(4);
  const std::vector<double> delays{0.1, 0.2, 0.3};
  const table before = drawn(random, 3), after = drawn(random, 3);
  const projection first = made_of(before, delays);
  const std::vector<std::int64_t> from = places(before, after);
  std::vector<double> weights;
  for (const std::int64_t origin : before.origin)
    weights.push_back(0.1 * static_cast<double>(origin));
  for (const bool doubles : {true, false}) {
    const projection_size size{n_rows, n_targets};
    const connection_store heavy = with_weights(first.store(), weights, doubles, size, "p");
    CHECK(heavy.weight_bytes() == (doubles ? 8U : 4U) && heavy.delays == delays);
    const connection_store moved = with_delays(heavy, {delays, after.delay_index, from}, size, "p");
    CHECK(moved.weight_bytes() == heavy.weight_bytes());
    for (std::int64_t c = 0; c < moved.size(); ++c) {
      const double wanted = 0.1 * static_cast<double>(after.origin[static_cast<std::size_t>(c)]);
      CHECK(moved.weight_of(c) == (doubles ? wanted : double{static_cast<float>(wanted)}));
    }
  }
  const connection_store equal =
      with_weights(first.store(), std::vector<double>(before.origin.size(), 0.5), true,
                   {n_rows, n_targets}, "p");
  CHECK(equal.weight_bytes() == 0 && equal.weight == 0.5);
}

// Row 0 reaches 0, 2 and 5; then 2, 3 and 5: what goes to 0 never arrives, 3 is new.
void events_leave_connections_that_are_gone() {
  step_clock time(0.1);
  event_queue queue(time);
  const std::vector<std::int64_t> rows{0, 3};
  const std::vector<std::int32_t> before{0, 2, 5}, after{2, 3, 5};
  const std::vector<std::int64_t> from{1, -1, 2};
  connection_arrays arrays;
  arrays.row_ptr = rows;
  arrays.targets = before;
  arrays.delays = {0.2};
  projection connections("p", {0, 0, 0, 0}, store_arrays(arrays, {1, 6}, "p"));
  queue.prepare_for(connections);
  time.advance();
  queue.send(connections, std::vector<std::int32_t>{0}, time);
  arrays.targets = after;
  const std::vector<std::uint32_t> to = places_of_kept(from, connections.size());
  CHECK((to == std::vector<std::uint32_t>{gone_connection, 0, 2}));
  connections = projection("p", {0, 0, 0, 0}, other_connections(arrays, true, {1, 6}, "p"));
  queue.follow(connections, to);
  std::vector<std::int32_t> reached;
  for (int step = 0; step < 4; ++step) {
    time.advance();
    for (const batch &item : queue.arriving()) {
      for (const connection_range segment : item.segments) {
        for (std::uint32_t c = segment.begin; c < segment.end; ++c) {
          reached.push_back(connections.store().target(c));
        }
      }
    }
    queue.discard();
  }
  CHECK((reached == std::vector<std::int32_t>{2, 5}));
  const std::vector<std::int64_t> beyond{3};
  CHECK_THROWS(static_cast<void>(places_of_kept(beyond, 3)), engine_error);
}

void a_wrong_order_is_refused() {
  std::mt19937 random(5);
  const std::vector<double> delays{0.1, 0.2};
  const table given = drawn(random, 2);
  const projection first = made_of(given, delays);
  std::vector<std::int64_t> from = places(given, given);
  for (const auto &[place, value] :
       std::vector<std::pair<std::size_t, std::int64_t>>{{0, 1}, {0, n_targets}, {0, -1}}) {
    std::vector<std::int64_t> wrong = from;
    wrong[place] = value;
    const delay_change change{delays, given.delay_index, wrong};
    CHECK_THROWS(static_cast<void>(with_delays(first.store(), change, {n_rows, n_targets}, "p")),
                 engine_error);
  }
}

}  // namespace

int main() {
  events_under_way_keep_their_time_and_their_targets();
  weights_go_with_their_connections();
  events_leave_connections_that_are_gone();
  a_wrong_order_is_refused();
  return check::result();
}
