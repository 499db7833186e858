// Words of Python for rules and laws.
#include "rule_arguments.hpp"

#include <cmath>
#include <map>

#include "error.hpp"

namespace annarchy_ml::bindings {

namespace {

// Law, its two parameters, its bounds, whether values are clipped there.
using law_tuple = std::tuple<std::string, double, double, double, double, bool>;

template <class Kind>
Kind kind_of(const std::map<std::string, Kind> &kinds, const std::string &name) {
  const auto found = kinds.find(name);
  require(found != kinds.end(), name, "there is no rule or law of this name");
  return found->second;
}

const std::map<std::string, pair_rule> pair_rules{
    {"all_to_all", pair_rule::all_to_all},
    {"one_to_one", pair_rule::one_to_one},
    {"fixed_probability", pair_rule::fixed_probability},
    {"fixed_indegree", pair_rule::fixed_indegree},
    {"fixed_outdegree", pair_rule::fixed_outdegree},
    {"fixed_total_number", pair_rule::fixed_total_number},
    {"explicit", pair_rule::explicit_pairs}};

const std::map<std::string, law> laws{{"constant", law::constant},
                                      {"uniform", law::uniform},
                                      {"normal", law::normal},
                                      {"log_normal", law::log_normal},
                                      {"exponential", law::exponential}};

instance_range range_of(const range_tuple &given) {
  return {std::get<0>(given), std::get<1>(given)};
}

// A constant, a law, or an array; the array is kept alive by `keep`.
void set_value(const py::object &given, distribution &as_law, std::span<const double> &as_array,
               contiguous<double> &keep) {
  if (py::isinstance<py::tuple>(given)) {
    const auto [name, first, second, low, high, clipped] = given.cast<law_tuple>();
    as_law = {kind_of(laws, name), first, second, low, high, clipped};
  } else {
    keep = contiguous<double>(given);
    as_array = span_of(keep);
  }
}

std::int64_t whole_number(double number, const std::string &place) {
  constexpr double most = 0x1p53;
  require(std::floor(number) == number && std::fabs(number) <= most, place,
          "a number of connections must be a whole number");
  return static_cast<std::int64_t>(number);
}

}  // namespace

taken_rule::taken_rule(const rule_arguments &given, double dt) {
  const auto &[kind, number, self_connections, multapses] = given.pairs;
  rule_.sources = range_of(given.sources);
  rule_.targets = range_of(given.targets);
  rule_.double_weights = given.double_weights;
  rule_.number_of_draws = given.number;
  rule_.pairs = kind_of(pair_rules, kind);
  rule_.probability = number;
  if (rule_.pairs != pair_rule::fixed_probability) rule_.number = whole_number(number, kind);
  rule_.self_connections = self_connections;
  rule_.multapses = multapses;
  if (!given.pair_arrays.is_none()) {
    std::tie(sources_, targets_) =
        given.pair_arrays.cast<std::tuple<contiguous<std::int64_t>, contiguous<std::int64_t>>>();
    rule_.given_sources = span_of(sources_);
    rule_.given_targets = span_of(targets_);
  }
  set_value(given.weight, rule_.weight, rule_.given_weights, weights_);
  set_value(given.delay, rule_.delay, rule_.given_delays, delays_);
  if (delays_.size() == 0 && !py::isinstance<py::tuple>(given.delay)) {
    rule_.delay.first = dt;  // of no connection: any delay will do
  }
}

}  // namespace annarchy_ml::bindings
