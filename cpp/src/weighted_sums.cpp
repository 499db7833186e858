// A fixed number of partial results, each of every so manieth connection; joined pair by pair.
#include "weighted_sums.hpp"

#include <algorithm>
#include <limits>

#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

#if defined(__GNUC__)
#define ANNARCHY_ML_INLINE inline __attribute__((always_inline))
#else
#define ANNARCHY_ML_INLINE inline
#endif

// Partial results of a row: two vectors of 64 bytes.
template <class Real>
inline constexpr std::int64_t lanes = 128 / static_cast<std::int64_t>(sizeof(Real));

struct add {
  template <class Real>
  static constexpr Real start = Real(0);
  template <class Real>
  static Real join(Real a, Real b) noexcept {
    return a + b;
  }
};

// Extremes are not a number where any value is none.
struct greatest {
  template <class Real>
  static constexpr Real start = -std::numeric_limits<Real>::infinity();
  template <class Real>
  static Real join(Real a, Real b) noexcept {
    return ((a >= b) | (a != a)) ? a : b;
  }
};

struct least {
  template <class Real>
  static constexpr Real start = std::numeric_limits<Real>::infinity();
  template <class Real>
  static Real join(Real a, Real b) noexcept {
    return ((a <= b) | (a != a)) ? a : b;
  }
};

template <class Operation, class Real>
ANNARCHY_ML_INLINE Real joined(Real *partial) noexcept {
  for (std::int64_t half = lanes<Real> / 2; half > 0; half /= 2) {
    for (std::int64_t k = 0; k < half; ++k) {
      partial[k] = Operation::join(partial[k], partial[k + half]);
    }
  }
  return partial[0];
}

// Source place of connection i.
struct consecutive {
  std::int64_t operator[](std::int64_t i) const noexcept { return i; }
};

// Weight of connection i, where all share one.
template <class Real>
struct shared_weight {
  Real value;
  Real operator[](std::int64_t) const noexcept { return value; }
};

template <class Operation, class Real, class Weights, class Sources>
ANNARCHY_ML_INLINE void gather(Weights weights, Sources sources, const Real *values,
                               std::int64_t count, Real *partial) noexcept {
  constexpr std::int64_t n = lanes<Real>;
  std::int64_t i = 0;
  for (; i + n <= count; i += n) {
    for (std::int64_t k = 0; k < n; ++k) {
      const Real term = static_cast<Real>(weights[i + k]) * values[sources[i + k]];
      partial[k] = Operation::join(partial[k], term);
    }
  }
  for (std::int64_t k = 0; i < count; ++i, ++k) {
    const Real term = static_cast<Real>(weights[i]) * values[sources[i]];
    partial[k] = Operation::join(partial[k], term);
  }
}

template <class Operation, class Real, class Weights>
ANNARCHY_ML_INLINE Real row_of(Weights weights, const row_values &row,
                               const Real *values) noexcept {
  Real partial[lanes<Real>];
  std::fill_n(partial, lanes<Real>, Operation::template start<Real>);
  if (row.sources == nullptr) {
    const std::int64_t before = row.hole < 0 ? row.count : row.hole;
    gather<Operation>(weights, consecutive{}, values, before, partial);
    if (row.hole >= 0) {
      struct behind {
        Weights weights;
        std::int64_t before;
        auto operator[](std::int64_t i) const noexcept { return weights[before + i]; }
      };
      gather<Operation>(behind{weights, before}, consecutive{}, values + before + 1,
                        row.count - before, partial);
    }
  } else if (row.wide_sources) {
    gather<Operation>(weights, static_cast<const std::int32_t *>(row.sources), values, row.count,
                      partial);
  } else {
    gather<Operation>(weights, static_cast<const std::uint16_t *>(row.sources), values, row.count,
                      partial);
  }
  return joined<Operation>(partial);
}

template <class Operation, class Real>
ANNARCHY_ML_INLINE Real row_with(const row_values &row, const Real *values) noexcept {
  switch (row.weights_as) {
    case weight_kind::real32:
      return row_of<Operation>(static_cast<const float *>(row.weights), row, values);
    case weight_kind::real64:
      return row_of<Operation>(static_cast<const double *>(row.weights), row, values);
    default:
      return row_of<Operation>(shared_weight<Real>{static_cast<Real>(row.weight)}, row, values);
  }
}

template <class Real>
ANNARCHY_ML_INLINE Real combined(combination kind, const row_values &row,
                                 const Real *values) noexcept {
  if (row.count == 0) return Real(0);
  switch (kind) {
    case combination::max:
      return row_with<greatest>(row, values);
    case combination::min:
      return row_with<least>(row, values);
    default:
      break;
  }
  const Real sum = row_with<add>(row, values);
  return kind == combination::mean ? sum / static_cast<Real>(row.count) : sum;
}

template <class Real, class Weight>
ANNARCHY_ML_INLINE void stream_rows(const Weight *weights, std::int64_t stride, std::int64_t count,
                                    const Real *values, Real *results) noexcept {
  constexpr std::int64_t n = lanes<Real>;
  Real partial[rows_together][n] = {};
  std::int64_t i = 0;
  for (; i + n <= count; i += n) {
    for (std::int64_t r = 0; r < rows_together; ++r) {
      const Weight *row = weights + r * stride + i;
      for (std::int64_t k = 0; k < n; ++k) {
        partial[r][k] += static_cast<Real>(row[k]) * values[i + k];
      }
    }
  }
  for (std::int64_t k = 0; i < count; ++i, ++k) {
    for (std::int64_t r = 0; r < rows_together; ++r) {
      partial[r][k] += static_cast<Real>(weights[r * stride + i]) * values[i];
    }
  }
  for (std::int64_t r = 0; r < rows_together; ++r) results[r] = joined<add>(partial[r]);
}

template <class Real>
ANNARCHY_ML_INLINE void rows_with(const row_values &first, std::int64_t stride, const Real *values,
                                  Real *results) noexcept {
  if (first.weights_as == weight_kind::real32) {
    stream_rows(static_cast<const float *>(first.weights), stride, first.count, values, results);
  } else {
    stream_rows(static_cast<const double *>(first.weights), stride, first.count, values, results);
  }
}

// Clones cannot be templates.
ANNARCHY_ML_CLONES double combine_double(combination kind, const row_values &row,
                                         const double *values) noexcept {
  return combined(kind, row, values);
}

ANNARCHY_ML_CLONES float combine_single(combination kind, const row_values &row,
                                        const float *values) noexcept {
  return combined(kind, row, values);
}

ANNARCHY_ML_CLONES void sum_double(const row_values &first, std::int64_t stride,
                                   const double *values, double *results) noexcept {
  rows_with(first, stride, values, results);
}

ANNARCHY_ML_CLONES void sum_single(const row_values &first, std::int64_t stride,
                                   const float *values, float *results) noexcept {
  rows_with(first, stride, values, results);
}

}  // namespace

template <>
double combine_row(combination kind, const row_values &row, const double *values) noexcept {
  return combine_double(kind, row, values);
}

template <>
float combine_row(combination kind, const row_values &row, const float *values) noexcept {
  return combine_single(kind, row, values);
}

template <>
void sum_rows(const row_values &first, std::int64_t stride, const double *values,
              double *results) noexcept {
  sum_double(first, stride, values, results);
}

template <>
void sum_rows(const row_values &first, std::int64_t stride, const float *values,
              float *results) noexcept {
  sum_single(first, stride, values, results);
}

}  // namespace annarchy_ml
