// Numbers below the normal range count as zero while a run lasts: a conductance that decays for
// long would otherwise make a loop ten times slower for the sake of values below 1e-308.
#pragma once

#include <cstdint>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace annarchy_ml {

// Sets the mode of the calling thread and gives the earlier one back at the end of the scope.
class denormals_mode {
 public:
  explicit denormals_mode(bool flush) noexcept : before_(get()) {
    set(flush ? before_ | bits : before_ & ~bits);
  }
  ~denormals_mode() { set(before_); }
  denormals_mode(const denormals_mode &) = delete;
  denormals_mode &operator=(const denormals_mode &) = delete;

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

class flush_denormals : public denormals_mode {
 public:
  flush_denormals() noexcept : denormals_mode(true) {}
};

// A thread is born with the mode of the one that starts it.
class keep_denormals : public denormals_mode {
 public:
  keep_denormals() noexcept : denormals_mode(false) {}
};

}  // namespace annarchy_ml
