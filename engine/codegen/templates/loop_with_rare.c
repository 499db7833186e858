for (int64_t first = begin; first < stop; first += AML_PART) {
  const int64_t last = first + AML_PART < stop ? first + AML_PART : stop;
  _Alignas(64) aml_real rare[AML_PART];
  aml_real any_rare = 0;
#pragma omp simd simdlen(AML_LANES) reduction(+ : any_rare)
  for (int64_t i = first; i < last; ++i) {
    $body
  }
  if (any_rare == 0) continue;
  for (int64_t i = first; i < last; ++i) {
    if (rare[i - first] != 0) ${symbol}_rare(context, i, i + 1);
  }
}
