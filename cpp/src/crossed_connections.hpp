// Connections that change at events of both ends, and of which those of one source lie side by
// side.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "network.hpp"

namespace annarchy_ml {

// Connections as a matrix: a row is what one source reaches, a column what one target hears.
struct crossed_connections {
  const projection *rows = nullptr;     // the same owners in all of them, one by one
  const projection *columns = nullptr;  // events that arrive at once and may wait
  std::int64_t n_columns = 0;
  std::int64_t first_owner = 0;         // of column 0; an owner has one column
  std::vector<std::int32_t> column_of;  // by sender of the columns; -1 where nothing hears it
  // What these events read of others: externals with a value for each instance, all through one
  // index, which is the same for a whole row (-1: they read nothing).
  std::vector<int> externals;
  int along = -1;
};

// The connections of a group that only hears, if the events of its columns may wait: nothing but
// these events, those of the rows and a look from outside reads or changes what they change.
[[nodiscard]] std::optional<crossed_connections> find_crossed(const network_parts &parts,
                                                              int group_number);

}  // namespace annarchy_ml
