// Search for values that are infinite or not a number.
#pragma once

#include <optional>

#include "network.hpp"

namespace annarchy_ml {

// Whether all values of some instances are finite that must be. A value that all instances share is
// looked at with instance 0.
[[nodiscard]] bool is_finite(const group &owner, instance_range range) noexcept;

// The first such value among the fields that must be finite, in order of groups and fields.
[[nodiscard]] std::optional<non_finite_value> find_non_finite(const network_parts &parts);

}  // namespace annarchy_ml
