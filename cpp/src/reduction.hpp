// Reductions: a field of the host is the sum or product of a field over its attached instances.
#pragma once

#include <cstdint>
#include <span>

#include "group.hpp"

namespace annarchy_ml {

enum class reduction_kind : std::uint8_t { add, multiply };

struct reduction {
  const group *attached = nullptr;
  const field *source = nullptr;
  field *target = nullptr;
  reduction_kind kind = reduction_kind::add;
  bool first = true;  // starts from 0 or 1; the following ones into this target go on from it

  // Refreshes the target of the hosts in `hosts`: in order of the attached instances.
  void apply(instance_range hosts) const noexcept;
  // The same where the values of the two fields lie elsewhere, at `from` and `into`. If `touched`
  // is not empty, all hosts that anything is attached to are in it, and the others are at the
  // start.
  void apply(instance_range hosts, const void *from, void *into,
             std::span<const instance_range> touched = {}) const noexcept;
  // Where it is the first one: brings all hosts that are not in `touched` to the start.
  void start_others(std::span<const instance_range> touched) const noexcept;
  // Whether `next` goes on from this one so that both can be done in one pass over the hosts.
  [[nodiscard]] bool joins(const reduction &next) const noexcept;
  // Does this one and then a joined one, whose source lies at `from_next`.
  void apply_both(instance_range hosts, const void *from, const void *from_next,
                  void *into) const noexcept;
};

}  // namespace annarchy_ml
