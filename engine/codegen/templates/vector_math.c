/* Vector forms of library functions, by glibc's libmvec. The scalar form of each is one lane of its
 * vector form, so that a result does not depend on where a loop is cut into vectors. */
#if defined(__AVX512F__)
#define AML_LANES 8
#define AML_VARIANT(arguments, name) _ZGVeN8##arguments##_##name
#define AML_VARIANTF(arguments, name) _ZGVeN16##arguments##_##name
#elif defined(__AVX2__)
#define AML_LANES 4
#define AML_VARIANT(arguments, name) _ZGVdN4##arguments##_##name
#define AML_VARIANTF(arguments, name) _ZGVdN8##arguments##_##name
#elif defined(__AVX__)
#define AML_LANES 4
#define AML_VARIANT(arguments, name) _ZGVcN4##arguments##_##name
#define AML_VARIANTF(arguments, name) _ZGVcN8##arguments##_##name
#else
#define AML_LANES 2
#define AML_VARIANT(arguments, name) _ZGVbN2##arguments##_##name
#define AML_VARIANTF(arguments, name) _ZGVbN4##arguments##_##name
#endif
typedef aml_real aml_vector __attribute__((vector_size(AML_LANES * 8)));
#define AML_SIMD __attribute__((simd("notinbranch"), const, nothrow, leaf))
#define AML_SCALAR(name) __asm__(#name) __attribute__((visibility("hidden"), noinline))
#define AML_UNARY(name, variant)                                                                   \
  aml_real name(aml_real x) AML_SIMD;                                                              \
  aml_vector variant(aml_vector x);                                                                \
  aml_real aml_scalar_##name(aml_real x) AML_SCALAR(name);                                         \
  aml_real aml_scalar_##name(aml_real x) { return variant(x - (aml_vector){0})[0]; }
#define AML_BINARY(name, variant)                                                                  \
  aml_real name(aml_real x, aml_real y) AML_SIMD;                                                  \
  aml_vector variant(aml_vector x, aml_vector y);                                                  \
  aml_real aml_scalar_##name(aml_real x, aml_real y) AML_SCALAR(name);                             \
  aml_real aml_scalar_##name(aml_real x, aml_real y) {                                             \
    return variant(x - (aml_vector){0}, y - (aml_vector){0})[0];                                   \
  }
