// What one thread shows to the others when they meet: the instances that sent events since they
// met.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "aligned_buffer.hpp"

namespace annarchy_ml {

// Lists of instances, one behind the other, in lines of memory that hold nothing else: nobody
// writes what others read but once in two meetings.
class notice {
 public:
  void clear() noexcept { used_ = 0; }
  // Takes the lists of these numbers, behind those it has.
  void add(std::span<const std::vector<std::int32_t>> lists, std::span<const int> numbers) {
    std::size_t count = used_ + numbers.size();
    for (const int number : numbers) count += lists[static_cast<std::size_t>(number)].size();
    if (count > room_) grow(count);
    std::int32_t *next = words() + used_;
    used_ = count;
    for (const int number : numbers) {
      const auto &list = lists[static_cast<std::size_t>(number)];
      *next++ = static_cast<std::int32_t>(list.size());
      if (list.empty()) continue;
      std::memcpy(next, list.data(), list.size() * sizeof(std::int32_t));
      next += list.size();
    }
  }
  // Of the list that begins at a word; the next one begins behind it.
  [[nodiscard]] static std::span<const std::int32_t> list_at(const std::int32_t *word) noexcept {
    return {word + 1, static_cast<std::size_t>(*word)};
  }
  [[nodiscard]] std::int32_t *words() const noexcept {
    return reinterpret_cast<std::int32_t *>(static_cast<char *>(memory_.data()) + apart);
  }

 private:
  static constexpr std::size_t apart = 128;  // bytes: lines are fetched in pairs

  void grow(std::size_t count) {
    const std::size_t room = 2 * count + 256;
    aligned_buffer larger(room * sizeof(std::int32_t) + 2 * apart, "events of a step");
    if (used_ > 0) {
      std::memcpy(static_cast<char *>(larger.data()) + apart, words(),
                  used_ * sizeof(std::int32_t));
    }
    memory_ = std::move(larger);
    room_ = room;
  }

  std::size_t room_ = 0;  // words
  std::size_t used_ = 0;
  aligned_buffer memory_;
};

}  // namespace annarchy_ml
