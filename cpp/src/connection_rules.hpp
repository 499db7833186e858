// Connections as rules: which pairs, which weights, which delays; built by threads in parallel.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "connection_store.hpp"
#include "distributions.hpp"
#include "group.hpp"

namespace annarchy_ml {

enum class pair_rule : std::uint8_t {
  all_to_all,
  one_to_one,
  fixed_probability,
  fixed_indegree,
  fixed_outdegree,
  fixed_total_number,
  explicit_pairs
};

// Names follow annarchy_ml/kernels/connectivity.py. Arrays belong to explicit pairs.
struct connection_rule {
  pair_rule pairs = pair_rule::all_to_all;
  double probability = 0.0;
  std::int64_t number = 0;  // per target, per source, or in all
  bool self_connections = true;
  bool multapses = true;
  instance_range sources;  // numbers of the rule count from their begin
  instance_range targets;
  std::span<const std::int32_t> given_sources;
  std::span<const std::int32_t> given_targets;
  distribution weight{law::constant, 1.0};
  distribution delay;                     // [s]
  std::span<const double> given_weights;  // instead of `weight`
  std::span<const double> given_delays;   // [s], instead of `delay`
  bool double_weights = false;
  std::optional<std::uint32_t> number_of_draws;  // keys them; that of the projection without
};

struct connection_request {
  connection_rule rule;
  projection_size size;
  std::string name{};
  bool same_group = false;  // source and target are one group, so that an instance may meet itself
  double dt = 0.0;          // [s]
  std::uint64_t seed = 0;
  std::uint32_t number = 0;  // of the projection
};

// Raises engine_error(argument) where a range lies outside its population.
void check_ranges(const connection_request &request);

// The same connections for any number of threads. Raises engine_error(argument) for what cannot be
// built, engine_error(memory) for what will not fit.
[[nodiscard]] connection_store build_connections(const connection_request &request, int threads);

}  // namespace annarchy_ml
