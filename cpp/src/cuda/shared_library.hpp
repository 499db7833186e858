// A library of the system that is opened when it is first needed, and asked for functions.
#pragma once

#include <string>

namespace annarchy_ml::cuda {

// Never closed: functions that were found stay valid, and drivers do not like to be unloaded.
class shared_library {
 public:
  // Raises engine_error(library), with `name` as its place, where it cannot be opened.
  explicit shared_library(std::string name);

  // Sets a pointer to the function of this name; raises engine_error(library) where there is none.
  template <class Function>
  void find(Function *&function, const char *symbol) const {
    function = reinterpret_cast<Function *>(symbol_address(symbol));
  }

 private:
  [[nodiscard]] void *symbol_address(const char *symbol) const;

  std::string name_;
  void *handle_;
};

}  // namespace annarchy_ml::cuda
