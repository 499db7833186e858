// NVRTC, opened at run time: CUDA C++ text to machine code.
//
// Declarations are our own, after https://docs.nvidia.com/cuda/nvrtc.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "shared_library.hpp"

namespace annarchy_ml::cuda {

struct program_object;

struct compiled_text {
  std::string code;  // cubin or PTX; empty if the text has faults
  std::string log;   // what the compiler said
};

class runtime_compiler {
 public:
  // Raises engine_error(library) where `library` cannot be opened or lacks functions.
  explicit runtime_compiler(const std::string &library);

  [[nodiscard]] std::pair<int, int> version() const;
  // Architectures that it makes code for, ascending: 10 * major + minor.
  [[nodiscard]] std::vector<int> architectures() const;
  // Machine code where an option names an architecture such as sm_90, PTX for one such as
  // compute_90. Faults of the text are no error: they are in the log, and there is no code.
  // Raises engine_error(library) where the compiler itself fails.
  [[nodiscard]] compiled_text compile(const std::string &source, const std::string &name,
                                      const std::vector<std::string> &options) const;

 private:
  using result = int;  // nvrtcResult

  void check(result value, const char *call) const;
  [[nodiscard]] std::string log_of(program_object *made) const;
  [[nodiscard]] std::string code_of(program_object *made, bool machine_code) const;

  shared_library library_;
  std::string name_;
  result (*version_)(int *, int *) = nullptr;
  result (*count_)(int *) = nullptr;
  result (*architectures_)(int *) = nullptr;
  const char *(*error_text_)(result) = nullptr;
  result (*create_)(program_object **, const char *, const char *, int, const char *const *,
                    const char *const *) = nullptr;
  result (*destroy_)(program_object **) = nullptr;
  result (*compile_)(program_object *, int, const char *const *) = nullptr;
  result (*log_size_)(program_object *, std::size_t *) = nullptr;
  result (*log_)(program_object *, char *) = nullptr;
  result (*cubin_size_)(program_object *, std::size_t *) = nullptr;
  result (*cubin_)(program_object *, char *) = nullptr;
  result (*ptx_size_)(program_object *, std::size_t *) = nullptr;
  result (*ptx_)(program_object *, char *) = nullptr;
};

}  // namespace annarchy_ml::cuda
