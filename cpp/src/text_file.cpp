// Buffered writing, and the renaming at the end.
#include "text_file.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "error.hpp"

namespace annarchy_ml {

namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 18;

std::string temporary_name(const std::string &path) {
  static std::atomic<unsigned> count{0};
  return path + ".part-" + std::to_string(getpid()) + "-" + std::to_string(count++);
}

}  // namespace

text_file::text_file(std::string path)
    : path_(std::move(path)),
      temporary_(temporary_name(path_)),
      file_(std::fopen(temporary_.c_str(), "wb")),
      buffer_(buffer_size) {
  if (file_ == nullptr) fail("opened for writing");
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);  // pieces are large already
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

void text_file::append(std::string_view text) {
  flush();
  write(text);
}

void text_file::flush() {
  write({buffer_.data(), length_});
  length_ = 0;
}

void text_file::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) fail("written");
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

}  // namespace annarchy_ml
