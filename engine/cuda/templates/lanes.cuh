// CUDA's own names for g++, so that the emulator of lanes runs the very text that NVRTC compiles.
#include <math.h>

// The types of NVRTC's side; the header may have given these names to others.
#define int8_t aml_int8_t
#define uint8_t aml_uint8_t
#define int16_t aml_int16_t
#define uint16_t aml_uint16_t
#define int32_t aml_int32_t
#define uint32_t aml_uint32_t
#define int64_t aml_int64_t
#define uint64_t aml_uint64_t

#define __CUDACC_RTC__ 1
#define __CUDA_ARCH__ 900
#define __device__
#define __global__ __attribute__((visibility("default")))
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define AML_SHARED(type, name, count) \
  type(&name)[count] = *(type(*)[count])aml_lane_now->emulator->shared(__LINE__, sizeof name)
#define AML_UNSEEN __attribute__((no_sanitize("thread")))

static thread_local aml_self aml_own;
#define aml_lane_now (aml_own.lane)

// Says who runs from now on; gives where this is written down.
extern "C" AML_UNSEEN __attribute__((visibility("default"))) const aml_self *aml_be_lane(
    const aml_place_of_lane *lane) {
  aml_own.lane = lane;
  return &aml_own;
}

struct aml_index {
  unsigned x;
};
#define threadIdx (aml_index{aml_lane_now->thread})
#define blockIdx (aml_index{aml_lane_now->block})
#define blockDim (aml_index{aml_lane_now->block_size})
#define gridDim (aml_index{aml_lane_now->blocks})

// The text marks where it calls what meets, so that faults name that line.
static inline void aml_mark(unsigned line) { aml_own.caller = line; }

static inline unsigned long long aml_ask(unsigned kind, unsigned mask, unsigned line,
                                         unsigned source = 0, unsigned long long value = 0) {
  const aml_asked asked = {kind, mask, source, line, aml_own.caller, value};
  aml_own.caller = 0;
  return aml_lane_now->emulator->ask(&asked);
}

static inline void __syncthreads(unsigned line = __builtin_LINE()) {
  aml_ask(AML_MEETS_BLOCK, ~0u, line);
}
static inline void __syncwarp(unsigned mask = ~0u, unsigned line = __builtin_LINE()) {
  aml_ask(AML_MEETS_WARP, mask, line);
}
static inline void __threadfence(unsigned line = __builtin_LINE()) { aml_ask(AML_FENCES, 0, line); }
static inline void __nanosleep(unsigned, unsigned line = __builtin_LINE()) {
  aml_ask(AML_RESTS, 0, line);
}

// Lanes run one by one, so that nobody else is active where one asks.
static inline unsigned __activemask() { return 1u << (aml_lane_now->thread & 31u); }

static inline unsigned __ballot_sync(unsigned mask, bool value, unsigned line = __builtin_LINE()) {
  return (unsigned)aml_ask(AML_VOTES, mask, line, 0, value);
}
static inline bool __any_sync(unsigned mask, bool value, unsigned line = __builtin_LINE()) {
  return __ballot_sync(mask, value, line) != 0;
}
static inline bool __all_sync(unsigned mask, bool value, unsigned line = __builtin_LINE()) {
  return __ballot_sync(mask, value, line) == mask;
}

template <class T>
static inline T __shfl_sync(unsigned mask, T value, int lane, unsigned line = __builtin_LINE()) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  unsigned long long bits = 0;
  __builtin_memcpy(&bits, &value, sizeof value);
  bits = aml_ask(AML_SHUFFLES, mask, line, (unsigned)lane & 31u, bits);
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}
template <class T>
static inline T __shfl_xor_sync(unsigned mask, T value, int bits,
                                unsigned line = __builtin_LINE()) {
  return __shfl_sync(mask, value, (int)((aml_lane_now->thread ^ (unsigned)bits) & 31u), line);
}
template <class T>
static inline T __shfl_up_sync(unsigned mask, T value, unsigned by,
                               unsigned line = __builtin_LINE()) {
  const unsigned lane = aml_lane_now->thread & 31u;
  return __shfl_sync(mask, value, (int)(lane < by ? lane : lane - by), line);
}
template <class T>
static inline T __shfl_down_sync(unsigned mask, T value, unsigned by,
                                 unsigned line = __builtin_LINE()) {
  const unsigned lane = aml_lane_now->thread & 31u;
  return __shfl_sync(mask, value, (int)(lane + by > 31u ? lane : lane + by), line);
}

// No other lane runs meanwhile; before and after it, any may.
template <class T, class Change>
AML_UNSEEN static __attribute__((noinline)) T aml_at_once(T *place, unsigned line, Change change) {
  aml_ask(AML_YIELDS, 0, line);
  aml_lane_now->emulator->touch(place, sizeof *place, AML_READS | AML_WRITES | AML_ATOMIC,
                                __builtin_return_address(0));
  const T old = *place;
  *place = change(old);
  aml_ask(AML_YIELDS, 0, line);
  return old;
}
template <class T>
static inline T atomicAdd(T *place, T value, unsigned line = __builtin_LINE()) {
  return aml_at_once(place, line, [value](T old) AML_UNSEEN { return old + value; });
}
template <class T>
static inline T atomicMin(T *place, T value, unsigned line = __builtin_LINE()) {
  return aml_at_once(place, line, [value](T old) AML_UNSEEN { return value < old ? value : old; });
}

template <class T>
AML_UNSEEN static __attribute__((noinline)) T __ldg(const T *place) {
  aml_lane_now->emulator->touch(place, sizeof *place, AML_READS | AML_LASTS,
                                __builtin_return_address(0));
  return *place;
}
static inline double __dmul_rn(double a, double b) { return a * b; }
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline int __ffs(int bits) { return __builtin_ffs(bits); }

#ifdef __SANITIZE_THREAD__
// What the compiler says of every access; these stand for the library that it would ask.
#define AML_TOLD(name, bytes, how)                                                   \
  extern "C" AML_UNSEEN void name(void *place) {                                     \
    if (aml_lane_now)                                                                \
      aml_lane_now->emulator->touch(place, bytes, how, __builtin_return_address(0)); \
  }
#define AML_TOLD_OF(bytes)                                             \
  AML_TOLD(__tsan_read##bytes, bytes, AML_READS)                       \
  AML_TOLD(__tsan_write##bytes, bytes, AML_WRITES)                     \
  AML_TOLD(__tsan_unaligned_read##bytes, bytes, AML_READS)             \
  AML_TOLD(__tsan_unaligned_write##bytes, bytes, AML_WRITES)           \
  AML_TOLD(__tsan_volatile_read##bytes, bytes, AML_READS | AML_ATOMIC) \
  AML_TOLD(__tsan_volatile_write##bytes, bytes, AML_WRITES | AML_ATOMIC)
AML_TOLD_OF(1)
AML_TOLD_OF(2)
AML_TOLD_OF(4)
AML_TOLD_OF(8)
AML_TOLD_OF(16)
extern "C" AML_UNSEEN void __tsan_read_range(void *place, unsigned long bytes) {
  aml_lane_now->emulator->touch(place, (unsigned)bytes, AML_READS, __builtin_return_address(0));
}
extern "C" AML_UNSEEN void __tsan_write_range(void *place, unsigned long bytes) {
  aml_lane_now->emulator->touch(place, (unsigned)bytes, AML_WRITES, __builtin_return_address(0));
}
extern "C" void __tsan_init() {}
extern "C" void __tsan_func_entry(void *) {}
extern "C" void __tsan_func_exit(void *) {}
#endif
