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

// Bytes that the events of such connections take.
std::size_t deferral_bytes(const network_parts &parts, const crossed_connections &found,
                           int threads) {
  const group &owner = *parts.groups[static_cast<std::size_t>(found.rows->ends().target)];
  const std::int64_t width = parts.single_precision ? 4 : 8;
  std::int64_t total = 0;
  for (const int number : found.externals) {
    const external &item = owner.externals[static_cast<std::size_t>(number)];
    total += parts.groups[static_cast<std::size_t>(item.group)]->size * width;
  }
  return static_cast<std::size_t>(total * moments_for(found.n_columns) * threads);
}

}  // namespace

std::vector<crossed_connections> find_deferrable(const network_parts &parts, int threads) {
  std::vector<crossed_connections> all;
  std::size_t bytes = 0;
  for (std::size_t g = 0; g < parts.groups.size(); ++g) {
    auto found = find_crossed(parts, static_cast<int>(g));
    if (!found) continue;
    const std::size_t more = deferral_bytes(parts, *found, threads);
    if (bytes + more > available_memory()) continue;
    bytes += more;
    all.push_back(*std::move(found));
  }
  return all;
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
    latest_.emplace_back(*parts.groups[static_cast<std::size_t>(item.group)], item.field);
  }
  for (int thread = 0; thread < threads; ++thread) {
    parts_.push_back(make_part(thread, parts, bindings, plan));
    const instance_range slice = plan.slice(group_.owner_group, thread);
    for (std::int64_t column = 0; column < found_.n_columns; ++column) {
      const std::int64_t owner = found_.first_owner + column;
      if (owner < slice.begin || owner >= slice.end) continue;
      part_of_[static_cast<std::size_t>(column)] = thread;
    }
  }
}

std::unique_ptr<deferred_events::own_part> deferred_events::make_part(
    int thread, const network_parts &parts, const kernel_bindings &bindings, const schedule &plan) {
  auto own = std::make_unique<own_part>(
      own_part{.log = {static_cast<std::int64_t>(n_rows_), found_.n_columns},
               .owned = {},
               .values = {},
               .externals = bindings.externals});
  for (std::size_t k = 0; k < latest_.size(); ++k) {
    const auto number = static_cast<std::size_t>(found_.externals[k]);
    own->owned.push_back(plan.slice(group_.externals[number].group, thread));
    own->values.emplace_back(latest_[k], n_moments_, group_.name);
  }
  own->context.dt = parts.time.dt();
  own->context.seed = parts.seed;
  own->context.stream = group_.stream;
  own->context.fields = bindings.fields.data();
  own->context.externals = own->externals.data();
  own->context.indices = bindings.indices.data();
  own->context.emitted = bindings.emitted.data();
  own->context.size = group_.size;
  return own;
}

bool deferred_events::reads(int group_number) const noexcept {
  return std::ranges::any_of(found_.externals, [&](int number) {
    return group_.externals[static_cast<std::size_t>(number)].group == group_number;
  });
}

void deferred_events::file(std::span<const std::int32_t> senders, thread_team &team) {
  for (int thread = 0; thread < std::ssize(parts_); ++thread) show(thread);
  if (needs_room(*parts_.front())) {
    team.run([&](int thread) { hear(thread, senders); });
  } else {
    for (int thread = 0; thread < std::ssize(parts_); ++thread) hear(thread, senders);
  }
}

void deferred_events::show(int thread) noexcept {
  const own_part &own = *parts_[static_cast<std::size_t>(thread)];
  for (std::size_t k = 0; k < latest_.size(); ++k) {
    latest_[k].take(own.moments % n_moments_, own.owned[k]);
  }
}

void deferred_events::hear(int thread, std::span<const std::int32_t> senders) {
  own_part &own = *parts_[static_cast<std::size_t>(thread)];
  if (needs_room(own)) make_room(own);
  const std::int64_t moment = own.moments++ % n_moments_;
  for (kept_values &item : own.values) item.take(moment);
  for (const std::int32_t sender : senders) {
    const std::int32_t column = found_.column_of[static_cast<std::size_t>(sender)];
    if (column < 0 || part_of_[static_cast<std::size_t>(column)] != thread) continue;
    own.log.add(column, static_cast<std::int32_t>(moment));
  }
}

bool deferred_events::needs_room(const own_part &own) const noexcept {
  const std::int64_t distance = n_moments_ / static_cast<std::int64_t>(column_log::n_marks);
  return own.moments > 0 && own.moments % distance == 0;
}

// Rows that have not heard what was seven marks ago hear all, before its moments are used again.
void deferred_events::make_room(own_part &own) {
  const std::int64_t mark = own.log.turn_mark();
  for (std::size_t row = 0; row < n_rows_; ++row) {
    if (own.log.lags(row, mark)) catch_up_row(own, row);
  }
  own.log.forget(mark);
}

std::size_t deferred_events::row_of(connection_range part) const noexcept {
  if (part.segment != connection_range::none) return part.segment;
  const auto bounds = found_.rows->segment_bounds();
  const auto after = std::upper_bound(bounds.begin(), bounds.end(), part.begin);
  return static_cast<std::size_t>(after - bounds.begin()) - 1;
}

// The instance of which the connections of a row read.
std::int64_t deferred_events::source_of(std::size_t row) const noexcept {
  if (found_.along < 0) return 0;
  return group_.indices[static_cast<std::size_t>(found_.along)][found_.rows->segment_bounds()[row]];
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
  for (std::size_t k = 0; k < own.values.size(); ++k) {
    own.values[k].complete(source, own.moments % n_moments_);
    own.externals[static_cast<std::size_t>(found_.externals[k])] = own.values[k].of(source);
  }
  aml_events events = found_.columns->describe();
  events.layout = AML_WIDE_TARGETS;
  events.constant = events.consecutive = 0;
  events.ahead = 0;
  events.along_index = found_.along;
  own.log.catch_up(row, static_cast<std::int32_t>(first), own.context, kernel_, events);
}

void deferred_events::settle(thread_team &team) {
  team.run([&](int thread) {
    own_part &own = *parts_[static_cast<std::size_t>(thread)];
    for (std::size_t row = 0; row < n_rows_; ++row) catch_up_row(own, row);
  });
}

deferrals::deferrals(const network_parts &parts, const std::vector<kernel_bindings> &bindings,
                     const schedule &plan, std::span<const crossed_connections> found,
                     int threads) {
  for (const crossed_connections &item : found) {
    const auto target = static_cast<std::size_t>(item.rows->ends().target);
    all_.push_back(std::make_unique<deferred_events>(parts, bindings[target], plan, item, threads));
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

bool deferrals::read(int group_number) const noexcept {
  return std::ranges::any_of(all_, [&](const auto &own) { return own->reads(group_number); });
}

void deferrals::settle(thread_team &team) {
  for (const auto &own : all_) own->settle(team);
}

}  // namespace annarchy_ml
