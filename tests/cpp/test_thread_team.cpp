// Every thread takes part in every piece of work; errors reach the caller.
#include <atomic>
#include <chrono>
#include <stdexcept>

#include "check.hpp"
#include "error.hpp"
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

}  // namespace

int main() {
  for (const int threads : {1, 2, 3, 8}) all_take_part(threads);
  errors_reach_the_caller();
  CHECK_THROWS(thread_team(0), engine_error);
  return check::result();
}
