// Rules of connection as Python gives them.
#pragma once

#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <tuple>

#include "bindings.hpp"

namespace annarchy_ml::bindings {

using range_tuple = std::tuple<std::int64_t, std::int64_t>;
// Rule, number or probability, whether self connections and multapses are possible.
using pairs_tuple = std::tuple<std::string, double, bool, bool>;

struct rule_arguments {
  range_tuple sources;
  range_tuple targets;
  pairs_tuple pairs;
  py::object weight;       // a law or an array
  py::object delay;        // a law or an array
  py::object pair_arrays;  // sources and targets of explicit pairs, or None
  bool double_weights = false;
  std::optional<std::uint32_t> number{};  // keys its draws
};

// A rule whose arrays are kept alive.
class taken_rule {
 public:
  // Raises engine_error(argument) for rules and laws that do not exist. `dt` [s] is that of the
  // network.
  taken_rule(const rule_arguments &given, double dt);

  [[nodiscard]] const connection_rule &rule() const noexcept { return rule_; }

 private:
  connection_rule rule_;
  contiguous<std::int32_t> sources_, targets_;
  contiguous<double> weights_, delays_;
};

}  // namespace annarchy_ml::bindings
