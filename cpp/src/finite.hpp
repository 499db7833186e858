// Search for values that are infinite or not a number.
#pragma once

#include <optional>

#include "network.hpp"

namespace annarchy_ml {

// The first such value among the fields that must be finite, in order of groups and fields.
[[nodiscard]] std::optional<non_finite_value> find_non_finite(const network_parts &parts);

}  // namespace annarchy_ml
