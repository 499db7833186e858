// Loops over the rows of a coupling.
#include "coupling.hpp"

#include <algorithm>
#include <utility>

namespace annarchy_ml {

namespace {

constexpr std::int64_t worth_streaming = std::int64_t{1} << 20;  // bytes: more than the caches keep

template <class Value>
const void *moved(const raw_array &array, std::int64_t count) noexcept {
  return array.as<Value>() + count;
}

}  // namespace

coupling::coupling(std::string name, const coupling_ends &ends, combination kind,
                   weighted_rows rows)
    : name_(std::move(name)), ends_(ends), kind_(kind), rows_(std::move(rows)) {}

row_values coupling::row_at(std::int64_t row) const noexcept {
  const std::int64_t begin = rows_.row_begin(row);
  row_values found;
  found.weights_as = rows_.weights_as;
  found.weight = rows_.weight;
  found.count = rows_.row_begin(row + 1) - begin;
  if (rows_.weights_as == weight_kind::real64) found.weights = moved<double>(rows_.weights, begin);
  if (rows_.weights_as == weight_kind::real32) found.weights = moved<float>(rows_.weights, begin);
  if (rows_.dense) {
    found.hole = rows_.skips_self ? row : -1;
  } else {
    found.wide_sources = rows_.wide_sources;
    found.sources = rows_.wide_sources ? moved<std::int32_t>(rows_.sources, begin)
                                       : moved<std::uint16_t>(rows_.sources, begin);
  }
  return found;
}

void coupling::add(instance_range targets, const void *values, void *results,
                   bool single) const noexcept {
  if (single) {
    add_rows(targets, static_cast<const float *>(values), static_cast<float *>(results));
  } else {
    add_rows(targets, static_cast<const double *>(values), static_cast<double *>(results));
  }
}

template <class Real>
void coupling::add_rows(instance_range targets, const Real *values, Real *results) const noexcept {
  instance_range rows{std::max<std::int64_t>(targets.begin - rows_.first_target, 0),
                      std::min(targets.end - rows_.first_target, rows_.n_rows)};
  if (rows.empty()) return;
  if (rows_.dense) values += rows_.first_source;
  results += rows_.first_target;
  const bool even = rows_.dense && !rows_.skips_self;
  if (even && rows_.weights_as == weight_kind::one) {  // all targets get the same
    const Real same = combine_row(kind_, row_at(rows.begin), values);
    for (std::int64_t r = rows.begin; r < rows.end; ++r) results[r] += same;
    return;
  }
  const bool large = static_cast<std::int64_t>(rows_.weights.bytes()) >= worth_streaming;
  if (even && large && kind_ == combination::sum) stream(rows, values, results);
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    results[r] += combine_row(kind_, row_at(r), values);
  }
}

// As many rows as go together; `rows` are then those that are left.
template <class Real>
void coupling::stream(instance_range &rows, const Real *values, Real *results) const noexcept {
  Real sums[rows_together];
  for (; rows.size() >= rows_together; rows.begin += rows_together) {
    sum_rows(row_at(rows.begin), rows_.row_length, values, sums);
    for (std::int64_t k = 0; k < rows_together; ++k) results[rows.begin + k] += sums[k];
  }
}

}  // namespace annarchy_ml
