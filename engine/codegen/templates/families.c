/* A value rounded as if it were stored, so that no later operation takes it in unrounded. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_assoc_barrier)
#define AML_ROUNDED(x) __builtin_assoc_barrier(x)
#elif __has_builtin(__arithmetic_fence)
#define AML_ROUNDED(x) __arithmetic_fence(x)
#endif
#endif
#ifdef AML_ROUNDED
enum { AML_ROUNDS = 1 };
#else
enum { AML_ROUNDS = 0 }; /* then it is stored in all steps */
#define AML_ROUNDED(x) (x)
#endif
