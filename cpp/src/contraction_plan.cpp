#include "contraction_plan.hpp"

#include <algorithm>

#include "cable.hpp"
#include "lane_vector.hpp"
#include "tree_rounds.hpp"

namespace annarchy_ml {

namespace {

using places = tree_contraction::places;

constexpr std::int32_t unknown = -1;

std::int32_t as_place(std::size_t number) { return static_cast<std::int32_t>(number); }

// Eight places, those behind the last `given` ones made up: as if they went on, or else alike.
void complete(places &made, std::size_t given, std::int32_t most) {
  for (std::size_t k = given; k < made.each.size(); ++k) {
    made.each[k] = std::min(made.each[k - 1] + 1, most);
  }
  for (std::size_t k = 1; k < made.each.size(); ++k) {
    if (made.each[k] != made.each[k - 1] + 1) return;
  }
  made.first = made.each[0];
}

// Lays the nodes of some trees side by side out in rows: `width` trees, one beside the other.
class layout {
 public:
  layout(const cable_shape &shape, std::int64_t width)
      : shape_(shape),
        width_(static_cast<std::size_t>(width)),
        enough_((static_cast<std::size_t>(vector_lanes) + width_ - 1) / width_),
        found_(find_rounds(shape.parent, shape.conductance, enough_)),
        place_(shape.parent.size() * width_, unknown),
        from_(shape.parent.size()) {}

  tree_contraction::plan made() {
    for (tree_round &round : found_.rounds) place_nodes(round);
    const std::size_t all = plan_.rows.size() * eight;
    std::size_t edges = all;
    for (tree_contraction::row &row : plan_.rows) {
      if (row.second < 0) continue;
      row.second = as_place(edges);
      edges += eight;
    }
    nothing_ = as_place(edges);
    plan_.conductance.assign(edges + 2 * eight, 0.0);
    plan_.total.assign(all, 1.0);
    plan_.capacitance.assign(all, 0.0);
    plan_.changing =
        std::ranges::find_if(plan_.rows, [](const auto &row) { return row.second >= 0; }) -
        plan_.rows.begin();
    plan_.changing *= vector_lanes;
    find_totals();
    std::size_t row = 0;
    for (const tree_round &round : found_.rounds) row = fill(round, row);
    return std::move(plan_);
  }

 private:
  static constexpr std::size_t eight = vector_lanes;

  std::int32_t &place(std::int32_t node, std::size_t lane) {
    return place_[static_cast<std::size_t>(node) * width_ + lane];
  }

  // The nodes of a round, those first that get something from the first places.
  void place_nodes(tree_round &round) {
    std::stable_sort(round.nodes.begin(), round.nodes.end(),
                     [&](const eliminated_node &a, const eliminated_node &b) {
                       return first_source(a.node) < first_source(b.node);
                     });
    std::size_t next = plan_.rows.size() * eight;
    for (const eliminated_node &item : round.nodes) {
      for (std::size_t lane = 0; lane < width_; ++lane) place(item.node, lane) = as_place(next++);
      for (int k = 0; k < item.neighbours; ++k) {
        from_[static_cast<std::size_t>(item.neighbour[static_cast<std::size_t>(k)])].push_back(
            item.edge[static_cast<std::size_t>(k)]);
      }
    }
    tree_contraction::row row;
    row.second = round.between ? 0 : -1;  // numbered once all rows are known
    plan_.rows.resize((next + eight - 1) / eight, row);
  }

  std::int32_t first_source(std::int32_t node) {
    const auto &own = from_[static_cast<std::size_t>(node)];
    return own.empty() ? unknown : place(edge(own.front()).used_by, 0);
  }

  const tree_edge &edge(std::int32_t number) const {
    return found_.edges[static_cast<std::size_t>(number)];
  }

  // Where an edge lies, beside the node that is eliminated first.
  std::int32_t edge_place(std::int32_t number, std::size_t lane) {
    const tree_edge &item = edge(number);
    const std::int32_t own = place(item.used_by, lane);
    if (!item.second) return own;
    return plan_.rows[static_cast<std::size_t>(own) / eight].second + own % as_place(eight);
  }

  void find_totals() {
    total_.resize(shape_.parent.size());
    for (std::size_t n = 1; n < total_.size(); ++n) {
      total_[n] += shape_.conductance[n];
      total_[static_cast<std::size_t>(shape_.parent[n])] += shape_.conductance[n];
    }
  }

  // The rows of a round, of which the first is given; gives the row behind.
  std::size_t fill(const tree_round &round, std::size_t row) {
    const std::size_t count = round.nodes.size() * width_;
    for (std::size_t first = 0; first < count; first += eight, ++row) {
      const std::size_t given = std::min(eight, count - first);
      fill_row(round, first, given, row);
    }
    return row;
  }

  void fill_row(const tree_round &round, std::size_t first, std::size_t given, std::size_t number) {
    tree_contraction::row &row = plan_.rows[number];
    std::size_t pulls = 0;
    row.made.each.fill(nothing_ + as_place(eight));
    for (std::size_t k = 0; k < given; ++k) {
      const eliminated_node &item = round.nodes[(first + k) / width_];
      const std::size_t lane = (first + k) % width_;
      fill_place(item, lane, number * eight + k);
      row.compartment.each[k] = compartment(item.node, lane);
      row.above.each[k] = place(item.neighbour[0], lane);
      row.beside.each[k] = place(item.neighbour[1], lane);
      if (item.made >= 0) row.made.each[k] = edge_place(item.made, lane);
      pulls = std::max(pulls, from_[static_cast<std::size_t>(item.node)].size());
    }
    complete(row.compartment, given, as_place(shape_.capacitance.size() * width_) - 1);
    complete(row.above, given, as_place(plan_.total.size()) - 1);
    complete(row.beside, given, as_place(plan_.total.size()) - 1);
    row.pull = as_place(plan_.pulls.size());
    for (std::size_t rank = 0; rank < pulls; ++rank) fill_pull(round, first, given, rank);
    row.last_pull = as_place(plan_.pulls.size());
  }

  // What each of eight nodes gets from one more of those that are gone.
  void fill_pull(const tree_round &round, std::size_t first, std::size_t given, std::size_t rank) {
    places made;
    for (std::size_t k = 0; k < given; ++k) {
      const auto node = static_cast<std::size_t>(round.nodes[(first + k) / width_].node);
      const bool none = rank >= from_[node].size();
      made.each[k] = none ? nothing_ : edge_place(from_[node][rank], (first + k) % width_);
    }
    complete(made, given, nothing_);
    plan_.pulls.push_back(made);
  }

  void fill_place(const eliminated_node &item, std::size_t lane, std::size_t at) {
    const std::int32_t own = shape_.compartment[static_cast<std::size_t>(item.node)];
    plan_.total[at] = total_[static_cast<std::size_t>(item.node)];
    if (own >= 0) {
      plan_.capacitance[at] = shape_.capacitance[static_cast<std::size_t>(own)];
      plan_.rows[at / eight].membranes |= 1U << at % eight;
    }
    for (int k = 0; k < item.neighbours; ++k) {
      const std::int32_t number = item.edge[static_cast<std::size_t>(k)];
      plan_.conductance[static_cast<std::size_t>(edge_place(number, lane))] =
          edge(number).conductance;
    }
  }

  // Whose values a node reads: points without membrane those of any one, which count nothing.
  std::int32_t compartment(std::int32_t node, std::size_t lane) const {
    const std::int32_t own = shape_.compartment[static_cast<std::size_t>(node)];
    return std::max(own, 0) * as_place(width_) + as_place(lane);
  }

  const cable_shape &shape_;
  std::size_t width_, enough_;
  tree_rounds found_;
  std::vector<std::int32_t> place_;              // of each node of each tree, in the rows
  std::vector<std::vector<std::int32_t>> from_;  // of each node: edges to those that are gone
  std::vector<double> total_;                    // of each node [S]
  std::int32_t nothing_ = 0;                     // places that hold 0
  tree_contraction::plan plan_;
};

}  // namespace

tree_contraction::plan contraction_plan(const cable_shape &shape, std::int64_t width) {
  return layout(shape, width).made();
}

}  // namespace annarchy_ml
