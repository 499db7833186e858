// Functions compiled for several vector units, the best of which the loader picks.
//
// Their bits must not depend on the choice: files that use this are compiled without contraction of
// products and sums.
#pragma once

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ANNARCHY_ML_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ANNARCHY_ML_CLONES
#endif
