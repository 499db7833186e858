// Segments of connections and their parts by thread.
#include "projection.hpp"

#include <algorithm>
#include <ranges>

namespace annarchy_ml {

namespace {

// Short stretches are counted through without a branch, long ones halved.
template <class Target>
std::int64_t first_not_below(const Target *targets, std::int64_t count, std::int64_t target) {
  constexpr std::int64_t few = 32;
  if (count > few) return std::lower_bound(targets, targets + count, target) - targets;
  std::int64_t below = 0;
  for (std::int64_t k = 0; k < count; ++k) below += targets[k] < target;
  return below;
}

}  // namespace

projection::projection(std::string name, projection_ends ends, connection_store store)
    : name_(std::move(name)), ends_(ends), store_(std::move(store)) {
  bounds_ = single_delay() ? store_.row_ptr : store_.segment_begin;
}

std::int64_t projection::first_from(connection_range range, std::int64_t target) const noexcept {
  if (owners_ != nullptr) {
    const auto numbers = std::views::iota(range.begin, range.end);
    const auto below = [&](std::int64_t c) { return owners_[store_.target(c)] < target; };
    return *std::ranges::partition_point(numbers, below);
  }
  if (store_.layout & AML_CONSECUTIVE) return std::clamp(target, range.begin, range.end);
  const std::int64_t count = range.end - range.begin;
  if (store_.layout & AML_WIDE_TARGETS) {
    const auto *targets = store_.targets.as<std::int32_t>() + range.begin;
    return range.begin + first_not_below(targets, count, target);
  }
  const auto *targets = store_.targets.as<std::uint16_t>() + range.begin;
  return range.begin + first_not_below(targets, count, target);
}

aml_run projection::run_of(connection_range range) const noexcept {
  const auto first = static_cast<std::size_t>(range.begin);
  const std::size_t weight_bytes = store_.weight_bytes();
  const char *weights = weight_bytes == 0 ? nullptr : store_.weights.as<char>();
  return {store_.targets.as<char>() + first * store_.target_bytes(),
          weights == nullptr ? nullptr : weights + first * weight_bytes, range.end - range.begin,
          range.begin};
}

std::int64_t projection::longest_segment() const noexcept {
  std::int64_t longest = 0;
  for (std::size_t s = 0; s + 1 < bounds_.size(); ++s) {
    longest = std::max<std::int64_t>(longest, bounds_[s + 1] - bounds_[s]);
  }
  return longest;
}

void projection::cut(std::span<const std::int64_t> first_targets) {
  constexpr std::int64_t shortest = 16;  // connections of a segment per thread
  cuts_ = {};
  n_cuts_ = 0;
  const auto count = static_cast<int>(first_targets.size());
  const std::int64_t n_segments = std::ssize(bounds_) - 1;
  if (count == 0 || size() < n_segments * shortest * (count + 1)) return;
  n_cuts_ = count;
  cuts_ = small_integers(static_cast<std::uint64_t>(longest_segment()) + 1);
  cuts_.resize(static_cast<std::size_t>(n_segments * n_cuts_));
  std::size_t next = 0;
  for (std::int64_t segment = 0; segment < n_segments; ++segment) {
    const connection_range all = connections(segment);
    connection_range rest = all;
    for (const std::int64_t target : first_targets) {
      rest.begin = first_from(rest, target);
      cuts_.set(next++, static_cast<std::uint32_t>(rest.begin - all.begin));
    }
  }
}

connection_range projection::part_of(std::int64_t segment, int thread, std::int64_t begin_target,
                                     std::int64_t end_target) const noexcept {
  connection_range range = connections(segment);
  if (n_cuts_ == 0) {
    range.begin = first_from(range, begin_target);
    range.end = first_from(range, end_target);
    return range;
  }
  const std::int64_t first = range.begin;
  const auto cut = static_cast<std::size_t>(segment * n_cuts_ + thread);
  if (thread > 0) range.begin = first + cuts_[cut - 1];
  if (thread < n_cuts_) range.end = first + cuts_[cut];
  return range;
}

}  // namespace annarchy_ml
