// Start, wait and stop of the team.
#include "thread_team.hpp"

#ifdef __linux__
#include <sched.h>
#endif
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <utility>

#include "denormals.hpp"
#include "error.hpp"

namespace annarchy_ml {

namespace {

constexpr int longest_spin = 800;  // pauses; ten to forty microseconds

void pause_thread() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

int usable_cores() noexcept {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

thread_team::thread_team(int threads)
    : faults_(static_cast<std::size_t>(std::max(threads, 1))),
      spin_limit_(threads <= usable_cores() ? longest_spin : 0) {
  require(threads >= 1 && threads <= 1024, "threads", "between 1 and 1024 threads are possible");
  for (int thread = 1; thread < threads; ++thread) {
    workers_.emplace_back([this, thread] { serve(thread); });
  }
}

thread_team::~thread_team() {
  stopping_ = true;
  started_.fetch_add(1, std::memory_order_release);
  started_.notify_all();
  for (std::thread &worker : workers_) worker.join();
}

void thread_team::wait_change(const std::atomic<std::uint32_t> &value, std::uint32_t old) noexcept {
  const int limit = spin_limit_.load(std::memory_order_relaxed);
  for (int k = 0; k < limit; ++k) {
    if (value.load(std::memory_order_acquire) != old) {
      if (limit < longest_spin) spin_limit_.store(limit + 1, std::memory_order_relaxed);
      return;
    }
    pause_thread();
  }
  if (limit > 64) spin_limit_.store(limit - limit / 8, std::memory_order_relaxed);
  value.wait(old, std::memory_order_acquire);
}

void thread_team::start(entry call, const void *work) {
  call_ = call;
  work_ = work;
  running_.store(static_cast<std::uint32_t>(workers_.size()), std::memory_order_relaxed);
  started_.fetch_add(1, std::memory_order_release);
  started_.notify_all();
  perform(0);
  for (auto left = running_.load(std::memory_order_acquire); left != 0;
       left = running_.load(std::memory_order_acquire)) {
    wait_change(running_, left);
  }
  for (std::exception_ptr &fault : faults_) {
    if (fault != nullptr) std::rethrow_exception(std::exchange(fault, nullptr));
  }
}

void thread_team::perform(int thread) noexcept {
  try {
    call_(work_, thread);
  } catch (...) {
    faults_[static_cast<std::size_t>(thread)] = std::current_exception();
  }
}

void thread_team::serve(int thread) noexcept {
  const flush_denormals mode;
  for (std::uint32_t seen = 0;; ++seen) {
    while (started_.load(std::memory_order_acquire) == seen) wait_change(started_, seen);
    if (stopping_) return;
    perform(thread);
    if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) running_.notify_all();
  }
}

}  // namespace annarchy_ml
