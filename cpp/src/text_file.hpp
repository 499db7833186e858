// A text file that appears under its name only when it is complete.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace annarchy_ml {

// It is written beside its place under another name and renamed by `finish`; without that it is
// removed. Faults are engine_error(file).
class text_file {
 public:
  explicit text_file(std::string path);
  ~text_file();
  text_file(const text_file &) = delete;
  text_file &operator=(const text_file &) = delete;

  // Room for `count` characters at the end of the text; `used` says how many were taken.
  [[nodiscard]] char *room(std::size_t count);
  void used(const char *end) noexcept;
  void append(std::string_view text);
  void finish();

 private:
  struct close_file {
    void operator()(std::FILE *file) const noexcept { std::fclose(file); }
  };

  void flush();
  void write(std::string_view text);
  [[noreturn]] void fail(const char *action) const;

  std::string path_;
  std::string temporary_;
  std::unique_ptr<std::FILE, close_file> file_;
  std::vector<char> buffer_;
  std::size_t length_ = 0;
};

}  // namespace annarchy_ml
