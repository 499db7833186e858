// Checks connections that are given as arrays, and makes them small.
#include "connection_store.hpp"

#include <algorithm>
#include <cmath>

#include "error.hpp"
#include "memory.hpp"

namespace annarchy_ml {

namespace {

void check_delays(const connection_arrays &given, const std::string &name) {
  const auto &delays = given.delays;
  require(!delays.empty(), name, "a projection needs at least one delay");
  for (std::size_t k = 0; k < delays.size(); ++k) {
    require(std::isfinite(delays[k]) && delays[k] >= 0.0, name,
            "delays must be finite and not negative");
    require(k == 0 || delays[k - 1] < delays[k], name, "delays must be unique and ascend");
  }
  require(delays.size() == 1 || given.delay_index.size() == given.targets.size(), name,
          "delay_index must have one value per connection where there are several delays");
}

void check_rows(const connection_arrays &given, projection_size size, const std::string &name) {
  const auto &row_ptr = given.row_ptr;
  const auto n = std::ssize(given.targets);
  require(n <= most_connections, name, "a projection holds at most 2^32 - 1 connections");
  require(std::ssize(row_ptr) == size.sources + 1, name,
          "row_ptr must have one value more than the source group has instances");
  require(row_ptr.front() == 0 && row_ptr.back() == n, name,
          "row_ptr must run from 0 to the number of connections");
  require(std::is_sorted(row_ptr.begin(), row_ptr.end()), name, "row_ptr must ascend");
  require(given.weights.empty() || std::ssize(given.weights) == n, name,
          "one weight per connection is needed");
}

void add_segments(connection_store &store, const connection_arrays &given,
                  const std::string &name) {
  const auto n_delays = static_cast<std::int32_t>(given.delays.size());
  store.segment_delay = small_integers(given.delays.size());
  store.segment_ptr.assign(1, 0);
  store.segment_ptr.reserve(given.row_ptr.size());
  for (std::size_t row = 0; row + 1 < given.row_ptr.size(); ++row) {
    std::int32_t previous = -1;
    for (std::int64_t i = given.row_ptr[row]; i < given.row_ptr[row + 1]; ++i) {
      const std::int32_t delay = given.delay_index[static_cast<std::size_t>(i)];
      if (delay == previous && i > given.row_ptr[row]) continue;
      require(delay > previous && delay < n_delays, name,
              "delay_index must ascend within a row and point into delays");
      store.segment_delay.push_back(static_cast<std::uint32_t>(delay));
      store.segment_begin.push_back(static_cast<std::uint32_t>(i));
      previous = delay;
    }
    store.segment_ptr.push_back(static_cast<std::uint32_t>(store.segment_begin.size()));
  }
  store.segment_begin.push_back(static_cast<std::uint32_t>(given.targets.size()));
  store.segment_begin.shrink_to_fit();
  store.segment_delay.shrink();
}

void check_targets(const connection_store &store, std::span<const std::int32_t> targets,
                   projection_size size, const std::string &name) {
  const auto &bounds = store.single_delay() ? store.row_ptr : store.segment_begin;
  for (std::size_t s = 0; s + 1 < bounds.size(); ++s) {
    if (bounds[s] == bounds[s + 1]) continue;
    require(targets[bounds[s]] >= 0 && targets[bounds[s + 1] - 1] < size.targets, name,
            "a target lies outside the target group");
    const auto first = targets.begin() + bounds[s];
    require(std::is_sorted(first, targets.begin() + bounds[s + 1]), name,
            "targets must ascend within a row and delay");
  }
}

// Connection c leads to target c: true of synapses that keep a state each.
bool are_consecutive(std::span<const std::int32_t> targets) {
  for (std::size_t c = 0; c < targets.size(); ++c) {
    if (targets[c] != static_cast<std::int32_t>(c)) return false;
  }
  return true;
}

void copy_weights(connection_store &store, std::span<const double> weights,
                  const std::string &name) {
  if (weights.empty()) return;
  const bool shared = std::all_of(weights.begin(), weights.end(),
                                  [&](double value) { return value == weights.front(); });
  if (shared) {
    store.weight = weights.front();
    return;
  }
  store.layout |= AML_DOUBLE_WEIGHTS;
  store.weights = raw_array(weights.size_bytes(), name);
  std::copy(weights.begin(), weights.end(), store.weights.as<double>());
}

}  // namespace

std::size_t connection_store::bytes() const noexcept {
  const std::size_t lists = row_ptr.capacity() + segment_ptr.capacity() + segment_begin.capacity();
  return targets.bytes() + weights.bytes() + segment_delay.bytes() + 4 * lists +
         8 * delays.capacity();
}

connection_store store_arrays(const connection_arrays &given, projection_size size,
                              const std::string &name) {
  check_delays(given, name);
  check_rows(given, size, name);
  connection_store store;
  store.layout = given.weights.empty() && are_consecutive(given.targets) ? AML_CONSECUTIVE
                 : size.targets > most_narrow_targets                    ? AML_WIDE_TARGETS
                                                                         : 0;
  store.delays = given.delays;
  store.whole_steps = given.whole_steps;
  require_memory(given.targets.size() * (store.target_bytes() + (given.weights.empty() ? 0 : 8)),
                 name);
  store.row_ptr.assign(given.row_ptr.begin(), given.row_ptr.end());
  if (!store.single_delay()) add_segments(store, given, name);
  check_targets(store, given.targets, size, name);
  store.targets = raw_array(given.targets.size() * store.target_bytes(), name);
  if (store.layout & AML_CONSECUTIVE) {
    // nothing to store
  } else if (store.layout & AML_WIDE_TARGETS) {
    std::copy(given.targets.begin(), given.targets.end(), store.targets.as<std::int32_t>());
  } else {
    std::transform(given.targets.begin(), given.targets.end(), store.targets.as<std::uint16_t>(),
                   [](std::int32_t target) { return static_cast<std::uint16_t>(target); });
  }
  if (!given.targets.empty()) {
    const auto [least, most] = std::minmax_element(given.targets.begin(), given.targets.end());
    store.first_target = *least;
    store.end_target = *most + 1;
  }
  copy_weights(store, given.weights, name);
  return store;
}

}  // namespace annarchy_ml
