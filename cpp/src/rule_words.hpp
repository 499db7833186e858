// The words by which callers name rules, laws and operations: those of Python, and of tapes.
#pragma once

#include <string>

#include "connection_rules.hpp"
#include "coupling.hpp"

namespace annarchy_ml {

struct pair_words {
  std::string rule;
  double number = 0.0;  // or probability
  bool self_connections = true;
  bool multapses = true;
};

// All of these raise engine_error(argument) for a word that means nothing.
// Also for a number of connections that is no whole number.
void set_pairs(connection_rule &rule, const pair_words &given);
[[nodiscard]] law law_of(const std::string &name);
[[nodiscard]] combination combination_of(const std::string &operation);

}  // namespace annarchy_ml
