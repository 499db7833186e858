// Reads the memory that the machine and the control group leave to this process.
#include "memory.hpp"

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <limits>

#include "error.hpp"

namespace annarchy_ml {

namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
constexpr std::size_t always_granted = std::size_t{64} << 20;

std::size_t available_on_machine() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::string unit;
  for (std::size_t kilobytes = 0; file >> name >> kilobytes;) {
    if (name == "MemAvailable:") return kilobytes * 1024;
    std::getline(file, unit);
  }
  return unlimited;
}

// Files that hold a word such as "max" count as no limit.
std::size_t number_in(const char *path) {
  std::ifstream file(path);
  std::size_t value = 0;
  return file >> value ? value : unlimited;
}

std::size_t left_in_group(const char *limit_path, const char *used_path) {
  const std::size_t limit = number_in(limit_path);
  const std::size_t used = number_in(used_path);
  if (limit == unlimited || used == unlimited) return unlimited;
  return limit > used ? limit - used : 0;
}

std::string readable(std::size_t bytes) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g GB", static_cast<double>(bytes) / 1e9);
  return text.data();
}

}  // namespace

std::size_t available_memory() {
  const std::size_t version_2 =
      left_in_group("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current");
  const std::size_t version_1 = left_in_group("/sys/fs/cgroup/memory/memory.limit_in_bytes",
                                              "/sys/fs/cgroup/memory/memory.usage_in_bytes");
  return std::min({available_on_machine(), version_1, version_2});
}

void require_memory(std::size_t bytes, const std::string &place) {
  if (bytes <= always_granted) return;
  const std::size_t available = available_memory();
  if (bytes <= available) return;
  throw engine_error(error_code::memory, place,
                     "no memory for '" + place + "': it needs " + readable(bytes) + ", " +
                         readable(available) + " are available");
}

void prefer_large_pages(void *memory, std::size_t bytes) noexcept {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr std::size_t worth_asking = std::size_t{4} << 20;
  if (bytes < worth_asking) return;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t skipped = (page - reinterpret_cast<std::uintptr_t>(memory) % page) % page;
  static_cast<void>(madvise(static_cast<char *>(memory) + skipped, (bytes - skipped) / page * page,
                            MADV_HUGEPAGE));
#else
  static_cast<void>(memory);
  static_cast<void>(bytes);
#endif
}

}  // namespace annarchy_ml
