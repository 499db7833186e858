// What the loop over the steps needs: the clock, recorded rows, sums over attached instances.

// Times [s] before the next step; words of device memory.
struct aml_clock {
  double t, t_prev, t_before, dt, shift, count, half;
  uint64_t seed, number, drawn, done;
};

AML_DEVICE aml_now aml_now_of(const aml_clock *clock) {
  aml_now now;
  now.t = clock->t;
  now.t_prev = clock->t_prev;
  now.t_before = clock->t_before;
  now.dt = clock->dt;
  now.shift = clock->shift;
  now.count = clock->count;
  now.half = clock->half;
  now.seed = clock->seed;
  now.number = clock->number;
  now.drawn = clock->drawn;
  return now;
}

AML_DEVICE void aml_advance(aml_now &now, const aml_times *times) {
  now.t_before = now.t_prev;
  now.t_prev = now.t;
  if (now.half == 0.0) {
    now.t += now.dt;
  } else {
    now.count = now.count + now.half + now.half;
    now.t = now.count / 1e3;
  }
  now.number += 1;
  if (aml_thread() == 0 && times->values) times->values[now.number % times->count] = now.t;
}

// All have met since the last one read the clock.
AML_DEVICE void aml_keep_clock(const aml_now &now, aml_clock *clock, uint64_t done) {
  if (aml_thread() != 0) return;
  clock->t = now.t;
  clock->t_prev = now.t_prev;
  clock->t_before = now.t_before;
  clock->count = now.count;
  clock->number = now.number;
  clock->done = done;
}

struct aml_column {
  const void *value;
  uint64_t kind;  // 0: double, 1: float, 2: int32
  uint64_t finite;
};

struct aml_rows {
  double *values;
  const aml_column *columns;
  uint64_t n_columns;
};

AML_DEVICE void aml_take_row(const aml_now &now, const aml_rows *rows, uint64_t row,
                             aml_report *report) {
  double *to = rows->values + row * (rows->n_columns + 1);
  if (aml_thread() == 0) to[0] = now.t;
  for (uint64_t k = aml_thread(); k < rows->n_columns; k += aml_threads()) {
    const aml_column column = rows->columns[k];
    const double value = column.kind == 0   ? *(const double *)column.value
                         : column.kind == 1 ? (double)*(const float *)column.value
                                            : (double)*(const int32_t *)column.value;
    to[k + 1] = value;
    if (column.finite && !(value - value == 0)) aml_lower(&report->not_finite, now.number);
  }
}

// How many attached instances the hosts below `end` have.
AML_DEVICE int32_t aml_attached_before(const int64_t *hosts, int32_t end) {
  return hosts ? (int32_t)hosts[end] : end;
}

// Sum or product of `source` over the instances that are attached to host h, joined to `start`.
AML_DEVICE aml_real aml_sum_of(const aml_real *source, bool each, const int64_t *hosts, int32_t h,
                               aml_real start) {
  if (!hosts) return start + source[each ? h : 0];
  for (int64_t i = hosts[h]; i < hosts[h + 1]; ++i) start = start + source[each ? i : 0];
  return start;
}

AML_DEVICE aml_real aml_product_of(const aml_real *source, bool each, const int64_t *hosts,
                                   int32_t h, aml_real start) {
  if (!hosts) return start * source[each ? h : 0];
  for (int64_t i = hosts[h]; i < hosts[h + 1]; ++i) start = start * source[each ? i : 0];
  return start;
}
