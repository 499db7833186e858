// The tree of resistors of each cell: eight cells at a time, or eight nodes of a few cells.
#include "cable.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "error.hpp"
#include "lane_vector.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t most_lanes = 64;

// Raises engine_error(argument) where the tree is none.
void check(const cable_shape &shape) {
  const std::size_t nodes = shape.parent.size();
  require(nodes > 0 && shape.conductance.size() == nodes && shape.compartment.size() == nodes,
          "cable", "a parent, a conductance and a compartment are needed of each node");
  require(shape.lanes > 0 && shape.lanes <= most_lanes && shape.cells >= 0, "cable",
          "1 to 64 cells lie side by side");
  std::vector<int> seen(shape.capacitance.size());
  for (std::size_t n = 0; n < nodes; ++n) {
    const std::int32_t parent = shape.parent[n];
    require(n == 0 ? parent == -1 : parent >= 0 && parent < static_cast<std::int32_t>(n), "cable",
            "parents stand before their children");
    const std::int32_t own = shape.compartment[n];
    require(own >= -1 && own < std::ssize(seen), "cable", "there is no compartment of this number");
    if (own >= 0) ++seen[static_cast<std::size_t>(own)];
  }
  require(std::all_of(seen.begin(), seen.end(), [](int count) { return count == 1; }), "cable",
          "every compartment is one node");
}

}  // namespace

cable::cable(cable_shape given) : shape_(std::move(given)) {
  check(shape_);
  for (const std::int64_t width : {shape_.lanes, shape_.cells % shape_.lanes}) {
    if (width >= vector_lanes && !wide_) wide_.emplace(shape_);
    if (width == 0 || width >= vector_lanes) continue;
    narrow_.emplace_back(shape_, width);
    room_ = std::max(room_, narrow_.back().room());
  }
  if (wide_) room_ = std::max(room_, wide_->room());
  room_ += vector_lanes;
}

template <class Real>
cable_work<Real> cable::work_on(const cable_values &values, double dt,
                                std::vector<double> &room) const {
  if (room.size() < room_) room.resize(room_);
  const double per_step = (shape_.second_order ? 2.0 : 1.0) / dt;
  return {static_cast<Real *>(values.potential),
          static_cast<const Real *>(values.rate),
          static_cast<const Real *>(values.slope),
          0,
          per_step,
          shape_.second_order,
          lanes::aligned(room.data()),
          values.kept};
}

template <class Real>
void cable::solve_all(std::int64_t begin, std::int64_t end, cable_work<Real> now) const {
  now.potential += begin;
  now.rate += begin;
  now.slope += begin;
  for (std::int64_t first = begin; first < end; first += unit()) {
    now.width = std::min(unit(), end - first) / compartments();
    if (now.width >= vector_lanes) {
      wide_->solve(now);
    } else {
      narrow(now.width).solve(now);
    }
    now.potential += unit();
    now.rate += unit();
    now.slope += unit();
  }
}

void cable::solve(std::int64_t begin, std::int64_t end, double dt, const cable_values &values,
                  bool single_precision, std::vector<double> &room) const {
  if (single_precision) {
    solve_all(begin, end, work_on<float>(values, dt, room));
  } else {
    solve_all(begin, end, work_on<double>(values, dt, room));
  }
}

settled_tree cable::prepare(std::int64_t begin, const std::vector<char> &steady) const {
  const std::int64_t width = std::min(unit(), size() - begin) / compartments();
  return width >= vector_lanes ? wide_->prepare(steady, width) : narrow(width).prepare(steady);
}

template <class Real>
void cable::settle_unit(std::int64_t begin, cable_work<Real> now) const {
  now.potential += begin;
  now.rate += begin;
  now.slope += begin;
  now.width = std::min(unit(), size() - begin) / compartments();
  if (now.width >= vector_lanes) {
    wide_->settle(now);
  } else {
    narrow(now.width).settle(now);
  }
}

void cable::settle(std::int64_t begin, double dt, const cable_values &values, bool single_precision,
                   std::vector<double> &room) const {
  if (single_precision) {
    settle_unit(begin, work_on<float>(values, dt, room));
  } else {
    settle_unit(begin, work_on<double>(values, dt, room));
  }
}

}  // namespace annarchy_ml
