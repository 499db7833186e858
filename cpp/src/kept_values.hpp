// Values of a field as they were at many moments, those of one instance side by side.
#pragma once

#include <cstdint>

#include "aligned_buffer.hpp"
#include "group.hpp"

namespace annarchy_ml {

// A real field with one value per instance, as it was at the last moments: threads take the values
// of their own instances, and read those of all once they have met.
class latest_values {
 public:
  latest_values(const group &owner, int field_number);

  // Takes the values of some instances as they are now as those of a moment.
  void take(std::int64_t moment, instance_range own) noexcept;
  [[nodiscard]] const void *at(std::int64_t moment) const noexcept {
    return static_cast<const char *>(values_.data()) + moment % n_moments() * stride_ * width_;
  }
  [[nodiscard]] std::int64_t size() const noexcept { return source_.size; }
  [[nodiscard]] std::int64_t width() const noexcept { return width_; }  // bytes of a value
  // Moments of which the values of an instance fill a line of memory. Twice as many are held, so
  // that a thread may take the first one of the next block while others read this one.
  [[nodiscard]] std::int64_t block() const noexcept { return block_; }

 private:
  [[nodiscard]] std::int64_t n_moments() const noexcept { return 2 * block_; }

  const field &source_;
  std::int64_t width_;
  std::int64_t block_;
  std::int64_t stride_;    // places of a moment
  aligned_buffer values_;  // (moments, stride)
};

// What one thread keeps of them.
class kept_values {
 public:
  // So many moments, a multiple of two blocks.
  kept_values(const latest_values &latest, std::int64_t moments, const std::string &name);

  // A moment has been taken; moments follow each other.
  void take(std::int64_t moment) noexcept;
  // Makes sure that `of` knows the last of `count` moments. Others are only copied a block at a
  // time, so that every line of memory is written once.
  void complete(std::int64_t instance, std::int64_t count) noexcept;
  // The values of an instance, by moment.
  [[nodiscard]] const void *of(std::int64_t instance) const noexcept {
    return kept_bytes() + instance * row_ * latest_->width();
  }

 private:
  template <class Real>
  void hand_down(std::int64_t first) noexcept;
  [[nodiscard]] char *kept_bytes() const noexcept { return static_cast<char *>(kept_.data()); }

  const latest_values *latest_;
  std::int64_t row_;     // places of an instance: one block more than moments, so that instances do
                         // not compete for the same places of a cache
  aligned_buffer kept_;  // (size, row)
};

}  // namespace annarchy_ml
