// Buffered writing of tables and event lists.
#include "table_writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "error.hpp"
#include "float_text.hpp"

namespace annarchy_ml {

namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 18;

std::string temporary_name(const std::string &path) {
  static std::atomic<unsigned> count{0};
  return path + ".part-" + std::to_string(getpid()) + "-" + std::to_string(count++);
}

char *write_styled(char *out, double value, number_style style) noexcept {
  return style == number_style::float32 ? write_number(out, static_cast<float>(value))
                                        : write_number(out, value);
}

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

text_file::text_file(std::string path)
    : path_(std::move(path)),
      temporary_(temporary_name(path_)),
      file_(std::fopen(temporary_.c_str(), "wb")),
      buffer_(buffer_size) {
  if (file_ == nullptr) fail("opened for writing");
}

text_file::~text_file() {
  if (file_ == nullptr) return;
  file_.reset();
  std::remove(temporary_.c_str());
}

void text_file::fail(const char *action) const {
  throw engine_error(error_code::file, path_,
                     "'" + path_ + "' cannot be " + action + ": " + std::strerror(errno));
}

char *text_file::room(std::size_t count) {
  if (length_ + count > buffer_.size()) flush();
  if (count > buffer_.size()) buffer_.resize(count);
  return buffer_.data() + length_;
}

void text_file::used(const char *end) noexcept {
  length_ = static_cast<std::size_t>(end - buffer_.data());
}

void text_file::flush() {
  if (std::fwrite(buffer_.data(), 1, length_, file_.get()) != length_) fail("written");
  length_ = 0;
}

void text_file::finish() {
  flush();
  if (std::fclose(file_.release()) != 0) {
    std::remove(temporary_.c_str());
    fail("written");
  }
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    std::remove(temporary_.c_str());
    fail("put in place");
  }
}

void write_table(const std::string &path, const table_view &table, number_style style) {
  const auto columns = static_cast<std::size_t>(table.columns);
  require(table.values.size() == table.times.size() * columns, path,
          "values must have one row per time");
  text_file file(path);
  for (std::size_t r = 0; r < table.times.size(); ++r) {
    const std::size_t most = (columns + 1) * (longest_float_text + 1) + 1;
    char *out = write_styled(file.room(most), table.times[r], style);
    *out++ = '\t';
    for (const double value : table.values.subspan(r * columns, columns)) {
      out = write_styled(out, value, style);
      *out++ = '\t';
    }
    *out++ = '\n';
    file.used(out);
  }
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
