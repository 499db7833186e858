// Finds where threads share rows.
#include "row_cuts.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t shortest = 32;  // connections of a segment per cut: an eighth of a byte each

}  // namespace

segment_cuts::segment_cuts(const projection &connections,
                           const std::function<instance_range(int thread)> &own_of,
                           thread_team &team)
    : n_cuts_(static_cast<std::size_t>(team.size()) - 1) {
  const std::size_t n_segments = connections.segment_bounds().size() - 1;
  cuts_.resize(n_segments * n_cuts_);
  team.run([&](int thread) {
    if (thread == 0) return;  // its parts begin where segments do
    const std::int64_t first = own_of(thread).begin;
    auto cut = cuts_.begin() + thread - 1;
    for (std::size_t s = 0; s < n_segments; ++s) {
      const connection_range whole = connections.segment(static_cast<std::int64_t>(s));
      cut[static_cast<std::ptrdiff_t>(s * n_cuts_)] = connections.first_from(whole, first);
    }
  });
}

void row_cuts::add(const projection &connections,
                   const std::function<instance_range(int thread)> &own_of, thread_team &team) {
  const std::int64_t n_segments = std::ssize(connections.segment_bounds()) - 1;
  if (team.size() == 1 || n_segments < 1) return;
  if (connections.size() < n_segments * shortest * (team.size() - 1)) return;
  all_.emplace(&connections, segment_cuts(connections, own_of, team));
}

}  // namespace annarchy_ml
