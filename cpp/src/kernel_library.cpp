// Loading of kernel libraries through dlopen.
#include "kernel_library.hpp"

#include <dlfcn.h>

#include <bit>

#include "annarchy_ml/kernel_abi.h"
#include "error.hpp"

namespace annarchy_ml {

namespace {

engine_error fault(const std::string &path, const std::string &message) {
  return {error_code::library, path, "kernel library '" + path + "': " + message};
}

}  // namespace

kernel_library::kernel_library(std::string path)
    : path_(std::move(path)), handle_(dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) {
    const char *reason = dlerror();
    throw fault(path_, reason == nullptr ? "cannot be loaded" : reason);
  }
  using describe = std::int32_t (*)();
  abi_version_ = std::bit_cast<describe>(address("aml_abi_version"))();
  if (abi_version_ != AML_ABI_VERSION) {
    throw fault(path_, "made for version " + std::to_string(abi_version_) +
                           " of the kernel interface, this engine has version " +
                           std::to_string(AML_ABI_VERSION));
  }
  real_size_ = std::bit_cast<describe>(address("aml_real_size"))();
  if (real_size_ != 4 && real_size_ != 8) {
    throw fault(path_, "reports reals of " + std::to_string(real_size_) + " bytes");
  }
}

bool kernel_library::has(const std::string &symbol) const noexcept {
  return dlsym(handle_, symbol.c_str()) != nullptr;
}

std::uintptr_t kernel_library::address(const std::string &symbol) const {
  void *found = dlsym(handle_, symbol.c_str());
  if (found == nullptr) throw fault(path_, "has no symbol '" + symbol + "'");
  return std::bit_cast<std::uintptr_t>(found);
}

}  // namespace annarchy_ml
