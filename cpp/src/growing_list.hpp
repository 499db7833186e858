// A list that grows piece by piece: what is in it never moves, and no step waits while it does.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace annarchy_ml {

template <class Value>
class growing_list {
 public:
  void push_back(Value value) {
    if (left_ == 0) grow();
    *next_++ = value;
    --left_;
  }
  [[nodiscard]] std::size_t size() const noexcept { return room_ - left_; }
  // Bytes that are held.
  [[nodiscard]] std::size_t bytes() const noexcept { return room_ * sizeof(Value); }
  // Writes all values, `size()` of them.
  void copy_to(Value *out) const {
    for (std::size_t k = 0; k < pieces_.size(); ++k) {
      const piece &item = pieces_[k];
      const std::size_t unused = k + 1 == pieces_.size() ? left_ : 0;
      out = std::copy_n(item.values.get(), item.room - unused, out);
    }
  }
  [[nodiscard]] std::vector<Value> all() const {
    std::vector<Value> made(size());
    copy_to(made.data());
    return made;
  }

 private:
  static constexpr std::size_t first_room = 64;
  static constexpr std::size_t most_room = 16384;
  struct piece {
    std::unique_ptr<Value[]> values;
    std::size_t room;
  };

  void grow() {
    const std::size_t room = std::clamp(room_, first_room, most_room);
    pieces_.push_back({std::make_unique_for_overwrite<Value[]>(room), room});
    next_ = pieces_.back().values.get();
    left_ = room;
    room_ += room;
  }

  std::vector<piece> pieces_;
  Value *next_ = nullptr;
  std::size_t left_ = 0;  // free places of the last piece
  std::size_t room_ = 0;  // of all pieces
};

}  // namespace annarchy_ml
