// Inverse cumulative functions and exact binomial numbers.
#include "distributions.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "error.hpp"
#include "philox.hpp"
#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

// ln x = e ln 2 + 2 artanh((m - 1) / (m + 1)) with x = m 2^e, m between sqrt(1/2) and sqrt(2).
inline __attribute__((always_inline)) double logarithm(double x) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const auto high = static_cast<std::int32_t>(bits >> 32);
  const std::int32_t exponent = (high - 0x3FE6A09E) >> 20;
  const auto shift = static_cast<std::uint64_t>(static_cast<std::uint32_t>(exponent)) << 52;
  const double m = std::bit_cast<double>(bits - shift);
  const double s = (m - 1.0) / (m + 1.0);
  const double z = s * s;
  double series = 1.0 / 21.0;
  series = series * z + 1.0 / 19.0;
  series = series * z + 1.0 / 17.0;
  series = series * z + 1.0 / 15.0;
  series = series * z + 1.0 / 13.0;
  series = series * z + 1.0 / 11.0;
  series = series * z + 1.0 / 9.0;
  series = series * z + 1.0 / 7.0;
  series = series * z + 1.0 / 5.0;
  series = series * z + 1.0 / 3.0;
  series = 2.0 * s + 2.0 * s * (series * z);
  return static_cast<double>(exponent) * 0.69314718055994530942 + series;
}

double polynomial(const double (&c)[8], double x) noexcept {
  double sum = c[7];
  for (int k = 6; k >= 0; --k) sum = sum * x + c[k];
  return sum;
}

// Wichura (1988), algorithm AS 241, doi:10.2307/2347330, routine PPND16.
constexpr double center_over[8] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                                   1.9715909503065514427e3, 1.3731693765509461125e4,
                                   4.5921953931549871457e4, 6.7265770927008700853e4,
                                   3.3430575583588128105e4, 2.5090809287301226727e3};
constexpr double center_under[8] = {1.0,
                                    4.2313330701600911252e1,
                                    6.8718700749205790830e2,
                                    5.3941960214247511077e3,
                                    2.1213794301586595867e4,
                                    3.9307895800092710610e4,
                                    2.8729085735721942674e4,
                                    5.2264952788528545610e3};
constexpr double middle_over[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                   5.76949722146069140550e0,  3.64784832476320460504e0,
                                   1.27045825245236838258e0,  2.41780725177450611770e-1,
                                   2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr double middle_under[8] = {1.0,
                                    2.05319162663775882187e0,
                                    1.67638483018380384940e0,
                                    6.89767334985100004550e-1,
                                    1.48103976427480074590e-1,
                                    1.51986665636164571966e-2,
                                    5.47593808499534494600e-4,
                                    1.05075007164441684324e-9};
constexpr double tail_over[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                 1.78482653991729133580e0,  2.96560571828504891230e-1,
                                 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                 2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr double tail_under[8] = {1.0,
                                  5.99832206555887937690e-1,
                                  1.36929880922735805310e-1,
                                  1.48753612908506148525e-2,
                                  7.86869131145613259100e-4,
                                  1.84631831751005468180e-5,
                                  1.42151175831644588870e-7,
                                  2.04426310338993978564e-15};

double normal_below(double x) noexcept { return 0.5 * std::erfc(-x * 0.70710678118654752440); }

// log k! less its Stirling approximation sqrt(2 pi) (k + 1)^(k + 1/2) e^-(k + 1).
double stirling_rest(double k) noexcept {
  const double n = k + 1.0;
  if (k < 10.0) {
    double factorial = 1.0;
    for (double j = 2.0; j <= k; j += 1.0) factorial *= j;
    return logarithm(factorial) - (0.91893853320467274178 + (k + 0.5) * logarithm(n) - n);
  }
  return (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / (n * n)) / (n * n)) / n;
}

// Few successes: the trials up to each one are geometric.
std::int64_t few_successes(std::int64_t n, double p, uniform_stream &numbers) {
  const double scale = 1.0 / log_of_rest(p);
  double trials = 0.0;
  for (std::int64_t count = 0;; ++count) {
    trials += std::floor(logarithm(numbers.next()) * scale) + 1.0;
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
  const double of_mode = (mode + 0.5) * logarithm((mode + 1.0) / (odds * (n - mode + 1.0))) +
                         stirling_rest(mode) + stirling_rest(n - mode);
  for (;;) {
    const double u = numbers.next() - 0.5, v = numbers.next();
    const double us = 0.5 - std::fabs(u);
    const double k = std::floor((2.0 * a / us + b) * u + center);
    if (us >= 0.07 && v <= quick) return static_cast<std::int64_t>(k);
    if (k < 0.0 || k > n) continue;
    const double bound = of_mode + (n + 1.0) * logarithm((n - mode + 1.0) / (n - k + 1.0)) +
                         (k + 0.5) * logarithm(odds * (n - k + 1.0) / (k + 1.0)) -
                         stirling_rest(k) - stirling_rest(n - k);
    if (logarithm(v * alpha / (a / (us * us) + b)) <= bound) return static_cast<std::int64_t>(k);
  }
}

}  // namespace

ANNARCHY_ML_CLONES
void take_logarithms(double *numbers, std::int64_t count) noexcept {
  for (std::int64_t k = 0; k < count; ++k) numbers[k] = logarithm(numbers[k]);
}

// The error of 1 - p is that of the quotient (Kahan), and cancels.
double log_of_rest(double p) noexcept {
  const double rest = 1.0 - p;
  return rest == 1.0 ? -p : logarithm(rest) * (-p / (rest - 1.0));
}

double normal_quantile(double p) noexcept {
  const double q = p - 0.5;
  if (std::fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(center_over, r) / polynomial(center_under, r);
  }
  const double r = std::sqrt(-logarithm(q < 0.0 ? p : 1.0 - p));
  const double x = r <= 5.0 ? polynomial(middle_over, r - 1.6) / polynomial(middle_under, r - 1.6)
                            : polynomial(tail_over, r - 5.0) / polynomial(tail_under, r - 5.0);
  return q < 0.0 ? -x : x;
}

std::int64_t draw_binomial(std::int64_t n, double p, uniform_stream &numbers) {
  if (n <= 0 || p <= 0.0) return 0;
  if (p >= 1.0) return n;
  if (p > 0.5) return n - draw_binomial(n, 1.0 - p, numbers);
  if (static_cast<double>(n) * p < 10.0) return few_successes(n, p, numbers);
  return many_successes(n, p, numbers);
}

sampler::sampler(const distribution &wanted, const std::string &place)
    : given_(wanted), least_(wanted.low), most_(wanted.high) {
  const distribution &given = given_;
  require(std::isfinite(given.first) && std::isfinite(given.second), place,
          "the parameters of a distribution must be finite");
  require(given.low <= given.high, place, "the bounds of a distribution must ascend");
  if (given.clipped) {
    given_.low = -std::numeric_limits<double>::infinity();
    given_.high = std::numeric_limits<double>::infinity();
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
  require(given_.first <= given_.second, place, "the bounds of a distribution must ascend");
  given_.first = std::max(given_.first, given_.low);
  given_.second = std::min(given_.second, given_.high);
  require(given_.first <= given_.second, place,
          "no value lies within the bounds of a distribution");
}

void sampler::bound_normal(double low, double high, const std::string &place) {
  require(given_.second >= 0.0, place, "a deviation must not be negative");
  if (given_.second == 0.0) {
    require(low <= given_.first && given_.first <= high, place,
            "no value lies within the bounds of a distribution");
    return;
  }
  double a = (low - given_.first) / given_.second, b = (high - given_.first) / given_.second;
  mirrored_ = a > 0.0;
  if (mirrored_) a = -std::exchange(b, -a);
  from_ = normal_below(a);
  span_ = normal_below(b) - from_;
  require(span_ > 0.0, place, "no value lies within the bounds of a distribution");
}

void sampler::bound_exponential(const std::string &place) {
  require(given_.first > 0.0, place, "the mean of an exponential law must be positive");
  given_.low = std::max(given_.low, 0.0);
  // Without memory: from the lower bound on, the law starts again.
  span_ = -std::expm1(-(given_.high - given_.low) / given_.first);
  require(given_.high >= 0.0 && span_ > 0.0, place,
          "no value lies within the bounds of a distribution");
}

void sampler::apply(double *numbers, std::int64_t count) const noexcept {
  draw(numbers, count);
  if (!given_.clipped) return;
  for (std::int64_t k = 0; k < count; ++k) numbers[k] = std::clamp(numbers[k], least_, most_);
}

void sampler::draw(double *numbers, std::int64_t count) const noexcept {
  const double first = given_.first, second = given_.second;
  const auto each = [&](auto value_of) {
    for (std::int64_t k = 0; k < count; ++k) {
      numbers[k] = std::clamp(value_of(numbers[k]), given_.low, given_.high);
    }
  };
  const auto normal = [&](double u) {
    const double x = normal_quantile(from_ + u * span_);
    return first + second * (mirrored_ ? -x : x);
  };
  switch (given_.kind) {
    case law::constant:
      return each([&](double) { return first; });
    case law::uniform:
      return each([&](double u) { return first + u * (second - first); });
    case law::normal:
      return each(normal);
    case law::log_normal:
      return each([&](double u) { return std::exp(normal(u)); });
    case law::exponential:
      return each([&](double u) { return given_.low - first * std::log1p(-u * span_); });
  }
}

}  // namespace annarchy_ml
