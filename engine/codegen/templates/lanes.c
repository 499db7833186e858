/* Vectors of 64-bit lanes, one for each instance. */
enum { AML_WORDS = AML_VECTOR_BYTES / 8 };
typedef int64_t aml_longs __attribute__((vector_size(AML_VECTOR_BYTES), may_alias));
typedef double aml_doubles __attribute__((vector_size(AML_VECTOR_BYTES), may_alias));

static inline __attribute__((always_inline)) int aml_any(aml_longs flags) {
  int64_t any = 0;
  for (int lane = 0; lane < AML_WORDS; ++lane) any |= flags[lane];
  return any != 0;
}
