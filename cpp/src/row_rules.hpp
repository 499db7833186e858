// Rules that make the targets of one source after the other.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "connection_pairs.hpp"

namespace annarchy_ml {

// How many connections to expect.
struct expectation {
  double mean = 0.0;
  double variance = 0.0;
  // So many that more are as good as impossible; `margin` deviations above the mean.
  [[nodiscard]] double bound(double margin) const noexcept;
};

class row_rule {
 public:
  virtual ~row_rule() = default;

  // Of the rows begin <= row < end.
  [[nodiscard]] virtual expectation expected(instance_range rows) const = 0;
  [[nodiscard]] virtual std::int64_t longest_row() const = 0;
  // Writes the targets of a row, ascending, to out[0 .. longest_row + slack) and gives their
  // number. Targets are numbered 0 .. allowed - 1; an instance that is left out is not counted.
  virtual std::int64_t make(std::int64_t row, std::int64_t allowed, std::uint32_t *out) = 0;
  // The same for another thread: rules may keep room to work in.
  [[nodiscard]] virtual std::unique_ptr<row_rule> copy() const = 0;

  static constexpr std::int64_t slack = 16;
};

// Raises engine_error(argument) for numbers that are impossible.
[[nodiscard]] std::unique_ptr<row_rule> make_row_rule(const connection_task &task);

}  // namespace annarchy_ml
