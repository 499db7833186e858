// Numbers that sum up the columns of recorded rows, taken while the rows are recorded.
#pragma once

#include <cstdint>
#include <vector>

#include "lane_vector.hpp"
#include "recorder.hpp"

namespace annarchy_ml {

// What is seen of a column.
struct column_measures {
  double least, largest, total, last, rises;
};

// Of each column, without the time in front: what is seen of all rows so far. What a column gives
// does not depend on how the rows are cut, nor on the columns beside it.
class row_measures : public row_listener {
 public:
  // A rise from at most `threshold` to more than it is counted.
  row_measures(std::int64_t columns, double threshold);

  void take_rows(const std::shared_ptr<const double[]> &numbers, std::int64_t begin,
                 std::int64_t end) override;
  // Rows of so many numbers each, of which the first is left out.
  void take(const double *rows, std::int64_t count);

  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::int64_t columns() const noexcept { return columns_; }
  [[nodiscard]] column_measures of(std::int64_t column) const noexcept;

  // Of eight columns that lie side by side.
  struct alignas(sizeof(lane_vector)) lanes_seen {
    using counts = std::int64_t __attribute__((vector_size(64)));
    lane_vector least, largest, total, lost, last;
    counts rises, strange;  // strange: not 0 where a value was not a number
  };

 private:
  std::int64_t columns_;
  double threshold_;
  std::int64_t rows_ = 0;
  std::vector<lanes_seen> seen_;
};

}  // namespace annarchy_ml
