// A persistent team of threads that run one piece of work together.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

namespace annarchy_ml {

// Between pieces of work the threads spin for a moment and then sleep. They do not spin at all
// when there are more of them than cores, and rarely where it has been in vain.
class thread_team {
 public:
  // Raises engine_error(state) where the system starts no more threads.
  explicit thread_team(int threads);
  ~thread_team();
  thread_team(const thread_team &) = delete;
  thread_team &operator=(const thread_team &) = delete;

  [[nodiscard]] int size() const noexcept { return static_cast<int>(workers_.size()) + 1; }

  // From now on the caller does the work of all, one after the other; nobody may meet then.
  void go_alone(bool alone) noexcept { alone_ = alone; }
  [[nodiscard]] bool is_alone() const noexcept { return alone_; }

  // Inside a piece of work, by each thread: waits until all have come here. False: one of them has
  // left, so that they never will.
  [[nodiscard]] bool meet(int thread) noexcept;
  // Inside a piece of work, before a thread gives up, as it does where work raises an error: nobody
  // waits for it.
  void leave(int thread) noexcept;

  // Calls work(thread) once on every thread, the caller being thread 0, and waits for all.
  template <class Work>
  void run(const Work &work) {
    if (alone_ || workers_.empty()) {
      for (int thread = 0; thread < size(); ++thread) work(thread);
      return;
    }
    start([](const void *item, int thread) { (*static_cast<const Work *>(item))(thread); }, &work);
  }

 private:
  using entry = void (*)(const void *work, int thread);
  // How many meetings of this piece of work a thread has come to. It alone writes, so that a line
  // of memory goes once from one core to the other.
  struct alignas(128) attendance {
    std::atomic<std::uint32_t> meetings{0};
    std::atomic<int> core{-1};  // on which it was seen last
  };

  void start(entry call, const void *work);
  void stop() noexcept;
  void rethrow_first();
  void perform(int thread) noexcept;
  void serve(int thread) noexcept;
  void wait_for_work(std::uint32_t seen) noexcept;
  // A thread waits until `value` is no longer `old`.
  void wait_change(int thread, const std::atomic<std::uint32_t> &value, std::uint32_t old) noexcept;
  // Whether a thread has left a core that another one was seen on.
  [[nodiscard]] bool move_away(int thread) noexcept;
  void note_core(int thread) noexcept;

  std::vector<std::thread> workers_;
  std::vector<std::exception_ptr> faults_;
  entry call_ = nullptr;
  const void *work_ = nullptr;
  bool may_spin_;
  bool alone_ = false;
  std::atomic<int> sleeps_left_{0};  // waits to come that do not spin
  std::atomic<int> sleeps_{32};      // how many there will be after the next one in vain
  bool stopping_ = false;
  alignas(128) std::atomic<std::uint32_t> started_{0};  // pieces of work handed out
  alignas(128) std::atomic<std::uint32_t> running_{0};  // workers still busy with the last one
  std::vector<attendance> attended_;                    // per thread
};

// Cores that this process may use.
[[nodiscard]] int usable_cores() noexcept;

}  // namespace annarchy_ml
