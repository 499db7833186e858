// Potentials of trees against a dense elimination, whatever the number of cells side by side.
#include <algorithm>
#include <cmath>
#include <vector>

#include "cable.hpp"
#include "check.hpp"
#include "error.hpp"

using namespace annarchy_ml;

namespace {

constexpr int nodes = 9;
constexpr double dt = 2.5e-5;

// Node 3 is a branch point without membrane.
cable_shape shape_of(std::int64_t cells, std::int64_t lanes) {
  cable_shape made;
  made.cells = cells;
  made.lanes = lanes;
  made.parent = {-1, 0, 1, 1, 3, 3, 5, 0, 7};
  made.compartment = {0, 1, 2, -1, 3, 4, 5, 6, 7};
  for (int n = 0; n < nodes; ++n) made.conductance.push_back(n == 0 ? 0.0 : 1e-9 * (1 + n));
  for (int c = 0; c < nodes - 1; ++c) made.capacitance.push_back(1e-12 * (2 + c % 3));
  return made;
}

struct state {
  std::vector<double> potential, rate, slope;
};

state start(std::int64_t size) {
  state made;
  for (std::int64_t i = 0; i < size; ++i) {
    const auto k = static_cast<double>(i * 37 % 101);
    made.potential.push_back(-0.07 + 1e-4 * k);
    made.rate.push_back(0.5 * k - 20.0);
    made.slope.push_back(-100.0 - 3.0 * k);
  }
  return made;
}

std::int64_t place(const cable_shape &shape, std::int64_t cell, std::int64_t part) {
  const auto parts = static_cast<std::int64_t>(shape.capacitance.size());
  const std::int64_t first = cell / shape.lanes * shape.lanes;
  const std::int64_t width = std::min(shape.lanes, shape.cells - first);
  return first * parts + part * width + cell - first;
}

// The same system as a full matrix, by elimination without pivots: backward Euler over a step h.
std::vector<double> dense(const cable_shape &shape, const state &at, std::int64_t cell, double h) {
  std::vector<std::vector<double>> matrix(nodes, std::vector<double>(nodes + 1));
  for (std::size_t n = 0; n < nodes; ++n) {
    if (shape.compartment[n] >= 0) {
      const auto part = static_cast<std::size_t>(shape.compartment[n]);
      const auto i = static_cast<std::size_t>(place(shape, cell, shape.compartment[n]));
      matrix[n][n] += shape.capacitance[part] * (1 / h - at.slope[i]);
      matrix[n][nodes] +=
          shape.capacitance[part] * (at.potential[i] * (1 / h - at.slope[i]) + at.rate[i]);
    }
    if (n == 0) continue;
    const auto p = static_cast<std::size_t>(shape.parent[n]);
    const double g = shape.conductance[n];
    matrix[n][n] += g;
    matrix[p][p] += g;
    matrix[n][p] -= g;
    matrix[p][n] -= g;
  }
  for (std::size_t k = 0; k < nodes; ++k) {
    for (std::size_t r = 0; r < nodes; ++r) {
      if (r == k) continue;
      const double factor = matrix[r][k] / matrix[k][k];
      for (std::size_t c = k; c <= nodes; ++c) matrix[r][c] -= factor * matrix[k][c];
    }
  }
  std::vector<double> found(shape.capacitance.size());
  for (std::size_t n = 0; n < nodes; ++n) {
    if (shape.compartment[n] < 0) continue;
    found[static_cast<std::size_t>(shape.compartment[n])] = matrix[n][nodes] / matrix[n][n];
  }
  return found;
}

void agrees_with_dense(std::int64_t cells, std::int64_t lanes) {
  const cable_shape shape = shape_of(cells, lanes);
  const cable made(shape);
  state now = start(made.size());
  const state before = now;
  std::vector<double> room;
  made.solve(0, made.size(), dt, {now.potential.data(), now.rate.data(), now.slope.data()}, false,
             room);
  for (std::int64_t cell = 0; cell < cells; ++cell) {
    const std::vector<double> expected = dense(shape, before, cell, dt);
    for (std::size_t part = 0; part < expected.size(); ++part) {
      const auto i = static_cast<std::size_t>(place(shape, cell, static_cast<std::int64_t>(part)));
      CHECK(std::abs(now.potential[i] - expected[part]) < 1e-14);
    }
  }
}

// A tree whose node n hangs at one of the `reach` nodes before it: 1 makes a cable.
cable_shape grown(int count, int reach, std::int64_t cells, std::int64_t lanes) {
  cable_shape made;
  made.cells = cells;
  made.lanes = lanes;
  for (int n = 0; n < count; ++n) {
    made.parent.push_back(n == 0 ? -1 : std::max(0, n - 1 - n * 7919 % 31 % reach));
    made.conductance.push_back(n == 0 ? 0.0 : 1e-9 * (1 + n % 5));
    made.compartment.push_back(count - 1 - n);
    made.capacitance.push_back(1e-12 * (2 + n % 3));
  }
  return made;
}

// What flows into every compartment charges it: the residual of all equations of a cell.
void flows_add_up(const cable_shape &shape) {
  const cable made(shape);
  state now = start(made.size());
  const state before = now;
  std::vector<double> room;
  made.solve(0, made.size(), dt, {now.potential.data(), now.rate.data(), now.slope.data()}, false,
             room);
  for (std::int64_t cell = 0; cell < shape.cells; ++cell) {
    std::vector<double> left(shape.parent.size());
    const auto at = [&](std::size_t n) {
      return static_cast<std::size_t>(place(shape, cell, shape.compartment[n]));
    };
    for (std::size_t n = 0; n < left.size(); ++n) {
      const std::size_t i = at(n);
      const double moved = now.potential[i] - before.potential[i];
      const double farads = shape.capacitance[static_cast<std::size_t>(shape.compartment[n])];
      left[n] += farads * (moved / dt - before.rate[i] - before.slope[i] * moved);
      if (n == 0) continue;
      const auto parent = static_cast<std::size_t>(shape.parent[n]);
      const double flow = shape.conductance[n] * (now.potential[at(parent)] - now.potential[at(n)]);
      left[n] -= flow;
      left[parent] += flow;
    }
    for (const double amount : left) CHECK(std::abs(amount) < 1e-18);
  }
}

// Crank and Nicolson's rule is backward Euler to the middle of the step, and as far again.
void second_order_goes_twice_as_far() {
  cable_shape shape = shape_of(19, 8);
  shape.second_order = true;
  const cable made(shape);
  state now = start(made.size());
  const state before = now;
  std::vector<double> room;
  made.solve(0, made.size(), dt, {now.potential.data(), now.rate.data(), now.slope.data()}, false,
             room);
  for (std::int64_t cell = 0; cell < shape.cells; ++cell) {
    const std::vector<double> middle = dense(shape, before, cell, dt / 2);
    for (std::size_t part = 0; part < middle.size(); ++part) {
      const auto i = static_cast<std::size_t>(place(shape, cell, static_cast<std::int64_t>(part)));
      CHECK(std::abs(now.potential[i] - (2 * middle[part] - before.potential[i])) < 1e-14);
    }
  }
}

// Cells solved one block after the other have the bits of all at once.
void parts_have_the_same_bits() {
  const cable made(shape_of(21, 8));
  state whole = start(made.size());
  state parts = whole;
  std::vector<double> room;
  made.solve(0, made.size(), dt, {whole.potential.data(), whole.rate.data(), whole.slope.data()},
             false, room);
  for (std::int64_t begin = 0; begin < made.size(); begin += made.unit()) {
    const std::int64_t end = std::min(begin + made.unit(), made.size());
    std::vector<double> own;
    made.solve(begin, end, dt, {parts.potential.data(), parts.rate.data(), parts.slope.data()},
               false, own);
  }
  CHECK(whole.potential == parts.potential);
}

// What stays of all cells, some side by side at a time, and their steps with it.
struct settled_cells {
  const cable &made;
  std::vector<settled_tree> trees{};

  void settle(const std::vector<char> &steady, state &at) {
    std::vector<double> zero(steady.size()), room;
    for (std::int64_t begin = 0; begin < made.size(); begin += made.unit()) {
      const auto end = std::min(begin + made.unit(), made.size());
      trees.push_back(made.prepare(begin, {steady.begin() + begin, steady.begin() + end}));
      made.settle(begin, dt, {zero.data(), at.rate.data(), at.slope.data(), &trees.back()}, false,
                  room);
    }
  }

  void step(state &at) const {
    std::vector<double> room;
    for (std::size_t k = 0; k < trees.size(); ++k) {
      const auto begin = static_cast<std::int64_t>(k) * made.unit();
      const auto end = std::min(begin + made.unit(), made.size());
      made.solve(begin, end, dt, {at.potential.data(), at.rate.data(), at.slope.data(), &trees[k]},
                 false, room);
    }
  }
};

// Steps in which the currents of some compartments always answer alike are those of all currents,
// though nobody computes these.
void settled_steps_are_whole_ones(cable_shape shape, std::size_t unsteady, bool second_order) {
  shape.second_order = second_order;
  const cable made(shape);
  state whole = start(made.size());
  const state given = whole;
  state kept = whole;
  std::vector<char> steady(given.rate.size(), 1);
  for (std::size_t i = 0; i < steady.size(); i += unsteady) steady[i] = 0;
  state unknown = kept;  // what does not stay is no matter yet
  for (std::size_t i = 0; i < steady.size(); ++i) {
    if (steady[i] == 0) unknown.rate[i] = unknown.slope[i] = std::nan("");
  }
  settled_cells cells{made};
  cells.settle(steady, unknown);
  std::fill(kept.rate.begin(), kept.rate.end(), 1e9);  // who reads it where it stays is found out
  std::vector<double> room;
  for (int step = 0; step < 20; ++step) {
    for (std::size_t i = 0; i < steady.size(); ++i) {
      whole.rate[i] = given.rate[i] + given.slope[i] * whole.potential[i];
      if (steady[i] == 0) kept.rate[i] = given.rate[i] + given.slope[i] * kept.potential[i];
    }
    made.solve(0, made.size(), dt, {whole.potential.data(), whole.rate.data(), whole.slope.data()},
               false, room);
    cells.step(kept);
  }
  for (std::size_t i = 0; i < steady.size(); ++i) {
    CHECK(std::abs(whole.potential[i] - kept.potential[i]) < 1e-14);
  }
}

void single_precision_is_close() {
  const cable made(shape_of(3, 2));
  state exact = start(made.size());
  const std::vector<float> rate(exact.rate.begin(), exact.rate.end());
  const std::vector<float> slope(exact.slope.begin(), exact.slope.end());
  std::vector<float> rounded(exact.potential.begin(), exact.potential.end());
  std::vector<double> room;
  made.solve(0, made.size(), dt, {exact.potential.data(), exact.rate.data(), exact.slope.data()},
             false, room);
  made.solve(0, made.size(), dt, {rounded.data(), rate.data(), slope.data()}, true, room);
  for (std::size_t i = 0; i < rounded.size(); ++i) {
    CHECK(std::abs(exact.potential[i] - static_cast<double>(rounded[i])) < 2e-8);
  }
}

void what_is_no_tree_is_refused() {
  cable_shape circle = shape_of(1, 1);
  circle.parent[2] = 5;
  CHECK_THROWS(cable{circle}, engine_error);
  cable_shape twice = shape_of(1, 1);
  twice.compartment[2] = 1;
  CHECK_THROWS(cable{twice}, engine_error);
  cable_shape short_one = shape_of(1, 1);
  short_one.conductance.pop_back();
  CHECK_THROWS(cable{short_one}, engine_error);
}

}  // namespace

int main() {
  for (const std::int64_t lanes : {1, 2, 8}) {
    for (const std::int64_t cells : {1, 3, 8, 19}) agrees_with_dense(cells, lanes);
  }
  for (const int reach : {1, 2, 7, 31}) {
    for (const int count : {1, 2, 3, 17, 300}) {
      for (const std::int64_t lanes : {1, 3, 16})
        flows_add_up(grown(count, reach, 2 * lanes + 1, lanes));
    }
    flows_add_up(grown(40, reach, 45, 20));
  }
  for (const std::int64_t lanes : {1, 3, 8, 20}) {
    for (const std::size_t unsteady : {1, 7, 250, 1000, 1000000}) {
      settled_steps_are_whole_ones(shape_of(2 * lanes + 1, lanes), unsteady, lanes == 3);
      for (const int reach : {1, 2, 31}) {
        settled_steps_are_whole_ones(grown(300, reach, lanes + 1, lanes), unsteady, reach == 2);
      }
    }
  }
  second_order_goes_twice_as_far();
  parts_have_the_same_bits();
  single_precision_is_close();
  what_is_no_tree_is_refused();
  return check::result();
}
