/* Arithmetic that generated kernels share. Names ending in f are the single precision forms. The
 * functions of two branches are written as selects, so that loops over them vectorise. */
#ifndef ANNARCHY_ML_KERNEL_ARITHMETIC_H
#define ANNARCHY_ML_KERNEL_ARITHMETIC_H

#include "annarchy_ml/kernel_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405): four words of one counter. */
static inline void aml_philox(const aml_context *context, uint32_t c0, uint32_t c1, uint32_t c2,
                              uint32_t c3, uint32_t words[4]) {
  uint32_t k0 = (uint32_t)context->seed, k1 = (uint32_t)(context->seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

static inline void aml_step_words(const aml_context *context, uint32_t index, uint32_t ordinal,
                                  uint32_t words[4]) {
  const uint32_t high = (uint32_t)(context->step >> 32) << 16;
  aml_philox(context, index, (uint32_t)context->step, high ^ ordinal, (uint32_t)context->stream,
             words);
}

static inline double aml_fraction(const uint32_t words[4]) {
  return ((double)(words[0] >> 5) * 67108864.0 + (double)(words[1] >> 6)) / 9007199254740992.0;
}

static inline float aml_fractionf(const uint32_t words[4]) {
  return (float)(words[0] >> 8) * (1.0f / 16777216.0f);
}

/* A number in [0, 1), fixed by (seed, stream, index, step, ordinal). */
static inline double aml_uniform(const aml_context *context, uint32_t index, uint32_t ordinal) {
  uint32_t words[4];
  aml_step_words(context, index, ordinal, words);
  return aml_fraction(words);
}

static inline float aml_uniformf(const aml_context *context, uint32_t index, uint32_t ordinal) {
  uint32_t words[4];
  aml_step_words(context, index, ordinal, words);
  return aml_fractionf(words);
}

/* The same for what an event does, fixed by (seed, stream, index, event, ordinal): event counts the
 * events of the instance. The inverted stream keeps these draws apart from those of the steps. */
static inline double aml_event_uniform(const aml_context *context, uint32_t index, uint32_t event,
                                       uint32_t ordinal) {
  uint32_t words[4];
  aml_philox(context, index, event, ordinal, ~(uint32_t)context->stream, words);
  return aml_fraction(words);
}

static inline float aml_event_uniformf(const aml_context *context, uint32_t index, uint32_t event,
                                       uint32_t ordinal) {
  uint32_t words[4];
  aml_philox(context, index, event, ordinal, ~(uint32_t)context->stream, words);
  return aml_fractionf(words);
}

/* heaviside: 0 below zero, 1 above, 0.5 at zero. min and max: NaN if either is.
 * choice: of two values that are both known; a branch around one of them is not vectorised.
 * factorial: NaN of anything but 0, 1, 2, ...
 * small_power: x to the power n, 0 <= n < 16, by squaring; power: x to any power, to these by
 * squaring. They are apart because an exponent that all instances share is judged once, before a
 * loop (is_small_power, small_exponent). */
#define AML_ARITHMETIC(real, suffix, library_pow)                                              \
  static inline real aml_heaviside##suffix(real x) {                                           \
    const real step = (real)(x > 0) + (real)0.5 * (real)(x == 0);                              \
    return x != x ? x : step;                                                                  \
  }                                                                                            \
  static inline real aml_min##suffix(real a, real b) { return ((a <= b) | (a != a)) ? a : b; } \
  static inline real aml_max##suffix(real a, real b) { return ((a >= b) | (a != a)) ? a : b; } \
  static inline real aml_choice##suffix(int test, real a, real b) { return test ? a : b; }     \
  static inline real aml_factorial##suffix(real x) {                                           \
    double product = 1.0;                                                                      \
    if (!(x >= 0 && (x > 171 || x == (real)(int32_t)x))) return (real)__builtin_nan("");       \
    for (int32_t k = 2; k <= (x > 171 ? 171 : (int32_t)x); ++k) product *= k;                  \
    return (real)product;                                                                      \
  }                                                                                            \
  static inline int aml_is_small_power##suffix(real p) {                                       \
    return (p >= 0) & (p < 16) && p == (real)(int32_t)p;                                       \
  }                                                                                            \
  static inline int32_t aml_small_exponent##suffix(real p) {                                   \
    return aml_is_small_power##suffix(p) ? (int32_t)p : 0;                                     \
  }                                                                                            \
  static inline real aml_small_power##suffix(real x, int32_t n) {                              \
    const real x2 = x * x, x4 = x2 * x2, x8 = x4 * x4, one = 1;                                \
    const real low = (n & 1 ? x : one) * (n & 2 ? x2 : one);                                   \
    return low * (n & 4 ? x4 : one) * (n & 8 ? x8 : one);                                      \
  }                                                                                            \
  static inline real aml_power##suffix(real x, real p) {                                       \
    return aml_is_small_power##suffix(p) ? aml_small_power##suffix(x, (int32_t)p)              \
                                         : library_pow(x, p);                                  \
  }
AML_ARITHMETIC(double, , __builtin_pow)
AML_ARITHMETIC(float, f, __builtin_powf)
#undef AML_ARITHMETIC

/* e to the power x, within 1.5 units in the last place: x = k ln 2 + r, |r| <= ln 2 / 2, and
 * exp(r) = 1 + r + r^2 P(r) with the polynomial of degree 9 whose largest relative error is least,
 * 4e-18 (by Remez's algorithm), summed as a tree so that products wait for few others. 0 below -708
 * and infinite above 709: what is left out there, up to 3e-308 and from 8e307, is nothing a model
 * could mean. */
static inline double aml_exp(double x) {
  const double low = -708.0, high = 709.0, bias = 6755399441056767.0; /* 1.5 * 2^52 + 1023 */
  const double above = x < low ? low : x, bounded = above > high ? high : above;
  const double shifted = bounded * 1.4426950408889634 + bias, k = shifted - bias;
  const double r = (bounded - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
  const double r2 = r * r, r4 = r2 * r2;
  const double a = 0x1.000000000000ap-1 + 0x1.55555555554fap-3 * r;
  const double b = 0x1.555555555087cp-5 + 0x1.1111111127be5p-7 * r;
  const double c = 0x1.6c16c1842a11dp-10 + 0x1.a01a012a57b51p-13 * r;
  const double d = 0x1.a0199a0c677acp-16 + 0x1.71df2552390c2p-19 * r;
  const double e = 0x1.28ad72cc30daap-22 + 0x1.ad7f6f0799ee2p-26 * r;
  const double series = (a + b * r2) + r4 * ((c + d * r2) + r4 * e);
  union {
    double real;
    uint64_t bits;
  } power;
  power.real = shifted;
  power.bits <<= 52; /* the last bits of `shifted` are k + 1023 */
  const double value = x < low ? 0.0 : (1.0 + (r + r2 * series)) * power.real;
  return x > high ? __builtin_inf() : value;
}

/* The same in single precision by Taylor's series to r^7, and 2^k in two factors so that tiny and
 * huge results round once. */
static inline float aml_expf(float x) {
  const float bounded = x > 110.0f ? 110.0f : (x < -110.0f ? -110.0f : x);
  const float shifted = bounded * 1.44269504f + 12582912.0f; /* 1.5 * 2^23 */
  const float k = shifted - 12582912.0f;
  const float r = (bounded - k * 0.693359375f) - k * -2.12194440e-4f;
  float series = 1.0f / 5040.0f;
  union {
    float real;
    uint32_t bits;
  } first, second;
  const int32_t whole = (int32_t)k, half = whole / 2;
  series = series * r + 1.0f / 720.0f;
  series = series * r + 1.0f / 120.0f;
  series = series * r + 1.0f / 24.0f;
  series = series * r + 1.0f / 6.0f;
  series = series * r + 0.5f;
  first.bits = (uint32_t)(half + 127) << 23;
  second.bits = (uint32_t)(whole - half + 127) << 23;
  return x != x ? x : (1.0f + (r + r * r * series)) * first.real * second.real;
}

enum { AML_LARGEST_SCHEME = 64 };

/* The edges of a kinetic scheme of n states: rates forward from source to target, and reverse. */
typedef struct aml_scheme {
  int n, n_flows;
  const int *source, *target;
  const double *forward, *reverse;
} aml_scheme;

/* result <- q P x with P = 1 + A / q, A the rate matrix, out[k] the outflow of state k. */
static inline void aml_scheme_jump(const aml_scheme *scheme, const double *out, double q,
                                   const double *x, double *result) {
  for (int k = 0; k < scheme->n; ++k) result[k] = x[k] * (q - out[k]);
  for (int j = 0; j < scheme->n_flows; ++j) {
    const int source = scheme->source[j], target = scheme->target[j];
    result[target] += x[source] * scheme->forward[j];
    result[source] += x[target] * scheme->reverse[j];
  }
}

/* x <- exp(A h) x by uniformisation (Jensen 1953): with q the largest outflow of a state,
 * exp(A h) x = exp(-q h) sum_k (q h)^k / k! P^k x, where P has no negative entry, so that nothing
 * cancels. Divided by the sum of the weights in place of exp(q h), the sum of the occupancies is
 * kept. Meant for q h up to about 8. */
static inline void aml_scheme_step(const aml_scheme *scheme, const double *out, double q, double h,
                                   double *x) {
  double term[AML_LARGEST_SCHEME], next[AML_LARGEST_SCHEME];
  const double qh = q * h;
  double weight = 1.0, total = 1.0;
  for (int k = 0; k < scheme->n; ++k) term[k] = x[k];
  for (int order = 1; weight > 1e-18 * total || order < qh; ++order) {
    const double scale = h / order;
    aml_scheme_jump(scheme, out, q, term, next);
    for (int k = 0; k < scheme->n; ++k) x[k] += term[k] = scale * next[k];
    weight *= q * scale;
    total += weight;
  }
  const double share = 1.0 / total;
  for (int k = 0; k < scheme->n; ++k) x[k] *= share;
}

/* The same over many substeps of a stiff scheme: the matrix of one of 2^doublings substeps is
 * squared again and again, its columns scaled to the sum 1. */
static inline void aml_scheme_square(const aml_scheme *scheme, const double *out, double q,
                                     double dt, double *x) {
  double power[AML_LARGEST_SCHEME][AML_LARGEST_SCHEME]; /* by column */
  double square[AML_LARGEST_SCHEME][AML_LARGEST_SCHEME];
  const int n = scheme->n;
  double h = dt;
  int doublings = 0;
  for (; q * h > 1.0; ++doublings) h *= 0.5;
  for (int c = 0; c < n; ++c) {
    for (int k = 0; k < n; ++k) power[c][k] = k == c;
    aml_scheme_step(scheme, out, q, h, power[c]);
  }
  for (; doublings > 0; --doublings) {
    for (int c = 0; c < n; ++c) {
      double sum = 0.0;
      for (int k = 0; k < n; ++k) square[c][k] = 0.0;
      for (int m = 0; m < n; ++m)
        for (int k = 0; k < n; ++k) square[c][k] += power[m][k] * power[c][m];
      for (int k = 0; k < n; ++k) sum += square[c][k];
      for (int k = 0; k < n; ++k) square[c][k] /= sum;
    }
    for (int c = 0; c < n; ++c)
      for (int k = 0; k < n; ++k) power[c][k] = square[c][k];
  }
  for (int k = 0; k < n; ++k) square[0][k] = x[k];
  for (int k = 0; k < n; ++k) {
    x[k] = 0.0;
    for (int m = 0; m < n; ++m) x[k] += power[m][k] * square[0][m];
  }
}

/* Advances the occupancies of a kinetic scheme of n states by dt: x <- exp(A dt) x. */
static inline void aml_propagate(int n, double *x, int n_flows, const int *source,
                                 const int *target, const double *forward, const double *reverse,
                                 double dt) {
  const aml_scheme scheme = {n, n_flows, source, target, forward, reverse};
  double out[AML_LARGEST_SCHEME], q = 0.0;
  for (int k = 0; k < n; ++k) out[k] = 0.0;
  for (int j = 0; j < n_flows; ++j) {
    out[source[j]] += forward[j];
    out[target[j]] += reverse[j];
  }
  for (int k = 0; k < n; ++k) q = aml_max(q, out[k]);
  if (q * dt == 0.0) return;
  if (!(q * dt < 1e15)) {
    for (int k = 0; k < n; ++k) x[k] = __builtin_nan("");
  } else if (q * dt > 8.0 * n) {
    aml_scheme_square(&scheme, out, q, dt, x);
  } else {
    const int substeps = 1 + (int)(q * dt / 8.0);
    for (int step = 0; step < substeps; ++step) aml_scheme_step(&scheme, out, q, dt / substeps, x);
  }
}

#ifdef __cplusplus
}
#endif
#endif
