// What one thread shows to the others in one step: the instances that sent events.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "aligned_buffer.hpp"

namespace annarchy_ml {

// Lists of instances, one behind the other, in lines of memory that hold nothing else: nobody
// writes what others read but once in two steps.
class notice {
 public:
  // Takes the lists of these numbers.
  void write(std::span<const std::vector<std::int32_t>> lists, std::span<const int> numbers) {
    std::size_t count = numbers.size();
    for (const int number : numbers) count += lists[static_cast<std::size_t>(number)].size();
    if (count > room_) grow(count);
    std::int32_t *next = words();
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
    room_ = 2 * count + 256;
    memory_ = aligned_buffer(room_ * sizeof(std::int32_t) + 2 * apart, "events of a step");
  }

  std::size_t room_ = 0;  // words
  aligned_buffer memory_;
};

}  // namespace annarchy_ml
