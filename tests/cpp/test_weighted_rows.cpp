// Rows of couplings: which connections they hold, and what they add up to.
#include <cstdint>
#include <vector>

#include "check.hpp"
#include "error.hpp"
#include "weighted_rows.hpp"

namespace {

using namespace annarchy_ml;

connection_request request(pair_rule pairs, std::int64_t sources, std::int64_t targets) {
  connection_request made;
  made.rule.pairs = pairs;
  made.rule.probability = 0.3;
  made.rule.sources = {0, sources};
  made.rule.targets = {0, targets};
  made.rule.weight = {law::uniform, 0.0, 1.0};
  made.rule.double_weights = true;
  made.size = {sources, targets};
  made.name = "test";
  made.dt = 1.0;
  made.rule.delay.first = 1.0;
  return made;
}

// The weight from a source to a target in rows by source; -1 where there is none.
double given(const connection_store &store, std::int64_t source, std::int64_t target) {
  const auto row = static_cast<std::size_t>(source);
  for (std::int64_t c = store.row_ptr[row]; c < store.row_ptr[row + 1]; ++c) {
    if (store.target(c) == target) return store.weights.as<double>()[c];
  }
  return -1.0;
}

void rows_hold_what_the_rule_makes(pair_rule pairs, bool self_connections) {
  connection_request made = request(pairs, 70, 70);
  made.same_group = true;
  made.rule.self_connections = self_connections;
  const connection_store store = build_connections(made, 1);
  const weighted_rows rows = build_rows(made, 2);
  CHECK(rows.size() == store.size());
  CHECK(rows.dense == (pairs == pair_rule::all_to_all));
  for (std::int64_t t = 0; t < rows.n_rows; ++t) {
    std::int64_t last = -1;
    for (std::int64_t c = rows.row_begin(t); c < rows.row_begin(t + 1); ++c) {
      CHECK(rows.source(t, c) > last);
      last = rows.source(t, c);
      CHECK(rows.weight_of(c) == given(store, last, t));
    }
  }
}

void rows_together_and_alone_have_the_same_bits() {
  constexpr std::int64_t n = 1003;
  std::vector<double> weights(rows_together * n), values(n), sums(rows_together);
  for (std::size_t k = 0; k < weights.size(); ++k) weights[k] = 1.0 / static_cast<double>(k + 1);
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<double>(k % 17) - 8.1;
  row_values row;
  row.weights = weights.data();
  row.weights_as = weight_kind::real64;
  row.count = n;
  sum_rows(row, n, values.data(), sums.data());
  for (std::int64_t r = 0; r < rows_together; ++r) {
    row.weights = weights.data() + r * n;
    CHECK(combine_row(combination::sum, row, values.data()) == sums[static_cast<std::size_t>(r)]);
  }
}

void extremes_and_means() {
  const std::vector<double> values{3.0, -1.0, 5.0, 2.0};
  row_values row;
  row.weight = -2.0;
  CHECK(combine_row(combination::max, row, values.data()) == 0.0);  // of nothing
  row.count = 4;
  CHECK(combine_row(combination::max, row, values.data()) == 2.0);
  CHECK(combine_row(combination::min, row, values.data()) == -10.0);
  CHECK(combine_row(combination::mean, row, values.data()) == -4.5);
  row.count = 3;
  row.hole = 1;
  CHECK(combine_row(combination::max, row, values.data()) == -4.0);
}

void given_rows_lose_what_need_not_be_kept() {
  const std::vector<std::int64_t> row_ptr{0, 3, 6};
  const std::vector<std::int32_t> even{4, 5, 6, 4, 5, 6}, odd{4, 5, 6, 3, 5, 6};
  const std::vector<std::int32_t> one{2}, each{1, 3, 1, 2, 2, 1};
  const std::vector<double> weights{1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
  const weighted_rows dense = rows_of({row_ptr, even, one, weights}, 10, "test");
  CHECK(dense.dense);
  CHECK(dense.delay_steps == 2);
  CHECK(dense.source(1, 4) == 5);
  CHECK(dense.weight_of(4) == 5.0);
  CHECK(!rows_of({row_ptr, odd, one, weights}, 10, "test").dense);
  const weighted_rows late = rows_of({row_ptr, even, each, weights}, 10, "test");
  CHECK(!late.dense);
  CHECK(late.longest_delay == 3);
  CHECK(late.source(0, 0) == 4 + 2 * 10);
  CHECK(late.source(0, 1) == 5);
  CHECK_THROWS(static_cast<void>(rows_of({row_ptr, even, one, weights}, 6, "test")), engine_error);
  CHECK_THROWS(
      static_cast<void>(rows_of({row_ptr, even, std::span(each).first(2), weights}, 10, "test")),
      engine_error);
}

}  // namespace

int main() {
  rows_hold_what_the_rule_makes(pair_rule::all_to_all, true);
  rows_hold_what_the_rule_makes(pair_rule::all_to_all, false);
  rows_hold_what_the_rule_makes(pair_rule::fixed_probability, true);
  rows_together_and_alone_have_the_same_bits();
  extremes_and_means();
  given_rows_lose_what_need_not_be_kept();
  return check::result();
}
