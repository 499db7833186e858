/* The contract between the engine and generated kernels: plain C, versioned.
 *
 * A kernel library owns nothing and allocates nothing. It exports
 *   int32_t aml_abi_version(void);      AML_ABI_VERSION of the header it was built with
 *   int32_t aml_real_size(void);        sizeof(aml_real): 8 or 4
 *   void    aml_K_update(...)           aml_update_fn of group kernel K
 *   void    aml_K_terms(...)            aml_update_fn, of couplings; aml_K_advance: of compartments
 *   void    aml_K_event_P(...)          aml_event_fn of in-port number P of group kernel K
 *   void    aml_family_F(...)           aml_family_fn of family F
 * Times are in seconds, everything else in SI units too.
 */
#ifndef ANNARCHY_ML_KERNEL_ABI_H
#define ANNARCHY_ML_KERNEL_ABI_H

#include <stdint.h>

#define AML_ABI_VERSION 5
#define AML_PADDING 16 /* elements behind the last instance, at least a vector of floats */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct aml_context {
  double t;      /* time at the end of the step */
  double t_prev; /* time at its start */
  double dt;
  uint64_t seed;
  uint64_t stream;              /* of the group: keeps its draws apart from other groups' */
  uint64_t step;                /* 1 for the first step */
  void *const *fields;          /* fields[k]: values of field k, aml_real or int32_t */
  const void *const *externals; /* externals[k]: values of another group's field */
  /* indices[k][i]: instance of the other group. All NULL where each is i itself. */
  const int32_t *const *indices;
  int64_t *const *emitted; /* emitted[p][i]: events sent through out-port p in this step */
  /* Instances of the group. Its fields, indices and emitted hold AML_PADDING elements behind the
   * last one, like it, where a kernel may read and write; -1 where there is no such room. */
  int64_t size;
} aml_context;

/* One step of instances begin <= i < end. */
typedef void (*aml_update_fn)(const aml_context *context, int64_t begin, int64_t end);

/* The same of hosts, whose context is the first, and all that is attached to them. Multiples of
 * AML_PADDING, or the size; values that only pass between them are kept if they may be seen. */
typedef void (*aml_family_fn)(const aml_context *const *contexts, int64_t begin, int64_t end,
                              int32_t seen);

/* Connections that follow each other: each brings an event to its target; targets ascend. */
typedef struct aml_run {
  const void *targets; /* uint16_t, or int32_t with AML_WIDE_TARGETS */
  const void *weights; /* float, or double with AML_DOUBLE_WEIGHTS; NULL where all share one */
  int64_t count;
  int64_t first; /* its first connection, by number among all of the projection; with
                    AML_CONSECUTIVE also the target of it, whose others follow one by one */
} aml_run;

enum {
  AML_WIDE_TARGETS = 1,   /* targets are int32_t, not uint16_t */
  AML_FLOAT_WEIGHTS = 2,  /* a float per connection */
  AML_DOUBLE_WEIGHTS = 4, /* a double per connection */
  AML_CONSECUTIVE = 8     /* targets are consecutive numbers, and not stored */
};

/* What arrives together over one projection, run after run. */
typedef struct aml_events {
  const aml_run *runs;
  int64_t n_runs;
  int32_t layout; /* of all runs: a sum of the values above */
  int32_t ahead;  /* runs whose turn comes so much later are fetched; 0: all is near */
  double weight;  /* of all connections, where they share one */
  /* Bit k of `constant`: index k leads all targets of a run to one instance; of `consecutive`: to
   * consecutive ones, as the targets are. `along` is index `along_index` (-1: none) in the order of
   * the projection's connections, where targets are scattered and its own order would be. */
  uint32_t constant, consecutive;
  int32_t along_index;
  const int32_t *along;
} aml_events;

typedef void (*aml_event_fn)(const aml_context *context, const aml_events *events);

/* Connection `entry` of a run. The layout is a constant where speed counts. */
static inline int32_t aml_target(const aml_run *run, int32_t layout, int64_t entry) {
  if (layout & AML_CONSECUTIVE) return (int32_t)(run->first + entry);
  if (layout & AML_WIDE_TARGETS) return ((const int32_t *)run->targets)[entry];
  return (int32_t)((const uint16_t *)run->targets)[entry];
}

static inline double aml_weight(const aml_run *run, int32_t layout, int64_t entry, double shared) {
  if (layout & AML_FLOAT_WEIGHTS) return (double)((const float *)run->weights)[entry];
  if (layout & AML_DOUBLE_WEIGHTS) return ((const double *)run->weights)[entry];
  return shared;
}

/* Whether any of some indices (bit k: index k) is constant or along. */
static inline int aml_leads_specially(const aml_events *events, uint32_t indices) {
  const int32_t along = events->along_index;
  return (events->constant & indices) != 0 || (along >= 0 && (indices >> along & 1) != 0);
}

/* The instance of another group to which index `number` leads target i of connection `entry`; a
 * null index leads to i itself. `leader` is any target of the run. */
static inline int32_t aml_led_to(const int32_t *index, int32_t number, const aml_events *events,
                                 const aml_run *run, int64_t entry, int32_t leader, int32_t i) {
  if (!index) return i;
  if (events->constant >> number & 1) return index[leader];
  if (events->along_index == number) return events->along[run->first + entry];
  return index[i];
}

/* Fetches what it will read of the index. */
static inline __attribute__((always_inline)) void aml_fetch_index(const int32_t *index,
                                                                  int32_t number,
                                                                  const aml_events *events,
                                                                  int32_t i) {
  if (index && !aml_leads_specially(events, (uint32_t)1 << number)) __builtin_prefetch(index + i);
}

/* Part of a run, for loops that go through it in whole vectors: fills `part` with the targets of
 * `count` connections from `from` on, and up to a multiple of AML_PADDING with the last of them,
 * for which a loop then does the same work once more. Gives the number filled in. */
enum { AML_PART = 64 };

static inline int64_t aml_take_part(const aml_run *run, int32_t layout, int64_t from, int64_t count,
                                    int32_t part[AML_PART]) {
  const int64_t stop = (count + AML_PADDING - 1) / AML_PADDING * AML_PADDING;
  for (int64_t k = 0; k < count; ++k) part[k] = aml_target(run, layout, from + k);
  for (int64_t k = count; k < stop; ++k) part[k] = part[count - 1];
  return stop;
}

/* Fetches both ends of a run, or of the first 128 bytes of a long one. */
static inline __attribute__((always_inline)) void aml_fetch(const void *data, int64_t bytes) {
  __builtin_prefetch(data);
  __builtin_prefetch((const char *)data + (bytes < 128 ? bytes - 1 : 127));
}

static inline __attribute__((always_inline)) void aml_fetch_run(const aml_events *events,
                                                                int64_t number, int32_t layout) {
  if (number + events->ahead >= events->n_runs) return;
  const aml_run *run = &events->runs[number + events->ahead];
  if (!(layout & AML_CONSECUTIVE))
    aml_fetch(run->targets, run->count * (layout & AML_WIDE_TARGETS ? 4 : 2));
  if (layout & AML_FLOAT_WEIGHTS) aml_fetch(run->weights, run->count * 4);
  if (layout & AML_DOUBLE_WEIGHTS) aml_fetch(run->weights, run->count * 8);
}

/* ---- Arithmetic that generated kernels share. Names ending in f are the single precision forms.
 * The functions of two branches are written as selects, so that loops over them vectorise. */

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

/* e to the power x, for loops that must vectorise where the C library has no vector form: within
 * 2 units in the last place. x = k ln 2 + r, |r| <= ln 2 / 2, Taylor's series of exp(r) to r^13
 * (r^7 in single precision), and 2^k in two factors so that tiny and huge results round once. */
static inline double aml_exp(double x) {
  const double bounded = x > 800.0 ? 800.0 : (x < -800.0 ? -800.0 : x);
  const double shifted = bounded * 1.4426950408889634 + 6755399441055744.0; /* 1.5 * 2^52 */
  const double k = shifted - 6755399441055744.0;
  const double r = (bounded - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
  double series = 1.0 / 6227020800.0;
  union {
    double real;
    uint64_t bits;
  } first, second;
  const int32_t whole = (int32_t)k, half = whole / 2;
  series = series * r + 1.0 / 479001600.0;
  series = series * r + 1.0 / 39916800.0;
  series = series * r + 1.0 / 3628800.0;
  series = series * r + 1.0 / 362880.0;
  series = series * r + 1.0 / 40320.0;
  series = series * r + 1.0 / 5040.0;
  series = series * r + 1.0 / 720.0;
  series = series * r + 1.0 / 120.0;
  series = series * r + 1.0 / 24.0;
  series = series * r + 1.0 / 6.0;
  series = series * r + 0.5;
  first.bits = (uint64_t)(int64_t)(half + 1023) << 52;
  second.bits = (uint64_t)(int64_t)(whole - half + 1023) << 52;
  return x != x ? x : (1.0 + (r + r * r * series)) * first.real * second.real;
}

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

/* result <- P x with P = 1 + A / q, A the rate matrix, out[k] the outflow of state k. */
static inline void aml_scheme_jump(const aml_scheme *scheme, const double *out, double q,
                                   const double *x, double *result) {
  for (int k = 0; k < scheme->n; ++k) result[k] = x[k] * (1.0 - out[k] / q);
  for (int j = 0; j < scheme->n_flows; ++j) {
    const int source = scheme->source[j], target = scheme->target[j];
    result[target] += x[source] * (scheme->forward[j] / q);
    result[source] += x[target] * (scheme->reverse[j] / q);
  }
}

/* x <- exp(A h) x by uniformisation (Jensen 1953): with q the largest outflow of a state,
 * exp(A h) x = exp(-q h) sum_k (q h)^k / k! P^k x, where P has no negative entry, so that nothing
 * cancels and the sum of the occupancies is kept. Meant for q h up to about 8. */
static inline void aml_scheme_step(const aml_scheme *scheme, const double *out, double q, double h,
                                   double *x) {
  double term[AML_LARGEST_SCHEME], next[AML_LARGEST_SCHEME];
  const double qh = q * h, decay = __builtin_exp(-qh);
  double weight = 1.0, total = 1.0;
  for (int k = 0; k < scheme->n; ++k) term[k] = x[k];
  for (int order = 1; weight > 1e-18 * total || order < qh; ++order) {
    const double scale = qh / order;
    aml_scheme_jump(scheme, out, q, term, next);
    for (int k = 0; k < scheme->n; ++k) x[k] += term[k] = scale * next[k];
    weight *= scale;
    total += weight;
  }
  for (int k = 0; k < scheme->n; ++k) x[k] *= decay;
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
