#include "tree_elimination.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "cable.hpp"
#include "lane_vector.hpp"
#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

std::int64_t padded(std::int64_t width) {
  return (width + vector_lanes - 1) / vector_lanes * vector_lanes;
}

// Eight cells `Vectors` times, the first of which is `first`; fewer where that is 0: `count`.
template <class Real, int Vectors, tree_pass Pass>
struct some_cells {
  static constexpr int vectors = Vectors > 0 ? Vectors : 1;
  static constexpr std::int64_t step = 2 * vectors * vector_lanes;  // numbers of a node in the room
  static constexpr tree_pass pass = Pass;

  const cable_work<Real> &now;
  std::int64_t first, count;
  std::int64_t nodes;  // of the tree

  [[gnu::always_inline]] void load(lane_vector &into, const Real *from, std::int32_t compartment,
                                   int k) const {
    const Real *own = from + compartment * now.width + first + k * vector_lanes;
    if constexpr (Vectors > 0) {
      lanes::load(into, own);
    } else {
      lanes::load_some(into, own, count);
    }
  }

  [[gnu::always_inline]] void store(Real *into, std::int32_t compartment, int k,
                                    const lane_vector &from) const {
    Real *own = into + compartment * now.width + first + k * vector_lanes;
    if constexpr (Vectors > 0) {
      lanes::store(own, from);
    } else {
      lanes::store_some(own, from, count);
    }
  }

  // Where number `which` of what is kept of a node lies.
  [[gnu::always_inline]] double *kept(std::int64_t node, int k, std::int64_t which) const {
    const std::int64_t width = padded(now.width);
    return now.kept->room + (which * nodes + node) * width + first + k * vector_lanes;
  }
  // What a node takes over of its parent, and its potential without that, then with it.
  [[gnu::always_inline]] double *factor(std::int64_t node, int k) const {
    if constexpr (Pass != tree_pass::whole) return kept(node, k, 0);
    return now.room + node * step + 2 * vector_lanes * k;
  }
  [[gnu::always_inline]] double *value(std::int64_t node, int k) const {
    return now.room + node * step + 2 * vector_lanes * k + vector_lanes;
  }
  [[gnu::always_inline]] double *inverse(std::int64_t node, int k) const {
    return kept(node, k, 1);
  }
  // What charges a compartment at potential 0 [A]; no number where that does not stay.
  [[gnu::always_inline]] double *charging(std::int64_t node, int k) const {
    return kept(node, k, 2);
  }
};

// The equation of one node: what multiplies its potential, and the right-hand side.
template <class Cells>
[[gnu::always_inline]] inline void gather_node(const Cells &cells,
                                               const tree_elimination::order &order,
                                               const tree_elimination::node &node, std::int64_t own,
                                               int k, lane_vector &diagonal, lane_vector &right) {
  diagonal = node.total - lane_vector{};
  right = lane_vector{};
  if (node.compartment >= 0) {
    lane_vector potential, rate, slope;
    cells.load(potential, cells.now.potential, node.compartment, k);
    cells.load(rate, cells.now.rate, node.compartment, k);
    cells.load(slope, cells.now.slope, node.compartment, k);
    const lane_vector held = cells.now.per_step - slope;
    diagonal += node.capacitance * held;
    right = node.capacitance * (potential * held + rate);
    if constexpr (Cells::pass == tree_pass::settled) {
      lane_vector charging;
      lanes::load(charging, cells.charging(own, k));
      const lane_vector stays = node.capacitance * cells.now.per_step * potential + charging;
      right = charging == charging ? stays : right;
    }
  }
  for (std::int32_t c = node.first_child; c < node.last_child; ++c) {
    const std::int32_t child = order.children[static_cast<std::size_t>(c)];
    const double joined = order.nodes[static_cast<std::size_t>(child)].conductance;
    lane_vector factor, value;
    lanes::load(factor, cells.factor(child, k));
    lanes::load(value, cells.value(child, k));
    diagonal -= factor * joined;
    right += value * joined;
  }
}

// A node whose equation stays but for the potentials: no division, and no currents are read.
template <class Cells>
[[gnu::always_inline]] inline void step_settled(const Cells &cells,
                                                const tree_elimination::order &order,
                                                const tree_elimination::node &node,
                                                std::int64_t own, int k) {
  lane_vector right, inverse;
  lanes::load(right, cells.charging(own, k));
  lanes::load(inverse, cells.inverse(own, k));
  if (node.compartment >= 0) {
    lane_vector potential;
    cells.load(potential, cells.now.potential, node.compartment, k);
    right += node.capacitance * cells.now.per_step * potential;
  }
  for (std::int32_t c = node.first_child; c < node.last_child; ++c) {
    const std::int32_t child = order.children[static_cast<std::size_t>(c)];
    lane_vector value;
    lanes::load(value, cells.value(child, k));
    right += value * order.nodes[static_cast<std::size_t>(child)].conductance;
  }
  lanes::store(cells.value(own, k), right * inverse);
}

template <class Cells>
[[gnu::always_inline]] inline void step_node(const Cells &cells,
                                             const tree_elimination::order &order,
                                             const tree_elimination::node &node, std::int64_t own,
                                             int k) {
  lane_vector diagonal, right;
  gather_node(cells, order, node, own, k, diagonal, right);
  const lane_vector inverse = 1.0 / diagonal;
  lanes::store(cells.factor(own, k), node.conductance * inverse);
  lanes::store(cells.value(own, k), right * inverse);
  if constexpr (Cells::pass == tree_pass::settling) {
    lane_vector rate{}, charging;
    if (node.compartment >= 0) cells.load(rate, cells.now.rate, node.compartment, k);
    lanes::load(charging, cells.charging(own, k));
    const lane_vector found = node.capacitance * rate;
    lanes::store(cells.charging(own, k), charging == charging ? found : charging);
    lanes::store(cells.inverse(own, k), inverse);
  }
}

template <class Cells>
[[gnu::always_inline]] inline void eliminate(const Cells &cells,
                                             const tree_elimination::order &order) {
  std::int64_t own = 0;
  for (const tree_elimination::node &node : order.nodes) {
    bool settled = false;
    if constexpr (Cells::pass == tree_pass::settled) {
      settled = cells.now.kept->settled[static_cast<std::size_t>(own)] != 0;
    }
    for (int k = 0; k < Cells::vectors; ++k) {
      if (settled) {
        step_settled(cells, order, node, own, k);
      } else {
        step_node(cells, order, node, own, k);
      }
    }
    ++own;
  }
}

template <class Cells>
[[gnu::always_inline]] inline void substitute(const Cells &cells,
                                              const tree_elimination::order &order) {
  for (std::int64_t n = std::ssize(order.nodes) - 1; n >= 0; --n) {
    const tree_elimination::node &node = order.nodes[static_cast<std::size_t>(n)];
    for (int k = 0; k < Cells::vectors; ++k) {
      lane_vector value;
      lanes::load(value, cells.value(n, k));
      if (node.parent >= 0) {
        lane_vector factor, above;
        lanes::load(factor, cells.factor(n, k));
        lanes::load(above, cells.value(node.parent, k));
        value += factor * above;
        lanes::store(cells.value(n, k), value);
      }
      if (node.compartment < 0) continue;
      if (cells.now.second_order) {
        lane_vector before;
        cells.load(before, cells.now.potential, node.compartment, k);
        value = 2.0 * value - before;
      }
      cells.store(cells.now.potential, node.compartment, k, value);
    }
  }
}

template <tree_pass Pass, class Real>
[[gnu::always_inline]] inline void solve_all(const cable_work<Real> &now,
                                             const tree_elimination::order &order) {
  std::int64_t first = 0;
  const auto solve = [&]<int Vectors>() __attribute__((always_inline)) {
    const some_cells<Real, Vectors, Pass> cells{now, first, now.width - first,
                                                std::ssize(order.nodes)};
    eliminate(cells, order);
    if (Pass != tree_pass::settling) substitute(cells, order);
    first += Vectors * vector_lanes;
  };
  while (now.width - first >= 2 * vector_lanes) solve.template operator()<2>();
  if (now.width - first >= vector_lanes) solve.template operator()<1>();
  if (now.width > first) solve.template operator()<0>();
}

ANNARCHY_ML_CLONES void solve_wide(const cable_work<double> &now,
                                   const tree_elimination::order &order) {
  solve_all<tree_pass::whole>(now, order);
}
ANNARCHY_ML_CLONES void solve_wide(const cable_work<float> &now,
                                   const tree_elimination::order &order) {
  solve_all<tree_pass::whole>(now, order);
}
ANNARCHY_ML_CLONES void settle_wide(const cable_work<double> &now,
                                    const tree_elimination::order &order) {
  solve_all<tree_pass::settling>(now, order);
}
ANNARCHY_ML_CLONES void settle_wide(const cable_work<float> &now,
                                    const tree_elimination::order &order) {
  solve_all<tree_pass::settling>(now, order);
}
ANNARCHY_ML_CLONES void solve_settled_wide(const cable_work<double> &now,
                                           const tree_elimination::order &order) {
  solve_all<tree_pass::settled>(now, order);
}
ANNARCHY_ML_CLONES void solve_settled_wide(const cable_work<float> &now,
                                           const tree_elimination::order &order) {
  solve_all<tree_pass::settled>(now, order);
}

template <class Real>
void solve_either(const cable_work<Real> &now, const tree_elimination::order &order) {
  if (now.kept != nullptr) {
    solve_settled_wide(now, order);
  } else {
    solve_wide(now, order);
  }
}

// Of each node, how many nodes lie between it and its farthest leaf.
std::vector<int> heights(const std::vector<std::int32_t> &parent) {
  std::vector<int> found(parent.size());
  for (std::size_t n = parent.size(); n-- > 1;) {
    int &above = found[static_cast<std::size_t>(parent[n])];
    above = std::max(above, found[n] + 1);
  }
  return found;
}

}  // namespace

void settled_tree::make_room(std::size_t numbers) {
  memory.assign(numbers + static_cast<std::size_t>(vector_lanes), 0.0);
  room = lanes::aligned(memory.data());
}

tree_elimination::tree_elimination(const cable_shape &shape) {
  const std::size_t count = shape.parent.size();
  const std::vector<int> height = heights(shape.parent);
  std::vector<std::size_t> sorted(count);
  std::iota(sorted.begin(), sorted.end(), 0);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](std::size_t a, std::size_t b) { return height[a] < height[b]; });
  std::vector<std::int32_t> place(count);
  for (std::size_t k = 0; k < count; ++k) place[sorted[k]] = static_cast<std::int32_t>(k);
  std::vector<std::vector<std::int32_t>> children(count);
  std::vector<double> total(count);
  for (std::size_t n = 1; n < count; ++n) {
    const auto parent = static_cast<std::size_t>(shape.parent[n]);
    children[parent].push_back(place[n]);
    total[n] += shape.conductance[n];
    total[parent] += shape.conductance[n];
  }
  for (const std::size_t n : sorted) {
    const std::int32_t own = shape.compartment[n];
    const auto first = static_cast<std::int32_t>(order_.children.size());
    order_.children.insert(order_.children.end(), children[n].begin(), children[n].end());
    order_.nodes.push_back({total[n], n == 0 ? 0.0 : shape.conductance[n],
                            own < 0 ? 0.0 : shape.capacitance[static_cast<std::size_t>(own)], own,
                            n == 0 ? -1 : place[static_cast<std::size_t>(shape.parent[n])], first,
                            static_cast<std::int32_t>(order_.children.size())});
  }
}

std::size_t tree_elimination::room() const noexcept {
  return 4 * order_.nodes.size() * static_cast<std::size_t>(vector_lanes);
}

settled_tree tree_elimination::prepare(const std::vector<char> &steady, std::int64_t width) const {
  const auto wide = static_cast<std::size_t>(padded(width));
  settled_tree made;
  made.make_room(3 * order_.nodes.size() * wide);
  double *charging = made.room + 2 * order_.nodes.size() * wide;
  for (const node &item : order_.nodes) {
    const std::int32_t *child = order_.children.data();
    bool settled = std::all_of(child + item.first_child, child + item.last_child, [&](auto n) {
      return made.settled[static_cast<std::size_t>(n)] != 0;
    });
    for (std::int64_t lane = 0; lane < width && item.compartment >= 0; ++lane) {
      if (steady[static_cast<std::size_t>(item.compartment * width + lane)] != 0) continue;
      charging[lane] = std::numeric_limits<double>::quiet_NaN();
      settled = false;
    }
    made.settled.push_back(settled ? 1 : 0);
    charging += wide;
  }
  return made;
}

void tree_elimination::settle(const cable_work<double> &now) const { settle_wide(now, order_); }

void tree_elimination::settle(const cable_work<float> &now) const { settle_wide(now, order_); }

void tree_elimination::solve(const cable_work<double> &now) const { solve_either(now, order_); }

void tree_elimination::solve(const cable_work<float> &now) const { solve_either(now, order_); }

}  // namespace annarchy_ml
