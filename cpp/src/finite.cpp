// Vectorised scans for non-finite values: all bits of the exponent are set.
#include "finite.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace annarchy_ml {

namespace {

template <class Real, class Bits>
bool all_finite(const Real *values, std::int64_t count, Bits exponent) noexcept {
  Bits bad = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    bad |= static_cast<Bits>((std::bit_cast<Bits>(values[i]) & exponent) == exponent);
  }
  return bad == 0;
}

bool all_finite(const field &item, instance_range range) noexcept {
  const std::int64_t begin = std::min(range.begin, item.size);
  const std::int64_t count = std::min(range.end, item.size) - begin;
  const void *data = item.values.data();
  if (item.type == value_type::real64) {
    return all_finite(static_cast<const double *>(data) + begin, count,
                      std::uint64_t{0x7FF0'0000'0000'0000});
  }
  return all_finite(static_cast<const float *>(data) + begin, count, std::uint32_t{0x7F80'0000});
}

}  // namespace

bool is_finite(const group &owner, instance_range range) noexcept {
  return std::all_of(owner.fields.begin(), owner.fields.end(), [&](const field &item) {
    return !item.check_finite || all_finite(item, range);
  });
}

std::optional<non_finite_value> find_non_finite(const network_parts &parts) {
  for (const auto &owner : parts.groups) {
    for (const field &item : owner->fields) {
      if (!item.check_finite || all_finite(item, {0, item.size})) continue;
      std::int64_t index = 0;
      while (std::isfinite(item.at(index))) ++index;
      return non_finite_value{owner->name, item.name, index, parts.time.t(), {}};
    }
  }
  return std::nullopt;
}

}  // namespace annarchy_ml
