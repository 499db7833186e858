
$title
static inline __attribute__((always_inline)) void ${symbol}_runs(
    const aml_context *context, const aml_events *events, const int32_t layout) {
  $setup
  const double shared_weight = events->weight;
  for (int64_t number = 0; number < events->n_runs; ++number) {
    const aml_run run = events->runs[number];
    aml_fetch_run(events, number, layout);
#pragma GCC unroll 4
    for (int64_t entry = 0; entry < run.count; ++entry) {
      const int32_t i = aml_target(&run, layout, entry);
      $body
    }
  }
}
AML_EXPORT void $symbol(const aml_context *context, const aml_events *events);
void $symbol(const aml_context *context, const aml_events *events) {
  $calls
}
