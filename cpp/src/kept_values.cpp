// Takes values moment by moment, and turns them into values by instance.
#include "kept_values.hpp"

#include <cstring>

namespace annarchy_ml {

namespace {

std::size_t bytes_of(std::int64_t count) { return static_cast<std::size_t>(count); }

}  // namespace

kept_values::kept_values(const group &owner, int field_number, std::int64_t moments)
    : source_(owner.fields[static_cast<std::size_t>(field_number)]),
      width_(source_.type == value_type::real64 ? 8 : 4),
      block_(static_cast<std::int64_t>(buffer_alignment) / width_),
      row_(moments + block_),
      latest_(bytes_of(block_ * source_.size * width_), owner.name),
      kept_(bytes_of(row_ * source_.size * width_), owner.name) {}

void kept_values::take(std::int64_t moment) noexcept {
  const std::int64_t bytes = source_.size * width_;
  char *const latest = static_cast<char *>(latest_.data());
  std::memcpy(latest + moment % block_ * bytes, source_.values.data(), bytes_of(bytes));
  if (moment % block_ != block_ - 1) return;
  if (width_ == 8) {
    hand_down<double>(moment + 1 - block_);
  } else {
    hand_down<float>(moment + 1 - block_);
  }
}

template <class Real>
void kept_values::hand_down(std::int64_t first) noexcept {
  constexpr auto block = static_cast<std::int64_t>(buffer_alignment / sizeof(Real));
  const std::int64_t size = source_.size;
  const Real *latest = static_cast<const Real *>(latest_.data());
  Real *to = static_cast<Real *>(kept_.data()) + first;
  for (std::int64_t i = 0; i < size; ++i, to += row_) {
    for (std::int64_t k = 0; k < block; ++k) to[k] = latest[k * size + i];
  }
}

void kept_values::complete(std::int64_t instance, std::int64_t count) noexcept {
  const std::int64_t first = count / block_ * block_;
  const char *latest = static_cast<const char *>(latest_.data());
  for (std::int64_t k = 0; k < count - first; ++k) {
    std::memcpy(kept_bytes() + (instance * row_ + first + k) * width_,
                latest + (k * source_.size + instance) * width_, bytes_of(width_));
  }
}

}  // namespace annarchy_ml
