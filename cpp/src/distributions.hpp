// Laws of weights and delays: every number is the inverse of the law's cumulative function at an
// even draw, which is the law of drawing again until a value lies within the bounds.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace annarchy_ml {

enum class law : std::uint8_t { constant, uniform, normal, log_normal, exponential };

struct distribution {
  law kind = law::constant;
  double first = 0.0;   // value, low, mean
  double second = 0.0;  // high, deviation
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool clipped = false;  // values beyond the bounds become the bounds, and are not drawn again
};

// What a draw of a law is turned into a value by.
struct law_numbers {
  distribution given;     // its parameters, and bounds that values are held to
  double least, most;     // where values are clipped
  bool mirrored = false;  // the upper tail is drawn as the lower one, where it keeps its digits
  double from = 0.0;      // cumulative probability at the lower bound
  double span = 1.0;      // and from there to the upper one
};

// A distribution made ready for many draws.
class sampler {
 public:
  // Raises engine_error(argument), naming `place`, where no value is possible.
  sampler(const distribution &given, const std::string &place);

  [[nodiscard]] bool constant() const noexcept { return numbers_.given.kind == law::constant; }
  [[nodiscard]] double value() const noexcept { return numbers_.given.first; }
  [[nodiscard]] const law_numbers &numbers() const noexcept { return numbers_; }
  // Values of even draws in (0, 1), in place.
  void apply(double *numbers, std::int64_t count) const noexcept;

 private:
  void draw(double *numbers, std::int64_t count) const noexcept;
  void bound_uniform(const std::string &place);
  void bound_normal(double low, double high, const std::string &place);
  void bound_exponential(const std::string &place);

  law_numbers numbers_;
};

// Natural logarithm of positive normal numbers, in place; the same bits on every machine.
void take_logarithms(double *numbers, std::int64_t count) noexcept;

// ln(1 - p), 0 < p < 1; the same bits on every machine.
[[nodiscard]] double log_of_rest(double p) noexcept;

// The normal deviate below which a share p of all lies, 0 < p < 1.
[[nodiscard]] double normal_quantile(double p) noexcept;

// Number of successes of n trials of probability p: exact, by transformed rejection.
class uniform_stream;
[[nodiscard]] std::int64_t draw_binomial(std::int64_t n, double p, uniform_stream &numbers);

}  // namespace annarchy_ml
