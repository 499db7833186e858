// Sums, extremes and rises of columns.
#include "row_measures.hpp"

#include <algorithm>
#include <limits>

#include "denormals.hpp"
#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

// A value that is not a number remains the least and the largest. What sums round away is added
// again with the next value.
ANNARCHY_ML_CLONES
void take_columns(const double *__restrict rows, std::int64_t count, std::int64_t stride,
                  std::int64_t columns, double threshold,
                  row_measures::range *__restrict now) noexcept {
  for (std::int64_t row = 0; row < count; ++row) {
    const double *__restrict values = rows + row * stride;
    for (std::int64_t at = 0; at < columns; ++at) {
      const auto k = static_cast<std::size_t>(at);
      const double value = values[at];
      const double below = now->least[k] <= value ? now->least[k] : value;
      const double beyond = now->largest[k] >= value ? now->largest[k] : value;
      now->least[k] = now->least[k] == now->least[k] ? below : now->least[k];
      now->largest[k] = now->largest[k] == now->largest[k] ? beyond : now->largest[k];
      const double part = value - now->lost[k];
      const double sum = now->total[k] + part;
      now->lost[k] = (sum - now->total[k]) - part;
      now->total[k] = sum;
      const double above = value > threshold ? 1.0 : 0.0;
      const double rise = now->last[k] > threshold ? 0.0 : above;
      now->rises[k] += rise;
      now->last[k] = value;
    }
  }
}

}  // namespace

row_measures::row_measures(std::int64_t columns, double threshold)
    : columns_(columns), threshold_(threshold) {
  constexpr double most = std::numeric_limits<double>::infinity();
  range none{};
  none.least.fill(most);
  none.largest.fill(-most);
  none.last.fill(most);  // the first value is no rise
  ranges_.assign(static_cast<std::size_t>((columns + range::width - 1) / range::width), none);
}

void row_measures::take_rows(const std::shared_ptr<const double[]> &numbers, std::int64_t begin,
                             std::int64_t end) {
  take(numbers.get() + begin * (columns_ + 1), end - begin);
}

void row_measures::take(const double *rows, std::int64_t count) {
  const flush_denormals mode;  // as in a run, whoever calls
  std::int64_t first = 0;
  for (range &item : ranges_) {
    const std::int64_t some = std::min(columns_ - first, range::width);
    take_columns(rows + 1 + first, count, columns_ + 1, some, threshold_, &item);
    first += some;
  }
  rows_ += count;
}

column_measures row_measures::of(std::int64_t column) const noexcept {
  const range &item = ranges_[static_cast<std::size_t>(column / range::width)];
  const auto k = static_cast<std::size_t>(column % range::width);
  return {item.least[k], item.largest[k], item.total[k], item.last[k], item.rises[k]};
}

}  // namespace annarchy_ml
