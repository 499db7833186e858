// Cells of several compartments: the implicit step of all potentials of a cell at once.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tree_contraction.hpp"
#include "tree_elimination.hpp"

namespace annarchy_ml {

// Identical cells, whose compartments are the instances of a group, `lanes` cells side by side:
// their first compartments, then their second ones. The last ones may be fewer.
struct cable_shape {
  std::int64_t cells = 0;
  std::int64_t lanes = 1;
  // Of each node of the tree, parents before children: its parent (-1 for the root), conductance
  // to it [S], compartment (-1 for points without membrane).
  std::vector<std::int32_t> parent;
  std::vector<double> conductance;
  std::vector<std::int32_t> compartment;
  std::vector<double> capacitance;  // of each compartment [F]
  // Whether the step is that of Crank and Nicolson: backward Euler to its middle, and as far again.
  bool second_order = false;
  // Fields: the potential [V], its rate by all currents of the membrane [V/s], the slope of that.
  int potential = -1;
  int rate = -1;
  int slope = -1;
};

// Where the values of the three fields lie, instance 0 first, and what is known already of the
// cells that are solved, if those are `unit` ones.
struct cable_values {
  void *potential = nullptr;
  const void *rate = nullptr;
  const void *slope = nullptr;
  const settled_tree *kept = nullptr;
};

// Backward Euler, or Crank and Nicolson, by elimination from the leaves to the root and
// substitution back. Hines 1984, doi:10.1016/0020-7101(84)90008-4.
class cable {
 public:
  // Raises engine_error(argument) where the tree is none.
  explicit cable(cable_shape given);

  [[nodiscard]] std::int64_t size() const noexcept { return shape_.cells * compartments(); }
  // Instances of cells that lie side by side: only whole ones can be stepped.
  [[nodiscard]] std::int64_t unit() const noexcept { return shape_.lanes * compartments(); }
  [[nodiscard]] const cable_shape &shape() const noexcept { return shape_; }
  // New potentials of the cells whose compartments are begin <= i < end.
  void solve(std::int64_t begin, std::int64_t end, double dt, const cable_values &values,
             bool single_precision, std::vector<double> &room) const;
  // Room for what stays of the solution of the cells side by side whose first instance is `begin`;
  // `steady` says of each of their instances whether its currents always answer alike.
  [[nodiscard]] settled_tree prepare(std::int64_t begin, const std::vector<char> &steady) const;
  // Fills it. Potentials are 0, and rates what they then are.
  void settle(std::int64_t begin, double dt, const cable_values &values, bool single_precision,
              std::vector<double> &room) const;

 private:
  [[nodiscard]] std::int64_t compartments() const noexcept {
    return static_cast<std::int64_t>(shape_.capacitance.size());
  }

  [[nodiscard]] const tree_contraction &narrow(std::int64_t width) const {
    return narrow_[width == narrow_.front().width() ? 0 : 1];
  }
  template <class Real>
  [[nodiscard]] cable_work<Real> work_on(const cable_values &values, double dt,
                                         std::vector<double> &room) const;
  template <class Real>
  void solve_all(std::int64_t begin, std::int64_t end, cable_work<Real> now) const;
  template <class Real>
  void settle_unit(std::int64_t begin, cable_work<Real> now) const;

  cable_shape shape_;
  std::optional<tree_elimination> wide_;  // for cells that fill vectors
  std::vector<tree_contraction> narrow_;  // for fewer, by how many there are
  std::size_t room_ = 0;                  // numbers that a solution needs room for
};

}  // namespace annarchy_ml
