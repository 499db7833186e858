// Sums, extremes and means of weighted values, in an order that no vector unit or thread changes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace annarchy_ml {

enum class combination : std::uint8_t { sum, max, min, mean };

enum class weight_kind : std::uint8_t { one, real32, real64 };

// Where the connections of one or several rows lie; pointers are to the first of a row.
struct row_values {
  const void *weights = nullptr;  // null: all share `weight`
  weight_kind weights_as = weight_kind::one;
  double weight = 1.0;
  const void *sources = nullptr;  // uint16 or int32; null: consecutive values
  bool wide_sources = false;
  std::int64_t count = 0;
  // Of consecutive values: the place that is left out, counted from the first; -1 for none.
  std::int64_t hole = -1;
};

// Rows that are done together, so that their weights stream side by side: same count, no hole.
inline constexpr std::int64_t rows_together = 8;

// The combination of weight * value over one row; 0 of an empty one. `values` are the first of the
// row where they are consecutive.
template <class Real>
[[nodiscard]] Real combine_row(combination kind, const row_values &row,
                               const Real *values) noexcept;

// The sums of rows_together rows of consecutive values, `stride` weights apart.
template <class Real>
void sum_rows(const row_values &first, std::int64_t stride, const Real *values,
              Real *results) noexcept;

}  // namespace annarchy_ml
