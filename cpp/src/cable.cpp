// The tree of resistors of each cell, solved for some cells side by side. Rows of the nodes of a
// tree never overlap: `__restrict` says so to the vectoriser.
#include "cable.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "error.hpp"
#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

constexpr std::size_t most_lanes = 64;

// What one solution works on: `width` cells side by side, the first instance of which is `first`.
template <class Real>
struct work {
  const cable_shape &shape;
  const double *total;
  std::span<const std::int32_t> joints;  // nodes with children that do not follow them
  const char *is_joint;                  // per node
  Real *potential;
  const Real *rate;
  const Real *slope;
  std::int64_t first;
  double per_step;  // 1/dt, of half a step where it is taken twice
  double *factor;   // per node and lane: what it takes over of its parent
  double *value;    // per node and lane: its potential without that, then with it
};

// The equation of one node: what multiplies its potential, and the right-hand side.
template <class Real, int Width>
[[gnu::always_inline]] inline void add_membrane(const work<Real> &now, std::size_t n,
                                                std::int64_t width, double *__restrict diagonal,
                                                double *__restrict right) {
  const std::int32_t own = now.shape.compartment[n];
  if (own < 0) return;
  const double capacitance = now.shape.capacitance[static_cast<std::size_t>(own)];
  const std::int64_t at = now.first + own * width;
  const Real *__restrict potential = now.potential + at;
  for (std::int64_t k = 0; k < width; ++k) {
    const double held = now.per_step - static_cast<double>(now.slope[at + k]);
    diagonal[k] += capacitance * held;
    right[k] += capacitance *
                (static_cast<double>(potential[k]) * held + static_cast<double>(now.rate[at + k]));
  }
}

// From the leaves to the root. What a node leaves to its parent goes on in registers where that
// comes next, else through memory.
template <class Real, int Width>
[[gnu::always_inline]] inline void eliminate(const work<Real> &now, std::int64_t lanes) {
  const std::int64_t width = Width > 0 ? Width : lanes;
  constexpr std::size_t most = Width > 0 ? Width : most_lanes;
  double diagonal[most] = {};
  double right[most] = {};
  for (const std::int32_t n : now.joints) {
    std::fill_n(now.factor + n * width, width, 0.0);
    std::fill_n(now.value + n * width, width, 0.0);
  }
  for (std::size_t n = now.shape.parent.size(); n-- > 0;) {
    double *__restrict factor = now.factor + static_cast<std::int64_t>(n) * width;
    double *__restrict value = now.value + static_cast<std::int64_t>(n) * width;
    const double total = now.total[n];
    for (std::int64_t k = 0; k < width; ++k) diagonal[k] += total;
    if (now.is_joint[n] != 0) {
      for (std::int64_t k = 0; k < width; ++k) diagonal[k] += factor[k];
      for (std::int64_t k = 0; k < width; ++k) right[k] += value[k];
    }
    add_membrane<Real, Width>(now, n, width, diagonal, right);
    const double joined = now.shape.conductance[n];
    for (std::int64_t k = 0; k < width; ++k) {
      const double inverse = 1.0 / diagonal[k];
      factor[k] = joined * inverse;
      value[k] = right[k] * inverse;
      diagonal[k] = -factor[k] * joined;
      right[k] = value[k] * joined;
    }
    const std::int64_t parent = now.shape.parent[n];
    if (parent < 0 || parent + 1 == static_cast<std::int64_t>(n)) continue;
    double *__restrict above = now.factor + parent * width;
    double *__restrict above_value = now.value + parent * width;
    for (std::int64_t k = 0; k < width; ++k) above[k] += diagonal[k];
    for (std::int64_t k = 0; k < width; ++k) above_value[k] += right[k];
    std::fill_n(diagonal, width, 0.0);
    std::fill_n(right, width, 0.0);
  }
}

template <class Real, int Width>
[[gnu::always_inline]] inline void substitute(const work<Real> &now, std::int64_t lanes) {
  const std::int64_t width = Width > 0 ? Width : lanes;
  for (std::size_t n = 0; n < now.shape.parent.size(); ++n) {
    double *__restrict value = now.value + static_cast<std::int64_t>(n) * width;
    if (n > 0) {
      const double *__restrict factor = now.factor + static_cast<std::int64_t>(n) * width;
      const double *__restrict above = now.value + now.shape.parent[n] * width;
      for (std::int64_t k = 0; k < width; ++k) value[k] += factor[k] * above[k];
    }
    const std::int32_t own = now.shape.compartment[n];
    if (own < 0) continue;
    Real *__restrict potential = now.potential + now.first + own * width;
    if (now.shape.second_order) {
      for (std::int64_t k = 0; k < width; ++k) {
        potential[k] = static_cast<Real>(2.0 * value[k] - static_cast<double>(potential[k]));
      }
    } else {
      for (std::int64_t k = 0; k < width; ++k) potential[k] = static_cast<Real>(value[k]);
    }
  }
}

template <class Real, int Width>
[[gnu::always_inline]] inline void solve_some(const work<Real> &now, std::int64_t lanes) {
  eliminate<Real, Width>(now, lanes);
  substitute<Real, Width>(now, lanes);
}

ANNARCHY_ML_CLONES void solve_wide(const work<double> &now, std::int64_t width) {
  solve_some<double, 0>(now, width);
}
ANNARCHY_ML_CLONES void solve_wide(const work<float> &now, std::int64_t width) {
  solve_some<float, 0>(now, width);
}

template <class Real>
void solve_width(const work<Real> &now, std::int64_t width) {
  if (width > 1) return solve_wide(now, width);
  solve_some<Real, 1>(now, 1);
}

}  // namespace

cable::cable(cable_shape given) : shape_(std::move(given)) {
  const std::size_t nodes = shape_.parent.size();
  require(nodes > 0 && shape_.conductance.size() == nodes && shape_.compartment.size() == nodes,
          "cable", "a parent, a conductance and a compartment are needed of each node");
  require(
      shape_.lanes > 0 && static_cast<std::size_t>(shape_.lanes) <= most_lanes && shape_.cells >= 0,
      "cable", "1 to 64 cells lie side by side");
  total_.resize(nodes);
  is_joint_.resize(nodes);
  std::vector<int> seen(shape_.capacitance.size());
  for (std::size_t n = 0; n < nodes; ++n) {
    const std::int32_t parent = shape_.parent[n];
    require(n == 0 ? parent == -1 : parent >= 0 && parent < static_cast<std::int32_t>(n), "cable",
            "parents stand before their children");
    const std::int32_t own = shape_.compartment[n];
    require(own >= -1 && own < std::ssize(seen), "cable", "there is no compartment of this number");
    if (own >= 0) ++seen[static_cast<std::size_t>(own)];
    if (n == 0) continue;
    if (parent + 1 != static_cast<std::int32_t>(n)) is_joint_[static_cast<std::size_t>(parent)] = 1;
    total_[n] += shape_.conductance[n];
    total_[static_cast<std::size_t>(parent)] += shape_.conductance[n];
  }
  require(std::all_of(seen.begin(), seen.end(), [](int count) { return count == 1; }), "cable",
          "every compartment is one node");
  for (std::size_t n = 0; n < nodes; ++n) {
    if (is_joint_[n] != 0) joints_.push_back(static_cast<std::int32_t>(n));
  }
}

void cable::solve(std::int64_t begin, std::int64_t end, double dt, const cable_values &values,
                  bool single_precision, std::vector<double> &room) const {
  if (room.size() < this->room()) room.resize(this->room());
  double *value = room.data() + room.size() / 2;
  const double per_step = (shape_.second_order ? 2.0 : 1.0) / dt;
  for (std::int64_t first = begin; first < end; first += unit()) {
    const std::int64_t width = std::min(unit(), end - first) / compartments();
    if (single_precision) {
      solve_width(work<float>{shape_, total_.data(), joints_, is_joint_.data(),
                              static_cast<float *>(values.potential),
                              static_cast<const float *>(values.rate),
                              static_cast<const float *>(values.slope), first, per_step,
                              room.data(), value},
                  width);
    } else {
      solve_width(work<double>{shape_, total_.data(), joints_, is_joint_.data(),
                               static_cast<double *>(values.potential),
                               static_cast<const double *>(values.rate),
                               static_cast<const double *>(values.slope), first, per_step,
                               room.data(), value},
                  width);
    }
  }
}

}  // namespace annarchy_ml
