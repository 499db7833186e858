// Texts of the engine's errors.
#include "error.hpp"

#include <array>
#include <cstdio>

namespace annarchy_ml {

namespace {

std::string describe(const non_finite_value &value) {
  std::string text = "'" + value.field + "' of instance " + std::to_string(value.index) + " of '" +
                     value.group + "' is not finite at t = " + number_text(value.time) + " s";
  if (value.last) text += " (last finite value: " + number_text(*value.last) + ")";
  return text;
}

}  // namespace

std::string number_text(double value) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.9g", value);
  return {text.data(), static_cast<std::size_t>(length)};
}

const char *name_of(error_code code) noexcept {
  switch (code) {
    case error_code::argument:
      return "argument";
    case error_code::state:
      return "state";
    case error_code::memory:
      return "memory";
    case error_code::library:
      return "library";
    case error_code::event_loop:
      return "event_loop";
    case error_code::non_finite:
      return "non_finite";
    case error_code::file:
      return "file";
    case error_code::device:
      return "device";
  }
  return "unknown";
}

non_finite_error::non_finite_error(non_finite_value value)
    : engine_error(error_code::non_finite, value.group + "/" + value.field, describe(value)),
      value_(std::move(value)) {}

}  // namespace annarchy_ml
