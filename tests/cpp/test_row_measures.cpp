// What is seen of rows that nobody keeps: the same however they are cut.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "check.hpp"
#include "recorder.hpp"
#include "row_measures.hpp"

using namespace annarchy_ml;

namespace {

constexpr std::int64_t n_columns = 70;  // more than lie side by side
constexpr std::int64_t n_rows = 1'000;

double value_at(std::int64_t row, std::int64_t column) {
  return std::sin(0.1 * static_cast<double>(row * (column + 1))) + 0.1;
}

std::vector<double> made_rows() {
  std::vector<double> rows;
  for (std::int64_t row = 0; row < n_rows; ++row) {
    rows.push_back(static_cast<double>(row));
    for (std::int64_t k = 0; k < n_columns; ++k) rows.push_back(value_at(row, k));
  }
  return rows;
}

bool equal(const column_measures &a, const column_measures &b) {
  return a.least == b.least && a.largest == b.largest && a.total == b.total && a.last == b.last &&
         a.rises == b.rises;
}

void columns_are_seen() {
  const std::vector<double> rows = made_rows();
  row_measures whole(n_columns, 0.5), cut(n_columns, 0.5);
  whole.take(rows.data(), n_rows);
  for (std::int64_t row = 0; row < n_rows; row += 7) {
    cut.take(rows.data() + row * (n_columns + 1), std::min<std::int64_t>(7, n_rows - row));
  }
  CHECK(whole.rows() == n_rows);
  for (std::int64_t k = 0; k < n_columns; ++k) {
    const column_measures found = whole.of(k);
    CHECK(equal(found, cut.of(k)));
    double least = value_at(0, k), largest = least, total = 0, rises = 0;
    for (std::int64_t row = 0; row < n_rows; ++row) {
      const double value = value_at(row, k);
      least = std::fmin(least, value);
      largest = std::fmax(largest, value);
      total += value;
      if (row > 0 && value > 0.5 && value_at(row - 1, k) <= 0.5) ++rises;
    }
    CHECK(found.least == least && found.largest == largest && found.rises == rises);
    CHECK(found.last == value_at(n_rows - 1, k));
    CHECK(std::fabs(found.total - total) < 1e-11);
  }
}

void what_is_no_number_remains() {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> rows = {0, 1, 1, none, 2, -1};
  row_measures seen(1, 0);
  seen.take(rows.data(), 3);
  CHECK(std::isnan(seen.of(0).least) && std::isnan(seen.of(0).largest));
  CHECK(std::isnan(seen.of(0).total) && seen.of(0).last == -1);
}

void columns_stay_apart() {
  const double none = std::numeric_limits<double>::quiet_NaN();
  constexpr double most = std::numeric_limits<double>::infinity();
  std::vector<double> rows = made_rows();
  row_measures usual(n_columns, 0.5), seen(n_columns, 0.5);
  usual.take(rows.data(), n_rows);
  rows[3 * (n_columns + 1) + 1 + 2] = none;   // among eight
  rows[5 * (n_columns + 1) + 1 + 68] = none;  // among the last few
  rows[7 * (n_columns + 1) + 1 + 9] = most;
  seen.take(rows.data(), n_rows);
  for (const std::int64_t k : {2, 68}) {
    CHECK(std::isnan(seen.of(k).least) && std::isnan(seen.of(k).largest));
    CHECK(std::isnan(seen.of(k).total) && seen.of(k).last == usual.of(k).last);
  }
  CHECK(seen.of(9).largest == most && seen.of(9).least == usual.of(9).least);
  for (std::int64_t k = 0; k < n_columns; ++k) {
    if (k != 2 && k != 68 && k != 9) CHECK(equal(seen.of(k), usual.of(k)));
  }
}

void sums_keep_small_parts() {
  std::vector<double> rows;
  for (int row = 0; row < 1'000'000; ++row) rows.insert(rows.end(), {0.0, 0.1});
  row_measures seen(1, 0);
  seen.take(rows.data(), 1'000'000);
  CHECK(seen.of(0).total == 100'000.0);
}

void a_recorder_passes_rows_on() {
  group cells({"cells", 300, {{"v", true, true, true}}, {}, {}, 0}, false);
  std::vector<trace_column> columns;
  for (std::int64_t index = 0; index < 300; ++index) {
    columns.push_back({&cells, &cells.fields[0], index});
  }
  recorder traces(columns, 1);
  auto *v = static_cast<double *>(cells.fields[0].values.data());
  for (const int steps : {2'000, 500}) {
    auto seen = std::make_shared<row_measures>(300, 0.5);
    traces.pass_on(seen);
    step_clock time(1.0);
    for (int i = 0; i < 300; ++i) v[i] = i;
    traces.begin(time, steps);
    for (int k = 1; k <= steps; ++k) {
      time.advance();
      for (int i = 0; i < 300; ++i) v[i] = k + i;
      CHECK(traces.sample(time));
    }
    traces.hand_over();
    CHECK(seen->rows() == steps + 1);
    CHECK(traces.rows() == 0);
    CHECK(traces.bytes() < 1 << 20);
    CHECK(seen->of(7).least == 7 && seen->of(7).largest == 7 + steps && seen->of(0).rises == 1);
    v[4] = std::nan("");
    time.advance();
    CHECK(!traces.sample(time));
    CHECK(traces.find_non_finite() && traces.find_non_finite()->index == 4);
    traces.clear();
  }
  step_clock time(1.0);
  v[4] = 0;
  traces.begin(time, 10);
  CHECK(traces.rows() == 1);  // kept again
}

}  // namespace

int main() {
  columns_are_seen();
  what_is_no_number_remains();
  columns_stay_apart();
  sums_keep_small_parts();
  a_recorder_passes_rows_on();
  return check::result();
}
