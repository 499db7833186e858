// Calls of NVRTC, each checked; its program is destroyed whatever happens.
#include "runtime_compiler.hpp"

#include <algorithm>

#include "../error.hpp"

namespace annarchy_ml::cuda {

namespace {

constexpr int compilation_failed = 6;  // NVRTC_ERROR_COMPILATION

bool wants_machine_code(const std::vector<std::string> &options) {
  return std::any_of(options.begin(), options.end(), [](const std::string &option) {
    return option.find("=sm_") != std::string::npos;
  });
}

void without_end(std::string &text) {
  while (!text.empty() && text.back() == '\0') text.pop_back();
}

}  // namespace

runtime_compiler::runtime_compiler(const std::string &library) : library_(library), name_(library) {
  library_.find(version_, "nvrtcVersion");
  library_.find(count_, "nvrtcGetNumSupportedArchs");
  library_.find(architectures_, "nvrtcGetSupportedArchs");
  library_.find(error_text_, "nvrtcGetErrorString");
  library_.find(create_, "nvrtcCreateProgram");
  library_.find(destroy_, "nvrtcDestroyProgram");
  library_.find(compile_, "nvrtcCompileProgram");
  library_.find(log_size_, "nvrtcGetProgramLogSize");
  library_.find(log_, "nvrtcGetProgramLog");
  library_.find(cubin_size_, "nvrtcGetCUBINSize");
  library_.find(cubin_, "nvrtcGetCUBIN");
  library_.find(ptx_size_, "nvrtcGetPTXSize");
  library_.find(ptx_, "nvrtcGetPTX");
}

void runtime_compiler::check(result value, const char *call) const {
  if (value == 0) return;
  const char *text = error_text_(value);
  throw engine_error(error_code::library, name_,
                     std::string(call) + ": " + (text == nullptr ? "failed" : text));
}

std::pair<int, int> runtime_compiler::version() const {
  std::pair<int, int> found{};
  check(version_(&found.first, &found.second), "nvrtcVersion");
  return found;
}

std::vector<int> runtime_compiler::architectures() const {
  int count = 0;
  check(count_(&count), "nvrtcGetNumSupportedArchs");
  std::vector<int> found(static_cast<std::size_t>(std::max(count, 0)));
  check(architectures_(found.data()), "nvrtcGetSupportedArchs");
  std::sort(found.begin(), found.end());
  return found;
}

std::string runtime_compiler::log_of(program_object *made) const {
  std::size_t size = 0;
  check(log_size_(made, &size), "nvrtcGetProgramLogSize");
  std::string log(size, '\0');
  if (size > 0) check(log_(made, log.data()), "nvrtcGetProgramLog");
  without_end(log);
  return log;
}

std::string runtime_compiler::code_of(program_object *made, bool machine_code) const {
  std::size_t size = 0;
  check(machine_code ? cubin_size_(made, &size) : ptx_size_(made, &size),
        machine_code ? "nvrtcGetCUBINSize" : "nvrtcGetPTXSize");
  std::string code(size, '\0');
  check(machine_code ? cubin_(made, code.data()) : ptx_(made, code.data()),
        machine_code ? "nvrtcGetCUBIN" : "nvrtcGetPTX");
  return code;
}

compiled_text runtime_compiler::compile(const std::string &source, const std::string &name,
                                        const std::vector<std::string> &options) const {
  std::vector<const char *> words;
  for (const std::string &option : options) words.push_back(option.c_str());
  program_object *made = nullptr;
  check(create_(&made, source.c_str(), name.c_str(), 0, nullptr, nullptr), "nvrtcCreateProgram");
  try {
    const result outcome = compile_(made, static_cast<int>(words.size()), words.data());
    if (outcome != compilation_failed) check(outcome, "nvrtcCompileProgram");
    compiled_text text{{}, log_of(made)};
    if (outcome == 0) text.code = code_of(made, wants_machine_code(options));
    destroy_(&made);
    return text;
  } catch (...) {
    destroy_(&made);
    throw;
  }
}

}  // namespace annarchy_ml::cuda
