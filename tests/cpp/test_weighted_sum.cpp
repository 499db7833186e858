// Weighted sums: rows of any length, one weight or many, delays, parts of the targets.
#include <cstdint>
#include <numeric>
#include <vector>

#include "check.hpp"
#include "error.hpp"
#include "weighted_sum.hpp"

using namespace annarchy_ml;

namespace {

group make_group(const char *name, std::int64_t size, bool per_instance = true,
                 bool single = false) {
  return group({name, size, {{"x", true, per_instance, false}}, {}, {}, 0}, single);
}

void fill(group &owner, double first, double step) {
  std::vector<double> values(static_cast<std::size_t>(owner.fields[0].size));
  for (std::size_t k = 0; k < values.size(); ++k) {
    values[k] = first + step * static_cast<double>(k);
  }
  owner.assign(0, values);
}

// All of `n` sources to each of `m` targets.
summed_rows complete(std::int64_t n, std::int64_t m) {
  summed_rows rows;
  for (std::int64_t i = 0; i <= m; ++i) rows.row_ptr.push_back(i * n);
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) rows.sources.push_back(static_cast<std::int32_t>(j));
  }
  return rows;
}

void dense_rows_of_any_length() {
  for (const std::int64_t n : {1, 7, 31, 32, 33, 100}) {
    group source = make_group("source", n);
    group weight = make_group("weight", 2 * n);
    group target = make_group("target", 2);
    fill(source, 1.0, 1.0);
    fill(weight, 1.0, 0.0);
    weighted_sum sum({&source, 0}, {&weight, 0}, {&target, 0}, complete(n, 2), 1);
    sum.begin();
    sum.add_to({0, 2});
    const double expected = static_cast<double>(n * (n + 1)) / 2.0;
    CHECK(target.fields[0].at(0) == expected);
    CHECK(target.fields[0].at(1) == expected);
  }
}

void scattered_rows_and_empty_ones() {
  group source = make_group("source", 5);
  group weight = make_group("weight", 3);
  group target = make_group("target", 3);
  fill(source, 1.0, 1.0);
  fill(weight, 10.0, 10.0);
  fill(target, -1.0, 0.0);
  weighted_sum sum({&source, 0}, {&weight, 0}, {&target, 0}, {{0, 2, 2, 3}, {0, 3, 4}}, 1);
  sum.begin();
  sum.add_to({0, 1});
  CHECK(target.fields[0].at(0) == 10.0 * 1.0 + 20.0 * 4.0);
  CHECK(target.fields[0].at(2) == -1.0);
  sum.add_to({1, 3});
  CHECK(target.fields[0].at(1) == 0.0);
  CHECK(target.fields[0].at(2) == 150.0);
  sum.first = false;
  sum.add_to({0, 3});
  CHECK(target.fields[0].at(2) == 300.0);
}

void one_weight_for_all_in_single_precision() {
  group source = make_group("source", 40, true, true);
  group weight = make_group("weight", 80, false, true);
  group target = make_group("target", 2, true, true);
  fill(source, 1.0, 0.0);
  fill(weight, 0.5, 0.0);
  weighted_sum sum({&source, 0}, {&weight, 0}, {&target, 0}, complete(40, 2), 1);
  sum.begin();
  sum.add_to({0, 2});
  CHECK(target.fields[0].at(1) == 20.0);
}

void delays_count_steps() {
  group source = make_group("source", 1);
  group weight = make_group("weight", 1);
  group target = make_group("target", 1);
  fill(weight, 1.0, 0.0);
  weighted_sum sum({&source, 0}, {&weight, 0}, {&target, 0}, complete(1, 1), 3);
  for (int round = 0; round < 2; ++round) {
    for (int step = 0; step < 8; ++step) {
      fill(source, step, 0.0);  // as the last step left it
      sum.begin();
      sum.add_to({0, 1});
      sum.advance();
      CHECK(target.fields[0].at(0) == (step < 2 ? 0.0 : step - 2.0));
    }
    sum.reset();
  }
}

void what_does_not_fit_is_refused() {
  group source = make_group("source", 2);
  group weight = make_group("weight", 4);
  group target = make_group("target", 2);
  const field_of from{&source, 0};
  const field_of by{&weight, 0};
  const field_of into{&target, 0};
  CHECK_THROWS(weighted_sum(from, by, into, complete(2, 2), 0), engine_error);
  CHECK_THROWS(weighted_sum(from, by, into, complete(2, 1), 1), engine_error);
  CHECK_THROWS(weighted_sum(from, by, into, complete(3, 2), 1), engine_error);
  CHECK_THROWS(weighted_sum(from, by, into, {{0, 2, 4}, {0, 1, 0, 2}}, 1), engine_error);
  group other = make_group("other", 4, true, true);
  CHECK_THROWS(weighted_sum(from, {&other, 0}, into, complete(2, 2), 1), engine_error);
}

}  // namespace

int main() {
  dense_rows_of_any_length();
  scattered_rows_and_empty_ones();
  one_weight_for_all_in_single_precision();
  delays_count_steps();
  what_does_not_fit_is_refused();
  return check::result();
}
