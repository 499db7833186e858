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
constexpr auto longest_spin = std::chrono::microseconds(200);  // several times a wake-up
constexpr int pauses_between_looks = 16;                       // at the clock
constexpr std::uint32_t has_left = 1u << 31;                   // beside the number of meetings
constexpr int fewest_sleeps = 32;
constexpr int most_sleeps = 1024;

void pause_thread() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Whether `value` has changed before the time was up.
bool spin(const std::atomic<std::uint32_t> &value, std::uint32_t old) noexcept {
  const auto end = clock::now() + longest_spin;
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
      may_spin_(threads <= usable_cores()),
      attended_(static_cast<std::size_t>(std::max(threads, 1))) {
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

// A thread that spins in vain waits for one that another program keeps from its core: a thread that
// sleeps gets a core sooner than one that has used up its time. So the waits after it sleep, more
// of them the more often it happens; then spinning is tried again, by all threads at once, because
// threads that sleep by turns keep each other waiting.
void thread_team::wait_change(int thread, const std::atomic<std::uint32_t> &value,
                              std::uint32_t old) noexcept {
  constexpr auto relaxed = std::memory_order_relaxed;
  if (may_spin_ && sleeps_left_.load(relaxed) <= 0) {
    const int sleeps = sleeps_.load(relaxed);
    if (spin(value, old)) {
      sleeps_.store(std::max(sleeps - sleeps / 16, fewest_sleeps), relaxed);
      return;
    }
    if (move_away(thread)) return;
    sleeps_left_.store(sleeps, relaxed);
    sleeps_.store(std::min(sleeps * 2, most_sleeps), relaxed);
  }
  if (may_spin_) sleeps_left_.fetch_sub(1, relaxed);
  value.wait(old, std::memory_order_acquire);
}

// The system likes to wake a thread where the one is that woke it. There it waits in vain for the
// other to go on, and nothing moves either of them for milliseconds.
bool thread_team::move_away(int thread) noexcept {
#ifdef __linux__
  const int core = sched_getcpu();
  const auto shares = [&](const attendance &other) {
    return &other != &attended_[static_cast<std::size_t>(thread)] &&
           other.core.load(std::memory_order_relaxed) == core;
  };
  cpu_set_t usable, others;
  if (core < 0 || std::ranges::none_of(attended_, shares)) return false;
  if (sched_getaffinity(0, sizeof usable, &usable) != 0) return false;
  others = usable;
  CPU_CLR(static_cast<unsigned>(core), &others);
  if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0) return false;
  note_core(thread);
  return sched_setaffinity(0, sizeof usable, &usable) == 0;  // it may go anywhere again
#else
  static_cast<void>(thread);
  return false;
#endif
}

void thread_team::note_core(int thread) noexcept {
#ifdef __linux__
  const int core = sched_getcpu();
  attended_[static_cast<std::size_t>(thread)].core.store(core, std::memory_order_relaxed);
#endif
}

// A caller that does something else, or goes alone, keeps no other thread from its core.
void thread_team::wait_for_work(std::uint32_t seen) noexcept {
  const bool spins = may_spin_ && sleeps_left_.load(std::memory_order_relaxed) <= 0;
  if (spins && spin(started_, seen)) return;
  started_.wait(seen, std::memory_order_acquire);
}

bool thread_team::meet(int thread) noexcept {
  std::atomic<std::uint32_t> &own = attended_[static_cast<std::size_t>(thread)].meetings;
  const std::uint32_t meeting = own.load(std::memory_order_relaxed) + 1;
  note_core(thread);
  own.store(meeting, std::memory_order_release);
  own.notify_all();
  for (const attendance &other : attended_) {
    auto seen = other.meetings.load(std::memory_order_acquire);
    for (; (seen & ~has_left) < meeting; seen = other.meetings.load(std::memory_order_acquire)) {
      if ((seen & has_left) == 0) {
        wait_change(thread, other.meetings, seen);
        continue;
      }
      leave(thread);  // who waits for this one must not wait, either
      return false;
    }
  }
  return true;
}

void thread_team::leave(int thread) noexcept {
  std::atomic<std::uint32_t> &own = attended_[static_cast<std::size_t>(thread)].meetings;
  own.fetch_or(has_left, std::memory_order_release);
  own.notify_all();
}

void thread_team::start(entry call, const void *work) {
  call_ = call;
  work_ = work;
  for (attendance &item : attended_) item.meetings.store(0, std::memory_order_relaxed);
  running_.store(static_cast<std::uint32_t>(workers_.size()), std::memory_order_relaxed);
  started_.fetch_add(1, std::memory_order_release);
  started_.notify_all();
  perform(0);
  for (auto left = running_.load(std::memory_order_acquire); left != 0;
       left = running_.load(std::memory_order_acquire)) {
    wait_change(0, running_, left);
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
  note_core(thread);
  try {
    call_(work_, thread);
  } catch (...) {
    faults_[static_cast<std::size_t>(thread)] = std::current_exception();
    leave(thread);
  }
}

void thread_team::serve(int thread) noexcept {
  const flush_denormals mode;
  for (std::uint32_t seen = 0;; ++seen) {
    while (started_.load(std::memory_order_acquire) == seen) wait_for_work(seen);
    if (stopping_) return;
    perform(thread);
    if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) running_.notify_all();
  }
}

}  // namespace annarchy_ml
