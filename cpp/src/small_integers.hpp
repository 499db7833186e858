// Whole numbers from 0 on, in one, two or four bytes each, whatever the largest needs.
#pragma once

#include <cstdint>
#include <vector>

namespace annarchy_ml {

class small_integers {
 public:
  small_integers() = default;
  // All numbers will be below `end`.
  explicit small_integers(std::uint64_t end) : width_(end <= 0x100 ? 1 : end <= 0x10000 ? 2 : 4) {}

  void resize(std::size_t count) { bytes_.resize(count * width_); }
  void shrink() { bytes_.shrink_to_fit(); }
  void push_back(std::uint32_t value) {
    resize(size() + 1);
    set(size() - 1, value);
  }
  void set(std::size_t position, std::uint32_t value) noexcept {
    if (width_ == 1) {
      bytes_[position] = static_cast<std::uint8_t>(value);
    } else if (width_ == 2) {
      as<std::uint16_t>()[position] = static_cast<std::uint16_t>(value);
    } else {
      as<std::uint32_t>()[position] = value;
    }
  }
  [[nodiscard]] std::uint32_t operator[](std::size_t position) const noexcept {
    if (width_ == 1) return bytes_[position];
    if (width_ == 2) return as<std::uint16_t>()[position];
    return as<std::uint32_t>()[position];
  }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() / width_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.capacity(); }
  // Bytes of each number, and all of them as they lie in memory.
  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  [[nodiscard]] const std::uint8_t *data() const noexcept { return bytes_.data(); }

 private:
  template <class Value>
  [[nodiscard]] Value *as() noexcept {
    return reinterpret_cast<Value *>(bytes_.data());
  }
  template <class Value>
  [[nodiscard]] const Value *as() const noexcept {
    return reinterpret_cast<const Value *>(bytes_.data());
  }

  std::size_t width_ = 1;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace annarchy_ml
