// Calls of event kernels, and the collection of the events that instances sent.
#include "delivery.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "deferred_events.hpp"
#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t stride = 64;  // flags looked at together while searching
// Runs that a kernel gets in one call.
constexpr std::size_t most_runs = 256;

// The first stride of flags from `begin` on in which one is set, or where less than one is left;
// bit k: whether its flag k is set.
ANNARCHY_ML_CLONES
std::int64_t next_stride(const std::int64_t *flags, std::int64_t begin, std::int64_t end,
                         std::uint64_t &bits) noexcept {
  for (; begin + stride <= end; begin += stride) {
    const std::int64_t *own = flags + begin;
    std::int64_t any = 0;
    for (std::uint64_t k = 0; k < stride; ++k) any |= own[k];
    if (any == 0) continue;
    std::uint64_t found = 0;
    for (std::uint64_t k = 0; k < stride; ++k) {
      found |= static_cast<std::uint64_t>(own[k] != 0) << k;
    }
    bits = found;
    break;
  }
  return begin;
}

void take(std::int64_t *emitted, std::int64_t instance, std::vector<std::int32_t> &rows) {
  for (std::int64_t n = emitted[instance]; n > 0; --n) {
    rows.push_back(static_cast<std::int32_t>(instance));
  }
  emitted[instance] = 0;
}

// Runs that are fetched while a run is handled: about a thousand connections, or what a dozen lines
// of memory hold.
std::int32_t runs_ahead(std::span<const connection_range> segments) {
  const std::int64_t some = std::min<std::int64_t>(std::ssize(segments), 16);
  std::int64_t total = 1;
  for (std::int64_t k = 0; k < some; ++k) total += segments[static_cast<std::size_t>(k)].size();
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(256 * some / total, 2, 16));
}

// Gathers runs and hands them to the kernel many at a time.
class run_list {
 public:
  run_list(const projection &connections, const receiver &to, std::int32_t ahead)
      : connections_(connections), to_(to), events_(connections.describe()) {
    events_.ahead = ahead;
    events_.runs = runs_.data();
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
  aml_events events_;
  std::size_t count_ = 0;
  std::array<aml_run, most_runs> runs_;
};

// What of a range belongs to the receiver.
connection_range part_for(const receiver &to, const projection &connections,
                          connection_range range) noexcept {
  if (to.whole) return range;
  if (to.cuts == nullptr || range.segment == connection_range::none) {
    return connections.part_of(range, to.own);
  }
  return to.cuts->part_of(range, to.thread);
}

// Fetches what `part_for` will look at.
void prefetch_part(const receiver &to, const projection &connections,
                   connection_range range) noexcept {
  if (to.cuts == nullptr || range.segment == connection_range::none) {
    connections.prefetch_part(range, to.own);
  } else {
    to.cuts->prefetch(range);
  }
}

// Some of the targets have taken this step, the others have not.
void deliver_split(const projection &connections, std::span<const connection_range> segments,
                   const receiver &to) {
  run_list list(connections, to, 1);
  for (const connection_range segment : segments) {
    const connection_range range = part_for(to, connections, segment);
    const std::uint32_t cut = connections.first_from(range, to.n_stepped);
    list.add({range.begin, cut});
    list.hand_over(to.stepped);
    list.add({cut, range.end});
    list.hand_over(to.waiting);
  }
}

// Each row first hears what has waited for it.
void deliver_in_order(const projection &connections, std::span<const connection_range> segments,
                      const receiver &to) {
  run_list list(connections, to, 1);
  for (const connection_range segment : segments) {
    const connection_range part = part_for(to, connections, segment);
    if (part.empty()) continue;
    to.deferred->catch_up(to.thread, part);
    list.add(part);
    list.hand_over(to.waiting);
  }
}

}  // namespace

void deliver(const projection &connections, std::span<const connection_range> segments,
             const receiver &to) {
  if (to.n_stepped > 0) {
    deliver_split(connections, segments, to);
    return;
  }
  if (to.deferred != nullptr) {
    deliver_in_order(connections, segments, to);
    return;
  }
  run_list list(connections, to, runs_ahead(segments));
  if (to.whole) {
    for (const connection_range segment : segments) list.add(segment);
  } else {
    constexpr std::size_t ahead = 16;
    for (std::size_t k = 0; k < segments.size(); ++k) {
      if (k + ahead < segments.size()) prefetch_part(to, connections, segments[k + ahead]);
      list.add(part_for(to, connections, segments[k]));
    }
  }
  list.hand_over(to.waiting);
}

void immediate_segments(const projection &connections, std::span<const std::int32_t> rows,
                        std::vector<connection_range> &segments) {
  for (const std::int32_t row : rows) {
    const std::int64_t first = connections.segments_begin(row);
    if (first == connections.segments_end(row) || connections.delay_of(first) != 0) continue;
    segments.push_back(connections.segment(first));
  }
}

std::int64_t connections_in(std::span<const connection_range> segments,
                            std::int64_t enough) noexcept {
  std::int64_t total = 0;
  for (const connection_range segment : segments) {
    if (total >= enough) break;
    total += segment.size();
  }
  return total;
}

void collect_emitted(std::int64_t *emitted, instance_range range, std::vector<std::int32_t> &rows) {
  std::uint64_t bits = 0;
  std::int64_t i = next_stride(emitted, range.begin, range.end, bits);
  for (; i + stride <= range.end; i = next_stride(emitted, i + stride, range.end, bits)) {
    for (; bits != 0; bits &= bits - 1) take(emitted, i + std::countr_zero(bits), rows);
  }
  for (; i < range.end; ++i) take(emitted, i, rows);
}

void collect_emitted(std::int64_t *emitted, const projection &connections,
                     std::span<const connection_range> segments, std::vector<std::int32_t> &rows) {
  for (const connection_range segment : segments) {
    for (std::uint32_t c = segment.begin; c < segment.end; ++c) {
      take(emitted, connections.store().target(c), rows);
    }
  }
}

}  // namespace annarchy_ml
