// Inverse cumulative functions and exact binomial numbers.
#include "distributions.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "annarchy_ml/rule_arithmetic.h"
#include "error.hpp"
#include "philox.hpp"
#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

double normal_below(double x) noexcept { return 0.5 * std::erfc(-x * 0.70710678118654752440); }

// log k! less its Stirling approximation sqrt(2 pi) (k + 1)^(k + 1/2) e^-(k + 1).
double stirling_rest(double k) noexcept {
  const double n = k + 1.0;
  if (k < 10.0) {
    double factorial = 1.0;
    for (double j = 2.0; j <= k; j += 1.0) factorial *= j;
    return aml_logarithm(factorial) - (0.91893853320467274178 + (k + 0.5) * aml_logarithm(n) - n);
  }
  return (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / (n * n)) / (n * n)) / n;
}

// Few successes: the trials up to each one are geometric.
std::int64_t few_successes(std::int64_t n, double p, uniform_stream &numbers) {
  const double scale = 1.0 / log_of_rest(p);
  double trials = 0.0;
  for (std::int64_t count = 0;; ++count) {
    trials += std::floor(aml_logarithm(numbers.next()) * scale) + 1.0;
    if (trials > static_cast<double>(n)) return count;
  }
}

// Hörmann (1993), doi:10.1080/00949659308811496, algorithm BTRS; n p >= 10, p <= 1/2.
std::int64_t many_successes(std::int64_t trials, double p, uniform_stream &numbers) {
  const auto n = static_cast<double>(trials);
  const double spread = std::sqrt(n * p * (1.0 - p));
  const double b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p;
  const double center = n * p + 0.5, quick = 0.92 - 4.2 / b;
  const double alpha = (2.83 + 5.1 / b) * spread, odds = p / (1.0 - p);
  const double mode = std::floor((n + 1.0) * p);
  const double of_mode = (mode + 0.5) * aml_logarithm((mode + 1.0) / (odds * (n - mode + 1.0))) +
                         stirling_rest(mode) + stirling_rest(n - mode);
  for (;;) {
    const double u = numbers.next() - 0.5, v = numbers.next();
    const double us = 0.5 - std::fabs(u);
    const double k = std::floor((2.0 * a / us + b) * u + center);
    if (us >= 0.07 && v <= quick) return static_cast<std::int64_t>(k);
    if (k < 0.0 || k > n) continue;
    const double bound = of_mode + (n + 1.0) * aml_logarithm((n - mode + 1.0) / (n - k + 1.0)) +
                         (k + 0.5) * aml_logarithm(odds * (n - k + 1.0) / (k + 1.0)) -
                         stirling_rest(k) - stirling_rest(n - k);
    if (aml_logarithm(v * alpha / (a / (us * us) + b)) <= bound)
      return static_cast<std::int64_t>(k);
  }
}

}  // namespace

ANNARCHY_ML_CLONES
void take_logarithms(double *numbers, std::int64_t count) noexcept {
  for (std::int64_t k = 0; k < count; ++k) numbers[k] = aml_logarithm(numbers[k]);
}

// The error of 1 - p is that of the quotient (Kahan), and cancels.
double log_of_rest(double p) noexcept {
  const double rest = 1.0 - p;
  return rest == 1.0 ? -p : aml_logarithm(rest) * (-p / (rest - 1.0));
}

double normal_quantile(double p) noexcept { return aml_normal_quantile(p); }

std::int64_t draw_binomial(std::int64_t n, double p, uniform_stream &numbers) {
  if (n <= 0 || p <= 0.0) return 0;
  if (p >= 1.0) return n;
  if (p > 0.5) return n - draw_binomial(n, 1.0 - p, numbers);
  if (static_cast<double>(n) * p < 10.0) return few_successes(n, p, numbers);
  return many_successes(n, p, numbers);
}

sampler::sampler(const distribution &wanted, const std::string &place)
    : numbers_{wanted, wanted.low, wanted.high} {
  const distribution &given = numbers_.given;
  require(std::isfinite(given.first) && std::isfinite(given.second), place,
          "the parameters of a distribution must be finite");
  require(given.low <= given.high, place, "the bounds of a distribution must ascend");
  if (given.clipped) {
    numbers_.given.low = -std::numeric_limits<double>::infinity();
    numbers_.given.high = std::numeric_limits<double>::infinity();
  }
  if (given.kind == law::uniform) bound_uniform(place);
  if (given.kind == law::normal) bound_normal(given.low, given.high, place);
  if (given.kind == law::exponential) bound_exponential(place);
  if (given.kind == law::log_normal) {
    require(given.high > 0.0, place, "no value lies within the bounds of a distribution");
    bound_normal(std::log(std::max(given.low, 0.0)), std::log(given.high), place);
  }
}

void sampler::bound_uniform(const std::string &place) {
  require(numbers_.given.first <= numbers_.given.second, place,
          "the bounds of a distribution must ascend");
  numbers_.given.first = std::max(numbers_.given.first, numbers_.given.low);
  numbers_.given.second = std::min(numbers_.given.second, numbers_.given.high);
  require(numbers_.given.first <= numbers_.given.second, place,
          "no value lies within the bounds of a distribution");
}

void sampler::bound_normal(double low, double high, const std::string &place) {
  require(numbers_.given.second >= 0.0, place, "a deviation must not be negative");
  if (numbers_.given.second == 0.0) {
    require(low <= numbers_.given.first && numbers_.given.first <= high, place,
            "no value lies within the bounds of a distribution");
    return;
  }
  double a = (low - numbers_.given.first) / numbers_.given.second,
         b = (high - numbers_.given.first) / numbers_.given.second;
  numbers_.mirrored = a > 0.0;
  if (numbers_.mirrored) a = -std::exchange(b, -a);
  numbers_.from = normal_below(a);
  numbers_.span = normal_below(b) - numbers_.from;
  require(numbers_.span > 0.0, place, "no value lies within the bounds of a distribution");
}

void sampler::bound_exponential(const std::string &place) {
  require(numbers_.given.first > 0.0, place, "the mean of an exponential law must be positive");
  numbers_.given.low = std::max(numbers_.given.low, 0.0);
  // Without memory: from the lower bound on, the law starts again.
  numbers_.span = -std::expm1(-(numbers_.given.high - numbers_.given.low) / numbers_.given.first);
  require(numbers_.given.high >= 0.0 && numbers_.span > 0.0, place,
          "no value lies within the bounds of a distribution");
}

void sampler::apply(double *numbers, std::int64_t count) const noexcept {
  draw(numbers, count);
  if (!numbers_.given.clipped) return;
  for (std::int64_t k = 0; k < count; ++k)
    numbers[k] = std::clamp(numbers[k], numbers_.least, numbers_.most);
}

void sampler::draw(double *numbers, std::int64_t count) const noexcept {
  const double first = numbers_.given.first, second = numbers_.given.second;
  const auto each = [&](auto value_of) {
    for (std::int64_t k = 0; k < count; ++k) {
      numbers[k] = std::clamp(value_of(numbers[k]), numbers_.given.low, numbers_.given.high);
    }
  };
  const auto normal = [&](double u) {
    const double x = normal_quantile(numbers_.from + u * numbers_.span);
    return first + second * (numbers_.mirrored ? -x : x);
  };
  switch (numbers_.given.kind) {
    case law::constant:
      return each([&](double) { return first; });
    case law::uniform:
      return each([&](double u) { return first + u * (second - first); });
    case law::normal:
      return each(normal);
    case law::log_normal:
      return each([&](double u) { return std::exp(normal(u)); });
    case law::exponential:
      return each(
          [&](double u) { return numbers_.given.low - first * std::log1p(-u * numbers_.span); });
  }
}

}  // namespace annarchy_ml
