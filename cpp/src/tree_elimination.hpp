// One tree for many cells side by side: a node of eight of them at a time.
#pragma once

#include <cstdint>
#include <vector>

namespace annarchy_ml {

struct cable_shape;

// What of the solution of some cells stays as it is from step to step: the elimination of nodes
// that are settled, which are compartments whose currents always answer the potential alike (and
// points without membrane) behind which there are no others.
struct settled_tree {
  // Rows of eight nodes that follow each other in all that they read and write. What they get from
  // nodes that are gone begins at `pulled`, unless that is negative, and is of one each.
  struct strip {
    std::int32_t row, rows;
    std::int32_t compartment, pulled, above;
  };
  std::vector<char> settled;  // of each node (`tree_elimination`), or row of eight of them
  std::vector<strip> strips;  // all rows in order; `rows` is 0 where one is by itself
  std::vector<double> memory;
  double *room = nullptr;  // in it, where a vector may begin

  void make_room(std::size_t numbers);
};

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
  double *room;              // begins where a vector may
  const settled_tree *kept;  // null: nothing is settled
};

// Whether the whole tree is solved, what stays is found, or only the rest is solved.
enum class tree_pass : std::uint8_t { whole, settling, settled };

// Elimination from the leaves to the root, all nodes of one height after those below, so that each
// needs not wait for the one before; substitution in the reverse order.
class tree_elimination {
 public:
  explicit tree_elimination(const cable_shape &shape);

  [[nodiscard]] std::size_t room() const noexcept;
  void solve(const cable_work<double> &now) const;
  void solve(const cable_work<float> &now) const;
  // Room for what stays of `width` cells; `steady` says of each compartment of each of them whether
  // its currents always answer alike.
  [[nodiscard]] settled_tree prepare(const std::vector<char> &steady, std::int64_t width) const;
  // Finds what stays. Potentials are 0, and rates what they then are.
  void settle(const cable_work<double> &now) const;
  void settle(const cable_work<float> &now) const;

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
