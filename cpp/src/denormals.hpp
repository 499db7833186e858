// Numbers below the normal range count as zero while a run lasts: a conductance that decays for
// long would otherwise make a loop ten times slower for the sake of values below 1e-308.
#pragma once

#include <cstdint>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace annarchy_ml {

// Sets the mode of the calling thread and gives the earlier one back at the end of the scope.
class flush_denormals {
 public:
  flush_denormals() noexcept : before_(get()) { set(before_ | bits); }
  ~flush_denormals() { set(before_); }
  flush_denormals(const flush_denormals &) = delete;
  flush_denormals &operator=(const flush_denormals &) = delete;

 private:
#if defined(__x86_64__) || defined(__i386__)
  static constexpr std::uint64_t bits = 0x8040;  // flush to zero, denormals are zero
  static std::uint64_t get() noexcept { return _mm_getcsr(); }
  static void set(std::uint64_t mode) noexcept { _mm_setcsr(static_cast<unsigned>(mode)); }
#elif defined(__aarch64__)
  static constexpr std::uint64_t bits = std::uint64_t{1} << 24;
  static std::uint64_t get() noexcept {
    std::uint64_t mode = 0;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void set(std::uint64_t mode) noexcept { asm volatile("msr fpcr, %0" : : "r"(mode)); }
#else
  static constexpr std::uint64_t bits = 0;
  static std::uint64_t get() noexcept { return 0; }
  static void set(std::uint64_t) noexcept {}
#endif

  std::uint64_t before_;
};

}  // namespace annarchy_ml
