// Result files of LEMS simulations: tables of traces and lists of events.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace annarchy_ml {

// A text file that appears under its name only when it is complete: it is written beside it under
// another name and renamed by `finish`; without that it is removed.
class text_file {
 public:
  explicit text_file(std::string path);
  ~text_file();
  text_file(const text_file &) = delete;
  text_file &operator=(const text_file &) = delete;

  // Room for `count` characters at the end of the text; `used` says how many were taken.
  [[nodiscard]] char *room(std::size_t count);
  void used(const char *end) noexcept;
  void finish();

 private:
  struct close_file {
    void operator()(std::FILE *file) const noexcept { std::fclose(file); }
  };

  void flush();
  [[noreturn]] void fail(const char *action) const;

  std::string path_;
  std::string temporary_;
  std::unique_ptr<std::FILE, close_file> file_;
  std::vector<char> buffer_;
  std::size_t length_ = 0;
};

enum class number_style { float32, float64 };

// Times (rows,) and values (rows, columns): one line per row, every number followed by a tab.
struct table_view {
  std::span<const double> times;
  std::span<const double> values;
  std::int64_t columns = 0;
};
void write_table(const std::string &path, const table_view &table, number_style style);

// One line per event: time and label in the stated order, with a tab between them.
struct event_view {
  std::span<const double> times;
  std::span<const std::int32_t> which;
  std::span<const std::string> labels;  // by `which`; empty: the number itself
};
void write_events(const std::string &path, const event_view &events, bool time_first,
                  number_style style);

}  // namespace annarchy_ml
