// Checks connections and cuts their rows into segments of equal delay.
#include "projection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "error.hpp"

namespace annarchy_ml {

projection::projection(std::string name, projection_ends ends, connection_table table,
                       std::int64_t source_size, std::int64_t target_size)
    : name_(std::move(name)), ends_(ends), table_(std::move(table)) {
  check_delays();
  check_rows(source_size);
  if (single_delay()) {
    bounds_ = table_.row_ptr;
  } else {
    build_segments();
    bounds_ = segment_begin_;
  }
  require(bounds_.size() <= std::numeric_limits<std::uint32_t>::max(), name_,
          "a projection holds at most 2^32 - 2 segments of equal delay");
  require(size() <= std::numeric_limits<std::uint32_t>::max(), name_,
          "a projection holds at most 2^32 - 1 connections");
  check_targets(target_size);
}

void projection::check_delays() const {
  const auto &delays = table_.delays;
  require(!delays.empty(), name_, "a projection needs at least one delay");
  for (std::size_t k = 0; k < delays.size(); ++k) {
    require(std::isfinite(delays[k]) && delays[k] >= 0.0, name_,
            "delays must be finite and not negative");
    require(k == 0 || delays[k - 1] < delays[k], name_, "delays must be unique and ascend");
  }
  require(single_delay() || table_.delay_index.size() == table_.targets.size(), name_,
          "delay_index must have one value per connection where there are several delays");
}

void projection::check_rows(std::int64_t source_size) const {
  const auto &row_ptr = table_.row_ptr;
  require(static_cast<std::int64_t>(row_ptr.size()) == source_size + 1, name_,
          "row_ptr must have one value more than the source group has instances");
  require(row_ptr.front() == 0 && row_ptr.back() == size(), name_,
          "row_ptr must run from 0 to the number of connections");
  require(std::is_sorted(row_ptr.begin(), row_ptr.end()), name_, "row_ptr must ascend");
}

void projection::check_targets(std::int64_t target_size) const {
  const auto &targets = table_.targets;
  for (std::size_t s = 0; s + 1 < bounds_.size(); ++s) {
    const auto first = static_cast<std::size_t>(bounds_[s]);
    const auto last = static_cast<std::size_t>(bounds_[s + 1]);
    if (first == last) continue;
    require(targets[first] >= 0 && targets[last - 1] < target_size, name_,
            "a target lies outside the target group");
    for (std::size_t i = first + 1; i < last; ++i) {
      if (targets[i - 1] > targets[i]) {
        throw engine_error(error_code::argument, name_,
                           "targets must ascend within a row and delay");
      }
    }
  }
}

void projection::build_segments() {
  const auto &delay_index = table_.delay_index;
  const auto n_delays = static_cast<std::int32_t>(table_.delays.size());
  const std::size_t n_rows = table_.row_ptr.size() - 1;
  segment_ptr_.reserve(n_rows + 1);
  segment_ptr_.push_back(0);
  for (std::size_t row = 0; row < n_rows; ++row) {
    std::int32_t previous = -1;
    for (std::int64_t i = table_.row_ptr[row]; i < table_.row_ptr[row + 1]; ++i) {
      const std::int32_t delay = delay_index[static_cast<std::size_t>(i)];
      if (delay == previous) continue;
      require(delay > previous && delay < n_delays, name_,
              "delay_index must ascend within a row and point into delays");
      segment_delay_.push_back(delay);
      segment_begin_.push_back(i);
      previous = delay;
    }
    segment_ptr_.push_back(static_cast<std::int64_t>(segment_delay_.size()));
  }
  segment_begin_.push_back(size());
}

void projection::cut(std::span<const std::int32_t> first_targets) {
  constexpr std::int64_t shortest = 4;  // connections of a segment per thread
  cuts_.clear();
  n_cuts_ = static_cast<int>(first_targets.size());
  const std::int64_t n_segments = std::ssize(bounds_) - 1;
  if (n_cuts_ == 0 || size() < n_segments * shortest * n_cuts_) return;
  cuts_.reserve(static_cast<std::size_t>(n_segments * n_cuts_));
  for (std::int64_t segment = 0; segment < n_segments; ++segment) {
    const std::int32_t *first = targets() + begin(segment);
    const std::int32_t *last = targets() + end(segment);
    const std::int32_t *at = first;
    for (const std::int32_t target : first_targets) {
      at = std::lower_bound(at, last, target);
      cuts_.push_back(static_cast<std::uint32_t>(at - first));
    }
  }
}

std::size_t projection::bytes() const noexcept {
  const std::size_t n = table_.targets.size();
  std::size_t total = n * sizeof(std::int32_t) + table_.row_ptr.size_bytes();
  if (table_.weights != nullptr) total += n * table_.weight_size;
  total += table_.delay_index.size_bytes() + segment_ptr_.capacity() * 8;
  total += cuts_.capacity() * 4;
  return total + segment_delay_.capacity() * 4 + segment_begin_.capacity() * 8;
}

}  // namespace annarchy_ml
