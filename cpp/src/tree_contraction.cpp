#include "tree_contraction.hpp"

#include <algorithm>

#include "cable.hpp"
#include "contraction_plan.hpp"
#include "lane_vector.hpp"
#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

// Where values lie in the room: of each edge its conductance, what its node takes over of the
// potential at its other end, and what it leaves there; of each node its potential.
struct edge_room {
  double *conductance, *factor, *diagonal, *right, *value;
};

edge_room places_in(double *room, const tree_contraction::plan &plan) {
  const std::size_t edges = plan.conductance.size();
  return {room, room + edges, room + 2 * edges, room + 3 * edges, room + 4 * edges};
}

// What eight nodes leave to their neighbours at the far ends of some edges.
[[gnu::always_inline]] inline void leave(const edge_room &at, std::int64_t edge,
                                         const lane_vector &joined, const lane_vector &inverse,
                                         const lane_vector &right, lane_vector &factor) {
  factor = joined * inverse;
  lanes::store(at.factor + edge, factor);
  lanes::store(at.diagonal + edge, factor * joined);
  lanes::store(at.right + edge, factor * right);
}

template <class Real>
[[gnu::always_inline]] inline void eliminate(const cable_work<Real> &now, const edge_room &at,
                                             const tree_contraction::plan &plan) {
  const double *total = plan.total.data(), *farads = plan.capacitance.data();
  std::int64_t own = 0;
  for (const tree_contraction::row &row : plan.rows) {
    lane_vector diagonal, capacitance, potential, rate, slope;
    lanes::load(diagonal, total + own);
    lanes::load(capacitance, farads + own);
    const auto &[first, each] = row.compartment;
    lanes::gather(potential, now.potential, first, each.data());
    lanes::gather(rate, now.rate, first, each.data());
    lanes::gather(slope, now.slope, first, each.data());
    const lane_vector held = now.per_step - slope;
    diagonal += capacitance * held;
    lane_vector right = capacitance * (potential * held + rate);
    for (std::int32_t k = row.pull; k < row.last_pull; ++k) {
      const tree_contraction::places &pull = plan.pulls[static_cast<std::size_t>(k)];
      lane_vector taken, given;
      lanes::gather(taken, at.diagonal, pull.first, pull.each.data());
      lanes::gather(given, at.right, pull.first, pull.each.data());
      diagonal -= taken;
      right += given;
    }
    const lane_vector inverse = 1.0 / diagonal;
    lanes::store(at.value + own, right * inverse);
    lane_vector factor, joined;
    lanes::load(joined, (own < plan.changing ? plan.conductance.data() : at.conductance) + own);
    leave(at, own, joined, inverse, right, factor);
    if (row.second >= 0) {
      lanes::load(joined, at.conductance + row.second);
      const lane_vector made = factor * joined;
      for (int k = 0; k < vector_lanes; ++k) {
        at.conductance[row.made.each[static_cast<std::size_t>(k)]] = made[k];
      }
      leave(at, row.second, joined, inverse, right, factor);
    }
    own += vector_lanes;
  }
}

// Keeps the potentials of eight nodes, or of those among them that have a membrane.
template <class Real>
[[gnu::always_inline]] inline void keep(const cable_work<Real> &now,
                                        const tree_contraction::row &row,
                                        const lane_vector &found) {
  lane_vector value = found;
  const auto &[first, each] = row.compartment;
  if (now.second_order) {
    lane_vector before;
    lanes::gather(before, now.potential, first, each.data());
    value = 2.0 * value - before;
  }
  if (first >= 0 && row.membranes == 0xFF) return lanes::store(now.potential + first, value);
  for (std::size_t k = 0; k < each.size(); ++k) {
    if ((row.membranes >> k & 1U) != 0) now.potential[each[k]] = static_cast<Real>(value[k]);
  }
}

template <class Real>
[[gnu::always_inline]] inline void substitute(const cable_work<Real> &now, const edge_room &at,
                                              const tree_contraction::plan &plan) {
  for (std::size_t n = plan.rows.size(); n-- > 0;) {
    const tree_contraction::row &row = plan.rows[n];
    const std::int64_t own = vector_lanes * static_cast<std::int64_t>(n);
    lane_vector value, factor, other;
    lanes::load(value, at.value + own);
    lanes::load(factor, at.factor + own);
    lanes::gather(other, at.value, row.above.first, row.above.each.data());
    value += factor * other;
    if (row.second >= 0) {
      lanes::load(factor, at.factor + row.second);
      lanes::gather(other, at.value, row.beside.first, row.beside.each.data());
      value += factor * other;
    }
    lanes::store(at.value + own, value);
    keep(now, row, value);
  }
}

template <class Real>
[[gnu::always_inline]] inline void solve_all(const cable_work<Real> &now,
                                             const tree_contraction::plan &plan) {
  const edge_room at = places_in(now.room, plan);
  std::copy(plan.conductance.begin() + plan.changing, plan.conductance.end(),
            at.conductance + plan.changing);
  const std::ptrdiff_t nothing = std::ssize(plan.conductance) - 2 * vector_lanes;
  std::fill_n(at.diagonal + nothing, vector_lanes, 0.0);
  std::fill_n(at.right + nothing, vector_lanes, 0.0);
  eliminate(now, at, plan);
  substitute(now, at, plan);
}

ANNARCHY_ML_CLONES void solve_narrow(const cable_work<double> &now,
                                     const tree_contraction::plan &plan) {
  solve_all(now, plan);
}
ANNARCHY_ML_CLONES void solve_narrow(const cable_work<float> &now,
                                     const tree_contraction::plan &plan) {
  solve_all(now, plan);
}

}  // namespace

tree_contraction::tree_contraction(const cable_shape &shape, std::int64_t width)
    : width_(width), plan_(contraction_plan(shape, width)) {}

std::size_t tree_contraction::room() const noexcept {
  return 4 * plan_.conductance.size() + plan_.total.size();
}

void tree_contraction::solve(const cable_work<double> &now) const { solve_narrow(now, plan_); }

void tree_contraction::solve(const cable_work<float> &now) const { solve_narrow(now, plan_); }

}  // namespace annarchy_ml
