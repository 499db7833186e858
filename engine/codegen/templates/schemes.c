/* Kinetic schemes of a run of at most AML_SCHEMES instances, whole vectors of them. */
enum { AML_SCHEMES = 64 };

/* A where the flags are set, 0 elsewhere. */
static inline __attribute__((always_inline)) aml_doubles aml_where(aml_longs flags, aml_doubles a) {
  return (aml_doubles)((aml_longs)a & flags);
}

/* The larger one; what is no number stays. */
static inline __attribute__((always_inline)) aml_doubles aml_most(aml_doubles a, aml_doubles b) {
  const aml_longs first = (a > b) | (a != a);
  return (aml_doubles)(((aml_longs)a & first) | ((aml_longs)b & ~first));
}

/* Substeps in which the largest outflow times a substep is at most about 8; 0 of stiff schemes. */
static inline __attribute__((always_inline)) aml_doubles aml_substeps(aml_doubles span, int n) {
  aml_doubles substeps;
  for (int lane = 0; lane < AML_WORDS; ++lane)
    substeps[lane] = span[lane] <= 8.0 * n ? 1.0 + (double)(int)(span[lane] * 0.125) : 0.0;
  return substeps;
}

/* Edges of a scheme, and their rates times the step h of each instance; see aml_propagate. */
typedef struct aml_edges {
  int n, n_flows;
  const int *source, *target;
  const aml_doubles *stay, *flow; /* of each state; forward and reverse of each edge by turns */
} aml_edges;

/* x <- exp(A h) x by uniformisation, where the largest outflow times h, qh, is at most 1. */
static inline void aml_short_step(const aml_edges *edges, aml_doubles qh, aml_doubles *x) {
  const int n = edges->n;
  const aml_doubles zero = {0};
  aml_doubles term[n], next[n], weight = zero + 1.0, total = weight;
  for (int s = 0; s < n; ++s) term[s] = x[s];
  for (int order = 1;; ++order) {
    const aml_longs live = weight > 1e-18 * total;
    if (!aml_any(live)) break;
    const aml_doubles over = aml_where(live, zero + 1.0 / order);
    for (int s = 0; s < n; ++s) next[s] = edges->stay[s] * term[s];
    for (int j = 0; j < edges->n_flows; ++j) {
      const int source = edges->source[j], target = edges->target[j];
      next[target] += edges->flow[2 * j] * term[source];
      next[source] += edges->flow[2 * j + 1] * term[target];
    }
    for (int s = 0; s < n; ++s) x[s] += term[s] = next[s] * over;
    weight *= qh * over;
    total += weight;
  }
  const aml_doubles share = 1.0 / total;
  for (int s = 0; s < n; ++s) x[s] *= share;
}

/* Squares the matrices of active instances, by column, and scales the columns to the sum 1. */
static inline void aml_square(int n, aml_longs active, const aml_doubles *power,
                              aml_doubles *square) {
  for (int c = 0; c < n; ++c) {
    aml_doubles sum = {0};
    for (int s = 0; s < n; ++s) {
      aml_doubles value = power[s] * power[c * n];
      for (int m = 1; m < n; ++m) value += power[m * n + s] * power[c * n + m];
      square[c * n + s] = value;
      sum += value;
    }
    const aml_doubles share = 1.0 / sum;
    for (int s = 0; s < n; ++s)
      square[c * n + s] = aml_where(active, square[c * n + s] * share) +
                          aml_where(~active, power[c * n + s]);
  }
}

/* The stiff ones of a vector of instances, by squaring the matrix of a substep. Rows are AML_SCHEMES
 * long: x of occupancies, rates of all edges, forward and reverse by turns. */
static __attribute__((noinline)) void aml_propagate_stiff(int n, double *x, int n_flows,
                                                          const int *ends, const double *rates,
                                                          aml_doubles q, double dt) {
  const aml_doubles zero = {0}, span = q * dt;
  const aml_longs finite = span < zero + 1e15, stiff = finite & (span > zero + 8.0 * n);
  aml_doubles stay[n], flow[2 * n_flows], start[n], room[2 * n * n];
  aml_doubles *power = room, *square = room + n * n;
  aml_doubles h = aml_where(stiff, zero + dt);
  aml_longs doublings = finite * 0;
  for (aml_longs large; aml_any(large = q * h > zero + 1.0); doublings -= large)
    h *= aml_where(large, zero - 0.5) + 1.0;
  for (int s = 0; s < n; ++s) stay[s] = q * h;
  for (int j = 0; j < n_flows; ++j) {
    for (int way = 0; way < 2; ++way) {
      const aml_doubles rate = *(const aml_doubles *)(rates + (2 * j + way) * AML_SCHEMES);
      flow[2 * j + way] = aml_where(stiff, rate) * h;
      stay[ends[way * n_flows + j]] -= flow[2 * j + way];
    }
  }
  for (int s = 0; s < n; ++s) stay[s] = aml_most(stay[s], zero);
  const aml_edges edges = {n, n_flows, ends, ends + n_flows, stay, flow};
  for (int c = 0; c < n; ++c) {
    for (int s = 0; s < n; ++s) power[c * n + s] = zero + (double)(s == c);
    aml_short_step(&edges, aml_where(stiff, q) * h, power + c * n);
  }
  for (int done = 0; aml_any(doublings > done); ++done) {
    aml_square(n, doublings > done, power, square);
    aml_doubles *const other = power;
    power = square;
    square = other;
  }
  for (int s = 0; s < n; ++s) start[s] = *(aml_doubles *)(x + s * AML_SCHEMES);
  for (int s = 0; s < n; ++s) {
    aml_doubles value = power[s] * start[0];
    for (int m = 1; m < n; ++m) value += power[m * n + s] * start[m];
    value = aml_where(stiff, value) + aml_where(~stiff & finite, start[s]);
    *(aml_doubles *)(x + s * AML_SCHEMES) = value + aml_where(~finite, zero + __builtin_nan(""));
  }
}
