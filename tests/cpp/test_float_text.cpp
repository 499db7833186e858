// Texts of numbers read back as the same numbers.
#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>

#include "check.hpp"
#include "float_text.hpp"

using namespace annarchy_ml;

namespace {

template <class Number>
std::string text_of(Number value) {
  char text[longest_float_text];
  return {text, write_number(text, value)};
}

}  // namespace

int main() {
  CHECK(text_of(0.0f) == "0.0");
  CHECK(text_of(1e-5f) == "1.0E-5");
  CHECK(text_of(0.001f) == "0.001");
  CHECK(text_of(9999999.0f) == "9999999.0");
  CHECK(text_of(1e7f) == "1.0E7");
  CHECK(text_of(1.4e-45f) == "1.4E-45");
  CHECK(text_of(1e-43f) == "9.9E-44");
  CHECK(text_of(-0.0125) == "-0.0125");
  CHECK(text_of(-1.2345678901234e-300) == "-1.2345678901234E-300");
  CHECK(text_of(std::numeric_limits<long long>::min()) == "-9223372036854775808");
  std::mt19937_64 random(7);
  for (int k = 0; k < 300'000; ++k) {
    const auto bits = random();
    const auto single = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    const auto wide = std::bit_cast<double>(bits);
    if (std::isfinite(single)) CHECK(std::strtof(text_of(single).c_str(), nullptr) == single);
    if (std::isfinite(wide)) CHECK(std::strtod(text_of(wide).c_str(), nullptr) == wide);
  }
  return check::result();
}
