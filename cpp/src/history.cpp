// Rows of a ring.
#include "history.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "error.hpp"
#include "memory.hpp"

namespace annarchy_ml {

history::history(const group &owner, int field_number, std::int64_t length)
    : owner_(owner), field_(field_number), length_(length) {
  const field &item = owner.fields[static_cast<std::size_t>(field_number)];
  row_bytes_ = owner.size * static_cast<std::int64_t>(size_of(item.type));
  const auto bytes = static_cast<std::size_t>(2 * length * row_bytes_);
  require_memory(bytes, owner.name);
  values_ = aligned_buffer(bytes, owner.name + "/" + item.name);
}

void history::take(std::int64_t step, instance_range instances) noexcept {
  const field &item = owner_.fields[static_cast<std::size_t>(field_)];
  const auto width = static_cast<std::int64_t>(size_of(item.type));
  const auto *from = static_cast<const char *>(item.values.data()) + instances.begin * width;
  auto *into = static_cast<char *>(values_.data()) + instances.begin * width;
  const auto bytes = static_cast<std::size_t>(instances.size() * width);
  if (step == 0) {
    for (std::int64_t row = 0; row < 2 * length_; ++row) {
      std::memcpy(into + row * row_bytes_, from, bytes);
    }
    return;
  }
  std::memcpy(into + step % length_ * row_bytes_, from, bytes);
  std::memcpy(into + (step % length_ + length_) * row_bytes_, from, bytes);
}

void history::grow(std::int64_t length, std::int64_t step) {
  if (length <= length_) return;
  history larger(owner_, field_, length);
  const auto bytes = static_cast<std::size_t>(row_bytes_);
  for (std::int64_t k = step - length; k < step; ++k) {
    const std::int64_t known = std::max(k, step - length_ + 1);  // of older ones the oldest
    const char *from = row(known);
    for (const std::int64_t copy : {std::int64_t{0}, length}) {
      std::memcpy(larger.row(k) + copy * row_bytes_, from, bytes);
    }
  }
  values_ = std::move(larger.values_);
  length_ = length;
}

char *history::row(std::int64_t step) const noexcept {
  return static_cast<char *>(values_.data()) + (step % length_ + length_) % length_ * row_bytes_;
}

const void *history::before(std::int64_t step, std::int64_t steps) const noexcept {
  const std::int64_t oldest = (step + 1) % length_;
  return static_cast<const char *>(values_.data()) + (oldest + length_ - steps) * row_bytes_;
}

}  // namespace annarchy_ml
