// Files events of columns, and brings rows up to date.
#include "deferred_events.hpp"

#include <algorithm>
#include <bit>

#include "memory.hpp"

namespace annarchy_ml {

namespace {

// As many moments as a row has columns, so that what is kept takes no more than the connections.
std::int64_t moments_for(std::int64_t n_columns) {
  const auto wanted = static_cast<std::int64_t>(std::bit_ceil(std::uint64_t(n_columns)));
  return std::clamp<std::int64_t>(wanted, 128, 4096);
}

}  // namespace

std::size_t deferral_bytes(const network_parts &parts, const crossed_connections &found) noexcept {
  const int target = found.rows->ends().target;
  const std::size_t width = parts.single_precision ? 4 : 8;
  std::size_t total = 0;
  for (const int number : found.externals) {
    const external &item =
        parts.groups[static_cast<std::size_t>(target)]->externals[static_cast<std::size_t>(number)];
    const group &other = *parts.groups[static_cast<std::size_t>(item.group)];
    total += static_cast<std::size_t>(other.size * moments_for(found.n_columns)) * width;
  }
  return total;
}

deferred_events::deferred_events(const network_parts &parts, const kernel_bindings &bindings,
                                 const schedule &plan, crossed_connections found, int threads)
    : group_(*parts.groups[static_cast<std::size_t>(found.rows->ends().target)]),
      found_(std::move(found)),
      kernel_(group_.events[static_cast<std::size_t>(found_.columns->ends().target_port)]),
      n_rows_(found_.rows->segment_bounds().size() - 1),
      n_moments_(moments_for(found_.n_columns)),
      part_of_(static_cast<std::size_t>(found_.n_columns), 0) {
  for (const int number : found_.externals) {
    const external &item = group_.externals[static_cast<std::size_t>(number)];
    values_.emplace_back(*parts.groups[static_cast<std::size_t>(item.group)], item.field,
                         n_moments_);
  }
  for (int thread = 0; thread < threads; ++thread) {
    auto own =
        std::make_unique<own_part>(column_log(static_cast<std::int64_t>(n_rows_), found_.n_columns),
                                   aml_context{}, bindings.externals);
    own->context.dt = parts.time.dt();
    own->context.seed = parts.seed;
    own->context.stream = group_.stream;
    own->context.fields = bindings.fields.data();
    own->context.externals = own->externals.data();
    own->context.indices = bindings.indices.data();
    own->context.emitted = bindings.emitted.data();
    own->context.size = group_.size;
    parts_.push_back(std::move(own));
    const instance_range slice = plan.slice(group_.owner_group, thread);
    for (std::int64_t column = 0; column < found_.n_columns; ++column) {
      const std::int64_t owner = found_.first_owner + column;
      if (owner < slice.begin || owner >= slice.end) continue;
      part_of_[static_cast<std::size_t>(column)] = thread;
    }
  }
}

void deferred_events::file(std::span<const std::int32_t> senders, thread_team &team) {
  const std::int64_t distance = n_moments_ / static_cast<std::int64_t>(column_log::n_marks);
  if (moments_ > 0 && moments_ % distance == 0) make_room(team);
  const std::int64_t moment = moments_++ % n_moments_;
  for (kept_values &item : values_) item.take(moment);
  for (const std::int32_t sender : senders) {
    const std::int32_t column = found_.column_of[static_cast<std::size_t>(sender)];
    if (column < 0) continue;
    const std::int32_t thread = part_of_[static_cast<std::size_t>(column)];
    parts_[static_cast<std::size_t>(thread)]->log.add(column, static_cast<std::int32_t>(moment));
  }
}

// Rows that have not heard what was seven marks ago hear all, before its moments are used again.
void deferred_events::make_room(thread_team &team) {
  team.run([&](int thread) {
    own_part &own = *parts_[static_cast<std::size_t>(thread)];
    const std::int64_t mark = own.log.turn_mark();
    for (std::size_t row = 0; row < n_rows_; ++row) {
      if (own.log.lags(row, mark)) catch_up_row(own, row);
    }
    own.log.forget(mark);
  });
}

std::size_t deferred_events::row_of(connection_range part) const noexcept {
  const auto bounds = found_.rows->segment_bounds();
  const auto after = std::upper_bound(bounds.begin(), bounds.end(), part.begin);
  return static_cast<std::size_t>(after - bounds.begin()) - 1;
}

// The instance of which the connections of a row read.
std::int64_t deferred_events::source_of(std::size_t row) const noexcept {
  if (found_.along < 0) return 0;
  return group_.indices[static_cast<std::size_t>(found_.along)][found_.rows->segment_bounds()[row]];
}

void deferred_events::complete(std::span<const connection_range> rows) noexcept {
  for (const connection_range row : rows) {
    if (row.empty()) continue;
    const std::int64_t source = source_of(row_of(row));
    for (kept_values &item : values_) item.complete(source, moments_ % n_moments_);
  }
}

void deferred_events::catch_up(int thread, connection_range part) {
  const std::size_t row = row_of(part);
  if (thread >= 0) {
    catch_up_row(*parts_[static_cast<std::size_t>(thread)], row);
    return;
  }
  for (const auto &own : parts_) catch_up_row(*own, row);
}

void deferred_events::catch_up_row(own_part &own, std::size_t row) {
  const std::uint32_t first = found_.rows->segment_bounds()[row];
  if (!own.log.is_pending(row) || first == found_.rows->segment_bounds()[row + 1]) return;
  const std::int64_t source = source_of(row);
  for (std::size_t k = 0; k < values_.size(); ++k) {
    own.externals[static_cast<std::size_t>(found_.externals[k])] = values_[k].of(source);
  }
  aml_events events = found_.columns->describe();
  events.layout = AML_WIDE_TARGETS;
  events.constant = events.consecutive = 0;
  events.ahead = 0;
  events.along_index = found_.along;
  own.log.catch_up(row, static_cast<std::int32_t>(first), own.context, kernel_, events);
}

void deferred_events::settle(thread_team &team) {
  const auto bounds = found_.rows->segment_bounds();
  for (std::size_t row = 0; row < n_rows_; ++row) {
    const connection_range range{bounds[row], bounds[row + 1]};
    complete({&range, 1});
  }
  team.run([&](int thread) {
    own_part &own = *parts_[static_cast<std::size_t>(thread)];
    for (std::size_t row = 0; row < n_rows_; ++row) catch_up_row(own, row);
  });
}

deferrals::deferrals(const network_parts &parts, const std::vector<kernel_bindings> &bindings,
                     const schedule &plan, int threads) {
  for (std::size_t g = 0; g < parts.groups.size(); ++g) {
    auto found = find_crossed(parts, static_cast<int>(g));
    if (!found || deferral_bytes(parts, *found) > available_memory()) continue;
    all_.push_back(
        std::make_unique<deferred_events>(parts, bindings[g], plan, *std::move(found), threads));
  }
}

deferred_events *deferrals::over_columns(const projection &item) const noexcept {
  for (const auto &own : all_) {
    if (own->columns() == &item) return own.get();
  }
  return nullptr;
}

deferred_events *deferrals::over_rows(const projection &item) const noexcept {
  for (const auto &own : all_) {
    if (own->rows() == &item) return own.get();
  }
  return nullptr;
}

void deferrals::settle(thread_team &team) {
  for (const auto &own : all_) own->settle(team);
}

}  // namespace annarchy_ml
