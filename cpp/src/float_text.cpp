// Shortest digits by std::to_chars, laid out in plain or scientific form.
#include "float_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace annarchy_ml {

namespace {

constexpr std::size_t most_digits = 20;
constexpr float least_with_shortest_digits = 1e-42f;

char *put(char *out, std::string_view text) noexcept {
  return std::copy(text.begin(), text.end(), out);
}

// Significant digits and the power of ten of the first one.
struct decimal {
  char digits[40];  // the first `count`; what follows may be copied, but means nothing
  int count = 0;
  int exponent = 0;
};

// From "d.ddde-05", "de+05" or "d.ddde-105", as std::to_chars writes it.
decimal read_digits(const char *text, const char *end) noexcept {
  const char *e = end[-4] == 'e' ? end - 4 : end - 5;
  decimal made;
  made.digits[0] = text[0];
  std::memcpy(made.digits + 1, text + 2, most_digits);
  made.count = e - text == 1 ? 1 : static_cast<int>(e - text) - 1;
  for (const char *at = e + 2; at < end; ++at) made.exponent = made.exponent * 10 + (*at - '0');
  if (e[1] == '-') made.exponent = -made.exponent;
  return made;
}

template <class Real>
decimal digits_of(Real value) noexcept {
  char text[40];
  const auto end = std::to_chars(text, text + 24, value, std::chars_format::scientific).ptr;
  return read_digits(text, end);
}

// One digit, a point, the other digits or 0.
char *write_mantissa(char *out, const decimal &number) noexcept {
  out[0] = number.digits[0];
  out[1] = '.';
  std::memcpy(out + 2, number.digits + 1, most_digits);
  if (number.count > 1) return out + number.count + 1;
  out[2] = '0';
  return out + 3;
}

char *write_scientific(char *out, const decimal &number) noexcept {
  out = write_mantissa(out, number);
  *out++ = 'E';
  return std::to_chars(out, out + 8, number.exponent).ptr;
}

// Below 1: no more than two zeros follow the point.
char *write_fraction(char *out, const decimal &number) noexcept {
  std::memcpy(out, "0.00", 4);
  out += 1 - number.exponent;
  std::memcpy(out, number.digits, most_digits);
  return out + number.count;
}

char *write_plain(char *out, const decimal &number) noexcept {
  if (number.exponent < 0) return write_fraction(out, number);
  const int whole = std::min(number.count, number.exponent + 1);
  out = std::copy_n(number.digits, whole, out);
  out = std::fill_n(out, number.exponent + 1 - whole, '0');
  *out++ = '.';
  if (whole == number.count) *out++ = '0';
  return std::copy_n(number.digits + whole, number.count - whole, out);
}

// Java gives at least two digits: those of the least floats are not the shortest.
template <class Real>
decimal java_digits_of(Real value) noexcept {
  const decimal shortest = digits_of(value);
  if constexpr (std::is_same_v<Real, float>) {
    if (shortest.count == 1 && value < least_with_shortest_digits) {
      char text[40];
      const auto two = std::to_chars(text, text + 24, value, std::chars_format::scientific, 1).ptr;
      return read_digits(text, two);
    }
  }
  return shortest;
}

template <class Real>
char *write_real(char *out, Real value) noexcept {
  if (std::isnan(value)) return put(out, "NaN");
  if (std::signbit(value)) *out++ = '-';
  const Real size = std::abs(value);
  if (std::isinf(size)) return put(out, "Infinity");
  if (size == Real(0)) return put(out, "0.0");
  const decimal number = java_digits_of(size);
  const bool plain = number.exponent >= -3 && number.exponent < 7;
  return plain ? write_plain(out, number) : write_scientific(out, number);
}

}  // namespace

char *write_number(char *out, float value) noexcept { return write_real(out, value); }

char *write_number(char *out, double value) noexcept { return write_real(out, value); }

char *write_number(char *out, long long value) noexcept {
  return std::to_chars(out, out + longest_float_text, value).ptr;
}

}  // namespace annarchy_ml
