// What the fakes of the driver and of the compiler share.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace fakes {

// A fact of the fake device.
// Notes a call and gives the status that it fails with, or 0; see fake_cuda.cpp.
long fact(const char *name);
int called(const std::string &name, const std::string &how = "");

inline std::string content(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write(const std::string &path, const std::string &text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string folder() {
  const char *base = std::getenv("TMPDIR");
  std::string path = std::string(base == nullptr ? "/tmp" : base) + "/fake-XXXXXX";
  return mkdtemp(path.data()) == nullptr ? "" : path;
}

}  // namespace fakes
