// Contraction of a tree: Miller and Reif 1985, doi:10.1109/SFCS.1985.43; of a cable alone it is the
// cyclic reduction of Hockney 1965, doi:10.1145/321250.321259.
#include "tree_rounds.hpp"

#include <algorithm>
#include <utility>

namespace annarchy_ml {

namespace {

template <class Values>
auto &at(Values &values, std::int32_t n) {
  return values[static_cast<std::size_t>(n)];
}

struct link {
  std::int32_t node, edge;
};

class contraction {
 public:
  contraction(const std::vector<std::int32_t> &parent, const std::vector<double> &conductance)
      : links_(parent.size()), gone_(parent.size()), taken_(parent.size()) {
    for (std::size_t n = 1; n < parent.size(); ++n) {
      join(static_cast<std::int32_t>(n), parent[n], {conductance[n]});
    }
    for (std::size_t n = 0; n < parent.size(); ++n) {
      left_.push_back(static_cast<std::int32_t>(n));
      if (links_[n].size() < 2) ends_.push_back(static_cast<std::int32_t>(n));
    }
  }

  tree_rounds all(std::size_t enough) {
    while (!ends_.empty()) {
      std::vector<std::int32_t> ends = std::exchange(ends_, {});
      std::erase_if(ends, [&](std::int32_t n) {
        if (!stays(n)) return false;
        ends_.push_back(n);
        return true;
      });
      for (const std::int32_t n : ends) at(taken_, n) = 1;
      const std::vector<std::int32_t> between =
          ends.size() < enough ? nodes_between() : std::vector<std::int32_t>();
      eliminate(ends, false);
      eliminate(between, true);
    }
    return std::move(found_);
  }

 private:
  void join(std::int32_t a, std::int32_t b, const tree_edge &edge) {
    const auto number = static_cast<std::int32_t>(found_.edges.size());
    found_.edges.push_back(edge);
    at(links_, a).push_back({b, number});
    at(links_, b).push_back({a, number});
  }

  void part(std::int32_t from, std::int32_t edge) {
    std::erase_if(at(links_, from), [&](const link &item) { return item.edge == edge; });
  }

  // Of two ends that are joined, the first one stays.
  bool stays(std::int32_t n) const {
    const std::vector<link> &own = at(links_, n);
    if (own.size() != 1) return false;
    const std::int32_t other = own.front().node;
    return at(links_, other).size() == 1 && n < other;
  }

  // Nodes with two neighbours, none of which is taken.
  std::vector<std::int32_t> nodes_between() {
    std::vector<std::int32_t> found;
    std::erase_if(left_, [&](std::int32_t n) { return at(gone_, n) != 0; });
    for (const std::int32_t n : left_) {
      const std::vector<link> &own = at(links_, n);
      const bool free = at(taken_, n) == 0 && own.size() == 2 && at(taken_, own[0].node) == 0 &&
                        at(taken_, own[1].node) == 0;
      if (!free) continue;
      at(taken_, n) = 1;
      found.push_back(n);
    }
    return found;
  }

  void eliminate(const std::vector<std::int32_t> &nodes, bool between) {
    if (nodes.empty()) return;
    found_.rounds.push_back({between, {}});
    for (const std::int32_t n : nodes) found_.rounds.back().nodes.push_back(one(n));
  }

  eliminated_node one(std::int32_t n) {
    const std::vector<link> own = std::exchange(at(links_, n), {});
    eliminated_node done{n, static_cast<int>(own.size()), {n, n}, {-1, -1}};
    at(gone_, n) = 1;
    for (std::size_t k = 0; k < own.size(); ++k) {
      done.neighbour[k] = own[k].node;
      done.edge[k] = own[k].edge;
      at(found_.edges, own[k].edge).used_by = n;
      at(found_.edges, own[k].edge).second = k == 1;
      part(own[k].node, own[k].edge);
    }
    if (own.size() == 2) {
      done.made = static_cast<std::int32_t>(found_.edges.size());
      join(own[0].node, own[1].node, {0.0, n});
    } else if (own.size() == 1 && at(links_, own[0].node).size() == 1) {
      ends_.push_back(own[0].node);
    }
    return done;
  }

  std::vector<std::vector<link>> links_;
  std::vector<char> gone_, taken_;
  std::vector<std::int32_t> left_, ends_;
  tree_rounds found_;
};

}  // namespace

tree_rounds find_rounds(const std::vector<std::int32_t> &parent,
                        const std::vector<double> &conductance, std::size_t enough) {
  return contraction(parent, conductance).all(enough);
}

}  // namespace annarchy_ml
