// Sums, extremes and rises of columns.
#include "row_measures.hpp"

#include <algorithm>
#include <limits>

#include "denormals.hpp"
#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

using mask = decltype(lane_vector{} < lane_vector{});

// All that is seen of eight columns, or of the last few, stays in registers from row to row. The
// least and the largest pass over what is not a number; that any was is kept apart. What sums round
// away is added again with the next value.
template <bool whole>
[[gnu::always_inline]] inline void take_lanes(const double *rows, std::int64_t count,
                                              std::int64_t stride, std::int64_t columns,
                                              double threshold,
                                              row_measures::lanes_seen &now) noexcept {
  lane_vector least = now.least, largest = now.largest, total = now.total, lost = now.lost;
  lane_vector value = now.last;
  auto rises = now.rises, strange = now.strange;
  mask above = value > threshold;
  for (std::int64_t row = 0; row < count; ++row, rows += stride) {
    if constexpr (whole) {
      lanes::load(value, rows);
    } else {
      lanes::load_some(value, rows, columns);
    }
    least = value < least ? value : least;
    largest = value > largest ? value : largest;
    strange |= value != value;
    const lane_vector part = value - lost;
    const lane_vector sum = total + part;
    lost = (sum - total) - part;
    total = sum;
    const mask was = above;
    above = value > threshold;
    rises -= above & ~was;
  }
  now = {least, largest, total, lost, value, rises, strange};
}

ANNARCHY_ML_CLONES
void take_columns(const double *rows, std::int64_t count, std::int64_t stride, std::int64_t columns,
                  double threshold, row_measures::lanes_seen *now) noexcept {
  constexpr std::int64_t width = vector_lanes;
  for (; columns >= width; columns -= width, rows += width, ++now) {
    take_lanes<true>(rows, count, stride, width, threshold, *now);
  }
  if (columns > 0) take_lanes<false>(rows, count, stride, columns, threshold, *now);
}

}  // namespace

row_measures::row_measures(std::int64_t columns, double threshold)
    : columns_(columns), threshold_(threshold) {
  constexpr double most = std::numeric_limits<double>::infinity();
  const lane_vector zero{};
  const lanes_seen none{zero + most, zero - most, zero, zero, zero + most, {}, {}};
  // the first value is no rise: before it is `most`
  seen_.assign(static_cast<std::size_t>((columns + vector_lanes - 1) / vector_lanes), none);
}

void row_measures::take_rows(const std::shared_ptr<const double[]> &numbers, std::int64_t begin,
                             std::int64_t end) {
  take(numbers.get() + begin * (columns_ + 1), end - begin);
}

void row_measures::take(const double *rows, std::int64_t count) {
  const flush_denormals mode;  // as in a run, whoever calls
  take_columns(rows + 1, count, columns_ + 1, columns_, threshold_, seen_.data());
  rows_ += count;
}

column_measures row_measures::of(std::int64_t column) const noexcept {
  const lanes_seen &item = seen_[static_cast<std::size_t>(column / vector_lanes)];
  const auto k = column % vector_lanes;
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  const bool strange = item.strange[k] != 0;
  return {strange ? none : item.least[k], strange ? none : item.largest[k], item.total[k],
          item.last[k], static_cast<double>(item.rises[k])};
}

}  // namespace annarchy_ml
