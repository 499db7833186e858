/* Laws of random numbers; each draw is fixed by (seed, stream, instance, step, ordinal), like
 * aml_uniform. Arithmetic is double in both precisions. */
enum { AML_POISSON_TERMS = 128 };
#define AML_POISSON_INVERTED 30.0 /* larger means are drawn by rejection */
#define AML_FAST static inline __attribute__((always_inline))

AML_FAST uint64_t aml_join(uint32_t high, uint32_t low) { return (uint64_t)high << 32 | low; }

/* A whole number below 2^52 as a double; unlike a conversion, vectorised on every processor. */
AML_FAST double aml_whole(uint64_t number) {
  union {
    uint64_t bits;
    double real;
  } sum = {number | 0x4330000000000000u};
  return sum.real - 0x1p52;
}

/* A number in [0, 1) of 53 bits, aml_fraction of the two joined words. */
AML_FAST double aml_fraction_of(uint64_t bits) {
  return aml_whole(bits >> 37) * 0x1p-27 + aml_whole((bits & 0xFFFFFFFFu) >> 6) * 0x1p-53;
}

/* Whole numbers of 53 bits as fractions. */
AML_FAST double aml_leading(uint64_t number) {
  return aml_whole(number >> 26) * 0x1p-27 + aml_whole(number & 0x3FFFFFFu) * 0x1p-53;
}

/* The radius of Box and Muller (1958, doi:10.1214/aoms/1177706645), sqrt(-2 log u) of u in (0, 1].
 * The logarithm is 2 atanh(f) by its series to f^19 with f = (m - 1) / (m + 1), |f| < 0.172. */
AML_FAST double aml_radius_of(double u) {
  union {
    double real;
    uint64_t bits;
  } whole, part;
  whole.real = u;
  const uint64_t shifted = whole.bits - (0x3FE6A09E00000000u - (64ull << 52)); /* of sqrt(1/2) */
  const double exponent = aml_whole(shifted >> 52) - 64.0;
  part.bits = (shifted & 0x000FFFFFFFFFFFFFu) + 0x3FE6A09E00000000u;
  const double f = (part.real - 1.0) / (part.real + 1.0), f2 = f * f;
  double series = 1.0 / 19.0;
  series = series * f2 + 1.0 / 17.0;
  series = series * f2 + 1.0 / 15.0;
  series = series * f2 + 1.0 / 13.0;
  series = series * f2 + 1.0 / 11.0;
  series = series * f2 + 1.0 / 9.0;
  series = series * f2 + 1.0 / 7.0;
  series = series * f2 + 1.0 / 5.0;
  series = series * f2 + 1.0 / 3.0;
  const double logarithm = exponent * 0.6931471805599453 + (2.0 * f + 2.0 * f * f2 * series);
  return __builtin_sqrt(-2.0 * logarithm);
}

/* Two normal numbers of one counter's words, those of the instances 2 n and 2 n + 1: radius times
 * cosine and sine of an angle between -pi/4 and pi/4, by Taylor's series to x^16, turned by a
 * quarter and by a half of the circle as two bits say. Tails reach 8.57. */
AML_FAST void aml_normals(uint64_t first, uint64_t second, double *even, double *odd) {
  const double radius = aml_radius_of(aml_fraction_of(first) + 0x1p-53);
  const double x = (aml_fraction_of(second << 2) - 0.5) * 1.5707963267948966, x2 = x * x;
  const double sign = second >> 63 ? -radius : radius;
  double sine = -1.0 / 1307674368000.0, cosine = 1.0 / 20922789888000.0;
  sine = sine * x2 + 1.0 / 6227020800.0;
  sine = sine * x2 - 1.0 / 39916800.0;
  sine = sine * x2 + 1.0 / 362880.0;
  sine = sine * x2 - 1.0 / 5040.0;
  sine = sine * x2 + 1.0 / 120.0;
  sine = sine * x2 - 1.0 / 6.0;
  cosine = cosine * x2 - 1.0 / 87178291200.0;
  cosine = cosine * x2 + 1.0 / 479001600.0;
  cosine = cosine * x2 - 1.0 / 3628800.0;
  cosine = cosine * x2 + 1.0 / 40320.0;
  cosine = cosine * x2 - 1.0 / 720.0;
  cosine = cosine * x2 + 1.0 / 24.0;
  cosine = cosine * x2 - 0.5;
  const double s = sign * (x + x * x2 * sine), c = sign * (1.0 + x2 * cosine);
  const int turned = (second >> 62 & 1) != 0;
  *even = turned ? -s : c;
  *odd = turned ? c : s;
}

/* The one of an instance whose words those of its pair are. */
static inline double aml_normal_from(const uint32_t words[4], uint32_t index) {
  double even, odd;
  aml_normals(aml_join(words[0], words[1]), aml_join(words[2], words[3]), &even, &odd);
  return index & 1 ? odd : even;
}

/* log(k! / (sqrt(2 pi k) (k / e)^k)) for k > 0: Stirling's series. */
static double aml_stirling(double k) {
  if (k < 10) {
    double product = 1.0;
    for (double n = 2; n <= k; ++n) product *= n;
    return __builtin_log(product) - (k + 0.5) * __builtin_log(k) + k - 0.9189385332046727;
  }
  const double k2 = k * k;
  return (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * k2)) / k2) / k2) / k;
}

/* log of the probability of k counts. */
static double aml_poisson_log(double k, double mean) {
  if (k == 0) return -mean;
  const double apart = k * __builtin_log1p((mean - k) / k) + (k - mean);
  return apart - 0.5 * __builtin_log(6.283185307179586 * k) - aml_stirling(k);
}

/* Hoermann (1993, doi:10.1016/0167-6687(93)90997-4), algorithm PTRS: transformed rejection with a
 * squeeze, exact for means from 10. A rejected pair of numbers is followed by that of the counter
 * made of its own words. NaN where the mean is negative, not a number or above 2^53. */
static __attribute__((noinline)) double aml_poisson_large(const aml_context *context, double mean,
                                                          uint32_t words[4]) {
  if (!(mean >= 0.0 && mean <= 0x1p53)) return __builtin_nan("");
  const double b = 0.931 + 2.53 * __builtin_sqrt(mean), a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), squeeze = 0.9277 - 3.6224 / (b - 2.0);
  for (;;) {
    const double u = aml_fraction_of(aml_join(words[0], words[1])) - 0.5;
    const double v = aml_fraction_of(aml_join(words[2], words[3])) + 0x1p-53;
    const double us = 0.5 - __builtin_fabs(u);
    const double k = __builtin_floor((2.0 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k >= 0 && (us >= 0.013 || v <= us) &&
        __builtin_log(v * inverse_alpha / (a / (us * us) + b)) <= aml_poisson_log(k, mean))
      return k;
    aml_philox(context, words[0], words[1], words[2], words[3], words);
  }
}

/* Whether no more than n + 1 counts are to be told apart, term being the probability of n. */
AML_FAST int aml_poisson_ends(double n, double mean, double term) {
  return (n > mean) & (term < 0x1p-60);
}

/* The number of counts: inversion, by adding probabilities from 0 upwards. */
static double aml_poisson_from(const aml_context *context, double mean, uint32_t words[4]) {
  if (!(mean >= 0.0 && mean <= AML_POISSON_INVERTED))
    return aml_poisson_large(context, mean, words);
  const double u = aml_leading(aml_join(words[0], words[1]) >> 11);
  double term = __builtin_exp(-mean), sum = term, count = 0.0;
  while (u >= sum) {
    const int last = aml_poisson_ends(count, mean, term);
    count += 1.0;
    if (last) break;
    term *= mean * (1.0 / count);
    sum += term;
  }
  return count;
}

static inline double aml_normal(const aml_context *context, uint32_t index, uint32_t ordinal) {
  uint32_t words[4];
  aml_step_words(context, index >> 1, ordinal, words);
  return aml_normal_from(words, index);
}

static inline double aml_poisson(const aml_context *context, uint32_t index, uint32_t ordinal,
                                 double mean) {
  uint32_t words[4];
  aml_step_words(context, index, ordinal, words);
  return aml_poisson_from(context, mean, words);
}

static inline double aml_event_normal(const aml_context *context, uint32_t index, uint32_t event,
                                      uint32_t ordinal) {
  uint32_t words[4];
  aml_philox(context, index, event, ordinal, ~(uint32_t)context->stream, words);
  return aml_normal_from(words, 0);
}

static inline double aml_event_poisson(const aml_context *context, uint32_t index, uint32_t event,
                                       uint32_t ordinal, double mean) {
  uint32_t words[4];
  aml_philox(context, index, event, ordinal, ~(uint32_t)context->stream, words);
  return aml_poisson_from(context, mean, words);
}
