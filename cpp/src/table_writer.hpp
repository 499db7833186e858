// Result files of LEMS simulations: tables of traces and lists of events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace annarchy_ml {

enum class number_style { float32, float64 };

// Values that lie `stride` elements apart.
struct column_view {
  const double *values = nullptr;
  std::ptrdiff_t stride = 1;

  [[nodiscard]] double operator[](std::int64_t row) const noexcept { return values[row * stride]; }
};

// One line per row, every number followed by a tab.
struct table_view {
  std::int64_t rows = 0;
  std::vector<column_view> columns;
};
// Long tables are printed by up to `threads` threads.
void write_table(const std::string &path, const table_view &table, number_style style, int threads);

// One line per event: time and label in the stated order, with a tab between them.
struct event_view {
  std::span<const double> times;
  std::span<const std::int32_t> which;
  std::span<const std::string> labels;  // by `which`; empty: the number itself
};
void write_events(const std::string &path, const event_view &events, bool time_first,
                  number_style style);

}  // namespace annarchy_ml
