/* Draws of a run of at most AML_DRAWS instances, whole vectors of them: draws[k] belongs to
 * instance begin + k. One vector of 64-bit lanes holds a word of each instance: the product of the
 * low halves of two lanes is one instruction. */
enum { AML_DRAWS = 512, AML_POISSON_ROW = 32 };
typedef uint64_t aml_words __attribute__((vector_size(AML_VECTOR_BYTES), may_alias));
enum { AML_WORDS = AML_VECTOR_BYTES / 8 };

AML_FAST aml_words aml_times(aml_words a, uint32_t b) {
  const aml_words factor = a * 0 + b;
#if defined(__clang__) || !defined(__x86_64__)
  return (a & 0xFFFFFFFFu) * factor;
#elif defined(__AVX512F__)
  typedef int lanes __attribute__((vector_size(64)));
  typedef long long wide __attribute__((vector_size(64)));
  return (aml_words)__builtin_ia32_pmuludq512_mask((lanes)a, (lanes)factor, (wide){0},
                                                   (unsigned char)-1);
#elif defined(__AVX2__)
  typedef int lanes __attribute__((vector_size(32)));
  return (aml_words)__builtin_ia32_pmuludq256((lanes)a, (lanes)factor);
#elif !defined(__AVX__)
  typedef int lanes __attribute__((vector_size(16)));
  return (aml_words)__builtin_ia32_pmuludq128((lanes)a, (lanes)factor);
#else
  return (a & 0xFFFFFFFFu) * factor;
#endif
}

/* Words 0 and 1 of each counter joined in first[k], words 2 and 3 in second[k] where wanted. */
AML_FAST void aml_draw_words(const aml_context *context, int64_t begin, int64_t count,
                             uint32_t ordinal, uint64_t *restrict first,
                             uint64_t *restrict second) {
  const uint32_t seed0 = (uint32_t)context->seed, seed1 = (uint32_t)(context->seed >> 32);
  const uint32_t high = ((uint32_t)(context->step >> 32) << 16) ^ ordinal;
  const aml_words zero = {0};
  aml_words index = zero;
  for (int lane = 0; lane < AML_WORDS; ++lane) index[lane] = (uint64_t)(begin + lane);
  for (int64_t k = 0; k < count; k += AML_WORDS, index += AML_WORDS) {
    aml_words c0 = index, c1 = zero + (uint32_t)context->step;
    aml_words c2 = zero + high, c3 = zero + (uint32_t)context->stream;
    uint32_t k0 = seed0, k1 = seed1;
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
      const aml_words p0 = aml_times(c0, 0xD2511F53u), p1 = aml_times(c2, 0xCD9E8D57u);
      c0 = (p1 >> 32) ^ c1 ^ (zero + k0);
      c2 = (p0 >> 32) ^ c3 ^ (zero + k1);
      c1 = p1;
      c3 = p0;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    *(aml_words *)(first + k) = c0 << 32 | (c1 & 0xFFFFFFFFu);
    if (second) *(aml_words *)(second + k) = c2 << 32 | (c3 & 0xFFFFFFFFu);
  }
}

static __attribute__((noinline)) void aml_draw_first(const aml_context *context, int64_t begin,
                                                     int64_t count, uint32_t ordinal,
                                                     uint64_t *first) {
  aml_draw_words(context, begin, count, ordinal, first, (uint64_t *)0);
}

static __attribute__((noinline)) void aml_draw_uniform(const aml_context *context, int64_t begin,
                                                       int64_t count, uint32_t ordinal,
                                                       aml_real *restrict draws) {
  _Alignas(64) uint64_t first[AML_DRAWS];
  aml_draw_words(context, begin, count, ordinal, first, (uint64_t *)0);
#pragma omp simd simdlen(AML_LANES)
  for (int64_t k = 0; k < count; ++k)
    draws[k] = sizeof(aml_real) == 4 ? (aml_real)(aml_whole(first[k] >> 40) * 0x1p-24)
                                     : (aml_real)aml_fraction_of(first[k]);
}

static __attribute__((noinline)) void aml_draw_normal(const aml_context *context, int64_t begin,
                                                      int64_t count, uint32_t ordinal,
                                                      aml_real *restrict draws) {
  _Alignas(64) uint64_t first[AML_DRAWS], second[AML_DRAWS];
  aml_draw_words(context, begin, count, ordinal, first, second);
#pragma omp simd simdlen(AML_LANES)
  for (int64_t k = 0; k < count; ++k) draws[k] = (aml_real)aml_normal_from(first[k], second[k]);
}

/* What is the same for all instances of one mean: sums[n] is the probability of at most n counts. */
typedef struct aml_poisson_law {
  double mean, sums[AML_POISSON_TERMS + 1];
  int terms; /* 0 where counts are drawn one by one */
} aml_poisson_law;

static __attribute__((noinline)) void aml_prepare_poisson(double mean, aml_poisson_law *law) {
  double term = __builtin_exp(-mean), sum = term;
  law->mean = mean;
  law->terms = 0;
  if (!(mean >= 0.0 && mean <= AML_POISSON_INVERTED)) return;
  for (int n = 0; n < AML_POISSON_TERMS; ++n) {
    law->sums[n] = sum;
    law->terms = n + 1;
    if (aml_poisson_ends(n, mean, term)) break;
    term *= mean * (1.0 / (n + 1));
    sum += term;
  }
}

static __attribute__((noinline)) double aml_poisson_again(const aml_context *context, int64_t index,
                                                          uint32_t ordinal, double mean) {
  return aml_poisson(context, (uint32_t)index, ordinal, mean);
}

static __attribute__((noinline)) void aml_draw_poisson(const aml_context *context, int64_t begin,
                                                       int64_t count, uint32_t ordinal,
                                                       const aml_poisson_law *law,
                                                       aml_real *restrict draws) {
  _Alignas(64) uint64_t first[AML_DRAWS];
  if (!law->terms) {
    for (int64_t k = 0; k < count; ++k)
      draws[k] = (aml_real)aml_poisson_again(context, begin + k, ordinal, law->mean);
    return;
  }
  aml_draw_words(context, begin, count, ordinal, first, (uint64_t *)0);
  for (int64_t row = 0; row < count; row += AML_POISSON_ROW) {
    const int width = count - row < AML_POISSON_ROW ? (int)(count - row) : AML_POISSON_ROW;
    _Alignas(64) double u[AML_POISSON_ROW], counts[AML_POISSON_ROW];
    double largest = 0.0;
    for (int k = 0; k < AML_POISSON_ROW; ++k) {
      u[k] = k < width ? aml_fraction_of(first[row + k]) : 0.0;
      counts[k] = 0.0;
      largest = u[k] > largest ? u[k] : largest;
    }
    for (int n = 0; n < law->terms && largest >= law->sums[n]; ++n) {
      const double sum = law->sums[n];
      for (int k = 0; k < AML_POISSON_ROW; ++k) counts[k] += u[k] >= sum ? 1.0 : 0.0;
    }
    for (int k = 0; k < width; ++k) draws[row + k] = (aml_real)counts[k];
  }
}

/* The same where each instance has its own mean: means[k] is that of draws[k]. */
static __attribute__((noinline)) void aml_draw_poisson_each(const aml_context *context,
                                                            int64_t begin, int64_t count,
                                                            uint32_t ordinal,
                                                            const aml_real *restrict means,
                                                            aml_real *restrict draws) {
  _Alignas(64) uint64_t first[AML_DRAWS];
  aml_draw_words(context, begin, count, ordinal, first, (uint64_t *)0);
  for (int64_t row = 0; row < count; row += AML_POISSON_ROW) {
    _Alignas(64) double u[AML_POISSON_ROW], sum[AML_POISSON_ROW], term[AML_POISSON_ROW];
    _Alignas(64) double mean[AML_POISSON_ROW], counts[AML_POISSON_ROW];
    const int width = count - row < AML_POISSON_ROW ? (int)(count - row) : AML_POISSON_ROW;
    for (int k = 0; k < AML_POISSON_ROW; ++k) {
      const double wanted = k < width ? (double)means[row + k] : 0.0;
      mean[k] = wanted >= 0.0 && wanted <= AML_POISSON_INVERTED ? wanted : 0.0;
      u[k] = k < width ? aml_fraction_of(first[row + k]) : 0.0;
      counts[k] = 0.0;
    }
    for (int k = 0; k < AML_POISSON_ROW; ++k) sum[k] = term[k] = aml_exp(-mean[k]);
    for (int n = 1, any = 1; any && n <= AML_POISSON_TERMS; ++n) {
      const double over = 1.0 / n;
      any = 0;
      for (int k = 0; k < AML_POISSON_ROW; ++k) {
        const int above = u[k] >= sum[k];
        counts[k] += above ? 1.0 : 0.0;
        any |= above;
        const int last = aml_poisson_ends(n - 1, mean[k], term[k]);
        term[k] *= mean[k] * over;
        sum[k] = last ? 2.0 : sum[k] + term[k];
      }
    }
    for (int k = 0; k < width; ++k) {
      draws[row + k] = (aml_real)counts[k];
      if (!(means[row + k] >= 0 && means[row + k] <= (aml_real)AML_POISSON_INVERTED))
        draws[row + k] =
            (aml_real)aml_poisson_again(context, begin + row + k, ordinal, (double)means[row + k]);
    }
  }
}
