// In which order the nodes of a tree are eliminated, many at a time.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace annarchy_ml {

// A resistor between two nodes that are left: one of the tree, or what the elimination of a node
// leaves between its two neighbours.
struct tree_edge {
  double conductance = 0.0;  // [S], of the tree
  std::int32_t made_by = -1;
  std::int32_t used_by = -1;  // the one of its ends that is eliminated first
  bool second = false;        // of its two edges, which one this is
};

// What is eliminated: a node with at most two neighbours.
struct eliminated_node {
  std::int32_t node;
  int neighbours;  // 0 for the last one of all
  std::array<std::int32_t, 2> neighbour;
  std::array<std::int32_t, 2> edge;
  std::int32_t made = -1;  // the edge between its neighbours from now on
};

// Nodes that do not touch each other, so that all may be eliminated side by side: ends of the tree,
// or nodes between two others.
struct tree_round {
  bool between = false;
  std::vector<eliminated_node> nodes;
};

struct tree_rounds {
  std::vector<tree_edge> edges;
  std::vector<tree_round> rounds;
};

// Ends are eliminated as long as there are `enough` of them; else nodes between two others as well,
// every second one of a cable, so that a cable of n nodes takes log n rounds.
tree_rounds find_rounds(const std::vector<std::int32_t> &parent,
                        const std::vector<double> &conductance, std::size_t enough);

}  // namespace annarchy_ml
