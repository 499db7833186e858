// What a program may use, in CUDA C++ (NVRTC, no headers) and, emulated, in C++20.
//
// Work is dealt out by aml_thread() of aml_threads(), or by aml_warp() of aml_warps() with
// aml_lane() of AML_WARP within; an emulated warp is one thread. All threads of a launch are
// resident, so that they may all meet (aml_meet): what was written before is read after it.
#ifdef __CUDACC_RTC__

typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;

#define AML_EMULATED 0
#define AML_WARP 32u
#ifndef AML_BLOCKS
#define AML_BLOCKS 2 /* of a multiprocessor: half of its registers for each */
#endif
#define AML_ENTRY extern "C" __global__ void __launch_bounds__(256, AML_BLOCKS)
#define AML_INSIDE __device__ __forceinline__
#define AML_DEVICE static AML_INSIDE
#define AML_APART static __device__ __noinline__
#define AML_READ(pointer) __ldg(pointer) /* of what no launch changes */

#define restrict
#define _Bool bool
#define __builtin_nan(text) nan(text)
#define __builtin_nanf(text) nanf(text)
#define __builtin_inf() (1.0 / 0.0)
#define __builtin_inff() (1.0f / 0.0f)
#define __builtin_exp exp
#define __builtin_fabs fabs
#define __builtin_floor floor
#define __builtin_log log
#define __builtin_log1p log1p
#define __builtin_pow pow
#define __builtin_powf powf
#define __builtin_sqrt sqrt

AML_DEVICE uint32_t aml_thread() { return blockIdx.x * blockDim.x + threadIdx.x; }
AML_DEVICE uint32_t aml_threads() { return gridDim.x * blockDim.x; }
AML_DEVICE uint32_t aml_lane() { return threadIdx.x & 31u; }
AML_DEVICE uint32_t aml_warp() { return aml_thread() >> 5; }
AML_DEVICE uint32_t aml_warps() { return aml_threads() >> 5; }

#if __CUDA_ARCH__ >= 700
#define AML_REST __nanosleep(20)
#else
#define AML_REST
#endif

// Two words of device memory, zero at first.
struct aml_meeting {
  uint32_t arrived, round;
};

#ifndef AML_SHARED
#define AML_SHARED(type, name, count) __shared__ type name[count] /* memory of the block */
#endif

// A copy of some words in the memory of the block.
#define AML_TAKE_WORDS(words, given, count)                                                      \
  AML_SHARED(uint64_t, words, count);                                                            \
  for (uint32_t k = threadIdx.x; k < (count); k += blockDim.x) words[k] = (given)[k];            \
  __syncthreads();

AML_DEVICE void aml_meet(aml_meeting *meeting) {
  __syncthreads();
  if (threadIdx.x == 0) {
    volatile uint32_t *round = &meeting->round, *arrived = &meeting->arrived;
    const uint32_t before = *round;
    __threadfence();
    if (atomicAdd(&meeting->arrived, 1u) == gridDim.x - 1) {
      *arrived = 0;
      __threadfence();
      atomicAdd(&meeting->round, 1u);
    } else {
      while (*round == before) AML_REST;
    }
    __threadfence();
  }
  __syncthreads();
}

AML_DEVICE double aml_add(double *place, double value) { return atomicAdd(place, value); }
AML_DEVICE float aml_add(float *place, float value) { return atomicAdd(place, value); }
AML_DEVICE uint32_t aml_add(uint32_t *place, uint32_t value) { return atomicAdd(place, value); }
AML_DEVICE int32_t aml_add(int32_t *place, int32_t value) { return atomicAdd(place, value); }
AML_DEVICE uint64_t aml_add(uint64_t *place, uint64_t value) { return atomicAdd(place, value); }

// Products that are rounded before anything is added to them.
AML_DEVICE double aml_scaled(double a, double b) { return __dmul_rn(a, b); }
AML_DEVICE float aml_scaled(float a, float b) { return __fmul_rn(a, b); }

AML_DEVICE uint32_t aml_ballot(bool value) { return __ballot_sync(0xffffffffu, value); }
AML_DEVICE uint32_t aml_first_bit(uint32_t bits) { return (uint32_t)__ffs((int)bits) - 1u; }
AML_DEVICE void aml_meet_warp() { __syncwarp(); }
AML_DEVICE void aml_lower(uint64_t *place, uint64_t value) { atomicMin(place, value); }
template <class T>
AML_DEVICE T aml_from_lane(T value, uint32_t lane) {
  return __shfl_sync(0xffffffffu, value, (int)lane);
}

#else

#include <math.h>
#include <stdint.h>
#include <string.h>

#define AML_EMULATED 1
#define AML_TAKE_WORDS(words, given, count) const uint64_t *words = given;
#define restrict
#define _Bool bool
#define AML_WARP 1u
#define AML_ENTRY extern "C" __attribute__((visibility("default"))) void
#define AML_INSIDE inline
#define AML_DEVICE static inline
#define AML_APART static __attribute__((noinline))
#define AML_READ(pointer) (*(pointer))

// One of the threads that stand for the device's; the emulator starts them.
struct aml_emulated {
  uint32_t thread, threads;
  void (*meet)(void *team);
  void *team;
};
static thread_local aml_emulated aml_here;

extern "C" __attribute__((visibility("default"))) void aml_be(const aml_emulated *here) {
  aml_here = *here;
}

AML_DEVICE uint32_t aml_thread() { return aml_here.thread; }
AML_DEVICE uint32_t aml_threads() { return aml_here.threads; }
AML_DEVICE uint32_t aml_lane() { return 0; }
AML_DEVICE uint32_t aml_warp() { return aml_here.thread; }
AML_DEVICE uint32_t aml_warps() { return aml_here.threads; }

struct aml_meeting {
  uint32_t arrived, round;
};

AML_DEVICE void aml_meet(aml_meeting *) {
  if (aml_here.threads > 1) aml_here.meet(aml_here.team);
}

template <class T, class Word>
AML_DEVICE T aml_add_as(T *place, T value) {
  Word before = __atomic_load_n((Word *)place, __ATOMIC_RELAXED), after;
  T old;
  do {
    memcpy(&old, &before, sizeof old);
    const T sum = old + value;
    memcpy(&after, &sum, sizeof after);
  } while (!__atomic_compare_exchange_n((Word *)place, &before, after, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED));
  return old;
}
AML_DEVICE double aml_add(double *place, double value) {
  return aml_add_as<double, uint64_t>(place, value);
}
AML_DEVICE float aml_add(float *place, float value) {
  return aml_add_as<float, uint32_t>(place, value);
}
AML_DEVICE uint32_t aml_add(uint32_t *place, uint32_t value) {
  return __atomic_fetch_add(place, value, __ATOMIC_RELAXED);
}
AML_DEVICE int32_t aml_add(int32_t *place, int32_t value) {
  return __atomic_fetch_add(place, value, __ATOMIC_RELAXED);
}
AML_DEVICE uint64_t aml_add(uint64_t *place, uint64_t value) {
  return __atomic_fetch_add(place, value, __ATOMIC_RELAXED);
}

AML_DEVICE double aml_scaled(double a, double b) { return a * b; }
AML_DEVICE float aml_scaled(float a, float b) { return a * b; }

AML_DEVICE uint32_t aml_ballot(bool value) { return value; }
AML_DEVICE uint32_t aml_first_bit(uint32_t bits) { return (uint32_t)__builtin_ctz(bits); }
AML_DEVICE void aml_lower(uint64_t *place, uint64_t value) {
  uint64_t before = __atomic_load_n(place, __ATOMIC_RELAXED);
  while (value < before && !__atomic_compare_exchange_n(place, &before, value, false,
                                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
}
AML_DEVICE void aml_meet_warp() {}
template <class T>
AML_DEVICE T aml_from_lane(T value, uint32_t) {
  return value;
}

#endif
