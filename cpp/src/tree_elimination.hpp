// One tree for many cells side by side: a node of eight of them at a time.
#pragma once

#include <cstdint>
#include <vector>

namespace annarchy_ml {

struct cable_shape;

// What one solution works on. The potential [V], its rate [V/s] and the slope of that [1/s] begin
// with the first compartment of the first of `width` cells.
template <class Real>
struct cable_work {
  Real *potential;
  const Real *rate;
  const Real *slope;
  std::int64_t width;
  double per_step;  // 1/dt, of half a step where it is taken twice
  bool second_order;
  double *room;  // begins where a vector may
};

// Elimination from the leaves to the root, all nodes of one height after those below, so that each
// needs not wait for the one before; substitution in the reverse order.
class tree_elimination {
 public:
  explicit tree_elimination(const cable_shape &shape);

  [[nodiscard]] std::size_t room() const noexcept;
  void solve(const cable_work<double> &now) const;
  void solve(const cable_work<float> &now) const;

  struct node {
    double total;        // all conductances at it [S]
    double conductance;  // to its parent [S]
    double capacitance;  // [F]
    std::int32_t compartment;
    std::int32_t parent;  // by its place in this order
    std::int32_t first_child, last_child;
  };
  struct order {
    std::vector<node> nodes;
    std::vector<std::int32_t> children;
  };

 private:
  order order_;
};

}  // namespace annarchy_ml
