// The rows of eight nodes by which some trees are solved.
#pragma once

#include "tree_contraction.hpp"

namespace annarchy_ml {

tree_contraction::plan contraction_plan(const cable_shape &shape, std::int64_t width);

}  // namespace annarchy_ml
