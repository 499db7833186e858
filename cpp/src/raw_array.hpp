// Memory of plain values that is not initialised: pages cost nothing before they are written.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <type_traits>

#include "error.hpp"
#include "memory.hpp"

namespace annarchy_ml {

// Bytes that may be looked at as values of any plain type.
class raw_array {
 public:
  raw_array() = default;
  // Raises engine_error(memory), naming `place`, where `bytes` cannot be had.
  raw_array(std::size_t bytes, const std::string &place) { resize(bytes, place); }

  // Keeps the first bytes; what is new is not initialised.
  void resize(std::size_t bytes, const std::string &place) {
    void *moved = std::realloc(data_.get(), bytes > 0 ? bytes : 1);
    if (moved == nullptr) {
      throw engine_error(error_code::memory, place,
                         "no memory for " + std::to_string(bytes) + " bytes of '" + place + "'");
    }
    static_cast<void>(data_.release());
    data_.reset(moved);
    bytes_ = bytes;
    prefer_large_pages(moved, bytes);
  }
  template <class Value>
  [[nodiscard]] Value *as() const noexcept {
    static_assert(std::is_trivial_v<Value>);
    return static_cast<Value *>(data_.get());
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct free_memory {
    void operator()(void *memory) const noexcept { std::free(memory); }
  };
  std::unique_ptr<void, free_memory> data_;
  std::size_t bytes_ = 0;
};

}  // namespace annarchy_ml
