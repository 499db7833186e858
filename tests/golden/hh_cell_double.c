/* Kernels printed by annarchy_ml in double precision; times in s, everything in SI units. */
/* kernel_abi.h */
typedef double aml_real;
#define AML_EXPORT __attribute__((visibility("default")))

/* Library functions of which the C library has vector forms. */
#define AML_SIMD __attribute__((simd("notinbranch"), const, nothrow, leaf))
#define exp aml_exp
aml_real pow(aml_real, aml_real) AML_SIMD;
/* Vectorised loops run over whole vectors only. At the end of a group they run on into its padding.
 * Instances left over at the end of another range are copied into rows of one vector's length,
 * stepped there, and copied back. So every instance is computed by the same instructions, and results
 * do not depend on how instances are dealt to threads. Where a loop also touches whole numbers, the
 * compiler may take as many instances at once as a vector holds of these (AML_INT_LANES). */
#if defined(__AVX512F__)
enum { AML_VECTOR_BYTES = 64 };
#elif defined(__AVX__)
enum { AML_VECTOR_BYTES = 32 };
#else
enum { AML_VECTOR_BYTES = 16 };
#endif
/* Where only some lanes store, lines of memory that none of them changes stay clean. */
#if defined(__AVX2__)
#define AML_KEEP(test, place, value) \
  if (test) place = value
#define AML_EMIT(test, count) \
  if (test) count += 1
#else
#define AML_KEEP(test, place, value) place = value
#define AML_EMIT(test, count) count += test
#endif
#define AML_LANES (AML_VECTOR_BYTES / (int)sizeof(aml_real))
enum { AML_INT_LANES = AML_VECTOR_BYTES / 4, AML_ROW = AML_INT_LANES * 8 };

typedef enum { AML_FIELD, AML_INDEX, AML_EMITTED } aml_kind;

/* One array that a loop touches; size is that of an element. */
typedef struct aml_touched {
  aml_kind kind;
  int32_t position, size, stored;
} aml_touched;

/* What a loop touches, the lengths of the context's tables, and room for their copies. */
typedef struct aml_tail {
  const aml_touched *touched;
  int32_t n_touched, n_fields, n_indices, n_emitted;
  int64_t unit; /* instances that are stepped together, and elements of a row */
  void **tables;
  char *rows;
} aml_tail;

/* Rarely run, and a quarter of a small unit's compile time when optimized like the rest. */
static __attribute__((noinline, optimize("O1"))) void aml_run_tail(const aml_context *context, int64_t begin,
                                                   int64_t end, aml_update_fn run,
                                                   const aml_tail *tail) {
  void **fields = tail->tables, **indices = fields + tail->n_fields;
  void **emitted = indices + tail->n_indices;
  for (int32_t k = 0; k < tail->n_fields; ++k) fields[k] = context->fields[k];
  for (int32_t k = 0; k < tail->n_indices; ++k) indices[k] = (void *)context->indices[k];
  for (int32_t k = 0; k < tail->n_emitted; ++k) emitted[k] = context->emitted[k];
  for (int32_t k = 0; k < tail->n_touched; ++k) {
    const aml_touched *item = &tail->touched[k];
    if (item->kind == AML_INDEX && !indices[item->position]) continue;
    void **table = item->kind == AML_FIELD ? fields : item->kind == AML_INDEX ? indices : emitted;
    const char *from = (const char *)table[item->position] + begin * item->size;
    char *row = tail->rows + (int64_t)k * AML_ROW;
    for (int64_t lane = 0; lane < tail->unit; ++lane) {
      const int64_t source = lane < end - begin ? lane : 0;
      if (item->size == 8) __builtin_memcpy(row + lane * 8, from + source * 8, 8);
      else __builtin_memcpy(row + lane * 4, from + source * 4, 4);
    }
    table[item->position] = (void *)((uintptr_t)row - (uintptr_t)(begin * item->size));
  }
  aml_context copy = *context;
  copy.fields = fields;
  copy.indices = (const int32_t *const *)indices;
  copy.emitted = (int64_t *const *)emitted;
  copy.row_length = 0;
  run(&copy, begin, begin + tail->unit);
  for (int32_t k = 0; k < tail->n_touched; ++k) {
    const aml_touched *item = &tail->touched[k];
    if (!item->stored) continue;
    char *to = (char *)(item->kind == AML_FIELD ? context->fields[item->position]
                                                : (void *)context->emitted[item->position]);
    const char *row = tail->rows + (int64_t)k * AML_ROW;
    __builtin_memcpy(to + begin * item->size, row, (uint64_t)((end - begin) * item->size));
  }
}

static inline void aml_run_in_blocks(const aml_context *context, int64_t begin, int64_t end,
                                     aml_update_fn run, const aml_tail *tail) {
  const int64_t left = (end - begin) % tail->unit;
  const int64_t whole = left && end == context->size ? end - left + tail->unit : end - left;
  if (begin < whole) run(context, begin, whole);
  if (whole < end) aml_run_tail(context, whole, end, run, tail);
}


#if AML_HALF != 1

AML_EXPORT int32_t aml_abi_version(void);
AML_EXPORT int32_t aml_real_size(void);
int32_t aml_abi_version(void) { return AML_ABI_VERSION; }
int32_t aml_real_size(void) { return (int32_t)sizeof(aml_real); }
#endif /* AML_HALF */

#if AML_HALF != 2

/* update of hhcell */
static __attribute__((noinline)) void aml_0_update_blocks(const aml_context *context, int64_t begin,
                                                       int64_t end) {
  const aml_real dt = (aml_real)context->dt;
  aml_real *restrict v_values = context->fields[0];  /* state v [V] */
  aml_real *restrict spiking_values = context->fields[1];  /* state spiking */
  const aml_real *restrict iSyn_values = context->fields[2];  /* reduced iSyn [A] */
  const aml_real C = *(const aml_real *)context->fields[3];  /* parameter C */
  const aml_real thresh = *(const aml_real *)context->fields[4];  /* parameter thresh */
  const aml_real gna = *(const aml_real *)context->fields[5];  /* parameter gna */
  const aml_real gk = *(const aml_real *)context->fields[6];  /* parameter gk */
  const aml_real gl = *(const aml_real *)context->fields[7];  /* parameter gl */
  const aml_real ena = *(const aml_real *)context->fields[8];  /* parameter ena */
  const aml_real ek = *(const aml_real *)context->fields[9];  /* parameter ek */
  const aml_real el = *(const aml_real *)context->fields[10];  /* parameter el */
  aml_real *restrict na_m_q_values = context->fields[11];  /* state na/m/q */
  const aml_real na_m_instances = *(const aml_real *)context->fields[12];  /* parameter na/m/instances */
  const int32_t na_m_instances_power = aml_small_exponent(na_m_instances);
  const aml_real m_forwardRate_rate = *(const aml_real *)context->fields[13];  /* parameter na/m/forwardRate/rate */
  const aml_real m_forwardRate_midpoint = *(const aml_real *)context->fields[14];  /* parameter na/m/forwardRate/midpoint */
  const aml_real m_forwardRate_scale = *(const aml_real *)context->fields[15];  /* parameter na/m/forwardRate/scale */
  const aml_real m_reverseRate_rate = *(const aml_real *)context->fields[16];  /* parameter na/m/reverseRate/rate */
  const aml_real m_reverseRate_midpoint = *(const aml_real *)context->fields[17];  /* parameter na/m/reverseRate/midpoint */
  const aml_real m_reverseRate_scale = *(const aml_real *)context->fields[18];  /* parameter na/m/reverseRate/scale */
  aml_real *restrict na_h_q_values = context->fields[19];  /* state na/h/q */
  const aml_real na_h_instances = *(const aml_real *)context->fields[20];  /* parameter na/h/instances */
  const int32_t na_h_instances_power = aml_small_exponent(na_h_instances);
  const aml_real h_forwardRate_rate = *(const aml_real *)context->fields[21];  /* parameter na/h/forwardRate/rate */
  const aml_real h_forwardRate_midpoint = *(const aml_real *)context->fields[22];  /* parameter na/h/forwardRate/midpoint */
  const aml_real h_forwardRate_scale = *(const aml_real *)context->fields[23];  /* parameter na/h/forwardRate/scale */
  const aml_real h_reverseRate_rate = *(const aml_real *)context->fields[24];  /* parameter na/h/reverseRate/rate */
  const aml_real h_reverseRate_midpoint = *(const aml_real *)context->fields[25];  /* parameter na/h/reverseRate/midpoint */
  const aml_real h_reverseRate_scale = *(const aml_real *)context->fields[26];  /* parameter na/h/reverseRate/scale */
  aml_real *restrict k_n_q_values = context->fields[27];  /* state k/n/q */
  const aml_real k_n_instances = *(const aml_real *)context->fields[28];  /* parameter k/n/instances */
  const int32_t k_n_instances_power = aml_small_exponent(k_n_instances);
  const aml_real n_forwardRate_rate = *(const aml_real *)context->fields[29];  /* parameter k/n/forwardRate/rate */
  const aml_real n_forwardRate_midpoint = *(const aml_real *)context->fields[30];  /* parameter k/n/forwardRate/midpoint */
  const aml_real n_forwardRate_scale = *(const aml_real *)context->fields[31];  /* parameter k/n/forwardRate/scale */
  const aml_real n_reverseRate_rate = *(const aml_real *)context->fields[32];  /* parameter k/n/reverseRate/rate */
  const aml_real n_reverseRate_midpoint = *(const aml_real *)context->fields[33];  /* parameter k/n/reverseRate/midpoint */
  const aml_real n_reverseRate_scale = *(const aml_real *)context->fields[34];  /* parameter k/n/reverseRate/scale */
  int64_t *restrict spike_emitted = context->emitted[0];
  const aml_real m_forwardRate_over_scale = 1.0 / m_forwardRate_scale;
  const aml_real m_reverseRate_over_scale = 1.0 / m_reverseRate_scale;
  const aml_real h_forwardRate_over_scale = 1.0 / h_forwardRate_scale;
  const aml_real h_reverseRate_over_scale = 1.0 / h_reverseRate_scale;
  const aml_real n_forwardRate_over_scale = 1.0 / n_forwardRate_scale;
  const aml_real n_reverseRate_over_scale = 1.0 / n_reverseRate_scale;
  const aml_real over_C = 1.0 / C;
  const int64_t stop = begin + (end - begin) / AML_LANES * AML_LANES;
  #pragma omp simd simdlen(AML_LANES)
  for (int64_t i = begin; i < stop; ++i) {
    aml_real v = v_values[i];
    aml_real spiking = spiking_values[i];
    const aml_real iSyn = iSyn_values[i];
    aml_real na_m_q = na_m_q_values[i];
    aml_real na_h_q = na_h_q_values[i];
    aml_real k_n_q = k_n_q_values[i];
    /* x = (v - midpoint) / scale */
    const aml_real m_forwardRate_x = (v - m_forwardRate_midpoint) * m_forwardRate_over_scale;
    /* r = rate * x / (1 - exp(0 - x)) */
    const aml_real m_forwardRate_r = m_forwardRate_x != 0.0 ? m_forwardRate_rate * m_forwardRate_x / (1.0 - exp(0.0 - m_forwardRate_x)) : m_forwardRate_rate;
    /* r = rate * exp((v - midpoint) / scale) */
    const aml_real m_reverseRate_r = m_reverseRate_rate * exp((v - m_reverseRate_midpoint) * m_reverseRate_over_scale);
    const aml_real over = 1.0 / (m_forwardRate_r + m_reverseRate_r);
    /* fcond = q ^ instances */
    const aml_real na_m_fcond = aml_small_power(na_m_q, na_m_instances_power);
    /* dq = (inf - q) / tau */
    const aml_real na_m_dq = m_forwardRate_r - (m_forwardRate_r + m_reverseRate_r) * na_m_q;
    /* r = rate * exp((v - midpoint) / scale) */
    const aml_real h_forwardRate_r = h_forwardRate_rate * exp((v - h_forwardRate_midpoint) * h_forwardRate_over_scale);
    /* r = rate / (1 + exp(0 - (v - midpoint) / scale)) */
    const aml_real h_reverseRate_r = h_reverseRate_rate / (1.0 + exp(0.0 - (v - h_reverseRate_midpoint) * h_reverseRate_over_scale));
    const aml_real over_2 = 1.0 / (h_forwardRate_r + h_reverseRate_r);
    /* fcond = q ^ instances */
    const aml_real na_h_fcond = aml_small_power(na_h_q, na_h_instances_power);
    /* dq = (inf - q) / tau */
    const aml_real na_h_dq = h_forwardRate_r - (h_forwardRate_r + h_reverseRate_r) * na_h_q;
    /* x = (v - midpoint) / scale */
    const aml_real n_forwardRate_x = (v - n_forwardRate_midpoint) * n_forwardRate_over_scale;
    /* r = rate * x / (1 - exp(0 - x)) */
    const aml_real n_forwardRate_r = n_forwardRate_x != 0.0 ? n_forwardRate_rate * n_forwardRate_x / (1.0 - exp(0.0 - n_forwardRate_x)) : n_forwardRate_rate;
    /* r = rate * exp((v - midpoint) / scale) */
    const aml_real n_reverseRate_r = n_reverseRate_rate * exp((v - n_reverseRate_midpoint) * n_reverseRate_over_scale);
    const aml_real over_3 = 1.0 / (n_forwardRate_r + n_reverseRate_r);
    /* fcond = q ^ instances */
    const aml_real k_n_fcond = aml_small_power(k_n_q, k_n_instances_power);
    /* dq = (inf - q) / tau */
    const aml_real k_n_dq = n_forwardRate_r - (n_forwardRate_r + n_reverseRate_r) * k_n_q;
    /* dv/dt = (iChannels + iSyn) / C */
    v = v + dt * (gna * na_m_fcond * na_h_fcond * (ena - v) + gk * k_n_fcond * (ek - v) + gl * (el - v) + iSyn) * over_C;
    /* dq/dt = dq */
    na_m_q = na_m_q + dt * na_m_dq;
    /* dq/dt = dq */
    na_h_q = na_h_q + dt * na_h_dq;
    /* dq/dt = dq */
    k_n_q = k_n_q + dt * k_n_dq;
    /* v .gt. thresh */
    const _Bool when = v > thresh && spiking < 0.5;
    spiking = when ? 1.0 : spiking;
    AML_EMIT(when, spike_emitted[i]);
    const _Bool when_2 = v < thresh;
    spiking = when_2 ? 0.0 : spiking;
    v_values[i] = v;
    spiking_values[i] = spiking;
    na_m_q_values[i] = na_m_q;
    na_h_q_values[i] = na_h_q;
    k_n_q_values[i] = k_n_q;
  }
}

/* update of hhcell where an exponent is unusual */
static __attribute__((cold, noinline)) void aml_0_update_any_power(const aml_context *context, int64_t begin, int64_t end) {
  const aml_real dt = (aml_real)context->dt;
  aml_real *restrict v_values = context->fields[0];  /* state v [V] */
  aml_real *restrict spiking_values = context->fields[1];  /* state spiking */
  const aml_real *restrict iSyn_values = context->fields[2];  /* reduced iSyn [A] */
  const aml_real C = *(const aml_real *)context->fields[3];  /* parameter C */
  const aml_real thresh = *(const aml_real *)context->fields[4];  /* parameter thresh */
  const aml_real gna = *(const aml_real *)context->fields[5];  /* parameter gna */
  const aml_real gk = *(const aml_real *)context->fields[6];  /* parameter gk */
  const aml_real gl = *(const aml_real *)context->fields[7];  /* parameter gl */
  const aml_real ena = *(const aml_real *)context->fields[8];  /* parameter ena */
  const aml_real ek = *(const aml_real *)context->fields[9];  /* parameter ek */
  const aml_real el = *(const aml_real *)context->fields[10];  /* parameter el */
  aml_real *restrict na_m_q_values = context->fields[11];  /* state na/m/q */
  const aml_real na_m_instances = *(const aml_real *)context->fields[12];  /* parameter na/m/instances */
  const aml_real m_forwardRate_rate = *(const aml_real *)context->fields[13];  /* parameter na/m/forwardRate/rate */
  const aml_real m_forwardRate_midpoint = *(const aml_real *)context->fields[14];  /* parameter na/m/forwardRate/midpoint */
  const aml_real m_forwardRate_scale = *(const aml_real *)context->fields[15];  /* parameter na/m/forwardRate/scale */
  const aml_real m_reverseRate_rate = *(const aml_real *)context->fields[16];  /* parameter na/m/reverseRate/rate */
  const aml_real m_reverseRate_midpoint = *(const aml_real *)context->fields[17];  /* parameter na/m/reverseRate/midpoint */
  const aml_real m_reverseRate_scale = *(const aml_real *)context->fields[18];  /* parameter na/m/reverseRate/scale */
  aml_real *restrict na_h_q_values = context->fields[19];  /* state na/h/q */
  const aml_real na_h_instances = *(const aml_real *)context->fields[20];  /* parameter na/h/instances */
  const aml_real h_forwardRate_rate = *(const aml_real *)context->fields[21];  /* parameter na/h/forwardRate/rate */
  const aml_real h_forwardRate_midpoint = *(const aml_real *)context->fields[22];  /* parameter na/h/forwardRate/midpoint */
  const aml_real h_forwardRate_scale = *(const aml_real *)context->fields[23];  /* parameter na/h/forwardRate/scale */
  const aml_real h_reverseRate_rate = *(const aml_real *)context->fields[24];  /* parameter na/h/reverseRate/rate */
  const aml_real h_reverseRate_midpoint = *(const aml_real *)context->fields[25];  /* parameter na/h/reverseRate/midpoint */
  const aml_real h_reverseRate_scale = *(const aml_real *)context->fields[26];  /* parameter na/h/reverseRate/scale */
  aml_real *restrict k_n_q_values = context->fields[27];  /* state k/n/q */
  const aml_real k_n_instances = *(const aml_real *)context->fields[28];  /* parameter k/n/instances */
  const aml_real n_forwardRate_rate = *(const aml_real *)context->fields[29];  /* parameter k/n/forwardRate/rate */
  const aml_real n_forwardRate_midpoint = *(const aml_real *)context->fields[30];  /* parameter k/n/forwardRate/midpoint */
  const aml_real n_forwardRate_scale = *(const aml_real *)context->fields[31];  /* parameter k/n/forwardRate/scale */
  const aml_real n_reverseRate_rate = *(const aml_real *)context->fields[32];  /* parameter k/n/reverseRate/rate */
  const aml_real n_reverseRate_midpoint = *(const aml_real *)context->fields[33];  /* parameter k/n/reverseRate/midpoint */
  const aml_real n_reverseRate_scale = *(const aml_real *)context->fields[34];  /* parameter k/n/reverseRate/scale */
  int64_t *restrict spike_emitted = context->emitted[0];
  const aml_real m_forwardRate_over_scale = 1.0 / m_forwardRate_scale;
  const aml_real m_reverseRate_over_scale = 1.0 / m_reverseRate_scale;
  const aml_real h_forwardRate_over_scale = 1.0 / h_forwardRate_scale;
  const aml_real h_reverseRate_over_scale = 1.0 / h_reverseRate_scale;
  const aml_real n_forwardRate_over_scale = 1.0 / n_forwardRate_scale;
  const aml_real n_reverseRate_over_scale = 1.0 / n_reverseRate_scale;
  const aml_real over_C = 1.0 / C;
  for (int64_t i = begin; i < end; ++i) {
    aml_real v = v_values[i];
    aml_real spiking = spiking_values[i];
    const aml_real iSyn = iSyn_values[i];
    aml_real na_m_q = na_m_q_values[i];
    aml_real na_h_q = na_h_q_values[i];
    aml_real k_n_q = k_n_q_values[i];
    /* x = (v - midpoint) / scale */
    const aml_real m_forwardRate_x = (v - m_forwardRate_midpoint) * m_forwardRate_over_scale;
    /* r = rate * x / (1 - exp(0 - x)) */
    const aml_real m_forwardRate_r = m_forwardRate_x != 0.0 ? m_forwardRate_rate * m_forwardRate_x / (1.0 - exp(0.0 - m_forwardRate_x)) : m_forwardRate_rate;
    /* r = rate * exp((v - midpoint) / scale) */
    const aml_real m_reverseRate_r = m_reverseRate_rate * exp((v - m_reverseRate_midpoint) * m_reverseRate_over_scale);
    const aml_real over = 1.0 / (m_forwardRate_r + m_reverseRate_r);
    /* fcond = q ^ instances */
    const aml_real na_m_fcond = aml_power(na_m_q, na_m_instances);
    /* dq = (inf - q) / tau */
    const aml_real na_m_dq = m_forwardRate_r - (m_forwardRate_r + m_reverseRate_r) * na_m_q;
    /* r = rate * exp((v - midpoint) / scale) */
    const aml_real h_forwardRate_r = h_forwardRate_rate * exp((v - h_forwardRate_midpoint) * h_forwardRate_over_scale);
    /* r = rate / (1 + exp(0 - (v - midpoint) / scale)) */
    const aml_real h_reverseRate_r = h_reverseRate_rate / (1.0 + exp(0.0 - (v - h_reverseRate_midpoint) * h_reverseRate_over_scale));
    const aml_real over_2 = 1.0 / (h_forwardRate_r + h_reverseRate_r);
    /* fcond = q ^ instances */
    const aml_real na_h_fcond = aml_power(na_h_q, na_h_instances);
    /* dq = (inf - q) / tau */
    const aml_real na_h_dq = h_forwardRate_r - (h_forwardRate_r + h_reverseRate_r) * na_h_q;
    /* x = (v - midpoint) / scale */
    const aml_real n_forwardRate_x = (v - n_forwardRate_midpoint) * n_forwardRate_over_scale;
    /* r = rate * x / (1 - exp(0 - x)) */
    const aml_real n_forwardRate_r = n_forwardRate_x != 0.0 ? n_forwardRate_rate * n_forwardRate_x / (1.0 - exp(0.0 - n_forwardRate_x)) : n_forwardRate_rate;
    /* r = rate * exp((v - midpoint) / scale) */
    const aml_real n_reverseRate_r = n_reverseRate_rate * exp((v - n_reverseRate_midpoint) * n_reverseRate_over_scale);
    const aml_real over_3 = 1.0 / (n_forwardRate_r + n_reverseRate_r);
    /* fcond = q ^ instances */
    const aml_real k_n_fcond = aml_power(k_n_q, k_n_instances);
    /* dq = (inf - q) / tau */
    const aml_real k_n_dq = n_forwardRate_r - (n_forwardRate_r + n_reverseRate_r) * k_n_q;
    /* dv/dt = (iChannels + iSyn) / C */
    v = v + dt * (gna * na_m_fcond * na_h_fcond * (ena - v) + gk * k_n_fcond * (ek - v) + gl * (el - v) + iSyn) * over_C;
    /* dq/dt = dq */
    na_m_q = na_m_q + dt * na_m_dq;
    /* dq/dt = dq */
    na_h_q = na_h_q + dt * na_h_dq;
    /* dq/dt = dq */
    k_n_q = k_n_q + dt * k_n_dq;
    /* v .gt. thresh */
    if (v > thresh && spiking < 0.5) {
      spiking = 1.0;
      spike_emitted[i] += 1;
    }
    if (v < thresh) {
      spiking = 0.0;
    }
    v_values[i] = v;
    spiking_values[i] = spiking;
    na_m_q_values[i] = na_m_q;
    na_h_q_values[i] = na_h_q;
    k_n_q_values[i] = k_n_q;
  }
}
AML_EXPORT void aml_0_update(const aml_context *context, int64_t begin, int64_t end);
void aml_0_update(const aml_context *context, int64_t begin, int64_t end) {
  static const aml_touched touched[] = {
    {AML_FIELD, 0, sizeof(aml_real), 1},
    {AML_FIELD, 1, sizeof(aml_real), 1},
    {AML_FIELD, 2, sizeof(aml_real), 0},
    {AML_FIELD, 11, sizeof(aml_real), 1},
    {AML_FIELD, 19, sizeof(aml_real), 1},
    {AML_FIELD, 27, sizeof(aml_real), 1},
    {AML_EMITTED, 0, sizeof(int64_t), 1},
  };
  enum { TOUCHED = sizeof touched / sizeof touched[0] };
  void *tables[36];
  _Alignas(64) char rows[TOUCHED * AML_ROW];
  const aml_tail tail = {touched, TOUCHED, 35, 0, 1, AML_LANES, tables, rows};
  if (!(aml_is_small_power(*(const aml_real *)context->fields[12]) &&
        aml_is_small_power(*(const aml_real *)context->fields[20]) &&
        aml_is_small_power(*(const aml_real *)context->fields[28]))) {
    aml_0_update_any_power(context, begin, end);
    return;
  }
  aml_run_in_blocks(context, begin, end, aml_0_update_blocks, &tail);
}
#endif /* AML_HALF */

#if AML_HALF != 1

/* event in of hhcell */
static inline __attribute__((always_inline)) void aml_0_event_0_runs(
    const aml_context *context, const aml_events *events, const int32_t layout) {
  aml_real *restrict iSyn_values = context->fields[2];  /* reduced iSyn [A] */
  const double shared_weight = events->weight;
  for (int64_t number = 0; number < events->n_runs; ++number) {
    const aml_run run = events->runs[number];
    aml_fetch_run(events, number, layout);
#pragma GCC unroll 4
    for (int64_t entry = 0; entry < run.count; ++entry) {
      const int32_t i = aml_target(&run, layout, entry);
      const aml_real weight = (aml_real)aml_weight(&run, layout, entry, shared_weight);
      aml_real iSyn = iSyn_values[i];
      /* iSyn = iSyn + weight * 1 pA */
      iSyn = iSyn + weight * 1e-12;
      iSyn_values[i] = iSyn;
    }
  }
}
AML_EXPORT void aml_0_event_0(const aml_context *context, const aml_events *events);
void aml_0_event_0(const aml_context *context, const aml_events *events) {
  switch (events->layout) {
    case 0: aml_0_event_0_runs(context, events, 0); return;
    case AML_FLOAT_WEIGHTS: aml_0_event_0_runs(context, events, AML_FLOAT_WEIGHTS); return;
    case AML_DOUBLE_WEIGHTS: aml_0_event_0_runs(context, events, AML_DOUBLE_WEIGHTS); return;
    case AML_WIDE_TARGETS: aml_0_event_0_runs(context, events, AML_WIDE_TARGETS); return;
    case AML_WIDE_TARGETS | AML_FLOAT_WEIGHTS: aml_0_event_0_runs(context, events, AML_WIDE_TARGETS | AML_FLOAT_WEIGHTS); return;
    case AML_WIDE_TARGETS | AML_DOUBLE_WEIGHTS: aml_0_event_0_runs(context, events, AML_WIDE_TARGETS | AML_DOUBLE_WEIGHTS); return;
    case AML_CONSECUTIVE: aml_0_event_0_runs(context, events, AML_CONSECUTIVE); return;
  }
}
#endif /* AML_HALF */
