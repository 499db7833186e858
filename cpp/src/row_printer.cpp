// Columns of recorded rows, handed to the press.
#include "row_printer.hpp"

#include <algorithm>
#include <limits>

namespace annarchy_ml {

int row_printer::open(const std::string &path, number_style style,
                      std::vector<std::int64_t> columns) {
  for (const std::int64_t column : columns) {
    require(column >= 0 && column < row_length_, path, "there is no column of this number");
  }
  columns_.push_back(std::move(columns));
  return press_.open(path, style);
}

std::int64_t row_printer::rows_at_once() const noexcept {
  auto rows = std::numeric_limits<std::int64_t>::max();
  for (const auto &shown : columns_) rows = std::min(rows, rows_per_band(shown.size()));
  return rows;
}

void row_printer::take_rows(const std::shared_ptr<const double[]> &numbers, std::int64_t begin,
                            std::int64_t end) {
  const double *first = numbers.get() + begin * row_length_;
  for (std::size_t file = 0; file < columns_.size(); ++file) {
    table_view table{end - begin, {}, numbers};
    table.columns.reserve(columns_[file].size());
    for (const std::int64_t column : columns_[file]) {
      table.columns.push_back({first + column, row_length_});
    }
    press_.add(static_cast<int>(file), std::move(table));
  }
}

}  // namespace annarchy_ml
