// Records events: when they were sent, and by which of the selected instances.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "growing_list.hpp"

namespace annarchy_ml {

class alignas(128) event_recorder {
 public:
  void add(double time, std::int32_t which) {
    times_.push_back(time);
    which_.push_back(which);
  }
  void clear() noexcept;

  [[nodiscard]] const growing_list<double> &times() const noexcept { return times_; }
  [[nodiscard]] const growing_list<std::int32_t> &which() const noexcept { return which_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return times_.bytes() + which_.bytes(); }

 private:
  growing_list<double> times_;
  growing_list<std::int32_t> which_;
};

// Events by sender: times[offsets[k] .. offsets[k + 1]) are those of sender k, ascending.
struct sorted_events {
  std::vector<double> times;
  std::vector<std::int64_t> offsets;
};
[[nodiscard]] sorted_events sorted_by_sender(std::span<const double> times,
                                             std::span<const std::int32_t> which,
                                             std::int64_t senders);

// The part of one out-port that a recorder listens to.
struct subscription {
  event_recorder *recorder = nullptr;
  bool all = false;  // every instance, known by its own number
  // (instance, number by which the recorder knows it), sorted; unused where all is true.
  std::vector<std::pair<std::int32_t, std::int32_t>> selected{};

  void notify(double time, std::span<const std::int32_t> rows) const;
};

}  // namespace annarchy_ml
