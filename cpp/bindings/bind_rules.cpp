// What a device needs to carry out connection rules itself.
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "rule_arguments.hpp"
#include "rule_numbers.hpp"

namespace annarchy_ml::bindings {

namespace {

// Kind, first and second parameter, bounds, where values are clipped, whether they are, whether
// mirrored, from, span.
py::tuple taken(const law_numbers &law) {
  return py::make_tuple(static_cast<double>(law.given.kind), law.given.first, law.given.second,
                        law.given.low, law.given.high, law.least, law.most,
                        law.given.clipped ? 1.0 : 0.0, law.mirrored ? 1.0 : 0.0, law.from,
                        law.span);
}

py::tuple numbers_for(const range_tuple &sizes, bool same,
                      const std::tuple<range_tuple, range_tuple> &ranges, const pairs_tuple &pairs,
                      const py::tuple &weight, const py::tuple &delay, double dt,
                      const std::tuple<std::uint64_t, std::uint32_t> &key) {
  const taken_rule rule(
      {std::get<0>(ranges), std::get<1>(ranges), pairs, weight, delay, py::none()}, dt);
  connection_request request{rule.rule(), {std::get<0>(sizes), std::get<1>(sizes)}};
  request.name = std::get<0>(pairs);
  request.same_group = same;
  request.dt = dt;
  std::tie(request.seed, request.number) = key;
  const rule_numbers found = numbers_of(request);
  return py::make_tuple(found.scale, found.totals, taken(found.weight), taken(found.delay),
                        found.delay_steps);
}

}  // namespace

void register_rules(py::module_ &module) {
  module.def("rule_numbers", &numbers_for, py::arg("sizes"), py::arg("same"), py::arg("ranges"),
             py::arg("pairs"), py::arg("weight"), py::arg("delay"), py::arg("dt"), py::arg("key"));
}

}  // namespace annarchy_ml::bindings
