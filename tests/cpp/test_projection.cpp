// Rows cut into segments of equal delay, and what is refused.
#include <vector>

#include "check.hpp"
#include "error.hpp"
#include "projection.hpp"

using namespace annarchy_ml;

namespace {

const std::vector<std::int64_t> row_ptr{0, 4, 4, 6};
const std::vector<std::int32_t> targets{1, 1, 0, 2, 2, 1};
const std::vector<std::int32_t> delay_index{0, 0, 1, 1, 0, 2};
const std::vector<double> weights{1, 2, 3, 4, 5, 6};

connection_arrays table() {
  connection_arrays made;
  made.row_ptr = row_ptr;
  made.targets = targets;
  made.delay_index = delay_index;
  made.delays = {0.0, 1.0, 2.0};
  made.weights = weights;
  return made;
}

void rows_are_cut_by_delay() {
  const projection made("p", {0, 0, 1, 0}, store_arrays(table(), {3, 3}, "p"));
  CHECK(made.segments_begin(0) == 0 && made.segments_end(0) == 2);
  CHECK(made.segments_begin(1) == made.segments_end(1));
  CHECK(made.segments_begin(2) == 2 && made.segments_end(2) == 4);
  CHECK(made.segment(1).begin == 2 && made.segment(1).end == 4 && made.delay_of(1) == 1);
  CHECK(made.segment(3).begin == 5 && made.segment(3).end == 6 && made.delay_of(3) == 2);
  CHECK(made.store().layout == AML_DOUBLE_WEIGHTS);
  CHECK(*static_cast<const double *>(made.run_of({4, 6}).weights) == 5.0);
  CHECK(made.store().target(3) == 2);
}

void a_single_delay_needs_no_segments() {
  connection_arrays given = table();
  const std::vector<std::int32_t> ascending{0, 1, 1, 2, 1, 2};
  given.targets = ascending;
  given.delays = {0.5};
  given.delay_index = {};
  const projection made("p", {0, 0, 1, 0}, store_arrays(given, {3, 3}, "p"));
  CHECK(made.segments_begin(2) == 2 && made.segments_end(2) == 3);
  CHECK(made.segment(2).begin == 4 && made.segment(2).end == 6 && made.delay_of(2) == 0);
}

template <class Change>
void refuses(Change change) {
  connection_arrays given = table();
  change(given);
  CHECK_THROWS(static_cast<void>(store_arrays(given, {3, 3}, "p")), engine_error);
}

void faults_are_refused() {
  const std::vector<std::int64_t> short_rows{0, 6};
  const std::vector<std::int64_t> falling_rows{0, 4, 2, 6};
  const std::vector<std::int32_t> outside{1, 1, 0, 3, 2, 1};
  const std::vector<std::int32_t> unsorted{1, 0, 0, 2, 2, 1};
  const std::vector<std::int32_t> falling_delays{1, 1, 0, 0, 0, 2};
  const std::vector<std::int32_t> unknown_delay{0, 0, 1, 1, 0, 3};
  const std::vector<std::int32_t> negative_delay{-1, 0, 1, 1, 0, 2};
  refuses([&](auto &t) { t.row_ptr = short_rows; });
  refuses([&](auto &t) { t.row_ptr = falling_rows; });
  refuses([&](auto &t) { t.targets = outside; });
  refuses([&](auto &t) { t.targets = unsorted; });
  refuses([&](auto &t) { t.delay_index = falling_delays; });
  refuses([&](auto &t) { t.delay_index = unknown_delay; });
  refuses([&](auto &t) { t.delay_index = negative_delay; });
  refuses([&](auto &t) { t.delay_index = {}; });
  refuses([&](auto &t) { t.delays = {0.0, 2.0, 1.0}; });
  refuses([&](auto &t) { t.delays = {-1.0, 0.0, 1.0}; });
  refuses([&](auto &t) { t.delays = {}; });
}

}  // namespace

int main() {
  rows_are_cut_by_delay();
  a_single_delay_needs_no_segments();
  faults_are_refused();
  return check::result();
}
