// Zeroed memory, aligned and padded to 64 bytes, for the values of one field.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>

namespace annarchy_ml {

inline constexpr std::size_t buffer_alignment = 64;

class aligned_buffer {
 public:
  aligned_buffer() = default;
  // Raises engine_error(memory), naming `place`, where `bytes` cannot be had.
  aligned_buffer(std::size_t bytes, const std::string &place);

  [[nodiscard]] void *data() const noexcept { return data_.get(); }
  // Bytes held, padding included.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  void clear() noexcept;

 private:
  struct free_memory {
    void operator()(void *memory) const noexcept { std::free(memory); }
  };
  std::unique_ptr<void, free_memory> data_;
  std::size_t bytes_ = 0;
};

}  // namespace annarchy_ml
