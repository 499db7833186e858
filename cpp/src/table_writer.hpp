// Result files of LEMS simulations: tables of traces and lists of events.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "text_file.hpp"

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
  std::shared_ptr<const void> owner{};  // keeps the values alive, where that is needed
};

// Rows that are printed in one go, by the number of columns.
[[nodiscard]] std::int64_t rows_per_band(std::size_t columns) noexcept;

// Prints tables, also while their rows are still coming in: pieces of a table are cut into bands of
// rows, which threads print in any order and write in the right one.
class table_press {
 public:
  // `helpers` threads print beside the one that calls `finish`.
  explicit table_press(int helpers);
  ~table_press();
  table_press(const table_press &) = delete;
  table_press &operator=(const table_press &) = delete;

  // Begins a file; gives its number.
  int open(const std::string &path, number_style style);
  // Further rows of a file, in their order. Their values outlive the press or have an owner.
  void add(int file, table_view rows);
  // Prints what is left and puts the file in place. Throws what went wrong with this file.
  void finish(int file);

 private:
  struct output {
    output(const std::string &path, number_style digits) : file(path), style(digits) {}

    text_file file;
    number_style style;
    std::int64_t bands = 0;  // handed out so far
    std::mutex mutex;        // of what follows
    std::condition_variable moved;
    std::int64_t turn = 0;  // the band to be written next
    std::exception_ptr fault;
  };
  struct band {
    output *to;
    std::int64_t number;
    std::shared_ptr<const table_view> rows;
    std::int64_t begin;
    std::int64_t end;
  };

  void serve() noexcept;
  void print(const band &item, std::vector<char> &text) noexcept;
  static void write(const band &item, std::string_view text);

  std::vector<std::unique_ptr<output>> outputs_;
  std::mutex mutex_;  // of what follows
  std::condition_variable filled_;
  std::deque<band> waiting_;
  bool closed_ = false;
  std::vector<std::jthread> helpers_;
};

// Long tables are printed by up to `threads` threads.
void write_table(const std::string &path, const table_view &table, number_style style, int threads);

// The events of one sender: a label and ascending times.
struct event_train {
  std::string label;
  std::span<const double> times;
};
// One line per event, by time and at the same time by train: time and label in the stated order,
// with a tab between them.
void write_events(const std::string &path, std::span<const event_train> trains, bool time_first,
                  number_style style);

}  // namespace annarchy_ml
