// Few cells: eight nodes of their trees at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tree_elimination.hpp"

namespace annarchy_ml {

// Solves a few cells side by side by eliminating nodes that do not touch each other, in rows of
// eight; what is left is a tree of fewer nodes, and so on.
class tree_contraction {
 public:
  tree_contraction(const cable_shape &shape, std::int64_t width);

  [[nodiscard]] std::int64_t width() const noexcept { return width_; }
  [[nodiscard]] std::size_t room() const noexcept;
  void solve(const cable_work<double> &now) const;
  void solve(const cable_work<float> &now) const;
  // As of `tree_elimination`.
  [[nodiscard]] settled_tree prepare(const std::vector<char> &steady) const;
  void settle(const cable_work<double> &now) const;
  void settle(const cable_work<float> &now) const;

  // Eight numbers of places. They follow each other from `first`, unless that is negative.
  struct places {
    std::int32_t first = -1;
    std::array<std::int32_t, 8> each{};
  };
  // Eight nodes that are eliminated at the same time. A row whose nodes lie between two others has
  // a second row of factors, what it gives, and edges that it makes.
  struct row {
    places compartment;
    places above;           // the rows' places of their neighbours
    places beside;          // of their second ones
    places made;            // where the edges go that they leave behind
    std::int32_t pull = 0;  // the first row of what they get from nodes that are gone
    std::int32_t last_pull = 0;
    std::uint32_t membranes = 0;  // which of the nodes have one, a bit each
    std::int32_t second = -1;     // where their second edges lie; -1 for ends
  };
  struct plan {
    std::vector<row> rows;
    std::vector<places> pulls;
    std::vector<double> total;        // of each place in the rows
    std::vector<double> capacitance;  // of the same
    std::vector<double> conductance;  // of each edge: as many, then the second ones
    std::ptrdiff_t changing = 0;      // the first edge that may be none of the tree
  };

 private:
  std::int64_t width_;
  plan plan_;
};

}  // namespace annarchy_ml
