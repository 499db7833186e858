// Segments of connections and their parts by target.
#include "projection.hpp"

#include <algorithm>
#include <ranges>

#include "error.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t few = 32;  // targets that are counted through without a branch

// Counted in numbers of the targets' own width: a vector of them is compared at once.
template <class Target>
std::int64_t count_below(const Target *targets, std::int64_t count, std::int64_t target) {
  const auto bound = static_cast<Target>(target);
  Target below = 0;
  for (std::int64_t k = 0; k < count; ++k)
    below = static_cast<Target>(below + (targets[k] < bound));
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

void projection::follow_indices(const group &target_group) {
  owner_index_ = target_group.owner_index;
  owners_ = target_group.indices[static_cast<std::size_t>(owner_index_)].data();
  check_owners();
  constant_ = consecutive_ = 0;
  along_index_ = -1;
  const int count = std::min(static_cast<int>(target_group.indices.size()), 32);
  for (int k = 0; k < count; ++k) {
    const std::int32_t *index = target_group.indices[static_cast<std::size_t>(k)].data();
    if (is_constant(index)) {
      constant_ |= std::uint32_t{1} << k;
    } else if (is_consecutive(index)) {
      consecutive_ |= std::uint32_t{1} << k;
    } else if (along_index_ < 0 && is_scattered()) {
      follow(index);
      along_index_ = k;
    }
  }
}

// Kernels go on for some places behind the last connection of a run.
void projection::follow(const std::int32_t *index) {
  const auto places = static_cast<std::size_t>(size()) + AML_PADDING;
  along_ = raw_array(places * sizeof(std::int32_t), name_);
  const std::span along(along_.as<std::int32_t>(), places);
  for (std::int64_t c = 0; c < size(); ++c) {
    along[static_cast<std::size_t>(c)] = index[store_.target(c)];
  }
  std::fill_n(along.end() - AML_PADDING, AML_PADDING, index[store_.target(size() - 1)]);
}

aml_events projection::describe() const noexcept {
  aml_events events{};
  events.layout = store_.layout;
  events.weight = store_.weight;
  events.constant = constant_;
  events.consecutive = consecutive_;
  events.along_index = along_index_;
  events.along = along_.as<std::int32_t>();
  return events;
}

void projection::check_owners() const {
  for (std::size_t s = 0; s + 1 < bounds_.size(); ++s) {
    for (std::int64_t c = std::int64_t{bounds_[s]} + 1; c < bounds_[s + 1]; ++c) {
      if (owners_[store_.target(c - 1)] <= owners_[store_.target(c)]) continue;
      throw engine_error(error_code::state, name_, "owners of targets must ascend within a row");
    }
  }
}

bool projection::is_constant(const std::int32_t *index) const noexcept {
  for (std::size_t s = 0; s + 1 < bounds_.size(); ++s) {
    for (std::int64_t c = std::int64_t{bounds_[s]} + 1; c < bounds_[s + 1]; ++c) {
      if (index[store_.target(c - 1)] != index[store_.target(c)]) return false;
    }
  }
  return true;
}

bool projection::is_consecutive(const std::int32_t *index) const noexcept {
  for (std::size_t s = 0; s + 1 < bounds_.size(); ++s) {
    for (std::int64_t c = std::int64_t{bounds_[s]} + 1; c < bounds_[s + 1]; ++c) {
      const std::int32_t before = store_.target(c - 1), own = store_.target(c);
      if (own != before + 1 || index[own] != index[before] + 1) return false;
    }
  }
  return true;
}

bool projection::is_scattered() const noexcept {
  if (store_.layout & AML_CONSECUTIVE || bounds_.size() < 2) return false;
  const connection_range first = segment(0);
  if (first.size() < 2) return false;
  const std::int64_t span = std::int64_t{store_.target(first.end - 1)} - store_.target(first.begin);
  return span / first.size() >= 16;
}

std::uint32_t projection::first_from(connection_range range, std::int64_t target) const noexcept {
  if (owners_ != nullptr) {
    if (constant_ >> owner_index_ & 1) {
      const bool below = !range.empty() && owners_[store_.target(range.begin)] < target;
      return below ? range.end : range.begin;
    }
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
  return {first_from(range, own.begin), first_from(range, own.end), range.segment};
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
