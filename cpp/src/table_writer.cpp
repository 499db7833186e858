// Printing of tables, in bands of rows that threads share, and of event lists.
#include "table_writer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <system_error>
#include <utility>

#include "denormals.hpp"
#include "error.hpp"
#include "float_text.hpp"

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

// The last number is copied at its greatest length.
std::size_t longest_line(const table_view &table) noexcept {
  return (table.columns.size() + 1) * (longest_float_text + 1);
}

void write_char(text_file &file, char value) {
  char *out = file.room(1);
  *out++ = value;
  file.used(out);
}

void write_label(text_file &file, const std::string &label) {
  file.used(std::copy(label.begin(), label.end(), file.room(label.size())));
}

}  // namespace

std::int64_t rows_per_band(std::size_t columns) noexcept {
  const auto width = std::max<std::int64_t>(1, static_cast<std::int64_t>(columns));
  return std::max<std::int64_t>(1, numbers_per_band / width);
}

table_press::table_press(int helpers) {
  try {
    for (int k = 0; k < helpers; ++k) helpers_.emplace_back([this] { serve(); });
  } catch (const std::system_error &) {
    // There are no more threads to be had: the caller of `finish` prints.
  }
}

table_press::~table_press() {
  const std::lock_guard lock(mutex_);
  waiting_.clear();
  closed_ = true;
  filled_.notify_all();
}

int table_press::open(const std::string &path, number_style style) {
  outputs_.push_back(std::make_unique<output>(path, style));
  return static_cast<int>(outputs_.size()) - 1;
}

void table_press::add(int file, table_view rows) {
  output &to = *outputs_[static_cast<std::size_t>(file)];
  const std::int64_t length = rows_per_band(rows.columns.size());
  const auto shared = std::make_shared<const table_view>(std::move(rows));
  const std::lock_guard lock(mutex_);
  for (std::int64_t begin = 0; begin < shared->rows; begin += length) {
    waiting_.push_back({&to, to.bands++, shared, begin, std::min(begin + length, shared->rows)});
  }
  filled_.notify_all();
}

void table_press::finish(int file) {
  output &of = *outputs_[static_cast<std::size_t>(file)];
  std::vector<char> text;
  for (std::unique_lock lock(mutex_); !waiting_.empty(); lock.lock()) {
    const band item = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    print(item, text);
  }
  std::unique_lock lock(of.mutex);
  of.moved.wait(lock, [&] { return of.turn == of.bands || of.fault != nullptr; });
  if (of.fault != nullptr) std::rethrow_exception(of.fault);
  of.file.finish();
}

// Prints bands until the press is closed.
void table_press::serve() noexcept {
  const keep_denormals mode;  // whoever started this thread may have been stepping
  std::vector<char> text;
  for (;;) {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const band item = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    print(item, text);
  }
}

void table_press::print(const band &item, std::vector<char> &text) noexcept {
  try {
    const std::size_t most =
        static_cast<std::size_t>(item.end - item.begin) * longest_line(*item.rows);
    if (text.size() < most) text.resize(most);
    const char *end = print_rows(text.data(), *item.rows, item.begin, item.end, item.to->style);
    write(item, {text.data(), static_cast<std::size_t>(end - text.data())});
  } catch (...) {
    const std::lock_guard lock(item.to->mutex);
    if (item.to->fault == nullptr) item.to->fault = std::current_exception();
    item.to->moved.notify_all();
  }
}

// Waits for the bands before; does nothing if one of them has failed.
void table_press::write(const band &item, std::string_view text) {
  output &to = *item.to;
  std::unique_lock lock(to.mutex);
  to.moved.wait(lock, [&] { return to.turn == item.number || to.fault != nullptr; });
  if (to.fault != nullptr) return;
  to.file.append(text);
  ++to.turn;
  to.moved.notify_all();
}

void write_table(const std::string &path, const table_view &table, number_style style,
                 int threads) {
  const std::int64_t bands = table.rows / rows_per_band(table.columns.size()) + 1;
  table_press press(static_cast<int>(std::min<std::int64_t>(threads, bands)) - 1);
  const int file = press.open(path, style);
  press.add(file, table);
  press.finish(file);
}

void write_events(const std::string &path, std::span<const event_train> trains, bool time_first,
                  number_style style) {
  struct event {
    double time;
    const std::string *label;
  };
  std::vector<event> events;
  for (const event_train &train : trains) {
    for (const double time : train.times) events.push_back({time, &train.label});
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const event &a, const event &b) { return a.time < b.time; });
  text_file file(path);
  for (const event &item : events) {
    if (!time_first) {
      write_label(file, *item.label);
      write_char(file, '\t');
    }
    file.used(write_styled(file.room(longest_float_text), item.time, style));
    if (time_first) {
      write_char(file, '\t');
      write_label(file, *item.label);
    }
    write_char(file, '\n');
  }
  file.finish();
}

}  // namespace annarchy_ml
