// Random numbers for building connections: counter-based, so that any thread can make any of them.
//
// Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405), keyed by the seed of the run.
// The counter is (block, item, projection, purpose): the item is a row or a target, a block gives
// two numbers. Purposes lie far from the stream numbers of groups, which stand at their place in
// the draws of kernels (kernel_arithmetic.h).
#pragma once

#include <cstdint>

namespace annarchy_ml {

enum class draw_purpose : std::uint32_t {
  pairs = 0xC0000000,
  totals = 0xC0000001,
  weights = 0xC0000002,
  delays = 0xC0000003
};

// The numbers of one projection.
struct draw_source {
  std::uint64_t seed = 0;
  std::uint32_t projection = 0;
};

// Numbers 2 * first_block, 2 * first_block + 1, ... of an item, evenly distributed in (0, 1), never
// 0 or 1: `count` of them, an even number.
void draw_uniform(const draw_source &source, draw_purpose purpose, std::uint32_t item,
                  std::uint32_t first_block, double *numbers, std::int64_t count);

// The same one after the other.
class uniform_stream {
 public:
  uniform_stream(const draw_source &source, draw_purpose purpose, std::uint32_t item)
      : source_(source), purpose_(purpose), item_(item) {}

  [[nodiscard]] double next() {
    if (used_ == at_once) {
      draw_uniform(source_, purpose_, item_, block_, numbers_, at_once);
      block_ += at_once / 2;
      used_ = 0;
    }
    return numbers_[used_++];
  }

 private:
  static constexpr int at_once = 32;

  draw_source source_;
  draw_purpose purpose_;
  std::uint32_t item_;
  std::uint32_t block_ = 0;
  int used_ = at_once;
  double numbers_[at_once];
};

}  // namespace annarchy_ml
