for (int64_t first = begin; first < stop; first += AML_DRAWS) {
  const int64_t last = first + AML_DRAWS < stop ? first + AML_DRAWS : stop;
  $draws
#pragma omp simd simdlen(AML_LANES)
  for (int64_t i = first; i < last; ++i) {
    $body
  }
}
