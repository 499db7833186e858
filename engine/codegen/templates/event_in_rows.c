
$title
static __attribute__((noinline)) void ${symbol}_rows(const aml_context *context,
                                                     const aml_events *events) {
  $setup
  for (int64_t number = 0; number < events->n_runs; ++number) {
    const aml_run run = events->runs[number];
    const int64_t leader = aml_target(&run, events->layout, 0);
    $leads
    for (int64_t from = 0; from < run.count; from += AML_PART) {
      const int64_t count = run.count - from < AML_PART ? run.count - from : AML_PART;
      const int64_t stop = (count + AML_PADDING - 1) / AML_PADDING * AML_PADDING;
      $temporaries
      #pragma omp simd simdlen(AML_LANES)
      for (int64_t k = 0; k < count; ++k) {
        const int64_t i = leader + from + k;
        $gather
      }
      for (int64_t k = count; k < stop; ++k) {
        $fill
      }
      #pragma omp simd simdlen(AML_LANES)
      for (int64_t k = 0; k < stop; ++k) {
        $body
      }
      #pragma omp simd simdlen(AML_LANES)
      for (int64_t k = 0; k < count; ++k) {
        const int64_t i = leader + from + k;
        $later
      }
    }
  }
}
