/* The contract between the engine and generated kernels: plain C, versioned.
 *
 * A kernel library owns nothing and allocates nothing. It exports
 *   int32_t aml_abi_version(void);      AML_ABI_VERSION of the header it was built with
 *   int32_t aml_real_size(void);        sizeof(aml_real): 8 or 4
 *   void    aml_K_update(...)           aml_update_fn of group kernel K
 *   void    aml_K_event_P(...)          aml_event_fn of in-port number P of group kernel K
 * Times are in seconds, everything else in SI units too.
 */
#ifndef ANNARCHY_ML_KERNEL_ABI_H
#define ANNARCHY_ML_KERNEL_ABI_H

#include <stdint.h>

#define AML_ABI_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif

typedef struct aml_context {
  double t;                        /* time at the end of the step */
  double t_prev;                   /* time at its start */
  double dt;
  uint64_t seed;
  uint64_t stream;                 /* of the group: keeps its draws apart from other groups' */
  uint64_t step;                   /* 1 for the first step */
  void *const *fields;             /* fields[k]: values of field k, aml_real or int32_t */
  const void *const *externals;    /* externals[k]: values of another group's field */
  const int32_t *const *indices;   /* indices[k][i]: instance of the other group */
  int32_t *const *emitted;         /* emitted[p][i]: events sent through out-port p in this step */
} aml_context;

/* One step of instances begin <= i < end. */
typedef void (*aml_update_fn)(const aml_context *context, int64_t begin, int64_t end);

/* An event reaches each of targets[0..count-1] (an instance may occur more than once; ascending).
 * weights: one aml_real per target, or NULL where all are 1. */
typedef void (*aml_event_fn)(const aml_context *context, const int32_t *targets,
                             const void *weights, int64_t count);

/* ---- Arithmetic that generated kernels share. Names ending in f are the single precision forms.
 * The functions of two branches are written as selects, so that loops over them vectorise. */

/* Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405): two words of one counter. */
static inline void aml_philox(const aml_context *context, uint32_t index, uint32_t ordinal,
                              uint32_t words[2]) {
  uint32_t k0 = (uint32_t)context->seed, k1 = (uint32_t)(context->seed >> 32);
  uint32_t c0 = index, c1 = (uint32_t)context->step;
  uint32_t c2 = ((uint32_t)(context->step >> 32) << 16) ^ ordinal;
  uint32_t c3 = (uint32_t)context->stream;
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
}

/* A number in [0, 1), fixed by (seed, stream, index, step, ordinal). */
static inline double aml_uniform(const aml_context *context, uint32_t index, uint32_t ordinal) {
  uint32_t words[2];
  aml_philox(context, index, ordinal, words);
  return ((double)(words[0] >> 5) * 67108864.0 + (double)(words[1] >> 6)) / 9007199254740992.0;
}

static inline float aml_uniformf(const aml_context *context, uint32_t index, uint32_t ordinal) {
  uint32_t words[2];
  aml_philox(context, index, ordinal, words);
  return (float)(words[0] >> 8) * (1.0f / 16777216.0f);
}

/* heaviside: 0 below zero, 1 above, 0.5 at zero. min and max: NaN if either is.
 * factorial: NaN of anything but 0, 1, 2, ...
 * small_power: x to the power n, 0 <= n < 16, by squaring; power: x to any power, to these by
 * squaring. They are apart because an exponent that all instances share is judged once, before a
 * loop (is_small_power, small_exponent). */
#define AML_ARITHMETIC(real, suffix, library_pow)                                                  \
  static inline real aml_heaviside##suffix(real x) {                                               \
    const real step = (real)(x > 0) + (real)0.5 * (real)(x == 0);                                  \
    return x != x ? x : step;                                                                      \
  }                                                                                                \
  static inline real aml_min##suffix(real a, real b) { return (a <= b) | (a != a) ? a : b; }       \
  static inline real aml_max##suffix(real a, real b) { return (a >= b) | (a != a) ? a : b; }       \
  static inline real aml_factorial##suffix(real x) {                                               \
    double product = 1.0;                                                                          \
    if (!(x >= 0 && (x > 171 || x == (real)(int32_t)x))) return (real)__builtin_nan("");           \
    for (int32_t k = 2; k <= (x > 171 ? 171 : (int32_t)x); ++k) product *= k;                      \
    return (real)product;                                                                          \
  }                                                                                                \
  static inline int aml_is_small_power##suffix(real p) {                                           \
    return (p >= 0) & (p < 16) && p == (real)(int32_t)p;                                           \
  }                                                                                                \
  static inline int32_t aml_small_exponent##suffix(real p) {                                       \
    return aml_is_small_power##suffix(p) ? (int32_t)p : 0;                                         \
  }                                                                                                \
  static inline real aml_small_power##suffix(real x, int32_t n) {                                  \
    const real x2 = x * x, x4 = x2 * x2, x8 = x4 * x4, one = 1;                                    \
    const real low = (n & 1 ? x : one) * (n & 2 ? x2 : one);                                       \
    return low * (n & 4 ? x4 : one) * (n & 8 ? x8 : one);                                          \
  }                                                                                                \
  static inline real aml_power##suffix(real x, real p) {                                           \
    return aml_is_small_power##suffix(p) ? aml_small_power##suffix(x, (int32_t)p)                  \
                                         : library_pow(x, p);                                      \
  }
AML_ARITHMETIC(double, , __builtin_pow)
AML_ARITHMETIC(float, f, __builtin_powf)
#undef AML_ARITHMETIC

enum { AML_LARGEST_SCHEME = 64 };

/* Advances the occupancies of a kinetic scheme of n states by dt: x <- exp(A dt) x, the rate matrix
 * A given by flows source <-> target with rates forward and reverse.
 *
 * Uniformisation: with q the largest outflow of a state, exp(A h) x = exp(-q h) sum_k (q h)^k / k!
 * P^k x, where P = 1 + A / q has no negative entry, so nothing cancels and the sum of the
 * occupancies is kept. Substeps keep q h at most 8. */
static inline void aml_propagate(int n, double *x, int n_flows, const int *source,
                                 const int *target, const double *forward, const double *reverse,
                                 double dt) {
  double out[AML_LARGEST_SCHEME], term[AML_LARGEST_SCHEME], next[AML_LARGEST_SCHEME];
  double q = 0.0;
  for (int k = 0; k < n; ++k) out[k] = 0.0;
  for (int j = 0; j < n_flows; ++j) {
    out[source[j]] += forward[j];
    out[target[j]] += reverse[j];
  }
  for (int k = 0; k < n; ++k) q = aml_max(q, out[k]);
  if (q * dt == 0.0) return;
  if (!(q * dt < 1e9)) {
    for (int k = 0; k < n; ++k) x[k] = __builtin_nan("");
    return;
  }
  const int substeps = 1 + (int)(q * dt / 8.0);
  const double qh = q * dt / substeps, decay = __builtin_exp(-qh);
  for (int step = 0; step < substeps; ++step) {
    double weight = 1.0, total = 1.0;
    for (int k = 0; k < n; ++k) term[k] = x[k];
    for (int order = 1; weight > 1e-18 * total || order < qh; ++order) {
      const double scale = qh / order;
      for (int k = 0; k < n; ++k) next[k] = term[k] * (1.0 - out[k] / q);
      for (int j = 0; j < n_flows; ++j) {
        next[target[j]] += term[source[j]] * (forward[j] / q);
        next[source[j]] += term[target[j]] * (reverse[j] / q);
      }
      for (int k = 0; k < n; ++k) x[k] += term[k] = scale * next[k];
      weight *= scale;
      total += weight;
    }
    for (int k = 0; k < n; ++k) x[k] *= decay;
  }
}

#ifdef __cplusplus
}
#endif
#endif
