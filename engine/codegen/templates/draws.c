/* Draws of a run of at most AML_DRAWS instances, whole vectors of them: draws[k] belongs to
 * instance begin + k. One vector of 64-bit lanes holds a word of each instance: the product of the
 * low halves of two lanes is one instruction. */
enum { AML_DRAWS = 512 };
typedef uint64_t aml_words __attribute__((vector_size(AML_VECTOR_BYTES), may_alias));

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
  enum { PAIRS = AML_DRAWS / 2 + AML_LANES };
  _Alignas(64) uint64_t first[PAIRS], second[PAIRS];
  _Alignas(64) aml_real both[2 * PAIRS];
  const int64_t pairs = (count / 2 + AML_LANES) / AML_LANES * AML_LANES;
  aml_draw_words(context, begin >> 1, pairs, ordinal, first, second);
#pragma omp simd simdlen(AML_LANES)
  for (int64_t k = 0; k < pairs; ++k) {
    double even, odd;
    aml_normals(first[k], second[k], &even, &odd);
    both[2 * k] = (aml_real)even;
    both[2 * k + 1] = (aml_real)odd;
  }
  __builtin_memcpy(draws, both + (begin & 1), (uint64_t)count * sizeof(aml_real));
}

/* What is the same for all instances of one mean: an instance has more than n counts where the
 * leading 53 bits of its words are at least sums[n]. */
typedef struct aml_poisson_law {
  double mean;
  int64_t sums[AML_POISSON_TERMS + 1];
  int terms; /* 0 where counts are drawn one by one */
} aml_poisson_law;

static __attribute__((noinline)) void aml_prepare_poisson(double mean, aml_poisson_law *law) {
  double term = __builtin_exp(-mean), sum = term;
  law->mean = mean;
  law->terms = 0;
  if (!(mean >= 0.0 && mean <= AML_POISSON_INVERTED)) return;
  for (int n = 0; n < AML_POISSON_TERMS; ++n) {
    law->sums[n] = (int64_t)__builtin_ceil(sum * 0x1p53);
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

/* Four vectors of instances, side by side in registers. */
enum { AML_ROWS = 4 * AML_WORDS };

AML_FAST aml_longs aml_larger(aml_longs a, aml_longs b) {
  const aml_longs first = a > b;
  return (a & first) | (b & ~first);
}

/* Counts of a row in bits, whose leading 53 bits are replaced by them. */
AML_FAST void aml_count_row(const aml_poisson_law *law, uint64_t *bits) {
  aml_longs *row = (aml_longs *)bits;
  const aml_longs a = row[0], b = row[1], c = row[2], d = row[3], zero = a * 0;
  const aml_longs most = aml_larger(aml_larger(a, b), aml_larger(c, d));
  aml_longs na = zero, nb = zero, nc = zero, nd = zero;
  int64_t largest = 0;
  for (int lane = 0; lane < AML_WORDS; ++lane) largest = most[lane] > largest ? most[lane] : largest;
  for (int n = 0; n < law->terms && largest >= law->sums[n]; ++n) {
    const aml_longs sum = zero + law->sums[n];
    na -= a >= sum;
    nb -= b >= sum;
    nc -= c >= sum;
    nd -= d >= sum;
  }
  row[0] = na;
  row[1] = nb;
  row[2] = nc;
  row[3] = nd;
}

/* The leading 53 bits of the words of each instance; zeros up to the end of a row. */
AML_FAST void aml_draw_bits(const aml_context *context, int64_t begin, int64_t count,
                            uint32_t ordinal, uint64_t *bits) {
  aml_draw_words(context, begin, count, ordinal, bits, (uint64_t *)0);
  for (int64_t k = count; k % AML_ROWS; ++k) bits[k] = 0;
  for (int64_t k = 0; k < count; k += AML_WORDS) *(aml_words *)(bits + k) >>= 11;
}

static __attribute__((noinline)) void aml_draw_poisson(const aml_context *context, int64_t begin,
                                                       int64_t count, uint32_t ordinal,
                                                       const aml_poisson_law *law,
                                                       aml_real *restrict draws) {
  _Alignas(64) uint64_t bits[AML_DRAWS];
  if (!law->terms) {
    for (int64_t k = 0; k < count; ++k)
      draws[k] = (aml_real)aml_poisson_again(context, begin + k, ordinal, law->mean);
    return;
  }
  aml_draw_bits(context, begin, count, ordinal, bits);
  for (int64_t row = 0; row < count; row += AML_ROWS) aml_count_row(law, bits + row);
#pragma omp simd simdlen(AML_LANES)
  for (int64_t k = 0; k < count; ++k) draws[k] = (aml_real)aml_whole(bits[k]);
}

/* Counts of a row of instances, each with its mean, from numbers u and the probabilities of none. */
AML_FAST void aml_count_each(const double *u_row, const double *mean_row, const double *none_row,
                             uint64_t *count_row) {
  const aml_doubles *u = (const aml_doubles *)u_row, *mean = (const aml_doubles *)mean_row;
  aml_doubles term[4], sum[4];
  aml_longs count[4], any = {1};
  for (int k = 0; k < 4; ++k) {
    term[k] = sum[k] = ((const aml_doubles *)none_row)[k];
    count[k] = any * 0;
  }
  for (int n = 0; aml_any(any); ++n) {
    const aml_doubles number = term[0] * 0 + (double)n, two = term[0] * 0 + 2.0;
    const double over = 1.0 / (n + 1);
    any *= 0;
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      const aml_longs above = u[k] >= sum[k];
      const aml_longs ends = (mean[k] < number) & (term[k] < 0x1p-60);
      count[k] -= above;
      any |= above;
      term[k] *= mean[k] * over;
      sum[k] += term[k] + (aml_doubles)((aml_longs)two & ends);
    }
  }
  for (int k = 0; k < 4; ++k) ((aml_longs *)count_row)[k] = count[k];
}

/* The same where each instance has its own mean: means[k] is that of draws[k]. */
static __attribute__((noinline)) void aml_draw_poisson_each(const aml_context *context,
                                                            int64_t begin, int64_t count,
                                                            uint32_t ordinal,
                                                            const aml_real *restrict means,
                                                            aml_real *restrict draws) {
  _Alignas(64) uint64_t bits[AML_DRAWS];
  _Alignas(64) double mean[AML_DRAWS], u[AML_DRAWS], none[AML_DRAWS];
  const int64_t whole = (count + AML_ROWS - 1) / AML_ROWS * AML_ROWS;
  aml_draw_bits(context, begin, count, ordinal, bits);
  for (int64_t k = count; k < whole; ++k) mean[k] = 0.0;
#pragma omp simd simdlen(AML_LANES)
  for (int64_t k = 0; k < count; ++k) {
    const double wanted = (double)means[k];
    mean[k] = (wanted >= 0.0) & (wanted <= AML_POISSON_INVERTED) ? wanted : 0.0;
  }
#pragma omp simd simdlen(AML_LANES)
  for (int64_t k = 0; k < whole; ++k) {
    u[k] = aml_leading(bits[k]);
    none[k] = aml_exp(-mean[k]);
  }
  for (int64_t row = 0; row < count; row += AML_ROWS)
    aml_count_each(u + row, mean + row, none + row, bits + row);
#pragma omp simd simdlen(AML_LANES)
  for (int64_t k = 0; k < count; ++k) draws[k] = (aml_real)aml_whole(bits[k]);
  for (int64_t k = 0; k < count; ++k)
    if (mean[k] != (double)means[k])
      draws[k] = (aml_real)aml_poisson_again(context, begin + k, ordinal, (double)means[k]);
}
