for (int64_t first = begin; first < stop; first += $run) {
  const int64_t last = first + $run < stop ? first + $run : stop;
  $ahead
#pragma omp simd simdlen(AML_LANES)
  for (int64_t i = first; i < last; ++i) {
    $body
  }
}
