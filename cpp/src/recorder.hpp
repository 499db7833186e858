// Records fields of chosen instances as rows of numbers, in memory or beyond a budget on disk.
#pragma once

#include <cstdint>
#include <cstdio>
#include <exception>
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

// Is given rows while they are recorded.
class row_listener {
 public:
  virtual ~row_listener() = default;
  // Rows begin .. end of these numbers will not change any more.
  virtual void take_rows(const std::shared_ptr<const double[]> &numbers, std::int64_t begin,
                         std::int64_t end) = 0;
};

// Rows of columns() + 1 numbers: the time, then a value per column. They lie in blocks, one for
// each run where its length is known, so that a finished run can be looked at without copying.
class recorder {
 public:
  recorder(std::vector<trace_column> columns, std::int64_t interval_steps);

  // Until it is cleared, rows are written to `path` while more than `budget_bytes` are held.
  void stream_to(const std::string &path, std::size_t budget_bytes);
  void clear();
  // Until it is cleared, rows are also given to the listener, so many at a time.
  void follow(const std::shared_ptr<row_listener> &listener, std::int64_t rows_at_once);
  // Until it is cleared, rows are given to the listener and not kept: `rows` counts none of them.
  void pass_on(const std::shared_ptr<row_listener> &listener);
  // Gives the listener, if it still lives, the rows that it does not have yet.
  void hand_over();

  // Takes the first row, unless it was taken before; `steps` more are to come.
  void begin(const step_clock &time, std::int64_t steps);
  // Takes no more rows if some of the columns belong to a group.
  void retire(const group &owner) noexcept;
  // Whether it has columns of connections of couplings.
  [[nodiscard]] bool sees_couplings() const noexcept;
  // Whether it has columns of a group.
  [[nodiscard]] bool sees(const group &owner) const noexcept;
  // Takes a row if one is due. False: a checked value of it is not finite.
  // Raises engine_error(file) where rows cannot be written to disk; the row is taken all the same.
  [[nodiscard]] bool sample(const step_clock &time) {
    return --countdown_ > 0 ? true : take_row(time);
  }
  // The checked value of the last row that is not finite.
  [[nodiscard]] std::optional<non_finite_value> find_non_finite() const;

  [[nodiscard]] std::int64_t rows() const noexcept { return passing_on_ ? 0 : spilled_ + held(); }
  [[nodiscard]] std::int64_t columns() const noexcept { return std::ssize(columns_); }
  // All rows in one piece of memory, those on disk among them. It stays as it is when more rows are
  // taken.
  [[nodiscard]] std::shared_ptr<const double[]> whole();
  // Completes the file, if there are rows in it already; gives their number, 0 for no file.
  [[nodiscard]] std::int64_t complete_file();
  [[nodiscard]] std::size_t bytes() const noexcept;
  // Bytes that `steps` more steps would add if nothing were written to disk.
  [[nodiscard]] std::size_t estimate(std::int64_t steps) const noexcept;

 private:
  struct column_run {  // columns that lie side by side in one field
    const field *source;
    std::int64_t index;
    std::int64_t count;
  };
  struct block {
    std::shared_ptr<double[]> numbers;
    std::int64_t rows;  // taken
    std::int64_t room;  // rows that fit
  };
  struct close_file {
    void operator()(std::FILE *file) const noexcept { std::fclose(file); }
  };

  void find_runs();
  bool take_row(const step_clock &time);
  [[nodiscard]] double *next_row();
  void add_block();
  [[nodiscard]] std::shared_ptr<double[]> room_for(std::int64_t rows) const;
  void spill();
  [[nodiscard]] std::shared_ptr<const double[]> joined();
  [[nodiscard]] bool write_block(const block &part) const;
  [[nodiscard]] std::int64_t held() const noexcept;
  [[nodiscard]] std::int64_t row_length() const noexcept { return columns() + 1; }
  [[nodiscard]] std::size_t row_bytes() const noexcept {
    return static_cast<std::size_t>(row_length()) * sizeof(double);
  }

  std::vector<trace_column> columns_;
  std::vector<column_run> runs_;
  std::int64_t interval_;
  std::int64_t countdown_ = 0;
  bool begun_ = false;
  bool retired_ = false;
  std::int64_t expected_ = 0;  // rows at the end of the run
  std::vector<block> blocks_;  // all but the last one are full
  std::int64_t spilled_ = 0;   // rows on disk
  std::exception_ptr fault_;   // of the disk, to be told when the row has been taken
  std::unique_ptr<std::FILE, close_file> file_;
  std::string path_;
  std::size_t budget_ = 0;
  std::weak_ptr<row_listener> listener_;
  bool passing_on_ = false;
  std::int64_t rows_at_once_ = 0;
  std::int64_t until_hand_over_ = 0;  // rows; never reached from 0
  std::int64_t handed_over_ = 0;      // rows of the last block
};

}  // namespace annarchy_ml
