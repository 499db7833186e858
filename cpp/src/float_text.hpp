// Text of floating-point numbers as the reference interpreter of LEMS writes them.
#pragma once

#include <cstddef>

namespace annarchy_ml {

inline constexpr std::size_t longest_float_text = 32;

// The shortest digits that read back as the same number, always with a point: 0.0, -65.0, 0.001,
// 1.0E-5, 1.2345678E7, NaN, Infinity. Returns the end of the text; there must be room for
// `longest_float_text` characters, of which those behind the end mean nothing.
char *write_number(char *out, float value) noexcept;
char *write_number(char *out, double value) noexcept;
char *write_number(char *out, long long value) noexcept;

}  // namespace annarchy_ml
