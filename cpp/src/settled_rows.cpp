// Which rows of eight nodes are settled, and which of them follow each other in memory.
#include <algorithm>
#include <limits>

#include "edge_room.hpp"
#include "lane_vector.hpp"

namespace annarchy_ml {

namespace {

// Rows by their edges, those that hold nothing among them.
class rows_of_edges {
 public:
  explicit rows_of_edges(const tree_contraction::plan &plan)
      : row_((plan.conductance.size()) / eight, none) {
    for (std::size_t n = 0; n < plan.rows.size(); ++n) {
      row_[n] = n;
      if (plan.rows[n].second >= 0) row_[static_cast<std::size_t>(plan.rows[n].second) / eight] = n;
    }
  }

  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  [[nodiscard]] std::size_t of(std::int32_t edge) const {
    return row_[static_cast<std::size_t>(edge) / eight];
  }

 private:
  static constexpr auto eight = static_cast<std::size_t>(vector_lanes);
  std::vector<std::size_t> row_;
};

// Whether all of eight nodes are steady; marks the others.
bool are_steady(const tree_contraction::row &row, const std::vector<char> &steady,
                double *charging) {
  bool all = true;
  for (std::size_t k = 0; k < row.compartment.each.size(); ++k) {
    const bool has_membrane = (row.membranes >> k & 1U) != 0;
    if (!has_membrane || steady[static_cast<std::size_t>(row.compartment.each[k])] != 0) continue;
    charging[k] = std::numeric_limits<double>::quiet_NaN();
    all = false;
  }
  return all;
}

// A row as a strip of its own; of 0 rows where it reads or writes other than in order.
settled_tree::strip strip_of(const tree_contraction::plan &plan, std::size_t number, bool settled) {
  const tree_contraction::row &row = plan.rows[number];
  settled_tree::strip made{static_cast<std::int32_t>(number), 0, row.compartment.first, -1,
                           row.above.first};
  const std::int32_t pulls = row.last_pull - row.pull;
  if (pulls == 1) made.pulled = plan.pulls[static_cast<std::size_t>(row.pull)].first;
  const bool in_order = row.membranes == 0xFF && made.compartment >= 0 && made.above >= 0 &&
                        row.second < 0 && (pulls == 0 || (pulls == 1 && made.pulled >= 0));
  if (in_order && settled) made.rows = 1;
  return made;
}

bool follows(const settled_tree::strip &last, const settled_tree::strip &next) {
  const std::int32_t all = last.rows * static_cast<std::int32_t>(vector_lanes);
  const bool pulls = last.pulled >= 0 ? next.pulled == last.pulled + all : next.pulled < 0;
  return last.rows > 0 && next.rows > 0 && pulls && next.above == last.above + all &&
         next.compartment == last.compartment + all;
}

}  // namespace

// A row is settled unless a node in it, one that is gone before, or who made its edge is not.
settled_tree tree_contraction::prepare(const std::vector<char> &steady) const {
  settled_tree made;
  made.settled.assign(plan_.rows.size(), 1);
  made.make_room(room() + 2 * plan_.total.size());
  double *charging = places_in(made.room, plan_).charging;
  const rows_of_edges rows(plan_);
  const auto is_settled = [&](std::int32_t edge) {
    const std::size_t row = rows.of(edge);
    return row == rows_of_edges::none || made.settled[row] != 0;
  };
  for (std::size_t n = 0; n < plan_.rows.size(); ++n) {
    const row &item = plan_.rows[n];
    if (!are_steady(item, steady, charging + n * vector_lanes)) made.settled[n] = 0;
    for (std::int32_t k = item.pull; k < item.last_pull; ++k) {
      const auto &pull = plan_.pulls[static_cast<std::size_t>(k)].each;
      if (!std::ranges::all_of(pull, is_settled)) made.settled[n] = 0;
    }
    if (made.settled[n] != 0 || item.second < 0) continue;
    for (const std::int32_t edge : item.made.each) {
      if (const std::size_t row = rows.of(edge); row != rows_of_edges::none) made.settled[row] = 0;
    }
  }
  for (std::size_t n = 0; n < plan_.rows.size(); ++n) {
    const settled_tree::strip next = strip_of(plan_, n, made.settled[n] != 0);
    if (!made.strips.empty() && follows(made.strips.back(), next)) {
      ++made.strips.back().rows;
    } else {
      made.strips.push_back(next);
    }
  }
  return made;
}

}  // namespace annarchy_ml
