// Finds accesses of two lanes to the same memory that no meeting orders. Every lane has a clock
// and knows up to where it has seen those of all others; memory remembers who used it when.
#include <dlfcn.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct Access {
  std::uint32_t bytes, how;
  const void *code;
};

// Where a program was when it used memory: @+OFFSET@ of its library.
std::string place_of(const void *code) {
  Dl_info library{};
  dladdr(code, &library);
  const auto *begin = static_cast<const char *>(library.dli_fbase);
  char text[32];
  std::snprintf(text, sizeof text, "@+%llx@",
                static_cast<unsigned long long>(static_cast<const char *>(code) - begin));
  return text;
}

// Pieces of memory that a program may use.
class Memory {
 public:
  // Begin and bytes of each, the first in memory first.
  void begin(const std::uint64_t *pieces, std::uint32_t count) {
    for (std::uint32_t k = 0; k < count; ++k) {
      begins_.push_back(pieces[2 * k]);
      ends_.push_back(pieces[2 * k] + pieces[2 * k + 1]);
    }
  }

  bool holds(const void *place, std::uint32_t bytes) const {
    const auto at = reinterpret_cast<std::uint64_t>(place);
    const auto next = std::upper_bound(begins_.begin(), begins_.end(), at) - begins_.begin();
    return next > 0 && at + bytes <= ends_[static_cast<std::size_t>(next - 1)];
  }

 private:
  std::vector<std::uint64_t> begins_, ends_;
};

class Races {
 public:
  std::string found;

  // Nothing is looked at where there are no lanes.
  void begin(std::uint32_t lanes) {
    lanes_ = lanes;
    seen_.assign(std::size_t{lanes} * lanes, 0);
    fenced_.assign(lanes, 0);
    for (std::uint32_t k = 0; k < lanes; ++k) seen_[own(k)] = 1;
  }

  // What these have done before they met is seen by all of them.
  void meet(const std::vector<std::uint32_t> &met) {
    if (!lanes_) return;
    std::vector<std::uint32_t> all(lanes_, 0);
    for (const std::uint32_t lane : met) join(all.data(), of(lane));
    for (const std::uint32_t lane : met) {
      std::copy(all.begin(), all.end(), of(lane));
      ++seen_[own(lane)];
    }
  }

  // What was done before earlier fences of all others is seen behind this one.
  void fence(std::uint32_t lane) {
    if (!lanes_) return;
    join(of(lane), fenced_.data());
    join(fenced_.data(), of(lane));
    ++seen_[own(lane)];
  }

  void touch(std::uint32_t lane, const void *place, Access access) {
    if (!lanes_) return;
    auto at = reinterpret_cast<std::uint64_t>(place);
    if (access.bytes <= 8 && at % access.bytes && found.empty()) {
      found = "memory is not aligned to " + std::to_string(access.bytes) + " bytes " +
              place_of(access.code);
    }
    for (const std::uint64_t end = at + access.bytes; at < end;) {
      const std::uint64_t next = std::min(end, (at | 7) + 1);
      const auto bits = ((1u << (next - at)) - 1) << (at & 7);
      touch_word(cells_[at >> 3], lane, static_cast<std::uint8_t>(bits), access);
      at = next;
    }
  }

 private:
  struct Mark {
    std::uint32_t lane, clock;
    std::uint8_t bytes, how;
    const void *code;
  };
  struct Cell {
    std::vector<Mark> writes, reads, lasting;
  };

  std::uint32_t *of(std::uint32_t lane) { return &seen_[std::size_t{lane} * lanes_]; }
  std::size_t own(std::uint32_t lane) const { return std::size_t{lane} * lanes_ + lane; }

  void join(std::uint32_t *to, const std::uint32_t *from) const {
    for (std::uint32_t k = 0; k < lanes_; ++k) to[k] = std::max(to[k], from[k]);
  }

  bool is_seen(const Mark &mark, std::uint32_t lane) {
    return mark.lane == lane || mark.clock <= of(lane)[mark.lane];
  }

  void touch_word(Cell &cell, std::uint32_t lane, std::uint8_t bytes, const Access &access) {
    const Mark made{lane, seen_[own(lane)], bytes, static_cast<std::uint8_t>(access.how),
                    access.code};
    check(cell.writes, made);
    if (!(access.how & AML_WRITES))
      return keep(access.how & AML_LASTS ? cell.lasting : cell.reads, made);
    check(cell.reads, made);
    check(cell.lasting, made);
    if (!(access.how & AML_ATOMIC)) forget(cell.reads, made);
    keep(cell.writes, made);
  }

  void check(const std::vector<Mark> &marks, const Mark &made) {
    for (const Mark &mark : marks) {
      if (!(mark.bytes & made.bytes) || (mark.how & made.how & AML_ATOMIC)) continue;
      if ((mark.how | made.how) & AML_LASTS)
        tell("what is read as if nobody wrote it is written", mark, made);
      if (!is_seen(mark, made.lane))
        tell("no meeting is between what two threads do to the same memory", mark, made);
    }
  }

  // What is forgotten is seen by everybody who sees the new one.
  void forget(std::vector<Mark> &marks, const Mark &made) {
    std::erase_if(marks, [&](const Mark &mark) {
      return !(mark.bytes & ~made.bytes) && mark.how >= (made.how & AML_ATOMIC) &&
             is_seen(mark, made.lane);
    });
  }

  void keep(std::vector<Mark> &marks, const Mark &made) {
    forget(marks, made);
    marks.push_back(made);
  }

  void tell(const std::string &what, const Mark &mark, const Mark &made) {
    if (found.empty()) found = what + ": " + told(mark) + ", " + told(made);
  }

  static std::string told(const Mark &mark) {
    const char *how = mark.how & AML_ATOMIC   ? " changes it at once "
                      : mark.how & AML_WRITES ? " writes "
                                              : " reads ";
    return "thread " + std::to_string(mark.lane) + " of all" + how + place_of(mark.code);
  }

  std::uint32_t lanes_ = 0;
  std::vector<std::uint32_t> seen_, fenced_;
  std::unordered_map<std::uint64_t, Cell> cells_;
};

}  // namespace
