// What the kernels of a block read: only their own slice, other groups, or their neighbors.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace annarchy_ml {

struct network_parts;
struct crossed_connections;
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

// Whether the instances attached to one host read, of all that steps in a block of this root
// group, only that host and what is attached to it: then hosts may step in any portions.
[[nodiscard]] bool hosts_are_independent(const network_parts &parts, int root);

// Groups, marked with 1, that event kernels read beyond the slice of the thread that calls them:
// nobody may change them while other threads deliver. Events that wait read what is kept for them.
[[nodiscard]] std::vector<char> read_across_by_events(const network_parts &parts,
                                                      const schedule &plan,
                                                      std::span<const crossed_connections> waiting,
                                                      int threads);

}  // namespace annarchy_ml
