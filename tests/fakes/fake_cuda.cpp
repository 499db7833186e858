// Stands for libcuda where there is none: host memory, the programs of fake_nvrtc.cpp, calls that
// are written down and fail on demand.
//
// fake_set changes what the device says of itself, fake_fail makes a call fail from now on,
// fake_calls gives what was called since fake_reset.
#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "fakes.hpp"

using fakes::called;
using fakes::fact;

namespace {

constexpr int invalid_value = 1, out_of_memory = 2, not_found = 500, unsupported_code = 209,
              no_context = 201;

// The contexts of a thread; the last one is that of its calls.
thread_local std::vector<void *> entered;

struct state {
  std::map<std::string, long> facts;
  std::map<std::string, int> failures;
  std::map<void *, std::size_t> pieces;
  std::string calls;
};

state &here() {
  static state only;
  return only;
}

void start() {
  here().facts = {{"devices", 2},     {"driver", 12090},      {"major", 9},
                  {"minor", 0},       {"multiprocessors", 2}, {"occupancy", 8},
                  {"cooperative", 1}, {"memory", 1 << 30},    {"nvrtc", 12},
                  {"oldest", 50},     {"newest", 90},         {"registers", 40}};
  here().failures.clear();
  here().calls.clear();
}

struct starter {
  starter() { start(); }
} const started;

std::size_t used() {
  std::size_t sum = 0;
  for (const auto &[place, bytes] : here().pieces) sum += bytes;
  return sum;
}

// Whether the range lies in one piece of memory.
bool ours(std::uint64_t address, std::size_t bytes) {
  for (const auto &[place, size] : here().pieces) {
    const auto begin = reinterpret_cast<std::uint64_t>(place);
    if (address >= begin && address + bytes <= begin + size) return true;
  }
  return false;
}

struct function {
  std::string name;
  void *code;
  int parameters;
};

struct module {
  void *handle;
  std::vector<function *> functions;
};

struct emulated {
  std::uint32_t thread, threads;
  void (*meet)(void *);
  void *team;
};

}  // namespace

namespace fakes {

long fact(const char *name) { return here().facts[name]; }

int called(const std::string &name, const std::string &how) {
  here().calls += name + (how.empty() ? "" : " " + how) + "\n";
  const auto found = here().failures.find(name);
  return found == here().failures.end() ? 0 : found->second;
}

}  // namespace fakes

namespace {

std::size_t left() {
  const auto total = static_cast<std::size_t>(fact("memory"));
  return total > used() ? total - used() : 0;
}

}  // namespace

extern "C" {

void fake_reset() { start(); }
void fake_set(const char *name, long value) { here().facts[name] = value; }
void fake_fail(const char *name, int status) { here().failures[name] = status; }
const char *fake_calls() { return here().calls.c_str(); }
std::size_t fake_used() { return used(); }
std::size_t fake_entered() { return entered.size(); }

int cuInit(unsigned) { return called("cuInit"); }

int cuGetErrorName(int status, const char **name) {
  static const std::map<int, const char *> names{
      {1, "CUDA_ERROR_INVALID_VALUE"},       {2, "CUDA_ERROR_OUT_OF_MEMORY"},
      {3, "CUDA_ERROR_NOT_INITIALIZED"},     {100, "CUDA_ERROR_NO_DEVICE"},
      {209, "CUDA_ERROR_NO_BINARY_FOR_GPU"}, {500, "CUDA_ERROR_NOT_FOUND"},
      {201, "CUDA_ERROR_INVALID_CONTEXT"},   {700, "CUDA_ERROR_ILLEGAL_ADDRESS"},
      {719, "CUDA_ERROR_LAUNCH_FAILED"},     {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"}};
  const auto found = names.find(status);
  *name = found == names.end() ? nullptr : found->second;
  return found == names.end() ? invalid_value : 0;
}

int cuGetErrorString(int status, const char **text) {
  *text = status == 100 ? "no CUDA-capable device is detected" : "the words of the driver";
  return status == 12345 ? invalid_value : 0;
}

int cuDriverGetVersion(int *version) {
  *version = static_cast<int>(fact("driver"));
  return 0;
}

int cuDeviceGetCount(int *count) {
  *count = static_cast<int>(fact("devices"));
  return called("cuDeviceGetCount");
}

int cuDeviceGet(int *handle, int number) {
  *handle = number;
  return called("cuDeviceGet");
}

int cuDeviceGetName(char *name, int length, int device) {
  std::snprintf(name, static_cast<std::size_t>(length), "Fake %d", device);
  return called("cuDeviceGetName");
}

int cuDeviceTotalMem_v2(std::size_t *bytes, int) {
  *bytes = static_cast<std::size_t>(fact("memory"));
  return 0;
}

int cuDeviceGetAttribute(int *value, int wanted, int) {
  const std::map<int, const char *> known{
      {16, "multiprocessors"}, {75, "major"}, {76, "minor"}, {95, "cooperative"}};
  const auto found = known.find(wanted);
  if (found == known.end()) return invalid_value;
  *value = static_cast<int>(fact(found->second));
  return 0;
}

int cuDevicePrimaryCtxRetain(void **context, int device) {
  static int contexts[16];
  *context = &contexts[device];
  return called("cuDevicePrimaryCtxRetain");
}
int cuDevicePrimaryCtxRelease_v2(int) { return called("cuDevicePrimaryCtxRelease"); }
int cuCtxPushCurrent_v2(void *context) {
  const auto found = here().failures.find("cuCtxPushCurrent");
  if (found != here().failures.end()) return found->second;
  entered.push_back(context);
  return 0;
}
int cuCtxPopCurrent_v2(void **context) {
  if (entered.empty()) return no_context;
  *context = entered.back();
  entered.pop_back();
  return 0;
}

int cuMemGetInfo_v2(std::size_t *free, std::size_t *total) {
  if (entered.empty()) return no_context;
  *total = static_cast<std::size_t>(fact("memory"));
  *free = left();
  return 0;
}

int cuMemAlloc_v2(std::uint64_t *address, std::size_t bytes) {
  if (entered.empty()) return no_context;
  if (const int fault = called("cuMemAlloc", std::to_string(bytes))) return fault;
  if (bytes > left()) return out_of_memory;
  void *place = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  std::memset(place, 0xA5, bytes);  // what a device leaves there
  here().pieces[place] = bytes;
  *address = reinterpret_cast<std::uint64_t>(place);
  return 0;
}

int cuMemFree_v2(std::uint64_t address) {
  if (entered.empty()) return no_context;
  void *place = reinterpret_cast<void *>(address);
  if (here().pieces.erase(place) == 0) return invalid_value;
  std::free(place);
  return called("cuMemFree");
}

int cuMemsetD8Async(std::uint64_t address, unsigned char value, std::size_t bytes, void *) {
  if (entered.empty()) return no_context;
  if (!ours(address, bytes)) return invalid_value;
  std::memset(reinterpret_cast<void *>(address), value, bytes);
  return called("cuMemsetD8");
}

int cuMemcpyHtoDAsync_v2(std::uint64_t address, const void *from, std::size_t bytes, void *) {
  if (entered.empty()) return no_context;
  if (!ours(address, bytes)) return invalid_value;
  std::memcpy(reinterpret_cast<void *>(address), from, bytes);
  return called("cuMemcpyHtoD", std::to_string(bytes));
}

int cuMemcpyDtoHAsync_v2(void *to, std::uint64_t address, std::size_t bytes, void *) {
  if (entered.empty()) return no_context;
  if (!ours(address, bytes)) return invalid_value;
  std::memcpy(to, reinterpret_cast<const void *>(address), bytes);
  return called("cuMemcpyDtoH", std::to_string(bytes));
}

int cuModuleLoadData(module **made, const char *image) {
  if (entered.empty()) return no_context;
  if (const int fault = called("cuModuleLoadData")) return fault;
  if (std::strncmp(image, "FAKE", 4) != 0) return unsupported_code;
  char *rest = nullptr;
  const auto length = std::strtoul(image + 4, &rest, 10);
  std::string list(rest + 1, length);
  const char *elf = rest + 1 + length;
  // A library ends with its table of sections: where that begins, how many, how long each.
  std::uint64_t table = 0;
  std::uint16_t each = 0, count = 0;
  std::memcpy(&table, elf + 0x28, 8);
  std::memcpy(&each, elf + 0x3A, 2);
  std::memcpy(&count, elf + 0x3C, 2);
  const std::string place = fakes::folder(), path = place + "/k.so";
  fakes::write(path, std::string(elf, table + std::uint64_t{each} * count));
  *made = new module{dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL), {}};
  static_cast<void>(std::system(("rm -rf " + place).c_str()));
  if ((*made)->handle == nullptr) return unsupported_code;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t space = list.find(' ', at), end = list.find('\n', at);
    const std::string name = list.substr(at, space - at);
    (*made)->functions.push_back(new function{name, dlsym((*made)->handle, name.c_str()),
                                              std::stoi(list.substr(space + 1))});
    at = end + 1;
  }
  return 0;
}

int cuModuleUnload(module *made) {
  if (entered.empty()) return no_context;
  for (function *item : made->functions) delete item;
  delete made;
  return called("cuModuleUnload");
}

int cuModuleGetFunction(function **found, module *from, const char *name) {
  if (entered.empty()) return no_context;
  for (function *item : from->functions) {
    if (item->name == name) {
      *found = item;
      return 0;
    }
  }
  return not_found;
}

int cuFuncGetAttribute(int *value, int wanted, function *) {
  if (entered.empty()) return no_context;
  *value = wanted == 4 ? static_cast<int>(fact("registers")) : 0;
  return 0;
}

int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, function *, int, std::size_t) {
  if (entered.empty()) return no_context;
  *blocks = static_cast<int>(fact("occupancy"));
  return 0;
}

int cuLaunchCooperativeKernel(function *item, unsigned blocks, unsigned, unsigned, unsigned threads,
                              unsigned, unsigned, unsigned, void *, void **parameters) {
  if (entered.empty()) return no_context;
  const std::string how = item->name + " " + std::to_string(blocks) + " " + std::to_string(threads);
  if (const int fault = called("cuLaunchCooperativeKernel", how)) return fault;
  std::uint64_t words[8] = {};
  for (int k = 0; k < item->parameters; ++k) std::memcpy(words + k, parameters[k], 8);
  Dl_info place;
  dladdr(item->code, &place);
  void *library = dlopen(place.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  if (auto *be = reinterpret_cast<void (*)(const emulated *)>(dlsym(library, "aml_be"))) {
    const emulated alone{0, 1, nullptr, nullptr};
    be(&alone);
  }
  using entry = void (*)(std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
                         std::uint64_t, std::uint64_t, std::uint64_t);
  reinterpret_cast<entry>(item->code)(words[0], words[1], words[2], words[3], words[4], words[5],
                                      words[6], words[7]);
  return 0;
}

int cuStreamCreate(void **stream, unsigned) {
  if (entered.empty()) return no_context;
  *stream = stream;
  return called("cuStreamCreate");
}
int cuStreamSynchronize(void *) {
  if (entered.empty()) return no_context;
  return called("cuStreamSynchronize");
}
int cuStreamDestroy_v2(void *) {
  if (entered.empty()) return no_context;
  return called("cuStreamDestroy");
}

}  // extern "C"
