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

connection_table table() {
  connection_table made;
  made.row_ptr = row_ptr;
  made.targets = targets;
  made.delay_index = delay_index;
  made.delays = {0.0, 1.0, 2.0};
  made.weights = weights.data();
  return made;
}

void rows_are_cut_by_delay() {
  const projection made("p", {0, 0, 1, 0}, table(), 3, 3);
  CHECK(made.segments_begin(0) == 0 && made.segments_end(0) == 2);
  CHECK(made.segments_begin(1) == made.segments_end(1));
  CHECK(made.segments_begin(2) == 2 && made.segments_end(2) == 4);
  CHECK(made.begin(1) == 2 && made.end(1) == 4 && made.delay_of(1) == 1);
  CHECK(made.begin(3) == 5 && made.end(3) == 6 && made.delay_of(3) == 2);
  CHECK(*static_cast<const double *>(made.weights_from(4)) == 5.0);
}

void a_single_delay_needs_no_segments() {
  connection_table given = table();
  const std::vector<std::int32_t> ascending{0, 1, 1, 2, 1, 2};
  given.targets = ascending;
  given.delays = {0.5};
  given.delay_index = {};
  const projection made("p", {0, 0, 1, 0}, given, 3, 3);
  CHECK(made.segments_begin(2) == 2 && made.segments_end(2) == 3);
  CHECK(made.begin(2) == 4 && made.end(2) == 6 && made.delay_of(2) == 0);
}

template <class Change>
void refuses(Change change) {
  connection_table given = table();
  change(given);
  CHECK_THROWS(projection("p", {0, 0, 1, 0}, given, 3, 3), engine_error);
}

void faults_are_refused() {
  const std::vector<std::int64_t> short_rows{0, 6};
  const std::vector<std::int64_t> falling_rows{0, 4, 2, 6};
  const std::vector<std::int32_t> outside{1, 1, 0, 3, 2, 1};
  const std::vector<std::int32_t> unsorted{1, 0, 0, 2, 2, 1};
  const std::vector<std::int32_t> falling_delays{1, 1, 0, 0, 0, 2};
  const std::vector<std::int32_t> unknown_delay{0, 0, 1, 1, 0, 3};
  refuses([&](auto &t) { t.row_ptr = short_rows; });
  refuses([&](auto &t) { t.row_ptr = falling_rows; });
  refuses([&](auto &t) { t.targets = outside; });
  refuses([&](auto &t) { t.targets = unsorted; });
  refuses([&](auto &t) { t.delay_index = falling_delays; });
  refuses([&](auto &t) { t.delay_index = unknown_delay; });
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
