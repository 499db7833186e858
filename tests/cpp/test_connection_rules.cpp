// Every rule on any number of threads: rows that ascend, the same bits, drawn weights and delays.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"
#include "connection_rules.hpp"
#include "error.hpp"

using namespace annarchy_ml;

namespace {

constexpr std::int64_t size = 500;

connection_request request_of(pair_rule pairs) {
  connection_request made;
  made.rule.pairs = pairs;
  made.rule.probability = 0.3;
  made.rule.number = pairs == pair_rule::fixed_total_number ? 60'000 : 120;
  made.rule.self_connections = false;
  made.rule.sources = {10, size};
  made.rule.targets = {0, size - 10};
  made.rule.weight = {law::normal, 1.0, 0.2};
  made.rule.delay = {law::exponential, 1e-3, 0.0};
  made.size = {size, size};
  made.name = std::string(1, 'p');
  made.same_group = true;
  made.dt = 1e-4;
  made.seed = 3;
  return made;
}

bool segments_ascend(const connection_store &store) {
  for (std::size_t s = 0; s + 1 < store.segment_begin.size(); ++s) {
    for (std::int64_t c = store.segment_begin[s] + 1; c < store.segment_begin[s + 1]; ++c) {
      if (store.target(c - 1) > store.target(c)) return false;
    }
  }
  return store.segment_ptr.size() == store.row_ptr.size() &&
         store.segment_begin.back() == store.row_ptr.back();
}

bool same(const connection_store &a, const connection_store &b) {
  return a.row_ptr == b.row_ptr && a.segment_ptr == b.segment_ptr &&
         a.segment_begin == b.segment_begin && a.delays == b.delays &&
         a.targets.bytes() == b.targets.bytes() && a.weights.bytes() == b.weights.bytes() &&
         std::memcmp(a.targets.as<char>(), b.targets.as<char>(), a.targets.bytes()) == 0 &&
         std::memcmp(a.weights.as<char>(), b.weights.as<char>(), a.weights.bytes()) == 0;
}

void rules_are_independent_of_threads() {
  for (const pair_rule pairs :
       {pair_rule::all_to_all, pair_rule::one_to_one, pair_rule::fixed_probability,
        pair_rule::fixed_indegree, pair_rule::fixed_outdegree, pair_rule::fixed_total_number}) {
    for (const bool multapses : {false, true}) {
      connection_request request = request_of(pairs);
      request.rule.multapses = multapses;
      const connection_store one = build_connections(request, 1);
      CHECK(one.size() > 0 && segments_ascend(one));
      for (const int threads : {2, 5}) CHECK(same(one, build_connections(request, threads)));
    }
  }
}

void given_pairs_are_sorted() {
  const std::vector<std::int32_t> sources{2, 0, 2, 0, 2}, targets{1, 3, 0, 3, 1};
  const std::vector<double> weights{1, 2, 3, 4, 5}, delays{2e-4, 1e-4, 2e-4, 1e-4, 1e-4};
  connection_request request = request_of(pair_rule::explicit_pairs);
  request.rule.given_sources = sources;
  request.rule.given_targets = targets;
  request.rule.given_weights = weights;
  request.rule.given_delays = delays;
  const connection_store made = build_connections(request, 1);
  const std::vector<std::int32_t> in_order{3, 3, 1, 0, 1};
  const std::vector<float> weights_in_order{2, 4, 5, 3, 1};
  CHECK(made.row_ptr[10] == 0 && made.row_ptr[11] == 2 && made.row_ptr[12] == 2);
  for (std::int64_t c = 0; c < 5; ++c) {
    const auto place = static_cast<std::size_t>(c);
    CHECK(made.target(c) == in_order[place]);
    CHECK(made.weights.as<float>()[c] == weights_in_order[place]);
  }
  CHECK(segments_ascend(made) && made.segment_begin.size() == 4);
}

// The i-th source is the i-th target, unless that is the same instance.
void one_to_one_leaves_out_the_same_instance() {
  connection_request request = request_of(pair_rule::one_to_one);
  request.rule.sources = request.rule.targets = {0, size};
  CHECK(build_connections(request, 2).size() == 0);
  request.rule.sources = {0, size - 10};
  request.rule.targets = {10, size};
  const connection_store moved = build_connections(request, 2);
  CHECK(moved.size() == size - 10 && moved.target(0) == 10 && moved.target(489) == 499);
  std::swap(request.rule.sources, request.rule.targets);
  const connection_store back = build_connections(request, 2);
  CHECK(back.size() == size - 10 && back.target(0) == 0 && back.target(489) == 489);
}

void arrays_belong_to_explicit_pairs() {
  const std::vector<double> values{1.0};
  connection_request request = request_of(pair_rule::all_to_all);
  request.rule.given_weights = values;
  CHECK_THROWS(static_cast<void>(build_connections(request, 2)), engine_error);
}

// The law of drawing again: nothing crowds at a bound.
void even_numbers_keep_within_bounds() {
  const sampler values({law::uniform, 0.0, 4.0, 1.0, 3.0}, "p");
  double numbers[3] = {0.0, 0.25, 0.75};
  values.apply(numbers, 3);
  CHECK(numbers[0] == 1.0 && numbers[1] == 1.5 && numbers[2] == 2.5);
  CHECK_THROWS(sampler({law::uniform, 0.0, 4.0, 5.0, 6.0}, "p"), engine_error);
}

void logarithms_are_exact_near_both_ends() {
  for (const double p : {1e-300, 1e-17, 3e-16, 1e-9, 0.1, 0.3, 0.5, 0.9, 1.0 - 0x1p-53}) {
    CHECK(std::fabs(log_of_rest(p) / std::log1p(-p) - 1.0) < 1e-15);
  }
}

void impossible_wishes_are_refused() {
  connection_request request = request_of(pair_rule::fixed_outdegree);
  request.rule.multapses = false;
  request.rule.number = size;
  CHECK_THROWS(static_cast<void>(build_connections(request, 2)), engine_error);
  request = request_of(pair_rule::all_to_all);
  request.rule.delay = {law::constant, 0.0};
  CHECK_THROWS(static_cast<void>(build_connections(request, 2)), engine_error);
  request.rule.delay = {law::uniform, 6.0, 8.0};
  CHECK_THROWS(static_cast<void>(build_connections(request, 2)), engine_error);
}

}  // namespace

int main() {
  rules_are_independent_of_threads();
  given_pairs_are_sorted();
  one_to_one_leaves_out_the_same_instance();
  arrays_belong_to_explicit_pairs();
  even_numbers_keep_within_bounds();
  logarithms_are_exact_near_both_ends();
  impossible_wishes_are_refused();
  return check::result();
}
