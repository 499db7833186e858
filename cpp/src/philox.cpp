// Many blocks side by side, for the vector units.
#include "philox.hpp"

#include <algorithm>

#include "annarchy_ml/rule_arithmetic.h"
#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

constexpr int lanes = 16;

struct block_of_lanes {
  std::uint32_t c0[lanes], c1[lanes], c2[lanes], c3[lanes];
};

inline __attribute__((always_inline)) void run_rounds(block_of_lanes &b, std::uint64_t seed) {
  auto k0 = static_cast<std::uint32_t>(seed);
  auto k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    for (int lane = 0; lane < lanes; ++lane) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53} * b.c0[lane];
      const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * b.c2[lane];
      const std::uint32_t c0 = static_cast<std::uint32_t>(p1 >> 32) ^ b.c1[lane] ^ k0;
      const std::uint32_t c2 = static_cast<std::uint32_t>(p0 >> 32) ^ b.c3[lane] ^ k1;
      b.c0[lane] = c0;
      b.c1[lane] = static_cast<std::uint32_t>(p1);
      b.c2[lane] = c2;
      b.c3[lane] = static_cast<std::uint32_t>(p0);
    }
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
}

}  // namespace

ANNARCHY_ML_CLONES
void draw_uniform(const draw_source &source, draw_purpose purpose, std::uint32_t item,
                  std::uint32_t first_block, double *numbers, std::int64_t count) {
  for (std::int64_t done = 0; done < count; done += 2 * lanes) {
    block_of_lanes b;
    const auto first = first_block + static_cast<std::uint32_t>(done / 2);
    for (int lane = 0; lane < lanes; ++lane) {
      b.c0[lane] = first + static_cast<std::uint32_t>(lane);
      b.c1[lane] = item;
      b.c2[lane] = source.projection;
      b.c3[lane] = static_cast<std::uint32_t>(purpose);
    }
    run_rounds(b, source.seed);
    double pairs[2 * lanes];
    for (int lane = 0; lane < lanes; ++lane) {
      pairs[2 * lane] = aml_even_number(b.c0[lane], b.c1[lane]);
      pairs[2 * lane + 1] = aml_even_number(b.c2[lane], b.c3[lane]);
    }
    std::copy_n(pairs, std::min<std::int64_t>(2 * lanes, count - done), numbers + done);
  }
}

}  // namespace annarchy_ml
