// kernel_abi.h as C++: must describe the same memory as in C.
#include <cstddef>
#include <cstdint>

#include "annarchy_ml/kernel_abi.h"

extern "C" {
std::int64_t size_in_c();
std::int64_t emitted_in_c();
std::int32_t version_in_c();
}

int main() {
  const bool same = size_in_c() == static_cast<std::int64_t>(sizeof(aml_context)) &&
                    emitted_in_c() == static_cast<std::int64_t>(offsetof(aml_context, emitted)) &&
                    version_in_c() == AML_ABI_VERSION;
  return same ? 0 : 1;
}
