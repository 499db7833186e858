#include "tree_contraction.hpp"

#include <algorithm>

#include "cable.hpp"
#include "contraction_plan.hpp"
#include "edge_room.hpp"
#include "lane_vector.hpp"
#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

// What eight nodes leave to their neighbours at the far ends of some edges.
[[gnu::always_inline]] inline void leave(const edge_room &at, std::int64_t edge,
                                         const lane_vector &joined, const lane_vector &inverse,
                                         const lane_vector &right, lane_vector &factor) {
  factor = joined * inverse;
  lanes::store(at.factor + edge, factor);
  lanes::store(at.diagonal + edge, factor * joined);
  lanes::store(at.right + edge, factor * right);
}

// What charges a compartment at potential 0 is kept, unless it is no number.
[[gnu::always_inline]] inline void keep_what_stays(double *charging, const lane_vector &found) {
  lane_vector kept;
  lanes::load(kept, charging);
  lanes::store(charging, kept == kept ? found : kept);
}

// The right-hand sides of nodes, of which some stay but for the potentials.
[[gnu::always_inline]] inline void take_what_stays(const double *charging,
                                                   const lane_vector &at_rest, lane_vector &right) {
  lane_vector kept;
  lanes::load(kept, charging);
  right = kept == kept ? at_rest + kept : right;
}

// Points without membrane read the currents of any one, which need not be numbers yet.
[[gnu::always_inline]] inline void leave_out_points(const lane_vector &capacitance,
                                                    lane_vector &rate, lane_vector &slope) {
  rate = capacitance != 0.0 ? rate : lane_vector{};
  slope = capacitance != 0.0 ? slope : lane_vector{};
}

// Eight nodes, and what they leave behind.
template <tree_pass Pass, class Real>
[[gnu::always_inline]] inline void step_row(const cable_work<Real> &now, const edge_room &at,
                                            const tree_contraction::plan &plan,
                                            const tree_contraction::row &row, std::int64_t own) {
  lane_vector diagonal, capacitance, potential, rate, slope;
  lanes::load(diagonal, plan.total.data() + own);
  lanes::load(capacitance, plan.capacitance.data() + own);
  const auto &[first, each] = row.compartment;
  lanes::gather(potential, now.potential, first, each.data());
  lanes::gather(rate, now.rate, first, each.data());
  lanes::gather(slope, now.slope, first, each.data());
  if constexpr (Pass == tree_pass::settling) leave_out_points(capacitance, rate, slope);
  const lane_vector held = now.per_step - slope;
  diagonal += capacitance * held;
  lane_vector right = capacitance * (potential * held + rate);
  if constexpr (Pass == tree_pass::settled) {
    take_what_stays(at.charging + own, capacitance * now.per_step * potential, right);
  }
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
  if constexpr (Pass == tree_pass::settling) {
    lanes::store(at.inverse + own, inverse);
    keep_what_stays(at.charging + own, capacitance * rate);
  }
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
}

// Eight nodes whose equations stay but for the potentials: no division, and no currents are read.
template <class Real>
[[gnu::always_inline]] inline void step_settled(const cable_work<Real> &now, const edge_room &at,
                                                const tree_contraction::plan &plan,
                                                const tree_contraction::row &row,
                                                std::int64_t own) {
  lane_vector capacitance, potential, right, inverse, factor;
  lanes::load(right, at.charging + own);
  lanes::load(inverse, at.inverse + own);
  lanes::load(capacitance, plan.capacitance.data() + own);
  lanes::gather(potential, now.potential, row.compartment.first, row.compartment.each.data());
  right += capacitance * now.per_step * potential;
  for (std::int32_t k = row.pull; k < row.last_pull; ++k) {
    const tree_contraction::places &pull = plan.pulls[static_cast<std::size_t>(k)];
    lane_vector given;
    lanes::gather(given, at.right, pull.first, pull.each.data());
    right += given;
  }
  lanes::store(at.value + own, right * inverse);
  lanes::load(factor, at.factor + own);
  lanes::store(at.right + own, factor * right);
  if (row.second < 0) return;
  lanes::load(factor, at.factor + row.second);
  lanes::store(at.right + row.second, factor * right);
}

// The same of rows that follow each other in all respects.
template <class Real>
[[gnu::always_inline]] inline void step_strip(const cable_work<Real> &now, const edge_room &at,
                                              const tree_contraction::plan &plan,
                                              const settled_tree::strip &strip) {
  const double *farads = plan.capacitance.data();
  for (std::int64_t k = 0; k < strip.rows * vector_lanes; k += vector_lanes) {
    const std::int64_t own = strip.row * vector_lanes + k;
    lane_vector capacitance, potential, right, inverse, factor;
    lanes::load(right, at.charging + own);
    lanes::load(inverse, at.inverse + own);
    lanes::load(capacitance, farads + own);
    lanes::load(potential, now.potential + strip.compartment + k);
    lanes::load(factor, at.factor + own);
    right += capacitance * now.per_step * potential;
    if (strip.pulled >= 0) {
      lane_vector given;
      lanes::load(given, at.right + strip.pulled + k);
      right += given;
    }
    lanes::store(at.value + own, right * inverse);
    lanes::store(at.right + own, factor * right);
  }
}

template <tree_pass Pass, class Real>
[[gnu::always_inline]] inline void eliminate(const cable_work<Real> &now, const edge_room &at,
                                             const tree_contraction::plan &plan) {
  if constexpr (Pass == tree_pass::settled) {
    for (const settled_tree::strip &strip : now.kept->strips) {
      const auto n = static_cast<std::size_t>(strip.row);
      if (strip.rows > 0) {
        step_strip(now, at, plan, strip);
      } else if (now.kept->settled[n] != 0) {
        step_settled(now, at, plan, plan.rows[n], strip.row * vector_lanes);
      } else {
        step_row<Pass>(now, at, plan, plan.rows[n], strip.row * vector_lanes);
      }
    }
  } else {
    std::int64_t own = 0;
    for (const tree_contraction::row &row : plan.rows) {
      step_row<Pass>(now, at, plan, row, own);
      own += vector_lanes;
    }
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
[[gnu::always_inline]] inline void find_row(const cable_work<Real> &now, const edge_room &at,
                                            const tree_contraction::row &row, std::int64_t own) {
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

template <class Real>
[[gnu::always_inline]] inline void find_strip(const cable_work<Real> &now, const edge_room &at,
                                              const settled_tree::strip &strip) {
  for (std::int64_t k = (strip.rows - 1) * vector_lanes; k >= 0; k -= vector_lanes) {
    const std::int64_t own = strip.row * vector_lanes + k;
    Real *potential = now.potential + strip.compartment + k;
    lane_vector value, factor, other;
    lanes::load(value, at.value + own);
    lanes::load(factor, at.factor + own);
    lanes::load(other, at.value + strip.above + k);
    value += factor * other;
    lanes::store(at.value + own, value);
    if (now.second_order) {
      lane_vector before;
      lanes::load(before, potential);
      value = 2.0 * value - before;
    }
    lanes::store(potential, value);
  }
}

template <tree_pass Pass, class Real>
[[gnu::always_inline]] inline void substitute(const cable_work<Real> &now, const edge_room &at,
                                              const tree_contraction::plan &plan) {
  if constexpr (Pass == tree_pass::settled) {
    for (auto strip = now.kept->strips.rbegin(); strip != now.kept->strips.rend(); ++strip) {
      if (strip->rows > 0) {
        find_strip(now, at, *strip);
      } else {
        find_row(now, at, plan.rows[static_cast<std::size_t>(strip->row)],
                 strip->row * vector_lanes);
      }
    }
  } else {
    for (std::size_t n = plan.rows.size(); n-- > 0;) {
      find_row(now, at, plan.rows[n], vector_lanes * static_cast<std::int64_t>(n));
    }
  }
}

template <tree_pass Pass, class Real>
[[gnu::always_inline]] inline void solve_all(const cable_work<Real> &now,
                                             const tree_contraction::plan &plan) {
  const edge_room at = places_in(Pass == tree_pass::whole ? now.room : now.kept->room, plan);
  if constexpr (Pass != tree_pass::settled) {
    std::copy(plan.conductance.begin() + plan.changing, plan.conductance.end(),
              at.conductance + plan.changing);
    const std::ptrdiff_t nothing = std::ssize(plan.conductance) - 2 * vector_lanes;
    std::fill_n(at.diagonal + nothing, vector_lanes, 0.0);
    std::fill_n(at.right + nothing, vector_lanes, 0.0);
  }
  eliminate<Pass>(now, at, plan);
  if constexpr (Pass != tree_pass::settling) substitute<Pass>(now, at, plan);
}

ANNARCHY_ML_CLONES void solve_narrow(const cable_work<double> &now,
                                     const tree_contraction::plan &plan) {
  solve_all<tree_pass::whole>(now, plan);
}
ANNARCHY_ML_CLONES void solve_narrow(const cable_work<float> &now,
                                     const tree_contraction::plan &plan) {
  solve_all<tree_pass::whole>(now, plan);
}
ANNARCHY_ML_CLONES void settle_narrow(const cable_work<double> &now,
                                      const tree_contraction::plan &plan) {
  solve_all<tree_pass::settling>(now, plan);
}
ANNARCHY_ML_CLONES void settle_narrow(const cable_work<float> &now,
                                      const tree_contraction::plan &plan) {
  solve_all<tree_pass::settling>(now, plan);
}
ANNARCHY_ML_CLONES void solve_settled_narrow(const cable_work<double> &now,
                                             const tree_contraction::plan &plan) {
  solve_all<tree_pass::settled>(now, plan);
}
ANNARCHY_ML_CLONES void solve_settled_narrow(const cable_work<float> &now,
                                             const tree_contraction::plan &plan) {
  solve_all<tree_pass::settled>(now, plan);
}

template <class Real>
void solve_either(const cable_work<Real> &now, const tree_contraction::plan &plan) {
  if (now.kept != nullptr) {
    solve_settled_narrow(now, plan);
  } else {
    solve_narrow(now, plan);
  }
}

}  // namespace

tree_contraction::tree_contraction(const cable_shape &shape, std::int64_t width)
    : width_(width), plan_(contraction_plan(shape, width)) {}

std::size_t tree_contraction::room() const noexcept {
  return 4 * plan_.conductance.size() + plan_.total.size();
}

void tree_contraction::settle(const cable_work<double> &now) const { settle_narrow(now, plan_); }

void tree_contraction::settle(const cable_work<float> &now) const { settle_narrow(now, plan_); }

void tree_contraction::solve(const cable_work<double> &now) const { solve_either(now, plan_); }

void tree_contraction::solve(const cable_work<float> &now) const { solve_either(now, plan_); }

}  // namespace annarchy_ml
