#pragma omp simd simdlen(AML_LANES)
for (int64_t i = begin; i < stop; ++i) {
  $body
}
