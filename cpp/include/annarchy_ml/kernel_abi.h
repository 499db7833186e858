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

#define AML_ABI_VERSION 6
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
  /* Above 0: instances lie in rows of this length, in which each index leads to neighbours, one
   * after the other, or always to one place. 0: nothing is known. */
  int64_t row_length;
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

#ifdef __cplusplus
}
#endif
#endif
