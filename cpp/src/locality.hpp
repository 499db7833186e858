// What the kernels of a block read: only their own slice, other groups, or their neighbors.
#pragma once

#include <cstdint>

namespace annarchy_ml {

struct network_parts;
struct block;
class schedule;

enum class reach : std::uint8_t {
  own,     // only instances that belong to the same thread
  others,  // also other threads' instances, but none that step in this block
  peers    // instances that step in this block and belong to another thread: order matters
};

// Reads of unknown index are taken for what they are at worst.
[[nodiscard]] reach reach_of(const network_parts &parts, const schedule &plan, const block &item,
                             int threads);

}  // namespace annarchy_ml
