// The connections of one projection as they lie in memory: rows by source, as small as can be.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "annarchy_ml/kernel_abi.h"
#include "raw_array.hpp"
#include "small_integers.hpp"

namespace annarchy_ml {

// How many connections and segments one projection may hold: numbers of them take four bytes.
inline constexpr std::int64_t most_connections = 0xFFFFFFFF;
inline constexpr std::int64_t most_narrow_targets = 0x10000;

// Within a row, connections are sorted by (delay, target). What a row sends over one delay is a
// segment; where all connections share a delay, the rows are the segments and these take no memory.
struct connection_store {
  int layout = 0;                      // AML_WIDE_TARGETS, AML_FLOAT_WEIGHTS, ...
  std::vector<std::uint32_t> row_ptr;  // (rows + 1) row -> connections
  raw_array targets;              // uint16, int32, or nothing where each connection has its own
  raw_array weights;              // float, double, or nothing where all share one
  double weight = 1.0;            // the shared one
  std::int64_t first_target = 0;  // all targets lie from here
  std::int64_t end_target = 0;    // to before here

  // Delays, ascending: in seconds, or in whole steps where connections were made by a rule.
  std::vector<double> delays;
  bool whole_steps = false;
  std::vector<std::uint32_t> segment_ptr;    // (rows + 1) row -> segments
  std::vector<std::uint32_t> segment_begin;  // (segments + 1) segment -> connections
  small_integers segment_delay;              // segment -> delay

  [[nodiscard]] std::int64_t size() const noexcept { return row_ptr.empty() ? 0 : row_ptr.back(); }
  [[nodiscard]] bool single_delay() const noexcept { return delays.size() == 1; }
  [[nodiscard]] std::size_t target_bytes() const noexcept {
    return layout & AML_CONSECUTIVE ? 0 : layout & AML_WIDE_TARGETS ? 4 : 2;
  }
  [[nodiscard]] std::size_t weight_bytes() const noexcept {
    return layout & AML_DOUBLE_WEIGHTS ? 8 : layout & AML_FLOAT_WEIGHTS ? 4 : 0;
  }
  [[nodiscard]] std::int32_t target(std::int64_t connection) const noexcept {
    if (layout & AML_CONSECUTIVE) return static_cast<std::int32_t>(connection);
    return layout & AML_WIDE_TARGETS ? targets.as<std::int32_t>()[connection]
                                     : targets.as<std::uint16_t>()[connection];
  }
  [[nodiscard]] double weight_of(std::int64_t connection) const noexcept {
    if (layout & AML_DOUBLE_WEIGHTS) return weights.as<double>()[connection];
    return layout & AML_FLOAT_WEIGHTS ? double{weights.as<float>()[connection]} : weight;
  }
  [[nodiscard]] std::size_t bytes() const noexcept;
};

// Connections as Python gives them, to be checked and copied into a store.
struct connection_arrays {
  std::span<const std::int64_t> row_ptr;  // (rows + 1)
  std::span<const std::int32_t> targets;
  std::span<const double> weights;  // empty where all are 1
  std::vector<double> delays;       // unique, ascending [s] or in whole steps; 0 means at once
  std::span<const std::int32_t> delay_index;  // into delays; empty with a single delay
  bool whole_steps = false;                   // whether delays are in whole steps
};

struct projection_size {
  std::int64_t sources = 0;
  std::int64_t targets = 0;
};

// Raises engine_error(argument), naming the projection, where the arrays break a rule.
[[nodiscard]] connection_store store_arrays(const connection_arrays &given, projection_size size,
                                            const std::string &name);

}  // namespace annarchy_ml
