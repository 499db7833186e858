/* Kernels printed by annarchy_ml in single precision; times in s, everything in SI units. */
/* kernel_abi.h */
typedef float aml_real;
#define AML_EXPORT __attribute__((visibility("default")))


AML_EXPORT int32_t aml_abi_version(void);
AML_EXPORT int32_t aml_real_size(void);
int32_t aml_abi_version(void) { return AML_ABI_VERSION; }
int32_t aml_real_size(void) { return (int32_t)sizeof(aml_real); }

/* update of gate */
AML_EXPORT void aml_0_update(const aml_context *context, int64_t begin, int64_t end);
AML_EXPORT void aml_0_update(const aml_context *context, int64_t begin, int64_t end) {
  aml_real *C1_values = context->fields[0];  /* state C1 */
  aml_real *O1_values = context->fields[1];  /* state O1 */
  int32_t *regime_values = context->fields[2];  /* regime regime */
  const aml_real tau = *(const aml_real *)context->fields[3];  /* parameter tau [s] */
  const aml_real *peer_values = context->externals[1];
  const int32_t *pre_index = context->indices[0];
  int64_t *restrict out_emitted = context->emitted[0];
  for (int64_t i = begin; i < end; ++i) {
    aml_real C1 = C1_values[i];
    aml_real O1 = O1_values[i];
    int32_t regime = regime_values[i];
    const aml_real peer = peer_values[pre_index ? pre_index[i] : i];
    const aml_real chance = aml_uniformf(context, (uint32_t)i, 0u);
    /* C1 <-> O1 */
    {
      double occupancies[] = {C1, O1};
      static const int sources[] = {0};
      static const int sinks[] = {1};
      const double forward_rates[] = {peer};
      const double reverse_rates[] = {1.0f / tau};
      aml_propagate(2, occupancies, 1, sources,
                    sinks, forward_rates, reverse_rates, context->dt);
      C1 = (aml_real)occupancies[0];
      O1 = (aml_real)occupancies[1];
    }
    /* O1 .gt. random(1) */
    if (regime == 0 && O1 > chance) {
      out_emitted[i] += 1;
      regime = 1;
    }
    C1_values[i] = C1;
    O1_values[i] = O1;
    regime_values[i] = regime;
  }
}

/* event in of gate */
static inline __attribute__((always_inline)) void aml_0_event_0_runs(
    const aml_context *context, const aml_events *events, const int32_t layout) {
  int64_t *restrict out_emitted = context->emitted[0];
  const double shared_weight = events->weight;
  for (int64_t number = 0; number < events->n_runs; ++number) {
    const aml_run run = events->runs[number];
    aml_fetch_run(events, number, layout);
#pragma GCC unroll 4
    for (int64_t entry = 0; entry < run.count; ++entry) {
      const int32_t i = aml_target(&run, layout, entry);
      out_emitted[i] += 1;
    }
  }
}
AML_EXPORT void aml_0_event_0(const aml_context *context, const aml_events *events);
void aml_0_event_0(const aml_context *context, const aml_events *events) {
  aml_0_event_0_runs(context, events, events->layout);
}
