// Start, wait and stop of the team.
#include "thread_team.hpp"

#ifdef __linux__
#include <sched.h>
#endif
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "denormals.hpp"
#include "error.hpp"

namespace annarchy_ml {

namespace {

using clock = std::chrono::steady_clock;
constexpr auto longest_spin = std::chrono::microseconds(50);
constexpr auto longest_trial = std::chrono::microseconds(500);  // surely longer than being woken
constexpr int pauses_between_looks = 16;                        // at the clock
constexpr int surely = 256;                                     // scale of the share spun in vain
constexpr unsigned waits_between_trials = 16;

void pause_thread() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Whether `value` has changed before the time was up.
bool spin(const std::atomic<std::uint32_t> &value, std::uint32_t old,
          clock::duration longest) noexcept {
  const auto end = clock::now() + longest;
  do {
    for (int k = 0; k < pauses_between_looks; ++k) {
      if (value.load(std::memory_order_acquire) != old) return true;
      pause_thread();
    }
  } while (clock::now() < end);
  return false;
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
      may_spin_(threads <= usable_cores()) {
  require(threads >= 1 && threads <= 1024, "threads", "between 1 and 1024 threads are possible");
  workers_.reserve(static_cast<std::size_t>(threads) - 1);
  try {
    for (int thread = 1; thread < threads; ++thread) {
      workers_.emplace_back([this, thread] { serve(thread); });
    }
  } catch (const std::system_error &fault) {
    const auto started = std::to_string(workers_.size() + 1);
    stop();
    throw engine_error(error_code::state, "threads",
                       "no more than " + started + " of " + std::to_string(threads) +
                           " threads can be started: " + fault.what());
  }
}

thread_team::~thread_team() { stop(); }

void thread_team::stop() noexcept {
  stopping_ = true;
  started_.fetch_add(1, std::memory_order_release);
  started_.notify_all();
  for (std::thread &worker : workers_) worker.join();
}

void thread_team::wait_change(const std::atomic<std::uint32_t> &value, std::uint32_t old) noexcept {
  if (may_spin_ && (mostly_in_time() ? spins(value, old) : tries(value, old))) return;
  value.wait(old, std::memory_order_acquire);
}

// Serial work now and then makes a wait long: that alone must not end the spinning, for then every
// wait would cost a wake-up.
bool thread_team::spins(const std::atomic<std::uint32_t> &value, std::uint32_t old) noexcept {
  const bool in_time = spin(value, old, longest_spin);
  const int vain = vain_.load(std::memory_order_relaxed);
  vain_.store(in_time ? vain - vain / 16 : vain + (surely - vain) / 16, std::memory_order_relaxed);
  return in_time;
}

// Where most waits were long, a trial now and then finds out whether they still are. It lasts
// longer than another thread takes to be woken: else threads that sleep by turns would do so for
// ever.
bool thread_team::tries(const std::atomic<std::uint32_t> &value, std::uint32_t old) noexcept {
  if (waits_.fetch_add(1, std::memory_order_relaxed) % waits_between_trials != 0) return false;
  if (!spin(value, old, longest_trial)) return false;
  vain_.store(0, std::memory_order_relaxed);
  return true;
}

bool thread_team::mostly_in_time() const noexcept {
  return vain_.load(std::memory_order_relaxed) < surely / 2;
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
  rethrow_first();
}

// The others are forgotten: they must not come up after some later work.
void thread_team::rethrow_first() {
  std::exception_ptr first;
  for (std::exception_ptr &fault : faults_) {
    const std::exception_ptr own = std::exchange(fault, nullptr);
    if (first == nullptr) first = own;
  }
  if (first != nullptr) std::rethrow_exception(first);
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
