// Printing of tables, in bands of rows that threads share, and of event lists.
#include "table_writer.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>

#include "error.hpp"
#include "float_text.hpp"
#include "text_file.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t numbers_per_band = 16384;

char *write_styled(char *out, double value, number_style style) noexcept {
  return style == number_style::float32 ? write_number(out, static_cast<float>(value))
                                        : write_number(out, value);
}

// The number that is printed for a value, as bits.
std::uint64_t printed_bits(double value, number_style style) noexcept {
  if (style == number_style::float64) return std::bit_cast<std::uint64_t>(value);
  return std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

// The text of the number above in a column: traces at rest repeat themselves.
struct last_number {
  std::uint64_t bits = 0;
  std::size_t length = 0;  // 0: there is none
  char text[longest_float_text];
};

// Prints rows begin .. end; returns the end of the text.
char *print_rows(char *out, const table_view &table, std::int64_t begin, std::int64_t end,
                 number_style style) {
  std::vector<last_number> above(table.columns.size());
  for (std::int64_t row = begin; row < end; ++row) {
    for (std::size_t c = 0; c < above.size(); ++c) {
      const double value = table.columns[c][row];
      const std::uint64_t bits = printed_bits(value, style);
      last_number &last = above[c];
      if (last.length == 0 || bits != last.bits) {
        last.bits = bits;
        char *tab = write_styled(last.text, value, style);
        *tab = '\t';
        last.length = static_cast<std::size_t>(tab + 1 - last.text);
      }
      std::memcpy(out, last.text, longest_float_text);
      out += last.length;
    }
    *out++ = '\n';
  }
  return out;
}

// Bands of rows, printed by any thread and written in order.
class banded_table {
 public:
  banded_table(text_file &file, const table_view &table, number_style style)
      : file_(file),
        table_(table),
        style_(style),
        rows_(std::max<std::int64_t>(1, numbers_per_band / std::max<std::int64_t>(1, width()))),
        count_((table.rows + rows_ - 1) / rows_) {}

  [[nodiscard]] std::int64_t count() const noexcept { return count_; }

  // Prints bands until there are no more.
  void work() noexcept {
    try {
      std::vector<char> text(static_cast<std::size_t>(rows_) * longest_line());
      for (std::int64_t band = next_++; band < count_; band = next_++) {
        const std::int64_t begin = band * rows_;
        const std::int64_t end = std::min(begin + rows_, table_.rows);
        const char *stop = print_rows(text.data(), table_, begin, end, style_);
        if (!write(band, {text.data(), static_cast<std::size_t>(stop - text.data())})) return;
      }
    } catch (...) {
      fail();
    }
  }

  void rethrow() const {
    if (fault_ != nullptr) std::rethrow_exception(fault_);
  }

 private:
  [[nodiscard]] std::int64_t width() const noexcept { return std::ssize(table_.columns); }
  // The last number is copied at its greatest length.
  [[nodiscard]] std::size_t longest_line() const noexcept {
    return (table_.columns.size() + 1) * (longest_float_text + 1);
  }

  // Waits for the bands before. False: one of them has failed.
  bool write(std::int64_t band, std::string_view text) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return turn_ == band || fault_ != nullptr; });
    if (fault_ != nullptr) return false;
    file_.append(text);
    ++turn_;
    moved_.notify_all();
    return true;
  }

  void fail() noexcept {
    const std::lock_guard lock(mutex_);
    if (fault_ == nullptr) fault_ = std::current_exception();
    moved_.notify_all();
  }

  text_file &file_;
  const table_view &table_;
  number_style style_;
  std::int64_t rows_;  // of a band
  std::int64_t count_;
  std::atomic<std::int64_t> next_{0};
  std::mutex mutex_;
  std::condition_variable moved_;
  std::int64_t turn_ = 0;  // the band to be written next
  std::exception_ptr fault_;
};

void write_label(text_file &file, const event_view &events, std::int32_t which) {
  if (events.labels.empty()) {
    file.used(write_number(file.room(longest_float_text), static_cast<long long>(which)));
    return;
  }
  const std::string &label = events.labels[static_cast<std::size_t>(which)];
  file.used(std::copy(label.begin(), label.end(), file.room(label.size())));
}

void write_char(text_file &file, char value) {
  char *out = file.room(1);
  *out++ = value;
  file.used(out);
}

}  // namespace

void write_table(const std::string &path, const table_view &table, number_style style,
                 int threads) {
  text_file file(path);
  banded_table bands(file, table, style);
  {
    std::vector<std::jthread> others;
    const std::int64_t useful = std::min<std::int64_t>(threads, bands.count());
    for (std::int64_t k = 1; k < useful; ++k) others.emplace_back([&] { bands.work(); });
    bands.work();
  }
  bands.rethrow();
  file.finish();
}

void write_events(const std::string &path, const event_view &events, bool time_first,
                  number_style style) {
  require(events.times.size() == events.which.size(), path, "every event needs a time and an id");
  const auto labels = static_cast<std::int64_t>(events.labels.size());
  require(labels == 0 || std::all_of(events.which.begin(), events.which.end(),
                                     [&](auto k) { return k >= 0 && k < labels; }),
          path, "an event has no label");
  text_file file(path);
  for (std::size_t k = 0; k < events.times.size(); ++k) {
    if (!time_first) {
      write_label(file, events, events.which[k]);
      write_char(file, '\t');
    }
    file.used(write_styled(file.room(longest_float_text), events.times[k], style));
    if (time_first) {
      write_char(file, '\t');
      write_label(file, events, events.which[k]);
    }
    write_char(file, '\n');
  }
  file.finish();
}

}  // namespace annarchy_ml
