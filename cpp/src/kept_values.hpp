// Values of a field as they were at many moments, those of one instance side by side.
#pragma once

#include <cstdint>

#include "aligned_buffer.hpp"
#include "group.hpp"

namespace annarchy_ml {

class kept_values {
 public:
  // Of a real field with one value per instance, at so many moments, a multiple of 16.
  kept_values(const group &owner, int field_number, std::int64_t moments);

  // Takes the values as they are now as those of a moment; moments follow each other.
  void take(std::int64_t moment) noexcept;
  // Makes sure that `of` knows the last of `count` moments. Others are only copied 8 or 16 at a
  // time, so that every line of memory is written once.
  void complete(std::int64_t instance, std::int64_t count) noexcept;
  // The values of an instance, by moment.
  [[nodiscard]] const void *of(std::int64_t instance) const noexcept {
    return kept_bytes() + instance * row_ * width_;
  }

 private:
  template <class Real>
  void hand_down(std::int64_t first) noexcept;
  [[nodiscard]] char *kept_bytes() const noexcept { return static_cast<char *>(kept_.data()); }

  const field &source_;
  std::int64_t width_;     // bytes of a value
  std::int64_t block_;     // moments in a line of memory
  std::int64_t row_;       // places of an instance: one block more than moments, so that instances
                           // do not compete for the same places of a cache
  aligned_buffer latest_;  // (block, size)
  aligned_buffer kept_;    // (size, row)
};

}  // namespace annarchy_ml
