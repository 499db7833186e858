// Calls of event kernels, and the collection of the events that instances sent.
#include "delivery.hpp"

#include <algorithm>

namespace annarchy_ml {

namespace {

// Flags looked at together while searching: two cache lines.
constexpr std::int64_t stride = 32;

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

struct target_run {
  const std::int32_t *begin;
  const std::int32_t *end;
};

target_run own_targets(const projection &connections, std::uint32_t segment, const receiver &to) {
  const std::int32_t *all = connections.targets();
  if (to.thread >= 0 && connections.is_cut()) {
    return {all + connections.begin_of(segment, to.thread),
            all + connections.end_of(segment, to.thread)};
  }
  const std::int32_t *first = all + connections.begin(segment);
  const std::int32_t *last = all + connections.end(segment);
  if (to.thread >= 0) {
    first = std::lower_bound(first, last, to.own.begin);
    last = std::lower_bound(first, last, to.own.end);
  }
  return {first, last};
}

// Segments lie anywhere in memory: their bounds are fetched two distances ahead, the beginning of
// their connections one distance.
void prefetch(const projection &connections, std::span<const std::uint32_t> segments, std::size_t k,
              int thread) noexcept {
  constexpr std::size_t distance = 4;
  if (k + 2 * distance < segments.size()) {
    connections.prefetch_bounds(segments[k + 2 * distance]);
  }
  if (k + distance < segments.size()) {
    const std::uint32_t segment = segments[k + distance];
    const bool part = thread >= 0 && connections.is_cut();
    connections.prefetch_connections(
        part ? connections.begin_of(segment, thread) : connections.begin(segment),
        part ? connections.end_of(segment, thread) : connections.end(segment));
  }
}

void call(const projection &connections, const receiver &to, const aml_context *context,
          target_run run) {
  if (run.begin == run.end) return;
  const void *weights = connections.weights_from(run.begin - connections.targets());
  to.kernel(context, run.begin, weights, run.end - run.begin);
}

}  // namespace

void deliver(const projection &connections, std::span<const std::uint32_t> segments,
             const receiver &to) {
  for (std::size_t k = 0; k < segments.size(); ++k) {
    prefetch(connections, segments, k, to.thread);
    const target_run run = own_targets(connections, segments[k], to);
    if (to.n_stepped <= 0) {
      call(connections, to, to.waiting, run);
      continue;
    }
    const std::int32_t *cut = std::lower_bound(run.begin, run.end, to.n_stepped);
    call(connections, to, to.stepped, {run.begin, cut});
    call(connections, to, to.waiting, {cut, run.end});
  }
}

void immediate_segments(const projection &connections, std::span<const std::int32_t> rows,
                        std::vector<std::uint32_t> &segments) {
  for (const std::int32_t row : rows) {
    const std::int64_t first = connections.segments_begin(row);
    if (first == connections.segments_end(row) || connections.delay_of(first) != 0) continue;
    segments.push_back(static_cast<std::uint32_t>(first));
  }
}

std::int64_t connections_in(const projection &connections,
                            std::span<const std::uint32_t> segments) noexcept {
  std::int64_t total = 0;
  for (const std::uint32_t segment : segments) {
    total += connections.end(segment) - connections.begin(segment);
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
    for (std::int64_t c = connections.begin(segment); c < connections.end(segment); ++c) {
      take(emitted, connections.targets()[c], rows);
    }
  }
}

}  // namespace annarchy_ml
