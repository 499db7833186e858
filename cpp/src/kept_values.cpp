// Takes values moment by moment, and turns them into values by instance.
#include "kept_values.hpp"

#include <cstring>

namespace annarchy_ml {

namespace {

std::size_t bytes_of(std::int64_t count) { return static_cast<std::size_t>(count); }

}  // namespace

latest_values::latest_values(const group &owner, int field_number)
    : source_(owner.fields[static_cast<std::size_t>(field_number)]),
      width_(source_.type == value_type::real64 ? 8 : 4),
      block_(static_cast<std::int64_t>(buffer_alignment) / width_),
      stride_((source_.size + block_ - 1) / block_ * block_),
      values_(bytes_of(n_moments() * stride_ * width_), owner.name) {}

void latest_values::take(std::int64_t moment, instance_range own) noexcept {
  if (own.empty()) return;
  char *const to = static_cast<char *>(values_.data()) + moment % n_moments() * stride_ * width_;
  const char *const from = static_cast<const char *>(source_.values.data());
  std::memcpy(to + own.begin * width_, from + own.begin * width_, bytes_of(own.size() * width_));
}

kept_values::kept_values(const latest_values &latest, std::int64_t moments, const std::string &name)
    : latest_(&latest),
      row_(moments + latest.block()),
      kept_(bytes_of(row_ * latest.size() * latest.width()), name) {}

void kept_values::take(std::int64_t moment) noexcept {
  const std::int64_t block = latest_->block();
  if (moment % block != block - 1) return;
  if (latest_->width() == 8) {
    hand_down<double>(moment + 1 - block);
  } else {
    hand_down<float>(moment + 1 - block);
  }
}

template <class Real>
void kept_values::hand_down(std::int64_t first) noexcept {
  constexpr auto block = static_cast<std::int64_t>(buffer_alignment / sizeof(Real));
  const std::int64_t size = latest_->size();
  const Real *latest = static_cast<const Real *>(latest_->at(first));
  const auto stride = static_cast<const Real *>(latest_->at(first + 1)) - latest;
  Real *to = static_cast<Real *>(kept_.data()) + first;
  for (std::int64_t i = 0; i < size; ++i, to += row_) {
    for (std::int64_t k = 0; k < block; ++k) to[k] = latest[k * stride + i];
  }
}

void kept_values::complete(std::int64_t instance, std::int64_t count) noexcept {
  const std::int64_t width = latest_->width();
  const std::int64_t first = count / latest_->block() * latest_->block();
  for (std::int64_t k = first; k < count; ++k) {
    std::memcpy(kept_bytes() + (instance * row_ + k) * width,
                static_cast<const char *>(latest_->at(k)) + instance * width, bytes_of(width));
  }
}

}  // namespace annarchy_ml
