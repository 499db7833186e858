// The second part of building: delays and weights of connections whose rows are sorted by target.
#pragma once

#include "connection_pairs.hpp"

namespace annarchy_ml {

inline constexpr std::int64_t most_delay_steps = 0xFFFF;  // of delays that differ

// Sorts every row by (delay, target) where delays differ, and cuts it into segments.
void add_delays(connection_task &task);
// Draws the weights, unless all share one or they were given.
void add_weights(connection_task &task);

// The delay [s] that all connections share; raises engine_error(argument) for less than a step.
void set_single_delay(connection_task &task, double delay);

// Delays [s] as whole steps, at least one.
void round_delays(const connection_task &task, const double *delays, std::int64_t count,
                  std::uint16_t *steps);

}  // namespace annarchy_ml
