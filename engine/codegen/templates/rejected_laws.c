/* Laws with one draw after another until one is accepted, each pair of numbers being followed by
 * that of the counter made of its own words. NaN where the arguments are beyond the law. */

/* Gamma numbers of scale 1: Marsaglia and Tsang (2000, doi:10.1145/358407.358414). A shape below 1
 * is that of one more, times a uniform number to the power of its reciprocal. */
static __attribute__((noinline)) double aml_gamma_from(const aml_context *context, double shape,
                                                       uint32_t words[4]) {
  if (!(shape > 0.0 && shape <= 1.7976931348623157e308)) return __builtin_nan("");
  const double d = (shape < 1.0 ? shape + 1.0 : shape) - 1.0 / 3.0;
  const double c = 1.0 / (3.0 * __builtin_sqrt(d));
  for (;;) {
    double x, unused;
    aml_normals(aml_join(words[0], words[1]), aml_join(words[2], words[3]), &x, &unused);
    aml_philox(context, words[0], words[1], words[2], words[3], words);
    const double u = aml_fraction_of(aml_join(words[0], words[1])) + 0x1p-53;
    const double y = c * x, root = 1.0 + y;
    if (root > 0.0 && __builtin_log(u) < 0.5 * x * x + d * (3.0 * __builtin_log1p(y) -
                                                           y * (3.0 + y * (3.0 + y)))) {
      const double found = d * (root * root * root);
      if (shape >= 1.0) return found;
      const double w = aml_fraction_of(aml_join(words[2], words[3])) + 0x1p-53;
      return found * __builtin_pow(w, 1.0 / shape);
    }
    aml_philox(context, words[0], words[1], words[2], words[3], words);
  }
}

/* Successes of few on average: inversion, by adding probabilities from 0 upwards. */
static double aml_binomial_few(double trials, double p, const uint32_t words[4]) {
  const double u = aml_leading(aml_join(words[0], words[1]) >> 11), odds = p / (1.0 - p);
  double term = __builtin_exp(trials * __builtin_log1p(-p)), sum = term, count = 0.0;
  while (u >= sum && count < trials) {
    const int last = (count > trials * p) & (term < 0x1p-60);
    count += 1.0;
    if (last) break;
    term *= odds * (trials - count + 1.0) / count;
    sum += term;
  }
  return count;
}

/* Hoermann (1993, doi:10.1080/00949659308811496), algorithm BTRS; trials * p >= 10, p <= 1/2. */
static double aml_binomial_many(const aml_context *context, double n, double p,
                                uint32_t words[4]) {
  const double spread = __builtin_sqrt(n * p * (1.0 - p)), odds = p / (1.0 - p);
  const double b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p;
  const double center = n * p + 0.5, squeeze = 0.92 - 4.2 / b, alpha = (2.83 + 5.1 / b) * spread;
  const double mode = __builtin_floor((n + 1.0) * p);
  const double of_mode = (mode + 0.5) * __builtin_log((mode + 1.0) / (odds * (n - mode + 1.0))) +
                         aml_stirling(mode + 1.0) + aml_stirling(n - mode + 1.0);
  for (;;) {
    const double u = aml_fraction_of(aml_join(words[0], words[1])) - 0.5;
    const double v = aml_fraction_of(aml_join(words[2], words[3])) + 0x1p-53;
    const double us = 0.5 - __builtin_fabs(u);
    const double k = __builtin_floor((2.0 * a / us + b) * u + center);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k >= 0.0 && k <= n) {
      const double chance =
          of_mode + (n + 1.0) * __builtin_log((n - mode + 1.0) / (n - k + 1.0)) +
          (k + 0.5) * __builtin_log(odds * (n - k + 1.0) / (k + 1.0)) - aml_stirling(k + 1.0) -
          aml_stirling(n - k + 1.0);
      if (__builtin_log(v * alpha / (a / (us * us) + b)) <= chance) return k;
    }
    aml_philox(context, words[0], words[1], words[2], words[3], words);
  }
}

/* Successes of n trials, up to 2^31; a part of a trial does not count. */
static __attribute__((noinline)) double aml_binomial_from(const aml_context *context, double n,
                                                          double p, uint32_t words[4]) {
  if (!(n >= 0.0 && n <= 0x1p31 && p >= 0.0 && p <= 1.0)) return __builtin_nan("");
  const double trials = __builtin_floor(n), least = p > 0.5 ? 1.0 - p : p;
  const double found = trials * least < 10.0 ? aml_binomial_few(trials, least, words)
                                             : aml_binomial_many(context, trials, least, words);
  return p > 0.5 ? trials - found : found;
}

static inline double aml_gamma(const aml_context *context, uint32_t index, uint32_t ordinal,
                               double shape) {
  uint32_t words[4];
  aml_step_words(context, index, ordinal, words);
  return aml_gamma_from(context, shape, words);
}

static inline double aml_binomial(const aml_context *context, uint32_t index, uint32_t ordinal,
                                  double n, double p) {
  uint32_t words[4];
  aml_step_words(context, index, ordinal, words);
  return aml_binomial_from(context, n, p, words);
}

static inline double aml_event_gamma(const aml_context *context, uint32_t index, uint32_t event,
                                     uint32_t ordinal, double shape) {
  uint32_t words[4];
  aml_philox(context, index, event, ordinal, ~(uint32_t)context->stream, words);
  return aml_gamma_from(context, shape, words);
}

static inline double aml_event_binomial(const aml_context *context, uint32_t index, uint32_t event,
                                        uint32_t ordinal, double n, double p) {
  uint32_t words[4];
  aml_philox(context, index, event, ordinal, ~(uint32_t)context->stream, words);
  return aml_binomial_from(context, n, p, words);
}
