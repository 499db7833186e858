// Starts the threads that stand for those of a device. A library of its own, compiled once.
#include <barrier>
#include <cstdint>
#include <thread>
#include <vector>

namespace {

struct emulated {
  std::uint32_t thread, threads;
  void (*meet)(void *team);
  void *team;
};

using entry = void (*)(std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
                       std::uint64_t);

void meet(void *team) { static_cast<std::barrier<> *>(team)->arrive_and_wait(); }

}  // namespace

extern "C" void aml_emulate(entry start, void (*be)(const emulated *),
                            const std::uint64_t *arguments, std::uint32_t threads) {
  std::barrier<> team(threads);
  const auto work = [&](std::uint32_t thread) {
    const emulated here{thread, threads, &meet, &team};
    be(&here);
    start(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
  };
  std::vector<std::jthread> others;
  for (std::uint32_t thread = 1; thread < threads; ++thread) others.emplace_back(work, thread);
  work(0);
}
