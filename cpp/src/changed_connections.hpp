// Connections of a projection that get other delays or weights between two runs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "connection_store.hpp"

namespace annarchy_ml {

struct delay_change {
  std::vector<double> delays;                 // unique, ascending, in the unit of the store
  std::span<const std::int32_t> delay_index;  // into delays, in the new order; empty with one delay
  std::span<const std::int64_t> from;  // where each connection lay before; empty: order stays
};

// The same connections with other delays. Raises engine_error(argument), naming the projection,
// where the change breaks a rule of `store_arrays`, or a connection would leave its row.
[[nodiscard]] connection_store with_delays(const connection_store &old, const delay_change &given,
                                           projection_size size, const std::string &name);

// The same connections with other weights, one for each, kept in single or double precision.
[[nodiscard]] connection_store with_weights(const connection_store &old,
                                            std::span<const double> weights, bool doubles,
                                            projection_size size, const std::string &name);

// Other connections, with weights kept in single or double precision.
[[nodiscard]] connection_store other_connections(const connection_arrays &given, bool doubles,
                                                 projection_size size, const std::string &name);

// Where each of `before` connections goes, by where those lay that are there now (-1: nowhere);
// what is named by none is gone.
[[nodiscard]] std::vector<std::uint32_t> places_of_kept(std::span<const std::int64_t> from,
                                                        std::int64_t before);

// Where each connection goes, by where it lay.
[[nodiscard]] std::vector<std::uint32_t> places_after(std::span<const std::int64_t> from,
                                                      std::int64_t count);

}  // namespace annarchy_ml
