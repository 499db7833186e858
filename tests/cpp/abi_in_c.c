/* kernel_abi.h as C11: the sizes that C and C++ must agree on. */
#include <stddef.h>

#include "annarchy_ml/kernel_abi.h"

int64_t size_in_c(void) { return (int64_t)sizeof(aml_context); }
int64_t emitted_in_c(void) { return (int64_t)offsetof(aml_context, emitted); }
int32_t version_in_c(void) { return AML_ABI_VERSION; }
