/* Values of another group to which an index leads, for a run of whole vectors: into[k] belongs to
 * instance first + k. Where connections lie in even rows, only the start of a row is looked up. */
enum { AML_LEADS = 256 };
static inline __attribute__((always_inline)) void aml_lead(
    const aml_context *context, const aml_real *values, const int32_t *index, int64_t first,
    int64_t last, aml_real *restrict into) {
  const int64_t length = context->row_length, size = context->size;
  const int64_t known = length ? last < size ? last : size : first;
  int64_t row = length ? first / length * length : 0;
  for (int64_t i = first; i < known; row += length) {
    const int64_t end = row + length < known ? row + length : known, count = end - i;
    const int32_t start = index[row], step = length > 1 ? index[row + 1] - start : 0;
    const aml_real *near = values + start + step * (i - row);
    if (step) {
      __builtin_memcpy(into, near, (uint64_t)count * sizeof(aml_real));
    } else {
      #pragma omp simd simdlen(AML_LANES)
      for (int64_t k = 0; k < count; ++k) into[k] = *near;
    }
    into += count;
    i = end;
  }
  #pragma omp simd simdlen(AML_LANES)
  for (int64_t i = known; i < last; ++i) into[i - known] = values[index[i]];
}
