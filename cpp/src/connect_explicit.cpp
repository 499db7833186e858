// Pairs that are given: sorted by source and target in two passes that count, equal pairs keeping
// their order. Pairs that ascend by target, as most front ends make them, need the second alone.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "connection_pairs.hpp"
#include "connection_values.hpp"
#include "error.hpp"

namespace annarchy_ml {

namespace {

using number_list = std::vector<std::uint32_t>;

void check(const connection_task &task) {
  const connection_rule &rule = task.rule();
  const auto n = rule.given_sources.size();
  const std::string &name = task.request.name;
  require(rule.given_targets.size() == n, name, "as many sources as targets are needed");
  require(rule.given_weights.empty() || rule.given_weights.size() == n, name,
          "one weight per connection is needed");
  require(rule.given_delays.empty() || rule.given_delays.size() == n, name,
          "one delay per connection is needed");
  const auto inside = [](std::span<const std::int32_t> numbers, std::int64_t size) {
    return std::all_of(numbers.begin(), numbers.end(),
                       [=](std::int32_t number) { return number >= 0 && number < size; });
  };
  require(inside(rule.given_sources, task.n_sources()), name,
          "a source lies outside the source population");
  require(inside(rule.given_targets, task.n_targets()), name,
          "a target lies outside the target population");
  const bool positive = std::all_of(rule.given_delays.begin(), rule.given_delays.end(),
                                    [](double delay) { return std::isfinite(delay) && delay > 0; });
  require(positive, name, "delays of connections made by a rule must be positive");
}

// The places of `order`, sorted by key; equal keys keep their order. Returns where each key begins.
// An empty order stands for all places as they are.
number_list sort_by(std::span<const std::int32_t> keys, std::int64_t n_keys, number_list &order) {
  number_list begins(static_cast<std::size_t>(n_keys) + 1, 0);
  for (const std::int32_t key : keys) ++begins[static_cast<std::size_t>(key) + 1];
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  number_list next = begins;
  number_list sorted(keys.size());
  const bool as_given = order.empty();
  for (std::size_t k = 0; k < keys.size(); ++k) {
    const std::uint32_t place = as_given ? static_cast<std::uint32_t>(k) : order[k];
    sorted[next[static_cast<std::size_t>(keys[place])]++] = place;
  }
  order.swap(sorted);
  return begins;
}

template <class To, class From>
void gather(const number_list &order, std::span<const From> values, To *to, std::int64_t first) {
  for (std::size_t k = 0; k < order.size(); ++k) {
    to[k] = static_cast<To>(values[order[k]] + static_cast<From>(first));
  }
}

void place_targets(connection_task &task, const number_list &order) {
  connection_store &store = task.store;
  const connection_rule &rule = task.rule();
  store.targets = raw_array(order.size() * store.target_bytes(), task.request.name);
  if (store.layout & AML_WIDE_TARGETS) {
    gather(order, rule.given_targets, store.targets.as<std::int32_t>(), rule.targets.begin);
  } else {
    gather(order, rule.given_targets, store.targets.as<std::uint16_t>(), rule.targets.begin);
  }
}

void place_weights(connection_task &task, const number_list &order) {
  const auto weights = task.rule().given_weights;
  if (weights.empty()) return;
  connection_store &store = task.store;
  const bool shared = std::all_of(weights.begin(), weights.end(),
                                  [&](double value) { return value == weights.front(); });
  if (shared) {
    store.weight = weights.front();
    return;
  }
  store.layout |= task.rule().double_weights ? AML_DOUBLE_WEIGHTS : AML_FLOAT_WEIGHTS;
  store.weights = raw_array(order.size() * store.weight_bytes(), task.request.name);
  if (task.rule().double_weights) {
    gather(order, weights, store.weights.as<double>(), 0);
  } else {
    gather(order, weights, store.weights.as<float>(), 0);
  }
}

void place_delays(connection_task &task, const number_list &order) {
  const auto delays = task.rule().given_delays;
  if (delays.empty()) return;
  task.ordered_steps = raw_array(order.size() * 2, task.request.name);
  auto *steps = task.ordered_steps.as<std::uint16_t>();
  for (std::size_t k = 0; k < order.size(); ++k) {
    round_delays(task, &delays[order[k]], 1, steps + k);
  }
}

}  // namespace

void connect_explicit(connection_task &task) {
  check(task);
  const connection_rule &rule = task.rule();
  const auto n = static_cast<double>(rule.given_sources.size());
  require_room(task, n, 8.0 * n);
  number_list order;
  if (!std::is_sorted(rule.given_targets.begin(), rule.given_targets.end())) {
    static_cast<void>(sort_by(rule.given_targets, task.n_targets(), order));
  }
  const number_list begins = sort_by(rule.given_sources, task.n_sources(), order);
  auto &row_ptr = task.store.row_ptr;
  row_ptr.assign(static_cast<std::size_t>(task.request.size.sources) + 1, begins.back());
  std::fill_n(row_ptr.begin(), rule.sources.begin, 0U);
  std::copy(begins.begin(), begins.end(), row_ptr.begin() + rule.sources.begin);
  place_targets(task, order);
  place_weights(task, order);
  place_delays(task, order);
}

}  // namespace annarchy_ml
