// Calls of event kernels, and the collection of the events that instances sent.
#include "delivery.hpp"

#include <algorithm>
#include <array>

namespace annarchy_ml {

namespace {

// Flags looked at together while searching: two cache lines.
constexpr std::int64_t stride = 32;
// Runs that a kernel gets in one call.
constexpr std::size_t most_runs = 64;

bool any_set(const std::int32_t *flags) noexcept {
  std::int32_t any = 0;
  for (std::int64_t k = 0; k < stride; ++k) any |= flags[k];
  return any != 0;
}

void take(std::int32_t *emitted, std::int64_t instance, std::vector<std::int32_t> &rows) {
  for (std::int32_t n = emitted[instance]; n > 0; --n) {
    rows.push_back(static_cast<std::int32_t>(instance));
  }
  emitted[instance] = 0;
}

connection_range own_part(const projection &connections, std::uint32_t segment,
                          const receiver &to) {
  if (to.thread < 0) return connections.connections(segment);
  return connections.part_of(segment, to.thread, to.own.begin, to.own.end);
}

// Gathers runs and hands them to the kernel many at a time.
class run_list {
 public:
  run_list(const projection &connections, const receiver &to) : connections_(connections), to_(to) {
    events_.runs = runs_.data();
    events_.layout = connections.store().layout;
    events_.weight = connections.store().weight;
  }
  void add(connection_range range) {
    if (range.empty()) return;
    runs_[count_++] = connections_.run_of(range);
    if (count_ == most_runs) hand_over(to_.waiting);
  }
  void hand_over(const aml_context *context) {
    if (count_ == 0) return;
    events_.n_runs = static_cast<std::int64_t>(count_);
    to_.kernel(context, &events_);
    count_ = 0;
  }

 private:
  const projection &connections_;
  const receiver &to_;
  aml_events events_{};
  std::size_t count_ = 0;
  std::array<aml_run, most_runs> runs_;
};

// Some of the targets have taken this step, the others have not.
void deliver_split(const projection &connections, std::span<const std::uint32_t> segments,
                   const receiver &to) {
  run_list list(connections, to);
  for (const std::uint32_t segment : segments) {
    const connection_range range = own_part(connections, segment, to);
    const std::int64_t cut = connections.first_from(range, to.n_stepped);
    list.add({range.begin, cut});
    list.hand_over(to.stepped);
    list.add({cut, range.end});
    list.hand_over(to.waiting);
  }
}

}  // namespace

void deliver(const projection &connections, std::span<const std::uint32_t> segments,
             const receiver &to) {
  if (to.n_stepped > 0) {
    deliver_split(connections, segments, to);
    return;
  }
  constexpr std::size_t ahead = 16;
  run_list list(connections, to);
  for (std::size_t k = 0; k < segments.size(); ++k) {
    if (k + ahead < segments.size()) connections.prefetch_bounds(segments[k + ahead]);
    list.add(own_part(connections, segments[k], to));
  }
  list.hand_over(to.waiting);
}

void immediate_segments(const projection &connections, std::span<const std::int32_t> rows,
                        std::vector<std::uint32_t> &segments) {
  for (const std::int32_t row : rows) {
    const std::int64_t first = connections.segments_begin(row);
    if (first == connections.segments_end(row) || connections.delay_of(first) != 0) continue;
    segments.push_back(static_cast<std::uint32_t>(first));
  }
}

std::int64_t connections_in(const projection &connections, std::span<const std::uint32_t> segments,
                            std::int64_t enough) noexcept {
  std::int64_t total = 0;
  for (const std::uint32_t segment : segments) {
    if (total >= enough) break;
    const connection_range range = connections.connections(segment);
    total += range.end - range.begin;
  }
  return total;
}

void collect_emitted(std::int32_t *emitted, instance_range range, std::vector<std::int32_t> &rows) {
  std::int64_t i = range.begin;
  for (; i + stride <= range.end; i += stride) {
    if (!any_set(emitted + i)) continue;
    for (std::int64_t k = i; k < i + stride; ++k) take(emitted, k, rows);
  }
  for (; i < range.end; ++i) take(emitted, i, rows);
}

void collect_emitted(std::int32_t *emitted, const projection &connections,
                     std::span<const std::uint32_t> segments, std::vector<std::int32_t> &rows) {
  for (const std::uint32_t segment : segments) {
    const connection_range range = connections.connections(segment);
    for (std::int64_t c = range.begin; c < range.end; ++c) {
      take(emitted, connections.store().target(c), rows);
    }
  }
}

}  // namespace annarchy_ml
