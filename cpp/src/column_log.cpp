// The events of the columns of one thread, handed over row by row.
#include <algorithm>

#include "deferred_events.hpp"

namespace annarchy_ml {

column_log::column_log(std::int64_t n_rows, std::int64_t n_columns)
    : columns_(AML_PADDING, 0),
      moments_(AML_PADDING, 0),
      parts_(1, 0),
      last_(static_cast<std::size_t>(n_columns), -1),
      seen_(static_cast<std::size_t>(n_rows), 0) {}

// Kernels read some places behind the last event.
void column_log::add(std::int32_t column, std::int32_t moment) {
  const std::int64_t number = end();
  std::int64_t &before = last_[static_cast<std::size_t>(column)];
  if (before >= parts_.back()) parts_.push_back(number);
  before = number;
  const auto place = static_cast<std::size_t>(n_events_++);
  columns_.push_back(0);
  moments_.push_back(0);
  columns_[place] = column;
  moments_[place] = moment;
}

void column_log::catch_up(std::size_t row, std::int32_t connection, const aml_context &context,
                          aml_event_fn kernel, aml_events events) {
  const std::int64_t begin = seen_[row], stop = end();
  seen_[row] = stop;
  const std::int64_t place = begin - first_;
  connections_.resize(static_cast<std::size_t>(stop - begin));
  std::transform(columns_.begin() + place, columns_.begin() + n_events_, connections_.begin(),
                 [=](std::int32_t column) { return connection + column; });
  runs_.clear();
  auto part = std::upper_bound(parts_.begin(), parts_.end(), begin);
  for (std::int64_t now = begin; now < stop;) {
    const std::int64_t next = part == parts_.end() ? stop : *part++;
    runs_.push_back({connections_.data() + (now - begin), nullptr, next - now, now - first_});
    now = next;
  }
  events.runs = runs_.data();
  events.n_runs = std::ssize(runs_);
  events.along = moments_.data();
  kernel(&context, &events);
}

std::int64_t column_log::turn_mark() noexcept {
  marks_[mark_] = end();
  mark_ = (mark_ + 1) % n_marks;
  return marks_[mark_];
}

void column_log::forget(std::int64_t number) {
  const std::int64_t count = number - first_;
  columns_.erase(columns_.begin(), columns_.begin() + count);
  moments_.erase(moments_.begin(), moments_.begin() + count);
  n_events_ -= count;
  first_ = number;
  // The part in which that event lies remains.
  const auto part = std::upper_bound(parts_.begin(), parts_.end(), number);
  parts_.erase(parts_.begin(), part - 1);
}

}  // namespace annarchy_ml
