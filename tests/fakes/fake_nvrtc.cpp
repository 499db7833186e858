// Stands for libnvrtc: compiles a program by $CXX or c++, as the emulated device does.
#include <cctype>
#include <cstring>
#include <map>

#include "fakes.hpp"

using fakes::called;
using fakes::content;
using fakes::fact;
using fakes::folder;

namespace {

// Entries of a text, with the number of their parameters.
std::map<std::string, int> entries_of(const std::string &text) {
  std::map<std::string, int> found;
  const std::string word = "\nAML_ENTRY ";
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const std::size_t name = at + word.size(), open = text.find('(', name);
    const std::string inside = text.substr(open + 1, text.find(')', open) - open - 1);
    int commas = 0;
    bool any = false;
    for (const char letter : inside) {
      commas += letter == ',';
      any |= std::isspace(static_cast<unsigned char>(letter)) == 0;
    }
    found[text.substr(name, open - name)] = any ? commas + 1 : 0;
  }
  return found;
}

struct program {
  std::string source, image, log, fault;
};

// "FAKE", the length of the list of entries, that list, the library.
void compile(program &made) {
  const std::string place = folder(), text = place + "/kernels.cpp", library = place + "/k.so";
  fakes::write(text, made.source);
  const char *compiler = std::getenv("CXX");
  const std::string command = std::string(compiler == nullptr ? "c++" : compiler) +
                              " -std=c++20 -O1 -w -shared -fPIC -ffp-contract=off " + text +
                              " -o " + library + " 2> " + place + "/log";
  const int status = std::system(command.c_str());
  made.log = content(place + "/log");
  if (status == 0) {
    std::string list;
    for (const auto &[name, count] : entries_of(made.source)) {
      list += name + " " + std::to_string(count) + "\n";
    }
    made.image = "FAKE" + std::to_string(list.size()) + "\n" + list + content(library);
  }
  static_cast<void>(std::system(("rm -rf " + place).c_str()));
}

}  // namespace

extern "C" {

int nvrtcVersion(int *major, int *minor) {
  *major = static_cast<int>(fact("nvrtc"));
  *minor = 9;
  return called("nvrtcVersion");
}

int nvrtcGetNumSupportedArchs(int *count) {
  *count = 2;
  return 0;
}

int nvrtcGetSupportedArchs(int *found) {
  found[0] = static_cast<int>(fact("newest"));
  found[1] = static_cast<int>(fact("oldest"));
  return 0;
}

const char *nvrtcGetErrorString(int) { return "NVRTC_ERROR_INTERNAL_ERROR"; }

int nvrtcCreateProgram(program **made, const char *source, const char *, int, const char *const *,
                       const char *const *) {
  *made = new program{source, {}, {}, {}};
  return called("nvrtcCreateProgram");
}

int nvrtcDestroyProgram(program **made) {
  delete *made;
  *made = nullptr;
  return called("nvrtcDestroyProgram");
}

int nvrtcCompileProgram(program *made, int count, const char *const *words) {
  std::string how;
  for (int k = 0; k < count; ++k) how += std::string(k == 0 ? "" : " ") + words[k];
  if (const int fault = called("nvrtcCompileProgram", how)) return fault;
  compile(*made);
  return made->image.empty() ? 6 : 0;
}

int nvrtcGetProgramLogSize(program *made, std::size_t *size) {
  *size = made->log.size() + 1;
  return 0;
}
int nvrtcGetProgramLog(program *made, char *text) {
  std::memcpy(text, made->log.c_str(), made->log.size() + 1);
  return 0;
}
int nvrtcGetCUBINSize(program *made, std::size_t *size) {
  *size = made->image.size();
  return 0;
}
int nvrtcGetCUBIN(program *made, char *image) {
  std::memcpy(image, made->image.data(), made->image.size());
  return called("nvrtcGetCUBIN");
}
int nvrtcGetPTXSize(program *made, std::size_t *size) { return nvrtcGetCUBINSize(made, size); }
int nvrtcGetPTX(program *made, char *image) {
  std::memcpy(image, made->image.data(), made->image.size());
  return called("nvrtcGetPTX");
}

}  // extern "C"
