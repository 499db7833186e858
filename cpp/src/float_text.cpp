// Shortest digits by std::to_chars, laid out in plain or scientific form.
#include "float_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

namespace annarchy_ml {

namespace {

char *put(char *out, std::string_view text) noexcept {
  return std::copy(text.begin(), text.end(), out);
}

// Significant digits and the power of ten of the first one.
struct decimal {
  char digits[24];
  int count = 0;
  int exponent = 0;
};

template <class Real>
decimal digits_of(Real value) noexcept {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  decimal made;
  const char *at = text;
  for (; *at != 'e'; ++at) {
    if (*at != '.') made.digits[made.count++] = *at;
  }
  const bool negative = at[1] == '-';
  for (at += 2; at < end.ptr; ++at) made.exponent = made.exponent * 10 + (*at - '0');
  if (negative) made.exponent = -made.exponent;
  return made;
}

// One digit, a point, the other digits or 0.
char *write_mantissa(char *out, const decimal &number) noexcept {
  *out++ = number.digits[0];
  *out++ = '.';
  if (number.count == 1) *out++ = '0';
  return std::copy_n(number.digits + 1, number.count - 1, out);
}

char *write_scientific(char *out, const decimal &number) noexcept {
  out = write_mantissa(out, number);
  *out++ = 'E';
  return std::to_chars(out, out + 8, number.exponent).ptr;
}

char *write_plain(char *out, const decimal &number) noexcept {
  if (number.exponent < 0) {
    out = put(out, "0.");
    out = std::fill_n(out, -number.exponent - 1, '0');
    return std::copy_n(number.digits, number.count, out);
  }
  const int whole = std::min(number.count, number.exponent + 1);
  out = std::copy_n(number.digits, whole, out);
  out = std::fill_n(out, number.exponent + 1 - whole, '0');
  *out++ = '.';
  if (whole == number.count) *out++ = '0';
  return std::copy_n(number.digits + whole, number.count - whole, out);
}

template <class Real>
char *write_real(char *out, Real value) noexcept {
  if (std::isnan(value)) return put(out, "NaN");
  if (std::signbit(value)) *out++ = '-';
  const Real size = std::abs(value);
  if (std::isinf(size)) return put(out, "Infinity");
  if (size == Real(0)) return put(out, "0.0");
  const decimal number = digits_of(size);
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
