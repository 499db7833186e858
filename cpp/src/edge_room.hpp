// Where what a contraction of trees works on lies in its room.
#pragma once

#include "tree_contraction.hpp"

namespace annarchy_ml {

// Where values lie in the room: of each edge its conductance, what its node takes over of the
// potential at its other end, and what it leaves there; of each node its potential. Of settled ones
// also the inverse of what multiplies that, and what charges the compartment at potential 0 [A],
// which is no number where that does not stay.
struct edge_room {
  double *conductance, *factor, *diagonal, *right, *value, *inverse, *charging;
};

inline edge_room places_in(double *room, const tree_contraction::plan &plan) {
  const std::size_t edges = plan.conductance.size(), nodes = plan.total.size();
  double *value = room + 4 * edges;
  return {room,  room + edges,  room + 2 * edges, room + 3 * edges,
          value, value + nodes, value + 2 * nodes};
}

}  // namespace annarchy_ml
