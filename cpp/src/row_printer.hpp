// Prints result files while the run that records their rows goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "recorder.hpp"
#include "table_writer.hpp"

namespace annarchy_ml {

// Follows a recorder: each file shows some columns of its rows, 0 being the time.
class row_printer : public row_listener {
 public:
  row_printer(int helpers, std::int64_t row_length) : press_(helpers), row_length_(row_length) {}

  int open(const std::string &path, number_style style, std::vector<std::int64_t> columns);
  // Rows that make up a band of the widest file.
  [[nodiscard]] std::int64_t rows_at_once() const noexcept;
  void take_rows(const std::shared_ptr<const double[]> &numbers, std::int64_t begin,
                 std::int64_t end) override;
  // Prints what is left and puts the file in place. Throws what went wrong with this file.
  void finish(int file) { press_.finish(file); }

 private:
  table_press press_;
  std::int64_t row_length_;
  std::vector<std::vector<std::int64_t>> columns_;  // of each file
};

}  // namespace annarchy_ml
