// Means, extremes and norms over whole groups.
#include "pool.hpp"

#include <algorithm>
#include <cmath>

#include "error.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t part_length = 4096;  // instances; it is part of the result
constexpr int lanes = 8;                    // partial results of a part; so is their number
constexpr std::int64_t worth_sharing = 65536;

double combined(pooling kind, double a, double b) noexcept {
  if (kind == pooling::min) return std::min(a, b);
  if (kind == pooling::max) return std::max(a, b);
  return a + b;
}

double seen(pooling kind, double value) noexcept {
  if (kind == pooling::norm1) return std::fabs(value);
  return kind == pooling::norm2 ? value * value : value;
}

}  // namespace

pool::pool(field_of source, field_of target, pooling kind)
    : source_(source), target_(target), kind_(kind) {
  const auto is_real = [](const field_of &item) {
    return item.get().type != value_type::int32 && item.get().per_instance;
  };
  require(is_real(source) && is_real(target), source.owner->name,
          "a value over a group needs real fields with one value per instance");
  require(source.owner->size > 0, source.owner->name, "there is no value over an empty group");
  parts_.resize(static_cast<std::size_t>((source.owner->size + part_length - 1) / part_length));
}

bool pool::is_large() const noexcept { return source_.owner->size >= worth_sharing; }

template <class Real>
double pool::part(std::int64_t begin, std::int64_t end) const noexcept {
  const auto *values = static_cast<const Real *>(source_.get().values.data());
  double found[lanes] = {};
  const std::int64_t first = std::min<std::int64_t>(begin + lanes, end);
  for (std::int64_t i = begin; i < first; ++i) {
    found[i - begin] = seen(kind_, static_cast<double>(values[i]));
  }
  for (std::int64_t i = first; i < end; ++i) {
    double &lane = found[(i - begin) % lanes];
    lane = combined(kind_, lane, seen(kind_, static_cast<double>(values[i])));
  }
  double total = found[0];
  for (std::int64_t k = 1; k < first - begin; ++k) total = combined(kind_, total, found[k]);
  return total;
}

void pool::gather(int helper, int count) noexcept {
  const std::int64_t size = source_.owner->size;
  const bool wide = source_.get().type == value_type::real64;
  for (std::int64_t k = helper; k < std::ssize(parts_); k += count) {
    const std::int64_t begin = k * part_length, end = std::min(begin + part_length, size);
    parts_[static_cast<std::size_t>(k)] = wide ? part<double>(begin, end) : part<float>(begin, end);
  }
}

double pool::total() const noexcept {
  double found = parts_.front();
  for (std::size_t k = 1; k < parts_.size(); ++k) found = combined(kind_, found, parts_[k]);
  if (kind_ == pooling::mean) return found / static_cast<double>(source_.owner->size);
  return kind_ == pooling::norm2 ? std::sqrt(found) : found;
}

void pool::spread(int helper, int count) noexcept {
  const double value = total();
  const std::int64_t size = target_.owner->size;
  const std::int64_t begin = size * helper / count, end = size * (helper + 1) / count;
  if (target_.get().type == value_type::real64) {
    auto *into = static_cast<double *>(target_.get().values.data());
    std::fill(into + begin, into + end, value);
  } else {
    auto *into = static_cast<float *>(target_.get().values.data());
    std::fill(into + begin, into + end, static_cast<float>(value));
  }
}

void compute_pools(std::vector<pool> &pools, const group *source, thread_team &team) {
  for (pool &item : pools) {
    if (source != nullptr && item.source() != source) continue;
    if (item.is_large()) {
      team.run([&](int thread) { item.gather(thread, team.size()); });
      team.run([&](int thread) { item.spread(thread, team.size()); });
    } else {
      item.gather(0, 1);
      item.spread(0, 1);
    }
  }
}

}  // namespace annarchy_ml
