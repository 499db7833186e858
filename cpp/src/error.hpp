// The errors that the engine raises: one type with a code and a place, and its few refinements.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace annarchy_ml {

enum class error_code {
  argument,    // a call with values that do not fit together
  state,       // a call at a moment when it is not possible
  memory,      // storage could not be had
  library,     // a kernel library could not be loaded or does not fit
  event_loop,  // events without delay cause each other without end
  non_finite,  // a value became infinite or not a number
  file,        // a file could not be read or written
  device       // an accelerator, or its driver, refused
};

// The word by which Python knows a code.
const char *name_of(error_code code) noexcept;

// Nine digits at most.
[[nodiscard]] std::string number_text(double value);

class engine_error : public std::runtime_error {
 public:
  engine_error(error_code code, std::string place, const std::string &message)
      : std::runtime_error(message), code_(code), place_(std::move(place)) {}

  [[nodiscard]] error_code code() const noexcept { return code_; }
  // What the error is about: a group, a file, a field.
  [[nodiscard]] const std::string &place() const noexcept { return place_; }

 private:
  error_code code_;
  std::string place_;
};

// Where a value stopped being finite.
struct non_finite_value {
  std::string group;
  std::string field;
  std::int64_t index = 0;
  double time = 0.0;             // end of the step in which it was noticed [s]
  std::optional<double> last{};  // the last finite value, where it is known
};

class non_finite_error : public engine_error {
 public:
  explicit non_finite_error(non_finite_value value);

  [[nodiscard]] const non_finite_value &value() const noexcept { return value_; }

 private:
  non_finite_value value_;
};

// Raises engine_error(argument) unless `holds`.
inline void require(bool holds, const std::string &place, const char *message) {
  if (!holds) throw engine_error(error_code::argument, place, message);
}

}  // namespace annarchy_ml
