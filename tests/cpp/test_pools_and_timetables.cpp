// Values over whole groups, values at certain steps, and runs that end by a condition.
#include <cmath>
#include <cstdint>
#include <vector>

#include "check.hpp"
#include "error.hpp"
#include "network.hpp"
#include "pool.hpp"
#include "runner.hpp"
#include "timetable.hpp"

using namespace annarchy_ml;

namespace {

group make_group(std::int64_t size, bool single = false) {
  return group({"cells", size, {{"x"}, {"y"}, {"n", false}}, {}, {}, 0}, single);
}

void fill(group &owner, double (*value)(std::int64_t)) {
  std::vector<double> values(static_cast<std::size_t>(owner.size));
  for (std::int64_t k = 0; k < owner.size; ++k) values[static_cast<std::size_t>(k)] = value(k);
  owner.assign(0, values);
}

double over(group &owner, pooling kind, int helpers) {
  pool made({&owner, 0}, {&owner, 1}, kind);
  for (int k = 0; k < helpers; ++k) made.gather(k, helpers);
  for (int k = 0; k < helpers; ++k) made.spread(k, helpers);
  for (std::int64_t k = 1; k < owner.size; ++k) {
    CHECK(owner.fields[1].at(k) == owner.fields[1].at(0));
  }
  return owner.fields[1].at(0);
}

void values_over_groups() {
  for (const std::int64_t n : {1, 7, 8, 9, 4096, 4097, 10000}) {
    for (const bool single : {false, true}) {
      group cells = make_group(n, single);
      fill(cells, [](std::int64_t k) { return static_cast<double>(k % 5) - 2.0; });
      double sum = 0.0, size = 0.0, square = 0.0, low = 9.0, high = -9.0;
      for (std::int64_t k = 0; k < n; ++k) {
        const double x = cells.fields[0].at(k);
        sum += x;
        size += std::fabs(x);
        square += x * x;
        low = std::min(low, x);
        high = std::max(high, x);
      }
      const double close = single ? 1e-6 : 1e-14;
      const auto near = [&](double a, double b) { return std::fabs(a - b) <= close * (1 + size); };
      CHECK(near(over(cells, pooling::mean, 1), sum / static_cast<double>(n)));
      CHECK(over(cells, pooling::norm1, 1) == size);
      CHECK(near(over(cells, pooling::norm2, 1), std::sqrt(square)));
      CHECK(over(cells, pooling::min, 1) == low);
      CHECK(over(cells, pooling::max, 1) == high);
    }
  }
}

void helpers_change_no_bit() {
  group cells = make_group(50'000);
  fill(cells, [](std::int64_t k) { return std::sin(static_cast<double>(k)); });
  for (const pooling kind : {pooling::mean, pooling::norm1, pooling::norm2}) {
    const double alone = over(cells, kind, 1);
    for (const int helpers : {2, 3, 8, 64}) CHECK(over(cells, kind, helpers) == alone);
  }
}

void whole_numbers_are_refused() {
  group cells = make_group(4);
  CHECK_THROWS(pool({&cells, 2}, {&cells, 1}, pooling::mean), engine_error);
  CHECK_THROWS(timetable({&cells, 2}, {}), engine_error);
}

std::vector<double> rows_of(timetable &table, const group &cells, std::int64_t steps) {
  std::vector<double> seen;
  for (std::int64_t k = 0; k < steps; ++k) {
    table.apply(k);
    seen.push_back(cells.fields[0].at(1));
  }
  return seen;
}

void rows_come_at_their_steps() {
  group cells = make_group(2);
  timetable table({&cells, 0}, {{0, 2, 3}, {0, 1, 0, 2, 0, 3}, {}, {}, 0, 0});
  CHECK((rows_of(table, cells, 6) == std::vector<double>{1, 1, 2, 3, 3, 3}));
  table.reset();
  CHECK((rows_of(table, cells, 3) == std::vector<double>{1, 1, 2}));
  table.set({{0, 2}, {0, 5, 0, 6}, {}, {}, 3, 0});
  CHECK((rows_of(table, cells, 7) == std::vector<double>{5, 5, 6, 5, 5, 6, 5}));
  table.set({{0}, {0, 9}, {}, {}, 0, 2});
  CHECK((rows_of(table, cells, 4) == std::vector<double>{5, 5, 9, 9}));
}

void marks_are_not_made_up_for() {
  group cells = make_group(3);
  timetable table({&cells, 0}, {{1, 4}, {}, {0, 2, 3}, {0, 2, 1}, 0, 0});
  table.apply(3);  // step 1 is over
  CHECK(cells.fields[0].at(0) == 0.0 && cells.fields[0].at(2) == 0.0);
  table.apply(4);
  CHECK(cells.fields[0].at(1) == 1.0 && cells.fields[0].at(0) == 0.0);
  table.reset();
  table.apply(1);
  CHECK(cells.fields[0].at(0) == 1.0 && cells.fields[0].at(2) == 1.0);
}

void timetables_that_do_not_fit() {
  group cells = make_group(2);
  timetable table({&cells, 0}, {{0}, {1, 2}, {}, {}, 0, 0});
  CHECK_THROWS(table.set({{1, 0}, {1, 2, 3, 4}, {}, {}, 0, 0}), engine_error);
  CHECK_THROWS(table.set({{0}, {1}, {}, {}, 0, 0}), engine_error);
  CHECK_THROWS(table.set({{0}, {}, {0, 2}, {0}, 0, 0}), engine_error);
  CHECK_THROWS(table.set({{0}, {}, {0, 1}, {2}, 0, 0}), engine_error);
  CHECK_THROWS(table.set({{0}, {1, 2}, {}, {}, -1, 0}), engine_error);
  table.apply(0);  // the values before are still there
  CHECK(cells.fields[0].at(1) == 2.0);
}

void count_up(const aml_context *c, std::int64_t begin, std::int64_t end) {
  auto *x = static_cast<double *>(c->fields[0]);
  auto *stop = static_cast<double *>(c->fields[1]);
  for (std::int64_t k = begin; k < end; ++k) {
    x[k] += 1.0;
    stop[k] = x[k] >= 10.0 + static_cast<double>(k) ? 1.0 : 0.0;
  }
}

void runs_end_by_conditions() {
  for (const int threads : {1, 2}) {
    for (const bool all : {true, false}) {
      network model(1.0, 1, false);
      const int cells = model.add_group({"cells", 1000, {{"x"}, {"stop"}, {"stopped"}}, {}, {}, 0});
      model.at(cells).update = count_up;
      model.set_schedule({{cells, {0, 1000}}});
      model.add_pool({cells, "stop"}, {cells, "stopped"}, all ? pooling::min : pooling::max);
      runner engine(model, threads);
      const stop_rule stop{{model.place_of({cells, "stopped"})}, true};
      CHECK(engine.run(5, {}, 0.05, stop) == 5);
      CHECK(engine.run(5000, {}, 0.05, stop) == (all ? 1004 : 5));
      CHECK(engine.run(7, {}, 0.05) == 7);
    }
  }
}

}  // namespace

int main() {
  values_over_groups();
  helpers_change_no_bit();
  whole_numbers_are_refused();
  rows_come_at_their_steps();
  marks_are_not_made_up_for();
  timetables_that_do_not_fit();
  runs_end_by_conditions();
  return check::result();
}
