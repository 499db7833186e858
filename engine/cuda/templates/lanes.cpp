// Runs all lanes of a launch on one thread of this process, each with a stack of its own. A lane
// goes on until it meets others, rests, or changes something at once; then any lane that can go on
// may be next, drawn from a seed: what needs an order that no meeting gives has other results.
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::uint32_t kWarp = 32, kShown = 6;
constexpr std::uint32_t kYieldEvery = 4;  // a lane that may be held up is, once in so many times
constexpr std::uint64_t kVainRests = 64;

enum class State : std::uint8_t { kReady, kRests, kWaits, kEnded };

struct Lane {
  aml_place_of_lane place;
  std::uint32_t number;
  State state = State::kReady;
  aml_asked asked{};
  std::uint64_t given = 0;  // what it is told when it goes on
  Left left{};
};

struct Launch {
  using Entry = void (*)(std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
                         std::uint64_t);
  Entry start;
  const aml_self *(*be)(const aml_place_of_lane *);
  const std::uint64_t *arguments;
  std::vector<Lane> lanes;
  std::vector<std::uint32_t> ready;
  std::vector<std::uint32_t> arrived;  // of each block: lanes that wait for all others
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint64_t>> shared;
  Lane *now = nullptr;
  const aml_self *self = nullptr;
  Left scheduler{};
  std::uint64_t random, vain = 0;
  std::string fault;
  bool looked;
  Memory memory;
  Races races;
};

thread_local Launch *launch;

// Stacks are made once.
const Stack &stack_of(std::uint32_t lane) {
  static thread_local std::vector<std::unique_ptr<Stack>> stacks;
  while (stacks.size() <= lane) stacks.push_back(std::make_unique<Stack>());
  return *stacks[lane];
}

std::uint32_t drawn(std::uint32_t below) {
  launch->random ^= launch->random << 13;
  launch->random ^= launch->random >> 7;
  launch->random ^= launch->random << 17;
  return static_cast<std::uint32_t>((launch->random >> 32) * below >> 32);
}

const char *name_of(std::uint32_t kind) {
  static const char *const kNames[] = {"__syncthreads", "__syncwarp",  "a vote",       "a shuffle",
                                       "an atomic",     "__nanosleep", "__threadfence"};
  return kNames[kind];
}

// Lines are told as @LINE@: who has the text puts them into words.
std::string line_of(const aml_asked &asked) {
  return std::string(name_of(asked.kind)) + " @" +
         std::to_string(asked.caller ? asked.caller : asked.line) + "@";
}

std::string called(const Lane &lane) {
  return "thread " + std::to_string(lane.place.thread) + " of block " +
         std::to_string(lane.place.block);
}

std::string doing(const Lane &lane) {
  if (lane.state == State::kEnded) return called(lane) + " has ended";
  if (lane.state == State::kReady) return called(lane) + " has not come";
  if (lane.state == State::kRests) return called(lane) + " rests in vain at " + line_of(lane.asked);
  std::string told = called(lane) + " waits at " + line_of(lane.asked);
  if (lane.asked.kind != AML_MEETS_BLOCK && lane.asked.mask != ~0u) {
    char mask[32];
    std::snprintf(mask, sizeof mask, " for lanes 0x%08x", lane.asked.mask);
    told += mask;
  }
  return told;
}

void fail(const std::string &why) {
  if (launch->fault.empty()) launch->fault = why;
}

bool alike(const aml_asked &a, const aml_asked &b) {
  return a.kind == b.kind && a.mask == b.mask && a.line == b.line && a.caller == b.caller;
}

void release(Lane &lane) {
  lane.state = State::kReady;
  launch->ready.push_back(lane.number);
}

// Lets everybody run but this lane, until it is its turn again.
unsigned long long leave() {
  Lane *own = launch->now;
  change(own->left, launch->scheduler);
  return own->given;
}

// Whether a lane that waits for others of its block, or of its warp, waits for this one in vain.
bool never_meets(const Lane &own, const Lane &other) {
  if (other.state != State::kWaits || alike(other.asked, own.asked)) return false;
  if (other.asked.kind == AML_MEETS_BLOCK) return true;
  const bool together = own.place.thread / kWarp == other.place.thread / kWarp;
  return together && (other.asked.mask >> own.place.thread % kWarp & 1);
}

void meet_block(Lane &own) {
  const std::uint32_t size = own.place.block_size;
  Lane *first = &launch->lanes[own.place.block * size];
  for (std::uint32_t k = 0; k < size; ++k) {
    if (first[k].state == State::kEnded || never_meets(own, first[k])) {
      return fail("not all threads of a block meet: " + doing(own) + ", " + doing(first[k]));
    }
  }
  if (++launch->arrived[own.place.block] < size) return;
  launch->arrived[own.place.block] = 0;
  std::vector<std::uint32_t> all;
  for (std::uint32_t k = 0; k < size; ++k) all.push_back(first[k].number);
  launch->races.meet(all);
  for (std::uint32_t k = 0; k < size; ++k) release(first[k]);
}

// What lanes of a warp get who all have come.
void answer(Lane *warp, const aml_asked &asked) {
  std::uint64_t votes = 0;
  for (std::uint32_t k = 0; k < kWarp; ++k) {
    if (asked.mask >> k & 1) votes |= (warp[k].asked.value & 1) << k;
  }
  std::vector<std::uint32_t> all;
  for (std::uint32_t k = 0; k < kWarp; ++k) {
    if (!(asked.mask >> k & 1)) continue;
    const std::uint32_t source = warp[k].asked.source;
    if (asked.kind == AML_SHUFFLES && !(asked.mask >> source & 1)) {
      return fail(doing(warp[k]) + ": it reads lane " + std::to_string(source) +
                  ", which takes no part");
    }
    warp[k].given = asked.kind == AML_SHUFFLES ? warp[source].asked.value : votes;
    all.push_back(warp[k].number);
  }
  if (asked.kind == AML_MEETS_WARP) launch->races.meet(all);
  for (const std::uint32_t number : all) release(launch->lanes[number]);
}

void meet_warp(Lane &own) {
  const std::uint32_t lane = own.place.thread % kWarp;
  Lane *warp = &own - lane;
  if (!(own.asked.mask >> lane & 1)) return fail(doing(own) + ": it is not one of these itself");
  bool all = true;
  for (std::uint32_t k = 0; k < kWarp; ++k) {
    if (!(own.asked.mask >> k & 1)) continue;
    const Lane &other = warp[k];
    if (other.state == State::kEnded || never_meets(own, other)) {
      return fail("not all lanes of a warp meet: " + doing(own) + ", " + doing(other));
    }
    all = all && other.state == State::kWaits && alike(other.asked, own.asked);
  }
  if (all) answer(warp, aml_asked(own.asked));
}

unsigned long long ask(const aml_asked *asked) {
  Lane &own = *launch->now;
  own.asked = *asked;
  if (asked->kind != AML_RESTS) launch->vain = 0;
  switch (asked->kind) {
    case AML_FENCES:
      launch->races.fence(own.number);
      [[fallthrough]];
    case AML_YIELDS:
      if (drawn(kYieldEvery) != 0) return 0;
      launch->ready.push_back(own.number);
      break;
    case AML_RESTS:
      own.state = State::kRests;
      launch->vain += 1;
      launch->ready.push_back(own.number);
      break;
    case AML_MEETS_BLOCK:
      own.state = State::kWaits;
      meet_block(own);
      break;
    default:
      own.state = State::kWaits;
      meet_warp(own);
  }
  return leave();
}

void *shared(unsigned line, unsigned long long bytes) {
  auto &memory = launch->shared[{launch->now->place.block, line}];
  if (memory.empty()) memory.assign(bytes / 8 + 1, 0xA5A5A5A5A5A5A5A5u);
  return memory.data();
}

bool within(const void *place, const void *begin, std::size_t bytes) {
  const char *at = static_cast<const char *>(place), *first = static_cast<const char *>(begin);
  return at >= first && at < first + bytes;
}

// What a lane may use besides the memory of the device: its stack, constants of the program, and
// what tells it who it is.
bool is_own(const Lane &lane, const void *place) {
  const Stack &stack = stack_of(lane.number);
  Dl_info library;
  return within(place, stack.begin(), kStackBytes) ||
         within(place, &lane.place, sizeof lane.place) ||
         within(place, launch->self, sizeof *launch->self) || dladdr(place, &library);
}

void touch(const void *place, unsigned bytes, unsigned how, const void *code) {
  const Lane &own = *launch->now;
  const Access access{bytes, how, code};
  if (!launch->looked) return;
  if (launch->memory.holds(place, bytes)) return launch->races.touch(own.number, place, access);
  if (is_own(own, place)) return;
  for (const auto &[_, memory] : launch->shared) {
    if (!within(place, memory.data(), memory.size() * 8)) continue;
    return launch->races.touch(own.number, place, access);
  }
  fail(called(own) + " uses what is no memory of the device " + place_of(code));
  leave();
}

void run_lane() {
  const std::uint64_t *a = launch->arguments;
  launch->start(a[0], a[1], a[2], a[3], a[4], a[5]);
  launch->now->state = State::kEnded;
  launch->vain = 0;
  leave();
}

// Nobody goes on: who waits, and for whom.
void tell_standstill() {
  std::string told = "no thread can go on: ";
  std::uint32_t shown = 0;
  for (const Lane &lane : launch->lanes) {
    if (lane.state == State::kEnded || shown == kShown) continue;
    told += (shown++ ? ", " : "") + doing(lane);
  }
  fail(told);
}

void run_all() {
  std::vector<std::uint32_t> &ready = launch->ready;
  while (!ready.empty() && launch->fault.empty()) {
    if (launch->vain > kVainRests * ready.size()) return tell_standstill();
    std::swap(ready[drawn(static_cast<std::uint32_t>(ready.size()))], ready.back());
    Lane &next = launch->lanes[ready.back()];
    ready.pop_back();
    next.state = State::kReady;
    launch->now = &next;
    launch->self = launch->be(&next.place);
    change(launch->scheduler, next.left);
    if (!launch->races.found.empty()) fail(launch->races.found);
  }
  for (const Lane &lane : launch->lanes) {
    if (lane.state != State::kEnded) return tell_standstill();
  }
}

}  // namespace

// Gives what went wrong, or nothing. `shape`: blocks, threads of each, seed, pieces of memory
// (begin and bytes of each) if accesses are looked at.
extern "C" const char *aml_emulate_lanes(Launch::Entry start,
                                         const aml_self *(*be)(const aml_place_of_lane *),
                                         const std::uint64_t *arguments, const std::uint32_t *shape,
                                         const std::uint64_t *pieces) {
  static const aml_emulator kEmulator = {&ask, &shared, &touch};
  static thread_local std::string told;
  Launch made;
  made.start = start;
  made.be = be;
  made.arguments = arguments;
  made.random = (std::uint64_t{shape[2]} + 1) * 0x9E3779B97F4A7C15u;
  made.arrived.assign(shape[0], 0);
  made.looked = shape[3] > 0;
  made.memory.begin(pieces, shape[3]);
  made.races.begin(made.looked ? shape[0] * shape[1] : 0);
  launch = &made;
  for (std::uint32_t k = 0; k < shape[0] * shape[1]; ++k) {
    made.lanes.push_back({{k % shape[1], shape[1], k / shape[1], shape[0], &kEmulator}, k});
    made.ready.push_back(k);
  }
  for (Lane &lane : made.lanes) prepare(lane.left, stack_of(lane.number), &run_lane);
  run_all();
  launch = nullptr;
  told = made.fault;
  return told.c_str();
}
