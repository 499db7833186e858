// Selection and storage of recorded events.
#include "event_recorder.hpp"

#include <algorithm>
#include <iterator>

#include "error.hpp"

namespace annarchy_ml {

void event_recorder::clear() noexcept {
  times_ = {};  // with the memory
  which_ = {};
}

sorted_events sorted_by_sender(std::span<const double> times, std::span<const std::int32_t> which,
                               std::int64_t senders) {
  require(times.size() == which.size(), "events", "every event needs a time and a sender");
  require(senders >= 0, "events", "the number of senders must not be negative");
  sorted_events made;
  made.offsets.assign(static_cast<std::size_t>(senders) + 1, 0);
  for (const std::int32_t k : which) {
    require(k >= 0 && k < senders, "events", "an event has no sender");
    ++made.offsets[static_cast<std::size_t>(k) + 1];
  }
  for (std::size_t k = 1; k < made.offsets.size(); ++k) made.offsets[k] += made.offsets[k - 1];
  made.times.resize(times.size());
  std::vector<std::int64_t> next(made.offsets.begin(), std::prev(made.offsets.end()));
  for (std::size_t k = 0; k < times.size(); ++k) {
    const auto place = next[static_cast<std::size_t>(which[k])]++;
    made.times[static_cast<std::size_t>(place)] = times[k];
  }
  if (std::is_sorted(times.begin(), times.end())) return made;
  for (std::size_t k = 1; k < made.offsets.size(); ++k) {
    std::sort(made.times.begin() + made.offsets[k - 1], made.times.begin() + made.offsets[k]);
  }
  return made;
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
