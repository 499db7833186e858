// The steps of building connections: pairs, delays, weights; and the memory that they will take.
#include "connection_rules.hpp"

#include <algorithm>

#include "connection_pairs.hpp"
#include "connection_values.hpp"
#include "error.hpp"
#include "memory.hpp"

namespace annarchy_ml {

namespace {

constexpr double worth_sharing = 1e5;  // connections that one thread builds in about a millisecond

void check_range(instance_range range, std::int64_t size, const std::string &name) {
  require(range.begin >= 0 && range.begin <= range.end && range.end <= size, name,
          "a range lies outside its population");
}

bool is_constant(const distribution &given) noexcept { return given.kind == law::constant; }

void check_arrays(const connection_rule &rule, const std::string &name) {
  const bool given = !rule.given_sources.empty() || !rule.given_targets.empty() ||
                     !rule.given_weights.empty() || !rule.given_delays.empty();
  require(!given || rule.pairs == pair_rule::explicit_pairs, name,
          "arrays can only be given with explicit pairs");
}

double pairs_of(const connection_rule &rule) {
  return static_cast<double>(rule.sources.size()) * static_cast<double>(rule.targets.size());
}

// Upper bound of different delays, where the law has bounds.
double delays_of(const connection_task &task) {
  const connection_rule &rule = task.rule();
  if (!rule.given_delays.empty()) return most_delay_steps;
  if (is_constant(rule.delay)) return 0.0;
  const distribution &delay = rule.delay;
  const bool even = delay.kind == law::uniform;
  const bool bell = delay.kind == law::normal;
  const double high = even ? delay.second : bell ? delay.first + 6.0 * delay.second : delay.high;
  const double low = std::max(even   ? delay.first
                              : bell ? delay.first - 6.0 * delay.second
                                     : 0.0,
                              0.0);
  const double span = std::min(high, delay.high) - std::max(low, delay.low);
  return std::clamp(span / task.request.dt + 2.0, 1.0, static_cast<double>(most_delay_steps));
}

void connect(connection_task &task) {
  switch (task.rule().pairs) {
    case pair_rule::fixed_indegree:
      return connect_by_targets(task);
    case pair_rule::explicit_pairs:
      return connect_explicit(task);
    default:
      return connect_by_rows(task);
  }
}

}  // namespace

void require_room(const connection_task &task, double connections, double extra) {
  require(connections <= static_cast<double>(most_connections), task.request.name,
          "a projection holds at most 2^32 - 1 connections");
  const connection_rule &rule = task.rule();
  const bool weighted = !is_constant(rule.weight) || !rule.given_weights.empty();
  const double weight_bytes = !weighted ? 0.0 : rule.double_weights ? 8.0 : 4.0;
  const auto rows = static_cast<double>(task.request.size.sources);
  // Segments are listed once while rows are sorted, and once in the end.
  const double segments = std::min(connections, delays_of(task) * rows);
  const auto target_bytes = static_cast<double>(task.store.target_bytes());
  const double bytes =
      connections * (target_bytes + weight_bytes) + 12.0 * segments + 8.0 * rows + extra;
  require_memory(static_cast<std::size_t>(bytes), task.request.name);
}

void check_ranges(const connection_request &request) {
  check_range(request.rule.sources, request.size.sources, request.name);
  check_range(request.rule.targets, request.size.targets, request.name);
}

connection_store build_connections(const connection_request &request, int threads) {
  const connection_rule &rule = request.rule;
  check_ranges(request);
  check_arrays(rule, request.name);
  connection_store store;
  store.layout = request.size.targets > most_narrow_targets ? AML_WIDE_TARGETS : 0;
  store.first_target = rule.targets.begin;
  store.end_target = rule.targets.end;
  thread_team team(pairs_of(rule) < worth_sharing ? 1 : threads);
  connection_task task{request, team, store};
  connect(task);
  add_delays(task);
  add_weights(task);
  return store;
}

}  // namespace annarchy_ml
