// Takes a store apart, changes it, and puts it together by the rules of those given as arrays.
#include "changed_connections.hpp"

#include <algorithm>
#include <numeric>

#include "error.hpp"
#include "event_queue.hpp"
#include "memory.hpp"

namespace annarchy_ml {

namespace {

// A store as plain arrays, connections in the order of `from`.
struct unpacked {
  std::vector<std::int64_t> row_ptr;
  std::vector<std::int32_t> targets;
  std::vector<double> weights;  // empty where all share one

  unpacked(const connection_store &old, std::span<const std::int64_t> from,
           const std::string &name) {
    const auto n = static_cast<std::size_t>(old.size());
    require_memory(n * (sizeof(std::int32_t) + (old.weight_bytes() > 0 ? sizeof(double) : 0)),
                   name);
    row_ptr.assign(old.row_ptr.begin(), old.row_ptr.end());
    targets.resize(n);
    if (old.weight_bytes() > 0) weights.resize(n);
    for (std::size_t c = 0; c < n; ++c) {
      const std::int64_t place = from.empty() ? static_cast<std::int64_t>(c) : from[c];
      targets[c] = old.target(place);
      if (!weights.empty()) weights[c] = old.weight_of(place);
    }
  }
};

// Every connection once, and in its own row.
void check_order(const connection_store &old, std::span<const std::int64_t> from,
                 const std::string &name) {
  if (from.empty()) return;
  require(std::ssize(from) == old.size(), name, "order must have one value per connection");
  std::vector<bool> seen(from.size(), false);
  for (std::size_t row = 0; row + 1 < old.row_ptr.size(); ++row) {
    for (std::size_t c = old.row_ptr[row]; c < old.row_ptr[row + 1]; ++c) {
      require(from[c] >= old.row_ptr[row] && from[c] < old.row_ptr[row + 1], name,
              "a connection must stay in its row");
      const auto place = static_cast<std::size_t>(from[c]);
      require(!seen[place], name, "order must name every connection once");
      seen[place] = true;
    }
  }
}

// Keeps weights that differ in single precision.
void narrow_weights(connection_store &store, const std::string &name) {
  if (!(store.layout & AML_DOUBLE_WEIGHTS)) return;
  const auto n = static_cast<std::size_t>(store.size());
  raw_array narrow(n * sizeof(float), name);
  std::transform(store.weights.as<double>(), store.weights.as<double>() + n, narrow.as<float>(),
                 [](double value) { return static_cast<float>(value); });
  store.weights = std::move(narrow);
  store.layout = (store.layout & ~AML_DOUBLE_WEIGHTS) | AML_FLOAT_WEIGHTS;
}

}  // namespace

connection_store with_delays(const connection_store &old, const delay_change &given,
                             projection_size size, const std::string &name) {
  check_order(old, given.from, name);
  const unpacked plain(old, given.from, name);
  connection_arrays arrays;
  arrays.row_ptr = plain.row_ptr;
  arrays.targets = plain.targets;
  arrays.weights = plain.weights;
  arrays.delays = given.delays;
  arrays.delay_index = given.delay_index;
  arrays.whole_steps = old.whole_steps;
  connection_store made = store_arrays(arrays, size, name);
  if (plain.weights.empty()) made.weight = old.weight;
  if (old.layout & AML_FLOAT_WEIGHTS) narrow_weights(made, name);
  return made;
}

connection_store with_weights(const connection_store &old, std::span<const double> weights,
                              bool doubles, projection_size size, const std::string &name) {
  require(std::ssize(weights) == old.size(), name, "one weight per connection is needed");
  unpacked plain(old, {}, name);
  std::vector<std::int32_t> delay_index;
  if (!old.single_delay()) {
    delay_index.resize(plain.targets.size());
    for (std::size_t s = 0; s + 1 < old.segment_begin.size(); ++s) {
      std::fill(delay_index.begin() + old.segment_begin[s],
                delay_index.begin() + old.segment_begin[s + 1],
                static_cast<std::int32_t>(old.segment_delay[s]));
    }
  }
  connection_arrays arrays;
  arrays.row_ptr = plain.row_ptr;
  arrays.targets = plain.targets;
  arrays.weights = weights;
  arrays.delays = old.delays;
  arrays.delay_index = delay_index;
  arrays.whole_steps = old.whole_steps;
  connection_store made = store_arrays(arrays, size, name);
  if (!doubles) narrow_weights(made, name);
  return made;
}

connection_store other_connections(const connection_arrays &given, bool doubles,
                                   projection_size size, const std::string &name) {
  connection_store made = store_arrays(given, size, name);
  if (!doubles) narrow_weights(made, name);
  return made;
}

std::vector<std::uint32_t> places_of_kept(std::span<const std::int64_t> from, std::int64_t before) {
  std::vector<std::uint32_t> to(static_cast<std::size_t>(before), gone_connection);
  for (std::size_t c = 0; c < from.size(); ++c) {
    if (from[c] < 0) continue;
    require(from[c] < before, "from", "there was no such connection");
    to[static_cast<std::size_t>(from[c])] = static_cast<std::uint32_t>(c);
  }
  return to;
}

std::vector<std::uint32_t> places_after(std::span<const std::int64_t> from, std::int64_t count) {
  std::vector<std::uint32_t> to(static_cast<std::size_t>(count));
  if (from.empty()) {
    std::iota(to.begin(), to.end(), 0U);
    return to;
  }
  for (std::size_t c = 0; c < from.size(); ++c) {
    to[static_cast<std::size_t>(from[c])] = static_cast<std::uint32_t>(c);
  }
  return to;
}

}  // namespace annarchy_ml
