/* Arithmetic behind connection rules, the same bits wherever it runs: the engine compiles it, and
 * programs of devices contain its text. Products and sums must not be contracted. */
#ifndef ANNARCHY_ML_RULE_ARITHMETIC_H
#define ANNARCHY_ML_RULE_ARITHMETIC_H

#include <stdint.h>

/* Evenly distributed in (0, 1), of 26 bits of each word and half a unit: exact. */
static inline __attribute__((always_inline)) double aml_even_number(uint32_t high, uint32_t low) {
  const double upper = (double)(int32_t)(high >> 6);
  const double lower = (double)(int32_t)(low >> 6);
  return (upper * 67108864.0 + lower + 0.5) * 2.220446049250313e-16;
}

/* ln x = e ln 2 + 2 artanh((m - 1) / (m + 1)) with x = m 2^e, m between sqrt(1/2) and sqrt(2), of
 * positive normal numbers. */
static inline __attribute__((always_inline)) double aml_logarithm(double x) {
  union {
    double real;
    uint64_t bits;
  } number;
  number.real = x;
  const int32_t high = (int32_t)(number.bits >> 32);
  const int32_t exponent = (high - 0x3FE6A09E) >> 20;
  number.bits -= (uint64_t)(uint32_t)exponent << 52;
  const double m = number.real;
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
  return (double)exponent * 0.69314718055994530942 + series;
}

#define AML_POLYNOMIAL(x, c0, c1, c2, c3, c4, c5, c6, c7) \
  (((((((c7 * x + c6) * x + c5) * x + c4) * x + c3) * x + c2) * x + c1) * x + c0)

/* The normal deviate below which a share p of all lies, 0 < p < 1. Wichura (1988), algorithm
 * AS 241, doi:10.2307/2347330, routine PPND16. */
static inline double aml_normal_quantile(double p) {
  const double q = p - 0.5;
  if (__builtin_fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q *
           AML_POLYNOMIAL(r, 3.3871328727963666080e0, 1.3314166789178437745e2,
                          1.9715909503065514427e3, 1.3731693765509461125e4, 4.5921953931549871457e4,
                          6.7265770927008700853e4, 3.3430575583588128105e4,
                          2.5090809287301226727e3) /
           AML_POLYNOMIAL(r, 1.0, 4.2313330701600911252e1, 6.8718700749205790830e2,
                          5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
                          2.8729085735721942674e4, 5.2264952788528545610e3);
  }
  const double r = __builtin_sqrt(-aml_logarithm(q < 0.0 ? p : 1.0 - p));
  const double near = r - 1.6, far = r - 5.0;
  const double x = r <= 5.0
                       ? AML_POLYNOMIAL(near, 1.42343711074968357734e0, 4.63033784615654529590e0,
                                        5.76949722146069140550e0, 3.64784832476320460504e0,
                                        1.27045825245236838258e0, 2.41780725177450611770e-1,
                                        2.27238449892691845833e-2, 7.74545014278341407640e-4) /
                             AML_POLYNOMIAL(near, 1.0, 2.05319162663775882187e0,
                                            1.67638483018380384940e0, 6.89767334985100004550e-1,
                                            1.48103976427480074590e-1, 1.51986665636164571966e-2,
                                            5.47593808499534494600e-4, 1.05075007164441684324e-9)
                       : AML_POLYNOMIAL(far, 6.65790464350110377720e0, 5.46378491116411436990e0,
                                        1.78482653991729133580e0, 2.96560571828504891230e-1,
                                        2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                        2.71155556874348757815e-5, 2.01033439929228813265e-7) /
                             AML_POLYNOMIAL(far, 1.0, 5.99832206555887937690e-1,
                                            1.36929880922735805310e-1, 1.48753612908506148525e-2,
                                            7.86869131145613259100e-4, 1.84631831751005468180e-5,
                                            1.42151175831644588870e-7, 2.04426310338993978564e-15);
  return q < 0.0 ? -x : x;
}

#endif
