// Every thread takes part in every piece of work; errors reach the caller.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "check.hpp"
#include "error.hpp"
#include "pace.hpp"
#include "thread_team.hpp"

using namespace annarchy_ml;

namespace {

void all_take_part(int threads) {
  thread_team team(threads);
  std::vector<std::int64_t> done(static_cast<std::size_t>(threads) * 16, 0);
  for (int round = 0; round < 3000; ++round) {
    team.run([&](int thread) { ++done[static_cast<std::size_t>(thread) * 16]; });
    if (round % 1000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  for (int thread = 0; thread < threads; ++thread) {
    CHECK(done[static_cast<std::size_t>(thread) * 16] == 3000);
  }
}

void errors_reach_the_caller() {
  thread_team team(3);
  for (int failing = 0; failing < 3; ++failing) {
    const auto work = [&](int thread) {
      if (thread == failing) throw std::runtime_error("failed");
    };
    CHECK_THROWS(team.run(work), std::runtime_error);
  }
  std::atomic<int> sum{0};
  team.run([&](int thread) { sum += thread; });
  CHECK(sum == 3);
}

void only_the_first_of_several_errors_is_raised() {
  thread_team team(3);
  CHECK_THROWS(team.run([](int) { throw std::runtime_error("failed"); }), std::runtime_error);
  std::atomic<int> sum{0};
  team.run([&](int thread) { sum += thread; });  // raises nothing of what was before
  CHECK(sum == 3);
}

// What one writes before a meeting, all others read behind it.
void threads_meet(int threads) {
  thread_team team(threads);
  std::vector<std::int64_t> shown(static_cast<std::size_t>(threads) * 2, 0);
  std::atomic<int> wrong{0};
  team.run([&](int thread) {
    for (std::int64_t k = 0; k < 2000; ++k) {
      const auto turn = static_cast<std::size_t>(k % 2) * static_cast<std::size_t>(threads);
      shown[turn + static_cast<std::size_t>(thread)] = k;
      if (!team.meet(thread)) ++wrong;
      for (int other = 0; other < threads; ++other) {
        if (shown[turn + static_cast<std::size_t>(other)] != k) ++wrong;
      }
    }
  });
  CHECK(wrong == 0);
}

void nobody_waits_for_one_who_has_left() {
  thread_team team(3);
  for (int leaving = 0; leaving < 3; ++leaving) {
    std::atomic<int> last{0};
    const auto work = [&](int thread) {
      for (int k = 0; k < 100; ++k) {
        if (thread == leaving && k == 60) {
          team.leave(thread);
          throw std::runtime_error("failed");
        }
        if (team.meet(thread)) continue;
        last += k;
        return;
      }
    };
    CHECK_THROWS(team.run(work), std::runtime_error);
    CHECK(last == 120);  // both others came to the meeting that did not take place
  }
  threads_meet(3);
}

void one_does_the_work_of_all_in_order() {
  thread_team team(3);
  std::vector<int> order;
  team.go_alone(true);
  const auto caller = std::this_thread::get_id();
  bool here = true;
  team.run([&](int thread) {
    order.push_back(thread);
    here = here && std::this_thread::get_id() == caller;
  });
  CHECK(here && order == (std::vector<int>{0, 1, 2}));
  team.go_alone(false);
  all_take_part(3);
}

// By all: 1024 steps, 64 and 128; then 144 by one.
void both_ways_are_tried() {
  pace tried;
  for (int step = 0; step < 1024 + 64 + 128; ++step) {
    CHECK(!tried.alone());
    tried.count(1);
  }
  for (int step = 0; step < 16 + 128; ++step) {
    CHECK(tried.alone());
    tried.count(1);
  }
}

// Stacks of so many threads do not fit into the space for addresses that is left.
void want_of_threads_is_an_error() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
  const rlimit little{std::min<rlim_t>(before.rlim_max, rlim_t{1} << 29), before.rlim_max};
  CHECK(setrlimit(RLIMIT_AS, &little) == 0);
  CHECK_THROWS(thread_team(1024), engine_error);
  CHECK(setrlimit(RLIMIT_AS, &before) == 0);
#endif
}

}  // namespace

int main() {
  for (const int threads : {1, 2, 3, 8}) all_take_part(threads);
  for (const int threads : {1, 2, 3, 8}) threads_meet(threads);
  nobody_waits_for_one_who_has_left();
  errors_reach_the_caller();
  only_the_first_of_several_errors_is_raised();
  one_does_the_work_of_all_in_order();
  both_ways_are_tried();
  CHECK_THROWS(thread_team(0), engine_error);
  want_of_threads_is_an_error();
  return check::result();
}
