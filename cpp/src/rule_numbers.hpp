// What a device needs to know to carry out a rule itself: checked, and reduced to numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "connection_rules.hpp"

namespace annarchy_ml {

struct rule_numbers {
  double scale = 0.0;                // of the logarithm of a draw to the targets that are skipped
  std::vector<std::int64_t> totals;  // per source, where a total is shared out
  law_numbers weight;
  law_numbers delay;
  double delay_steps = 0.0;  // where all connections share a delay
};

// Raises engine_error(argument) for what cannot be built, as build_connections does; pairs that are
// given one by one are no rule.
[[nodiscard]] rule_numbers numbers_of(const connection_request &request);

}  // namespace annarchy_ml
