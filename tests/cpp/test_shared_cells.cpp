// Cells of which there are fewer than threads: all of them step compartments, and no bit changes.
#include <algorithm>
#include <atomic>
#include <new>
#include <set>
#include <thread>
#include <vector>

#include "check.hpp"
#include "network.hpp"
#include "runner.hpp"

using namespace annarchy_ml;

namespace {

constexpr std::int32_t compartments = 1600;
constexpr std::uint64_t failing_step = 7;
enum fields : int { potential, rate, slope, gate, stepped_by };

std::atomic<int> next_number{1};
std::atomic<bool> fails{false};

double *values(const aml_context *c, fields which) {
  return static_cast<double *>(c->fields[which]);
}

// A number for each thread that asks.
double own_number() {
  thread_local const int number = next_number++;
  return number;
}

void currents(const aml_context *c, std::int64_t begin, std::int64_t end) {
  if (fails && begin == 0 && c->step == failing_step) throw std::bad_alloc();
  for (std::int64_t i = begin; i < end; ++i) {
    const double v = values(c, potential)[i];
    values(c, rate)[i] = -100.0 * values(c, gate)[i] * (v - 0.01 * static_cast<double>(i % 7));
    values(c, slope)[i] = -100.0 * values(c, gate)[i];
  }
}

void advance(const aml_context *c, std::int64_t begin, std::int64_t end) {
  for (std::int64_t i = begin; i < end; ++i) {
    const double v = values(c, potential)[i];
    values(c, gate)[i] += 0.1 * (1.0 + v * v - values(c, gate)[i]);
    values(c, stepped_by)[i] = own_number();
  }
}

void settled_currents(const aml_context *c, std::int64_t begin, std::int64_t end) {
  for (std::int64_t i = begin; i < end; ++i) {
    values(c, rate)[i] = -50.0 * (values(c, potential)[i] + 0.065);
    values(c, slope)[i] = -50.0;
  }
}

// A cable with branches, of whose compartments the last ones may always answer alike.
cable_shape shape_of(std::int64_t cells) {
  cable_shape made;
  made.cells = cells;
  for (std::int32_t n = 0; n < compartments; ++n) {
    made.parent.push_back(n == 0 ? -1 : n % 90 == 0 ? n / 90 : n - 1);
    made.conductance.push_back(n == 0 ? 0.0 : 1e-9 * (1 + n % 5));
    made.compartment.push_back(n);
    made.capacitance.push_back(1e-12 * (2 + n % 3));
  }
  return made;
}

int build(network &model, std::int64_t cells, std::int32_t moving) {
  const std::int64_t size = cells * compartments;
  const int group = model.add_group(
      {"cells", size, {{"v"}, {"rate"}, {"slope"}, {"gate"}, {"stepped_by"}}, {}, {}, 0});
  model.at(group).update = advance;
  model.set_cables(group, shape_of(cells), {"v", "rate", "slope"});
  std::vector<cable_part> parts{{0, 1, currents, advance, false},
                                {1, moving, currents, advance, false}};
  if (moving < compartments) {
    parts.push_back({moving, compartments, settled_currents, advance, true});
  }
  model.set_cable_parts(group, parts);
  model.set_schedule({{group, {0, size}}});
  auto *v = static_cast<double *>(model.at(group).fields[potential].values.data());
  for (std::int64_t i = 0; i < size; ++i) v[i] = -0.07 + 1e-4 * static_cast<double>(i * 37 % 101);
  return group;
}

std::vector<double> left(network &model, int group, fields which) {
  const auto &item = model.at(group);
  const auto *from = static_cast<const double *>(item.fields[which].values.data());
  return {from, from + item.size};
}

// Potentials after some steps, and how many threads have stepped compartments.
struct outcome {
  std::vector<double> potentials;
  std::size_t threads;
};

outcome run(std::int64_t cells, std::int32_t moving, int threads) {
  network model(1e-4, 1, false);
  const int group = build(model, cells, moving);
  runner engine(model, threads);
  for (const int steps : {1, 2, 150}) CHECK(engine.run(steps, {}, 0.05) == steps);
  const std::vector<double> by = left(model, group, stepped_by);
  return {left(model, group, potential), std::set<double>(by.begin(), by.end()).size()};
}

void threads_share_few_cells(std::int64_t cells, std::int32_t moving) {
  const outcome one = run(cells, moving, 1);
  CHECK(one.threads == 1);
  CHECK(std::ranges::max(one.potentials) - std::ranges::min(one.potentials) > 1e-3);
  for (const int threads : {2, 3, 7}) {
    const outcome more = run(cells, moving, threads);
    CHECK(more.potentials == one.potentials);
    if (cells < threads) CHECK(more.threads == static_cast<std::size_t>(threads));
  }
}

// Where hardly anything moves but the tree, one thread steps the cell.
void little_work_is_not_shared() { CHECK(run(1, 100, 2).threads == 1); }

// A kernel that fails on one of the threads leaves no other one waiting.
void nobody_waits_for_a_thread_that_failed() {
  for (const int threads : {2, 3}) {
    network model(1e-4, 1, false);
    build(model, 1, compartments);
    runner engine(model, threads);
    fails = true;
    CHECK_THROWS(static_cast<void>(engine.run(20, {}, 0.05)), std::bad_alloc);
    fails = false;
    CHECK(engine.run(20, {}, 0.05) == 20);
  }
}

}  // namespace

int main() {
  threads_share_few_cells(1, compartments);
  threads_share_few_cells(1, 1001);
  threads_share_few_cells(2, compartments);
  little_work_is_not_shared();
  nobody_waits_for_a_thread_that_failed();
  return check::result();
}
