// Words of Python for rules and laws.
#include "rule_arguments.hpp"

#include "rule_words.hpp"

namespace annarchy_ml::bindings {

namespace {

// Law, its two parameters, its bounds, whether values are clipped there.
using law_tuple = std::tuple<std::string, double, double, double, double, bool>;

instance_range range_of(const range_tuple &given) {
  return {std::get<0>(given), std::get<1>(given)};
}

// A constant, a law, or an array; the array is kept alive by `keep`.
void set_value(const py::object &given, distribution &as_law, std::span<const double> &as_array,
               contiguous<double> &keep) {
  if (py::isinstance<py::tuple>(given)) {
    const auto [name, first, second, low, high, clipped] = given.cast<law_tuple>();
    as_law = {law_of(name), first, second, low, high, clipped};
  } else {
    keep = contiguous<double>(given);
    as_array = span_of(keep);
  }
}

}  // namespace

taken_rule::taken_rule(const rule_arguments &given, double dt) {
  const auto &[kind, number, self_connections, multapses] = given.pairs;
  rule_.sources = range_of(given.sources);
  rule_.targets = range_of(given.targets);
  rule_.double_weights = given.double_weights;
  rule_.number_of_draws = given.number;
  set_pairs(rule_, {kind, number, self_connections, multapses});
  if (!given.pair_arrays.is_none()) {
    std::tie(sources_, targets_) =
        given.pair_arrays.cast<std::tuple<contiguous<std::int32_t>, contiguous<std::int32_t>>>();
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
