// A value over all instances of a group, such as the mean of a field, which every instance of
// another field gets.
#pragma once

#include <cstdint>
#include <vector>

#include "group.hpp"
#include "thread_team.hpp"

namespace annarchy_ml {

enum class pooling : std::uint8_t { mean, min, max, norm1, norm2 };

// Parts of a fixed length are taken together first, so that no bit depends on who does it.
class pool {
 public:
  pool(field_of source, field_of target, pooling kind);

  // What one of `count` helpers does of the parts, and then of the instances of the target.
  void gather(int helper, int count) noexcept;
  void spread(int helper, int count) noexcept;

  [[nodiscard]] const group *source() const noexcept { return source_.owner; }
  // Whether it reads or changes fields of a group.
  [[nodiscard]] bool touches(const group &owner) const noexcept {
    return source_.owner == &owner || target_.owner == &owner;
  }
  [[nodiscard]] const field_of &from() const noexcept { return source_; }
  [[nodiscard]] const field_of &into() const noexcept { return target_; }
  [[nodiscard]] pooling kind() const noexcept { return kind_; }
  [[nodiscard]] bool is_large() const noexcept;

 private:
  template <class Real>
  [[nodiscard]] double part(std::int64_t begin, std::int64_t end) const noexcept;
  [[nodiscard]] double total() const noexcept;

  field_of source_, target_;
  pooling kind_;
  std::vector<double> parts_;
};

// The values over one group, or over all of them: one after the other, as there are few, and all
// threads take part in a large one.
void compute_pools(std::vector<pool> &pools, const group *source, thread_team &team);

}  // namespace annarchy_ml
