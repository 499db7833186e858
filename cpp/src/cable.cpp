// The tree of resistors of each cell, solved for some cells side by side.
#include "cable.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "error.hpp"
#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

// What one solution works on: `width` cells side by side, the first instance of which is `first`.
template <class Real>
struct work {
  const cable_shape &shape;
  const double *total;
  Real *potential;
  const Real *rate;
  const Real *slope;
  std::int64_t first;
  double per_step;  // 1/dt
  double *factor;   // per node and lane: the diagonal, then what a child takes over of its parent
  double *value;    // per node and lane: the right-hand side, then the potential
};

template <class Real, int Width>
[[gnu::always_inline]] inline void fill(const work<Real> &now, std::int64_t lanes) {
  const std::int64_t width = Width > 0 ? Width : lanes;
  for (std::size_t n = 0; n < now.shape.parent.size(); ++n) {
    const std::int32_t own = now.shape.compartment[n];
    double *diagonal = now.factor + static_cast<std::int64_t>(n) * width;
    double *right = now.value + static_cast<std::int64_t>(n) * width;
    if (own < 0) {
      std::fill_n(diagonal, width, now.total[n]);
      std::fill_n(right, width, 0.0);
      continue;
    }
    const double capacitance = now.shape.capacitance[static_cast<std::size_t>(own)];
    const std::int64_t at = now.first + own * width;
    for (std::int64_t k = 0; k < width; ++k) {
      const double held = now.per_step - static_cast<double>(now.slope[at + k]);
      diagonal[k] = capacitance * held + now.total[n];
      right[k] = capacitance * (static_cast<double>(now.potential[at + k]) * held +
                                static_cast<double>(now.rate[at + k]));
    }
  }
}

template <class Real, int Width>
[[gnu::always_inline]] inline void eliminate(const work<Real> &now, std::int64_t lanes) {
  const std::int64_t width = Width > 0 ? Width : lanes;
  for (std::size_t n = now.shape.parent.size(); n-- > 1;) {
    const double joined = now.shape.conductance[n];
    double *factor = now.factor + static_cast<std::int64_t>(n) * width;
    double *value = now.value + static_cast<std::int64_t>(n) * width;
    double *above = now.factor + now.shape.parent[n] * width;
    double *above_value = now.value + now.shape.parent[n] * width;
    for (std::int64_t k = 0; k < width; ++k) {
      const double inverse = 1.0 / factor[k];
      factor[k] = joined * inverse;
      value[k] *= inverse;
      above[k] -= factor[k] * joined;
      above_value[k] += value[k] * joined;
    }
  }
}

template <class Real, int Width>
[[gnu::always_inline]] inline void substitute(const work<Real> &now, std::int64_t lanes) {
  const std::int64_t width = Width > 0 ? Width : lanes;
  for (std::int64_t k = 0; k < width; ++k) now.value[k] /= now.factor[k];
  for (std::size_t n = 0; n < now.shape.parent.size(); ++n) {
    double *value = now.value + static_cast<std::int64_t>(n) * width;
    if (n > 0) {
      const double *factor = now.factor + static_cast<std::int64_t>(n) * width;
      const double *above = now.value + now.shape.parent[n] * width;
      for (std::int64_t k = 0; k < width; ++k) value[k] += factor[k] * above[k];
    }
    const std::int32_t own = now.shape.compartment[n];
    if (own < 0) continue;
    Real *potential = now.potential + now.first + own * width;
    for (std::int64_t k = 0; k < width; ++k) potential[k] = static_cast<Real>(value[k]);
  }
}

template <class Real, int Width>
[[gnu::always_inline]] inline void solve_some(const work<Real> &now, std::int64_t lanes) {
  fill<Real, Width>(now, lanes);
  eliminate<Real, Width>(now, lanes);
  substitute<Real, Width>(now, lanes);
}

ANNARCHY_ML_CLONES void solve_eight(const work<double> &now) { solve_some<double, 8>(now, 8); }
ANNARCHY_ML_CLONES void solve_eight(const work<float> &now) { solve_some<float, 8>(now, 8); }

template <class Real>
void solve_width(const work<Real> &now, std::int64_t width) {
  if (width == 8) return solve_eight(now);
  if (width == 1) return solve_some<Real, 1>(now, 1);
  solve_some<Real, 0>(now, width);
}

}  // namespace

cable::cable(cable_shape given) : shape_(std::move(given)) {
  const std::size_t nodes = shape_.parent.size();
  require(nodes > 0 && shape_.conductance.size() == nodes && shape_.compartment.size() == nodes,
          "cable", "a parent, a conductance and a compartment are needed of each node");
  require(shape_.lanes > 0 && shape_.cells >= 0, "cable", "there must be cells");
  total_.resize(nodes);
  std::vector<int> seen(shape_.capacitance.size());
  for (std::size_t n = 0; n < nodes; ++n) {
    const std::int32_t parent = shape_.parent[n];
    require(n == 0 ? parent == -1 : parent >= 0 && parent < static_cast<std::int32_t>(n), "cable",
            "parents stand before their children");
    const std::int32_t own = shape_.compartment[n];
    require(own >= -1 && own < std::ssize(seen), "cable", "there is no compartment of this number");
    if (own >= 0) ++seen[static_cast<std::size_t>(own)];
    if (n == 0) continue;
    total_[n] += shape_.conductance[n];
    total_[static_cast<std::size_t>(parent)] += shape_.conductance[n];
  }
  require(std::all_of(seen.begin(), seen.end(), [](int count) { return count == 1; }), "cable",
          "every compartment is one node");
}

void cable::solve(std::int64_t begin, std::int64_t end, double dt, const cable_values &values,
                  bool single_precision, std::vector<double> &room) const {
  if (room.size() < this->room()) room.resize(this->room());
  double *value = room.data() + room.size() / 2;
  for (std::int64_t first = begin; first < end; first += unit()) {
    const std::int64_t width = std::min(unit(), end - first) / compartments();
    if (single_precision) {
      solve_width(work<float>{shape_, total_.data(), static_cast<float *>(values.potential),
                              static_cast<const float *>(values.rate),
                              static_cast<const float *>(values.slope), first, 1.0 / dt,
                              room.data(), value},
                  width);
    } else {
      solve_width(work<double>{shape_, total_.data(), static_cast<double *>(values.potential),
                               static_cast<const double *>(values.rate),
                               static_cast<const double *>(values.slope), first, 1.0 / dt,
                               room.data(), value},
                  width);
    }
  }
}

}  // namespace annarchy_ml
