// Takes the numbers from the parts that build connections.
#include "rule_numbers.hpp"

#include "connection_pairs.hpp"
#include "connection_values.hpp"
#include "error.hpp"
#include "row_rules.hpp"

namespace annarchy_ml {

namespace {

std::vector<std::int64_t> totals_of(const connection_task &task, const row_rule &rule) {
  std::vector<std::int64_t> totals;
  for (std::int64_t row = 0; row < task.n_sources(); ++row) {
    totals.push_back(static_cast<std::int64_t>(rule.expected({row, row + 1}).mean));
  }
  return totals;
}

}  // namespace

rule_numbers numbers_of(const connection_request &request) {
  const connection_rule &rule = request.rule;
  check_ranges(request);
  require(rule.pairs != pair_rule::explicit_pairs, request.name,
          "pairs that are given are no rule");
  connection_store store;
  thread_team team(1);
  connection_task task{request, team, store};
  rule_numbers numbers;
  if (rule.pairs == pair_rule::fixed_indegree) {
    check_indegree(task);
  } else {
    const std::unique_ptr<row_rule> rows = make_row_rule(task);
    if (rule.pairs == pair_rule::fixed_total_number) numbers.totals = totals_of(task, *rows);
  }
  const bool drawn = rule.pairs == pair_rule::fixed_probability && rule.probability > 0.0 &&
                     rule.probability < 1.0;
  if (drawn) numbers.scale = 1.0 / log_of_rest(rule.probability);
  numbers.weight = sampler(rule.weight, request.name).numbers();
  numbers.delay = sampler(rule.delay, request.name).numbers();
  if (numbers.delay.given.kind == law::constant) {
    set_single_delay(task, numbers.delay.given.first);
    numbers.delay_steps = store.delays[0];
  }
  return numbers;
}

}  // namespace annarchy_ml
