// Connections by target: what one target sums lies side by side.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "connection_rules.hpp"
#include "raw_array.hpp"
#include "weighted_sums.hpp"

namespace annarchy_ml {

// Row r holds the connections onto target first_target + r, in order of their sources. A source is
// a place in the source values: an instance or, where delays differ, an instance of an earlier
// step.
struct weighted_rows {
  std::int64_t first_target = 0;
  std::int64_t n_rows = 0;
  bool dense = false;  // every row holds the sources from first_source on, one after the other,
  std::int64_t first_source = 0;
  std::int64_t row_length = 0;        // so many of them,
  bool skips_self = false;            // but for the target itself
  std::vector<std::int64_t> row_ptr;  // (n_rows + 1) row -> connections; empty where dense
  raw_array sources;                  // uint16 or int32; nothing where dense
  bool wide_sources = false;          // int32
  weight_kind weights_as = weight_kind::one;
  raw_array weights;    // float or double; nothing where all share one
  double weight = 1.0;  // the shared one
  // Delays in whole steps: the same for all, or (0) part of each source.
  std::int64_t delay_steps = 1;
  std::int64_t longest_delay = 1;

  [[nodiscard]] std::int64_t size() const noexcept {
    return dense ? n_rows * row_length : row_ptr.empty() ? 0 : row_ptr.back();
  }
  [[nodiscard]] std::int64_t row_begin(std::int64_t row) const noexcept {
    return dense ? row * row_length : row_ptr[static_cast<std::size_t>(row)];
  }
  // The place of a connection's source in the source values.
  [[nodiscard]] std::int64_t source(std::int64_t row, std::int64_t connection) const noexcept;
  [[nodiscard]] double weight_of(std::int64_t connection) const noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept;
};

// Lets the sources be seen over other delays [steps]: one for each connection, in the order of the
// rows. Weights stay where they are. Raises engine_error(argument) where a delay is shorter than a
// step or there are not as many.
void delay_sources(weighted_rows &rows, std::span<const std::int32_t> steps, std::int64_t n_sources,
                   const std::string &name);

// Carries out a rule and turns its rows round: by target, not by source. Raises engine_error as
// build_connections does.
[[nodiscard]] weighted_rows build_rows(const connection_request &request, int threads);

// Connections that are given, by target, then source.
struct row_arrays {
  std::span<const std::int64_t> row_ptr;  // (n_targets + 1)
  std::span<const std::int32_t> sources;
  std::span<const std::int32_t> delays;  // steps; of each, or one
  std::span<const double> weights;       // of each, or one
  bool double_weights = true;
};

// Rows of all targets of a group.
[[nodiscard]] weighted_rows rows_of(const row_arrays &given, std::int64_t n_sources,
                                    const std::string &name);

}  // namespace annarchy_ml
