// Sums over rows of connections, in parts of a fixed number of lanes.
#include "weighted_sum.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "error.hpp"
#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

// Partial sums, so that a row is not one chain of additions; their number is part of the result.
constexpr int lanes = 32;

template <class Real>
Real joined(const Real (&parts)[lanes]) noexcept {
  Real total = Real(0);
  for (const Real part : parts) total += part;
  return total;
}

template <class Real>
inline Real dense(const Real *__restrict weight, const Real *__restrict value,
                  std::int64_t count) noexcept {
  Real parts[lanes] = {};
  std::int64_t k = 0;
  for (; k + lanes <= count; k += lanes) {
    for (int j = 0; j < lanes; ++j) parts[j] += weight[k + j] * value[k + j];
  }
  for (int j = 0; k < count; ++k, ++j) parts[j] += weight[k] * value[k];
  return joined(parts);
}

template <class Real>
inline Real gathered(const Real *__restrict weight, const Real *__restrict value,
                     const std::int32_t *__restrict source, std::int64_t count) noexcept {
  Real parts[lanes] = {};
  std::int64_t k = 0;
  for (; k + lanes <= count; k += lanes) {
    for (int j = 0; j < lanes; ++j) parts[j] += weight[k + j] * value[source[k + j]];
  }
  for (int j = 0; k < count; ++k, ++j) parts[j] += weight[k] * value[source[k]];
  return joined(parts);
}

template <class Real>
inline Real equal_weights(Real weight, const Real *__restrict value,
                          const std::int32_t *__restrict source, std::int64_t count) noexcept {
  Real parts[lanes] = {};
  std::int64_t k = 0;
  for (; k + lanes <= count; k += lanes) {
    for (int j = 0; j < lanes; ++j) parts[j] += value[source[k + j]];
  }
  for (int j = 0; k < count; ++k, ++j) parts[j] += value[source[k]];
  return weight * joined(parts);
}

ANNARCHY_ML_CLONES double row_sum(const double *w, const double *v, std::int64_t n) noexcept {
  return dense(w, v, n);
}
ANNARCHY_ML_CLONES float row_sum(const float *w, const float *v, std::int64_t n) noexcept {
  return dense(w, v, n);
}
ANNARCHY_ML_CLONES double row_sum(const double *w, const double *v, const std::int32_t *from,
                                  std::int64_t n) noexcept {
  return gathered(w, v, from, n);
}
ANNARCHY_ML_CLONES float row_sum(const float *w, const float *v, const std::int32_t *from,
                                 std::int64_t n) noexcept {
  return gathered(w, v, from, n);
}

bool lie_side_by_side(const summed_rows &rows) {
  for (std::size_t i = 0; i + 1 < rows.row_ptr.size(); ++i) {
    const auto begin = static_cast<std::size_t>(rows.row_ptr[i]);
    const auto end = static_cast<std::size_t>(rows.row_ptr[i + 1]);
    for (std::size_t k = begin + 1; k < end; ++k) {
      if (rows.sources[k] != rows.sources[k - 1] + 1) return false;
    }
  }
  return true;
}

}  // namespace

weighted_sum::weighted_sum(field_of source, field_of weight, field_of target, summed_rows rows,
                           std::int64_t delay_steps)
    : source_(source),
      weight_(weight),
      target_(target),
      rows_(std::move(rows)),
      held_(delay_steps - 1) {
  const std::string &name = target.owner->name;
  require(delay_steps >= 1, name, "a weighted sum takes at least one step");
  const value_type type = target.get().type;
  require(type != value_type::int32 && target.get().per_instance && source.get().per_instance, name,
          "a weighted sum needs real fields with one value per instance");
  require(source.get().type == type && weight.get().type == type, name,
          "the fields of a weighted sum must have one type");
  require(std::ssize(rows_.row_ptr) == target.owner->size + 1 && rows_.row_ptr.front() == 0 &&
              std::is_sorted(rows_.row_ptr.begin(), rows_.row_ptr.end()) &&
              rows_.row_ptr.back() == std::ssize(rows_.sources),
          name, "the rows of a weighted sum do not fit its targets");
  require(!weight.get().per_instance || weight.owner->size == n_connections(), name,
          "there must be one weight for each connection");
  const std::int64_t size = source.owner->size;
  require(std::all_of(rows_.sources.begin(), rows_.sources.end(),
                      [&](std::int32_t item) { return item >= 0 && item < size; }),
          name, "a source of a weighted sum lies outside its group");
  side_by_side_ = lie_side_by_side(rows_);
}

bool weighted_sum::same_target(const weighted_sum &other) const noexcept {
  return target_.owner == other.target_.owner && target_.position == other.target_.position;
}

std::size_t weighted_sum::bytes() const noexcept {
  return rows_.row_ptr.capacity() * sizeof(std::int64_t) +
         rows_.sources.capacity() * sizeof(std::int32_t) + line_.capacity();
}

void weighted_sum::begin() {
  if (held_ == 0 || !line_.empty()) return;
  const field &values = source_.get();
  const std::size_t row = static_cast<std::size_t>(source_.owner->size) * size_of(values.type);
  line_.resize(row * static_cast<std::size_t>(held_));
  cursor_ = 0;
  for (std::size_t k = 0; k < line_.size(); k += row) {
    std::memcpy(line_.data() + k, values.values.data(), row);
  }
}

void weighted_sum::advance() {
  if (held_ == 0) return;
  const field &values = source_.get();
  const std::size_t row = static_cast<std::size_t>(source_.owner->size) * size_of(values.type);
  std::memcpy(line_.data() + static_cast<std::size_t>(cursor_) * row, values.values.data(), row);
  cursor_ = (cursor_ + 1) % held_;
}

void weighted_sum::add_to(instance_range targets) noexcept {
  if (target_.get().type == value_type::real64) {
    add<double>(targets);
  } else {
    add<float>(targets);
  }
}

template <class Real>
void weighted_sum::add(instance_range targets) noexcept {
  const auto *value = static_cast<const Real *>(source_.get().values.data());
  if (held_ > 0) {
    value = reinterpret_cast<const Real *>(line_.data()) + cursor_ * source_.owner->size;
  }
  const auto *weight = static_cast<const Real *>(weight_.get().values.data());
  const bool equal = !weight_.get().per_instance;
  auto *into = static_cast<Real *>(target_.get().values.data());
  for (std::int64_t i = targets.begin; i < targets.end; ++i) {
    const std::int64_t begin = rows_.row_ptr[static_cast<std::size_t>(i)];
    const std::int64_t count = rows_.row_ptr[static_cast<std::size_t>(i) + 1] - begin;
    const std::int32_t *from = rows_.sources.data() + begin;
    Real found = Real(0);
    if (count > 0 && equal) {
      found = equal_weights(*weight, value, from, count);
    } else if (count > 0 && side_by_side_) {
      found = row_sum(weight + begin, value + *from, count);
    } else if (count > 0) {
      found = row_sum(weight + begin, value, from, count);
    }
    into[i] = first ? found : into[i] + found;
  }
}

}  // namespace annarchy_ml
