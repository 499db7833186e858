// Opens a library by dlopen.
#include "shared_library.hpp"

#include <dlfcn.h>

#include "../error.hpp"

namespace annarchy_ml::cuda {

shared_library::shared_library(std::string name)
    : name_(std::move(name)), handle_(dlopen(name_.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ != nullptr) return;
  const char *reason = dlerror();
  throw engine_error(error_code::library, name_, reason == nullptr ? "cannot be opened" : reason);
}

void *shared_library::symbol_address(const char *symbol) const {
  void *found = dlsym(handle_, symbol);
  if (found == nullptr) {
    throw engine_error(error_code::library, name_,
                       "'" + name_ + "' has no function '" + symbol + "'");
  }
  return found;
}

}  // namespace annarchy_ml::cuda
