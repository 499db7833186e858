/* Library functions of which the C library has vector forms. */
#define AML_SIMD __attribute__((simd("notinbranch"), const, nothrow, leaf))
