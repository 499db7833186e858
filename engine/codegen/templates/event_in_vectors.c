
$title
static inline __attribute__((always_inline)) void ${symbol}_runs(
    const aml_context *context, const aml_events *events, const int special) {
  $setup
  for (int64_t number = 0; number < events->n_runs; ++number) {
    const aml_run run = events->runs[number];
    for (int64_t from = 0; from < run.count; from += AML_PART) {
      int32_t part[AML_PART];
      const int64_t count = run.count - from < AML_PART ? run.count - from : AML_PART;
      const int32_t *const along = special == 2 ? events->along + run.first + from : 0;
      const int32_t layout = special == 2 ? AML_WIDE_TARGETS : events->layout;
      const int64_t stop = aml_take_part(&run, layout, from, count, part);
      const int64_t near = events->ahead ? from + 2 * AML_PART : 0;
      for (int64_t k = from + AML_PART; k < near && k < run.count; ++k) {
        const int32_t i = aml_target(&run, events->layout, k);
        $fetch
      }
      $temporaries
      for (int64_t k = 0; k < stop; ++k) {
        const int32_t i = part[k];
        $gather
      }
      #pragma omp simd simdlen(AML_LANES)
      for (int64_t k = 0; k < stop; ++k) {
        $body
      }
      for (int64_t k = 0; k < count; ++k) {
        const int32_t i = part[k];
        $later
      }
    }
  }
}
AML_EXPORT void $symbol(const aml_context *context, const aml_events *events);
void $symbol(const aml_context *context, const aml_events *events) {
  $calls
}
