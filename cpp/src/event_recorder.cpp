// Selection and storage of recorded events.
#include "event_recorder.hpp"

#include <algorithm>

namespace annarchy_ml {

void event_recorder::clear() noexcept {
  times_.clear();
  which_.clear();
}

std::size_t event_recorder::bytes() const noexcept {
  return times_.capacity() * sizeof(double) + which_.capacity() * sizeof(std::int32_t);
}

void subscription::notify(double time, std::span<const std::int32_t> rows) const {
  for (const std::int32_t row : rows) {
    if (all) {
      recorder->add(time, row);
      continue;
    }
    auto item = std::lower_bound(selected.begin(), selected.end(), std::pair{row, -1});
    for (; item != selected.end() && item->first == row; ++item) {
      recorder->add(time, item->second);
    }
  }
}

}  // namespace annarchy_ml
