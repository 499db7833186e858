// Records fields of chosen instances as rows of numbers, in memory or beyond a budget on disk.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "error.hpp"
#include "group.hpp"
#include "step_clock.hpp"

namespace annarchy_ml {

struct trace_column {
  const group *owner = nullptr;
  const field *source = nullptr;
  std::int64_t index = 0;
};

// Rows are kept in chunks of equal length; a row is the time and then one value per column.
class recorder {
 public:
  recorder(std::vector<trace_column> columns, std::int64_t interval_steps);

  // From now on full chunks are written to `path` while more than `budget_bytes` are held.
  void stream_to(const std::string &path, std::size_t budget_bytes);
  void clear();

  // Takes the first row, unless it was taken before.
  void begin(const step_clock &time);
  // Takes a row if one is due. False: a checked value of it is not finite.
  [[nodiscard]] bool sample(const step_clock &time) {
    return --countdown_ > 0 ? true : take_row(time);
  }
  // The checked value of the last row that is not finite.
  [[nodiscard]] std::optional<non_finite_value> find_non_finite() const;

  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::int64_t columns() const noexcept { return std::ssize(columns_); }
  [[nodiscard]] std::int64_t chunk_count() const noexcept;
  [[nodiscard]] std::int64_t chunk_rows(std::int64_t chunk) const noexcept;
  // Copies a chunk: times (chunk_rows,), values (chunk_rows, columns).
  void copy_chunk(std::int64_t chunk, double *times, double *values) const;
  [[nodiscard]] std::size_t bytes() const noexcept;
  // Bytes that `steps` more steps would add if nothing were written to disk.
  [[nodiscard]] std::size_t estimate(std::int64_t steps) const noexcept;

 private:
  struct column_run {  // columns that lie side by side in one field
    const field *source;
    std::int64_t index;
    std::int64_t count;
  };
  struct close_file {
    void operator()(std::FILE *file) const noexcept { std::fclose(file); }
  };

  void find_runs();
  bool take_row(const step_clock &time);
  [[nodiscard]] double *next_row();
  [[nodiscard]] const double *row(std::int64_t number) const noexcept;
  void spill();
  void read_chunk(std::int64_t chunk, std::vector<double> &rows) const;

  std::vector<trace_column> columns_;
  std::vector<column_run> runs_;
  std::int64_t interval_;
  std::int64_t countdown_ = 0;
  bool begun_ = false;
  std::int64_t rows_ = 0;
  std::int64_t rows_per_chunk_;
  std::vector<std::unique_ptr<double[]>> chunks_;  // null where on disk
  std::int64_t spilled_ = 0;                       // chunks on disk
  std::unique_ptr<std::FILE, close_file> file_;
  std::string path_;
  std::size_t budget_ = 0;
};

}  // namespace annarchy_ml
