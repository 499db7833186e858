// Files and hands out delayed events.
#include "event_queue.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>

namespace annarchy_ml {

namespace {

bool is_sorted_by_due(std::span<const batch> batches) noexcept {
  for (std::size_t k = 1; k < batches.size(); ++k) {
    if (batches[k].due < batches[k - 1].due) return false;
  }
  return true;
}

// When an event arrives that is sent `now`.
double due_of(const projection &connections, double delay, const step_clock &now) noexcept {
  if (!connections.whole_steps()) return now.t() + delay;
  return now.time_after(static_cast<std::int64_t>(delay));
}

// Appends where the connections of a range are by now, in their order, without those that are gone.
// What lies side by side is one range, as long as it is of one segment: within it targets ascend as
// they did.
void append_moved(connection_range range, std::span<const std::uint32_t> to,
                  std::span<const std::uint32_t> bounds, std::vector<connection_range> &result) {
  std::uint32_t end = 0;  // of the segment that the last range is in; 0 before the first one
  for (std::uint32_t c = range.begin; c < range.end; ++c) {
    const std::uint32_t place = to[c];
    if (place == gone_connection) continue;
    if (place < end && place == result.back().end) {
      ++result.back().end;
      continue;
    }
    result.push_back({place, place + 1});
    end = *std::ranges::upper_bound(bounds, place);
  }
}

}  // namespace

void event_queue::follow(slot &item, const projection &connections,
                         std::span<const std::uint32_t> to) {
  const auto ours = [&](const filed &one) { return one.connections == &connections; };
  if (std::ranges::none_of(item.batches, ours)) return;
  std::vector<connection_range> moved;
  for (filed &one : item.batches) {
    const std::size_t first = moved.size();
    const auto segments = std::span(item.segments).subspan(one.first, one.count);
    if (ours(one)) {
      for (const connection_range range : segments) {
        append_moved(range, to, connections.segment_bounds(), moved);
      }
    } else {
      moved.insert(moved.end(), segments.begin(), segments.end());
    }
    one.first = first;
    one.count = moved.size() - first;
  }
  item.segments = std::move(moved);
}

void event_queue::follow(const projection &connections, std::span<const std::uint32_t> to) {
  for (slot &item : ring_) follow(item, connections, to);
  for (auto &[due, item] : far_) follow(item, connections, to);
}

void event_queue::prepare_for(const projection &connections) {
  const double longest = connections.delays().back();
  if (longest == 0.0) return;
  const double steps =
      (connections.whole_steps() ? longest : std::ceil(longest / time_.dt())) + 4.0;
  const auto ahead =
      static_cast<std::int64_t>(std::min(steps, static_cast<double>(ring_steps - 1)));
  const std::size_t room = std::bit_ceil(static_cast<std::size_t>(ahead) + 1);
  destinations_.resize(std::max(destinations_.size(), connections.delays().size()));
  if (room <= ring_.size()) return;
  std::vector<slot> larger(room);
  for (std::size_t k = 0; k < ring_.size(); ++k) {
    const std::int64_t step = time_.step() + static_cast<std::int64_t>(k);
    larger[static_cast<std::size_t>(step) & (room - 1)] = std::move(slot_at(step));
  }
  ring_ = std::move(larger);
  mask_ = room - 1;
  time_.look_ahead(static_cast<std::int64_t>(room) - 1);
}

void event_queue::clear() {
  for (slot &item : ring_) item = slot{};
  far_.clear();
}

void event_queue::copy(const event_queue &other) {
  ring_ = other.ring_;
  mask_ = other.mask_;
  far_ = other.far_;
  destinations_.resize(other.destinations_.size());
}

void event_queue::append(slot &own, const slot &from, const filed &item, const projection &ours) {
  const std::size_t first = own.segments.size();
  const auto begin = from.segments.begin() + static_cast<std::ptrdiff_t>(item.first);
  own.segments.insert(own.segments.end(), begin, begin + static_cast<std::ptrdiff_t>(item.count));
  own.batches.push_back({item.due, &ours, first, item.count});
}

void event_queue::take_over(slot &own, const slot &from, const same_connections &same) {
  for (const filed &item : from.batches) append(own, from, item, *same.at(item.connections));
}

void event_queue::go_on_from(const event_queue &other, const same_connections &same) {
  for (std::size_t ahead = 1; ahead < other.ring_.size(); ++ahead) {
    const std::int64_t step = time_.step() + static_cast<std::int64_t>(ahead);
    const slot &from = other.ring_[static_cast<std::size_t>(step) & other.mask_];
    if (from.batches.empty()) continue;
    take_over(ahead < ring_.size() ? slot_at(step) : far_[from.batches.front().due], from, same);
  }
  for (const auto &[due, from] : other.far_) take_over(far_[due], from, same);
}

void event_queue::replace(slot &own, const std::set<const projection *> &some, const slot &from) {
  slot made;
  for (const filed &item : own.batches) {
    if (!some.contains(item.connections)) append(made, own, item, *item.connections);
  }
  for (const filed &item : from.batches) {
    if (some.contains(item.connections)) append(made, from, item, *item.connections);
  }
  own = std::move(made);
}

void event_queue::replace(const std::set<const projection *> &some, const event_queue &copy) {
  for (std::size_t k = 0; k < ring_.size(); ++k) replace(ring_[k], some, copy.ring_[k]);
  for (const auto &[due, from] : copy.far_) replace(far_[due], some, from);
}

void event_queue::forget(const projection &connections) {
  const auto is_of = [&](const filed &item) { return item.connections == &connections; };
  for (slot &item : ring_) std::erase_if(item.batches, is_of);
  for (auto &[due, item] : far_) std::erase_if(item.batches, is_of);
}

event_queue::slot &event_queue::slot_for(double due, const step_clock &now) {
  const std::int64_t ahead = static_cast<std::int64_t>(ring_.size()) - 2;
  if (due - now.t() > static_cast<double>(ahead - 2) * now.dt()) {
    if (static_cast<std::int64_t>(ring_.size()) >= ring_steps) return far_[due];
  }
  return slot_at(now.arrival(due));
}

event_queue::slot &event_queue::file(const projection &connections, double delay, std::size_t count,
                                     const step_clock &now) {
  const double due = due_of(connections, delay, now);
  slot &target = slot_for(due, now);
  const std::size_t first = target.segments.size();
  target.segments.resize(first + count);
  target.batches.push_back({due, &connections, first, count});
  return target;
}

void event_queue::send(const projection &connections, std::span<const std::int32_t> rows,
                       const step_clock &now) {
  if (connections.single_delay()) {
    send_single(connections, rows, now);
  } else {
    send_several(connections, rows, now);
  }
}

void event_queue::send_single(const projection &connections, std::span<const std::int32_t> rows,
                              const step_clock &now) {
  const double delay = connections.delays().front();
  if (delay == 0.0 || rows.empty()) return;
  slot &target = file(connections, delay, rows.size(), now);
  std::transform(rows.begin(), rows.end(), target.segments.end() - std::ssize(rows),
                 [&](std::int32_t row) { return connections.segment(row); });
}

void event_queue::count_by_delay(const projection &connections,
                                 std::span<const std::int32_t> rows) {
  std::fill_n(destinations_.begin(), connections.delays().size(), destination{});
  for (const std::int32_t row : rows) {
    for (auto s = connections.segments_begin(row); s < connections.segments_end(row); ++s) {
      ++destinations_[static_cast<std::size_t>(connections.delay_of(s))].count;
    }
  }
}

void event_queue::send_several(const projection &connections, std::span<const std::int32_t> rows,
                               const step_clock &now) {
  const auto delays = connections.delays();
  count_by_delay(connections, rows);
  for (std::size_t d = 0; d < delays.size(); ++d) {
    destination &to = destinations_[d];
    if (to.count == 0 || delays[d] == 0.0) continue;
    to.target = &file(connections, delays[d], to.count, now);
    to.count = to.target->batches.back().first;
  }
  // Only now: several delays may share a slot, whose memory moves while it grows.
  for (std::size_t d = 0; d < delays.size(); ++d) {
    destination &to = destinations_[d];
    if (to.target != nullptr) to.next = to.target->segments.data() + to.count;
  }
  for (const std::int32_t row : rows) {
    for (auto s = connections.segments_begin(row); s < connections.segments_end(row); ++s) {
      connection_range *&out =
          destinations_[static_cast<std::size_t>(connections.delay_of(s))].next;
      if (out != nullptr) *out++ = connections.segment(s);
    }
  }
}

void event_queue::add_view(const slot &from) {
  for (const filed &item : from.batches) {
    view_.push_back(
        {item.due, item.connections, std::span(from.segments).subspan(item.first, item.count)});
  }
}

std::span<const batch> event_queue::arriving() {
  view_.clear();
  if (ring_.empty()) return view_;
  for (const auto &[due, item] : far_) {
    if (due > time_.t()) break;
    add_view(item);
  }
  add_view(slot_at(time_.step()));
  if (!is_sorted_by_due(view_)) {
    std::stable_sort(view_.begin(), view_.end(),
                     [](const batch &a, const batch &b) { return a.due < b.due; });
  }
  return view_;
}

void event_queue::discard() noexcept {
  if (ring_.empty()) return;
  slot &now = slot_at(time_.step());
  now.batches.clear();
  now.segments.clear();
  while (!far_.empty() && far_.begin()->first <= time_.t()) far_.erase(far_.begin());
}

std::size_t event_queue::bytes() const noexcept {
  std::size_t total = ring_.capacity() * sizeof(slot);
  for (const slot &item : ring_) {
    total += item.segments.capacity() * sizeof(connection_range) +
             item.batches.capacity() * sizeof(filed);
  }
  for (const auto &[due, item] : far_) {
    total += sizeof(slot) + item.segments.capacity() * sizeof(connection_range) +
             item.batches.capacity() * sizeof(filed);
  }
  return total;
}

}  // namespace annarchy_ml
