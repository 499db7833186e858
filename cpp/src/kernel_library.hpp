// A shared library of generated kernels: loaded, checked, asked for addresses.
#pragma once

#include <cstdint>
#include <string>

namespace annarchy_ml {

// The library is never unloaded: the addresses that it gave out must stay valid for any network
// that uses them, and code is small.
class kernel_library {
 public:
  // Raises engine_error(library) where the file cannot be loaded, lacks the two functions that
  // describe it, or was made for another version of kernel_abi.h.
  explicit kernel_library(std::string path);

  [[nodiscard]] const std::string &path() const noexcept { return path_; }
  [[nodiscard]] std::int32_t abi_version() const noexcept { return abi_version_; }
  // Bytes of an aml_real: 8 or 4.
  [[nodiscard]] std::int32_t real_size() const noexcept { return real_size_; }
  [[nodiscard]] bool has(const std::string &symbol) const noexcept;
  // Raises engine_error(library) where there is no such symbol.
  [[nodiscard]] std::uintptr_t address(const std::string &symbol) const;

 private:
  std::string path_;
  void *handle_ = nullptr;
  std::int32_t abi_version_ = 0;
  std::int32_t real_size_ = 0;
};

}  // namespace annarchy_ml
