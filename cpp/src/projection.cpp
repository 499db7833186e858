// Segments of connections and their parts by target.
#include "projection.hpp"

#include <algorithm>
#include <ranges>

#include "error.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t few = 32;  // targets that are counted through without a branch

template <class Target>
std::int64_t count_below(const Target *targets, std::int64_t count, std::int64_t target) {
  const auto bound = static_cast<std::int32_t>(target);
  std::int32_t below = 0;
  for (std::int64_t k = 0; k < count; ++k) below += targets[k] < bound;
  return below;
}

// Targets ascend. They are spread evenly in most rows, so that the place lies near the guess.
template <class Target>
std::int64_t first_not_below(const Target *targets, std::int64_t count, std::int64_t near,
                             std::int64_t target) {
  if (count <= few) return count_below(targets, count, target);
  const std::int64_t low = std::clamp<std::int64_t>(near - few / 2, 0, count - few);
  const std::int64_t below = count_below(targets + low, few, target);
  if ((below > 0 || low == 0) && (below < few || low + few == count)) return low + below;
  return std::lower_bound(targets, targets + count, target) - targets;
}

}  // namespace

projection::projection(std::string name, projection_ends ends, connection_store store)
    : name_(std::move(name)),
      ends_(ends),
      store_(std::move(store)),
      bounds_(single_delay() ? store_.row_ptr : store_.segment_begin),
      target_bytes_(store_.target_bytes()),
      weight_bytes_(store_.weight_bytes()),
      per_target_(1.0 / static_cast<double>(
                            std::max<std::int64_t>(store_.end_target - store_.first_target, 1))) {}

void projection::set_owners(const std::int32_t *owners) {
  for (std::size_t s = 0; s + 1 < bounds_.size(); ++s) {
    for (std::int64_t c = std::int64_t{bounds_[s]} + 1; c < bounds_[s + 1]; ++c) {
      if (owners[store_.target(c - 1)] <= owners[store_.target(c)]) continue;
      throw engine_error(error_code::state, name_, "owners of targets must ascend within a row");
    }
  }
  owners_ = owners;
}

std::uint32_t projection::first_from(connection_range range, std::int64_t target) const noexcept {
  if (owners_ != nullptr) {
    const auto numbers = std::views::iota(range.begin, range.end);
    const auto below = [&](std::uint32_t c) { return owners_[store_.target(c)] < target; };
    return *std::ranges::partition_point(numbers, below);
  }
  if (target <= store_.first_target) return range.begin;
  if (target >= store_.end_target) return range.end;
  if (store_.layout & AML_CONSECUTIVE) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(target, range.begin, range.end));
  }
  const std::int64_t near = std::int64_t{guess(range, target)} - range.begin;
  const std::int64_t found = store_.layout & AML_WIDE_TARGETS
                                 ? first_not_below(store_.targets.as<std::int32_t>() + range.begin,
                                                   range.size(), near, target)
                                 : first_not_below(store_.targets.as<std::uint16_t>() + range.begin,
                                                   range.size(), near, target);
  return range.begin + static_cast<std::uint32_t>(found);
}

connection_range projection::part_of(connection_range range, instance_range own) const noexcept {
  return {first_from(range, own.begin), first_from(range, own.end)};
}

void projection::prefetch_part(connection_range range, instance_range own) const noexcept {
  const char *targets = store_.targets.as<char>();
  const auto fetch = [&](std::int64_t target) {
    if (target <= store_.first_target || target >= store_.end_target) return;
    __builtin_prefetch(targets + std::size_t{guess(range, target)} * target_bytes_);
  };
  fetch(own.begin);
  fetch(own.end);
}

void projection::add_indegrees(const group &target_group, double amount,
                               std::span<double> work) const {
  constexpr std::int64_t sample = 4'000'000;
  // An odd distance: rows are often of even length.
  const std::int64_t distance = size() > sample ? size() / sample * 2 + 1 : 1;
  const double each = amount * static_cast<double>(distance);
  for (std::int64_t c = 0; c < size(); c += distance) {
    work[static_cast<std::size_t>(target_group.host_of(store_.target(c)))] += each;
  }
}

}  // namespace annarchy_ml
