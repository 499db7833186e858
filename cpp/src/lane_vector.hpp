// Eight numbers of double precision side by side, in as many registers as the machine needs.
#pragma once

#include <cstdint>

namespace annarchy_ml {

constexpr std::int64_t vector_lanes = 8;

using lane_vector = double __attribute__((vector_size(64)));

namespace lanes {

// The first place in some memory where a vector may begin; seven numbers may lie before it.
[[nodiscard]] inline double *aligned(double *memory) {
  constexpr std::uintptr_t unit = sizeof(lane_vector);
  return reinterpret_cast<double *>((reinterpret_cast<std::uintptr_t>(memory) + unit - 1) / unit *
                                    unit);
}

using anywhere = double __attribute__((vector_size(64), aligned(8), may_alias));
using floats_anywhere = float __attribute__((vector_size(32), aligned(4), may_alias));

[[gnu::always_inline]] inline void load(lane_vector &into, const double *from) {
  into = *reinterpret_cast<const anywhere *>(from);
}

[[gnu::always_inline]] inline void load(lane_vector &into, const float *from) {
  into = __builtin_convertvector(*reinterpret_cast<const floats_anywhere *>(from), lane_vector);
}

[[gnu::always_inline]] inline void store(double *into, const lane_vector &from) {
  *reinterpret_cast<anywhere *>(into) = from;
}

[[gnu::always_inline]] inline void store(float *into, const lane_vector &from) {
  *reinterpret_cast<floats_anywhere *>(into) = __builtin_convertvector(from, floats_anywhere);
}

// The first `count` of eight; the others are 0.
template <class Real>
[[gnu::always_inline]] inline void load_some(lane_vector &into, const Real *from,
                                             std::int64_t count) {
  double own[vector_lanes] = {};
  for (std::int64_t k = 0; k < count; ++k) own[k] = static_cast<double>(from[k]);
  load(into, own);
}

template <class Real>
[[gnu::always_inline]] inline void store_some(Real *into, const lane_vector &from,
                                              std::int64_t count) {
  double own[vector_lanes];
  store(own, from);
  for (std::int64_t k = 0; k < count; ++k) into[k] = static_cast<Real>(own[k]);
}

// Eight numbers from eight places, of which the first is `first` and the others follow, unless it
// is negative.
template <class Real>
[[gnu::always_inline]] inline void gather(lane_vector &into, const Real *from, std::int32_t first,
                                          const std::int32_t *places) {
  if (first >= 0) return load(into, from + first);
  const auto at = [&](int k) { return static_cast<double>(from[places[k]]); };
  into = lane_vector{at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)};
}

}  // namespace lanes

}  // namespace annarchy_ml
