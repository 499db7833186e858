// Allocation of aligned, zeroed memory.
#include "aligned_buffer.hpp"

#include <cstring>
#include <limits>

#include "error.hpp"
#include "memory.hpp"

namespace annarchy_ml {

aligned_buffer::aligned_buffer(std::size_t bytes, const std::string &place) {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 2;
  if (bytes < most) {
    bytes_ = (bytes / buffer_alignment + 1) * buffer_alignment;
    data_.reset(std::aligned_alloc(buffer_alignment, bytes_));
  }
  if (data_ == nullptr) {
    throw engine_error(error_code::memory, place,
                       "no memory for " + std::to_string(bytes) + " bytes of '" + place + "'");
  }
  prefer_large_pages(data_.get(), bytes_);
  clear();
}

void aligned_buffer::clear() noexcept {
  if (bytes_ > 0) std::memset(data_.get(), 0, bytes_);
}

}  // namespace annarchy_ml
