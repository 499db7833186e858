// Values that cells add up in every step, values over whole groups, and values given at certain
// steps. Partial results are those of the CPU (weighted_sums.cpp, pool.cpp), joined in its order.

// Latest values of a field: a ring of whole steps, kept twice, so that steps lie in one piece.
struct aml_history {
  const aml_real *field;
  aml_real *ring;  // 2 * length * size
  int64_t size, length;
};

AML_DEVICE void aml_take_history(const aml_history *past, int64_t step) {
  const int64_t first = step == 0 ? 0 : step % past->length;
  const int64_t rows = step == 0 ? past->length : 1;
  for (int64_t i = aml_thread(); i < past->size; i += aml_threads()) {
    for (int64_t row = first; row < first + rows; ++row) {
      past->ring[row * past->size + i] = past->ring[(row + past->length) * past->size + i] =
          past->field[i];
    }
  }
}

// The values of the step that was so many steps before the one after `step`; later ones follow.
AML_DEVICE const aml_real *aml_past(const aml_history *past, int64_t step, int64_t steps) {
  const int64_t row = (step + 1 - steps) % past->length;
  return past->ring + (row < 0 ? row + past->length : row) * past->size;
}

enum { AML_SUM = 0, AML_GREATEST = 1, AML_LEAST = 2, AML_MEAN = 3 };
enum { AML_PARTS = 128 / sizeof(aml_real) };  // partial results of a row

template <int Kind>
AML_DEVICE aml_real aml_join_values(aml_real a, aml_real b) {
  if (Kind == AML_GREATEST) return ((a >= b) | (a != a)) ? a : b;
  if (Kind == AML_LEAST) return ((a <= b) | (a != a)) ? a : b;
  return a + b;
}

template <int Kind>
AML_DEVICE aml_real aml_no_value() {
  const aml_real all = (aml_real)__builtin_inf();
  return Kind == AML_GREATEST ? -all : Kind == AML_LEAST ? all : (aml_real)0;
}

// Rows by target, as in cpp/src/weighted_rows.hpp.
struct aml_weighted_rows {
  aml_real *target;
  int64_t first_target, n_rows, dense, first_source, row_length, skips_self, wide, weights_as;
  double weight;
  const int64_t *rows;
  const void *sources;
  const void *weights;
  uint64_t transmits;
  int64_t reach;
};

enum { AML_ONE_WEIGHT = 0, AML_REAL32_WEIGHTS = 1, AML_REAL64_WEIGHTS = 2 };

// Where a connection of a row comes from; how it is weighted.
struct aml_following_sources {
  int64_t first;
  AML_INSIDE int64_t operator()(int64_t, int64_t i) const { return first + i; }
};

template <class Number>
struct aml_listed_sources {
  const Number *numbers;
  AML_INSIDE int64_t operator()(int64_t connection, int64_t) const {
    return (int64_t)AML_READ(numbers + connection);
  }
};

struct aml_one_weight {
  aml_real value;
  AML_INSIDE aml_real operator()(int64_t) const { return value; }
};

template <class Number>
struct aml_listed_weights {
  const Number *numbers;
  AML_INSIDE aml_real operator()(int64_t connection) const { return (aml_real)numbers[connection]; }
};

enum { AML_AT_ONCE = 4 };  // loads of a thread under way: fewer do not fill the memory's pipes

// Joins every AML_PARTS-th connection of a row from number `i` to `end`, in their order.
template <int Kind, class Sources, class Weights>
AML_DEVICE aml_real aml_join_row(aml_real found, const Sources &sources, const Weights &weights,
                                 const aml_real *values, int64_t begin, int64_t i, int64_t end) {
  for (; i + (AML_AT_ONCE - 1) * AML_PARTS < end; i += AML_AT_ONCE * AML_PARTS) {
    aml_real weight[AML_AT_ONCE], value[AML_AT_ONCE];
    for (int64_t k = 0; k < AML_AT_ONCE; ++k) {
      const int64_t own = i + k * AML_PARTS;
      weight[k] = weights(begin + own);
      value[k] = values[sources(begin + own, own)];
    }
    for (int64_t k = 0; k < AML_AT_ONCE; ++k) {
      found = aml_join_values<Kind>(found, aml_scaled(weight[k], value[k]));
    }
  }
  for (; i < end; i += AML_PARTS) {
    const aml_real value = values[sources(begin + i, i)];
    found = aml_join_values<Kind>(found, aml_scaled(weights(begin + i), value));
  }
  return found;
}

// Partial result number `part` of a row, whose sources leave out the one of number `before`.
template <int Kind, class Sources, class Weights>
AML_DEVICE aml_real aml_part_of(const Sources &sources, const Sources &after,
                                const Weights &weights, const aml_real *values, int64_t begin,
                                int64_t part, int64_t before, int64_t count) {
  const aml_real found = aml_join_row<Kind>(aml_no_value<Kind>(), sources, weights, values, begin,
                                            part, before);
  if (before == count) return found;
  return aml_join_row<Kind>(found, after, weights, values, begin, before + part, count);
}

template <int Kind, class Weights>
AML_DEVICE aml_real aml_part_of_row(const aml_weighted_rows *p, int64_t row, const Weights &weights,
                                    const aml_real *values, int64_t part) {
  const int64_t begin = p->dense ? row * p->row_length : p->rows[row];
  const int64_t count = (p->dense ? begin + p->row_length : p->rows[row + 1]) - begin;
  if (p->dense || !p->sources) {
    const bool holed = p->dense && p->skips_self && row < count;
    const aml_following_sources all = {p->dense ? p->first_source : begin};
    const aml_following_sources after = {all.first + 1};
    const int64_t before = holed ? row : count;
    return aml_part_of<Kind>(all, after, weights, values, begin, part, before, count);
  }
  if (p->wide) {
    const aml_listed_sources<int32_t> all = {(const int32_t *)p->sources};
    return aml_part_of<Kind>(all, all, weights, values, begin, part, count, count);
  }
  const aml_listed_sources<uint16_t> all = {(const uint16_t *)p->sources};
  return aml_part_of<Kind>(all, all, weights, values, begin, part, count, count);
}

// Partial result number `part` of a row.
template <int Kind>
AML_DEVICE aml_real aml_part_of_row(const aml_weighted_rows *p, int64_t row,
                                    const aml_real *values, int64_t part) {
  if (p->weights_as == AML_REAL32_WEIGHTS) {
    const aml_listed_weights<float> weights = {(const float *)p->weights};
    return aml_part_of_row<Kind>(p, row, weights, values, part);
  }
  if (p->weights_as == AML_REAL64_WEIGHTS) {
    const aml_listed_weights<double> weights = {(const double *)p->weights};
    return aml_part_of_row<Kind>(p, row, weights, values, part);
  }
  const aml_one_weight weights = {(aml_real)p->weight};
  return aml_part_of_row<Kind>(p, row, weights, values, part);
}

template <int Kind>
AML_DEVICE void aml_give(const aml_weighted_rows *p, int64_t row, aml_real joined) {
  const int64_t count = p->dense ? p->row_length : p->rows[row + 1] - p->rows[row];
  if (count == 0) return;
  aml_real *to = p->target + p->first_target + row;
  *to += Kind == AML_MEAN ? joined / (aml_real)count : joined;
}

// Adds what each row gives to its target.
template <int Kind>
AML_DEVICE void aml_couple(const aml_weighted_rows *p, const aml_real *values) {
  if (!p->transmits) return;
#if AML_EMULATED
  for (int64_t row = aml_thread(); row < p->n_rows; row += aml_threads()) {
    aml_real parts[AML_PARTS];
    for (int64_t k = 0; k < AML_PARTS; ++k) parts[k] = aml_part_of_row<Kind>(p, row, values, k);
    for (int64_t half = AML_PARTS / 2; half > 0; half /= 2) {
      for (int64_t k = 0; k < half; ++k) {
        parts[k] = aml_join_values<Kind>(parts[k], parts[k + half]);
      }
    }
    aml_give<Kind>(p, row, parts[0]);
  }
#else
  const int64_t together = AML_WARP / AML_PARTS;
  const uint32_t part = aml_lane() % AML_PARTS;
  const int64_t all = (int64_t)aml_warps() * together;
  for (int64_t first = (int64_t)aml_warp() * together; first < p->n_rows; first += all) {
    const int64_t row = first + aml_lane() / AML_PARTS;
    aml_real found = aml_no_value<Kind>();
    if (row < p->n_rows) found = aml_part_of_row<Kind>(p, row, values, part);
    for (uint32_t half = AML_PARTS / 2; half > 0; half /= 2) {
      found = aml_join_values<Kind>(found, aml_from_lane(found, (aml_lane() + half) & 31u));
    }
    if (row < p->n_rows && part == 0) aml_give<Kind>(p, row, found);
  }
#endif
}

AML_DEVICE void aml_set_all(aml_real *values, int64_t size, aml_real value) {
  for (int64_t i = aml_thread(); i < size; i += aml_threads()) values[i] = value;
}

// A value over all instances of a field, which all instances of another one get.
struct aml_pool {
  const aml_real *source;
  aml_real *target;
  int64_t n_source, n_target;
  double *parts;
};

enum { AML_POOL_MEAN = 0, AML_POOL_MIN = 1, AML_POOL_MAX = 2, AML_NORM1 = 3, AML_NORM2 = 4 };
enum { AML_POOL_PART = 4096, AML_POOL_LANES = 8 };

template <int Kind>
AML_DEVICE double aml_pooled(double a, double b) {
  if (Kind == AML_POOL_MIN) return b < a ? b : a;
  if (Kind == AML_POOL_MAX) return a < b ? b : a;
  return a + b;
}

template <int Kind>
AML_DEVICE double aml_pool_value(aml_real given) {
  const double value = (double)given;
  return Kind == AML_NORM1 ? (value < 0 ? -value : value)
                           : Kind == AML_NORM2 ? aml_scaled(value, value) : value;
}

template <int Kind>
AML_DEVICE void aml_gather_pool(const aml_pool *p) {
  const int64_t n_parts = (p->n_source + AML_POOL_PART - 1) / AML_POOL_PART;
  for (int64_t k = aml_thread(); k < n_parts * AML_POOL_LANES; k += aml_threads()) {
    const int64_t begin = k / AML_POOL_LANES * AML_POOL_PART, lane = k % AML_POOL_LANES;
    const int64_t end =
        begin + AML_POOL_PART < p->n_source ? begin + AML_POOL_PART : p->n_source;
    if (begin + lane >= end) continue;
    double found = aml_pool_value<Kind>(p->source[begin + lane]);
    for (int64_t i = begin + lane + AML_POOL_LANES; i < end; i += AML_POOL_LANES) {
      found = aml_pooled<Kind>(found, aml_pool_value<Kind>(p->source[i]));
    }
    p->parts[k] = found;
  }
}

template <int Kind>
AML_DEVICE void aml_spread_pool(const aml_pool *p) {
  double total = 0;
  for (int64_t begin = 0; begin < p->n_source; begin += AML_POOL_PART) {
    const double *lanes = p->parts + begin / AML_POOL_PART * AML_POOL_LANES;
    double part = lanes[0];
    for (int64_t k = 1; k < AML_POOL_LANES && begin + k < p->n_source; ++k) {
      part = aml_pooled<Kind>(part, lanes[k]);
    }
    total = begin == 0 ? part : aml_pooled<Kind>(total, part);
  }
  if (Kind == AML_POOL_MEAN) total /= (double)p->n_source;
  if (Kind == AML_NORM2) total = sqrt(total);
  aml_set_all(p->target, p->n_target, (aml_real)total);
}

// What instances get at certain steps, as in cpp/src/timetable.hpp.
struct aml_timetable {
  aml_real *target;
  int64_t size, n_steps, period, origin;
  const int64_t *steps;
  const double *values;
  const int64_t *rows;  // null: all instances get a row of values
  const int32_t *cells;
  int64_t *last;
};

// How many steps of the table are not after `step`.
AML_DEVICE int64_t aml_steps_until(const aml_timetable *p, int64_t step) {
  int64_t low = 0;
  for (int64_t high = p->n_steps; low < high;) {
    const int64_t middle = low + (high - low) / 2;
    if (p->steps[middle] <= step) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

AML_DEVICE void aml_apply(const aml_timetable *p, int64_t step, int64_t &last) {
  int64_t now = step - p->origin;
  if (now < 0) return;
  if (p->period > 0) now %= p->period;
  const int64_t before = now <= last ? 0 : aml_steps_until(p, last);
  last = now;
  const int64_t end = aml_steps_until(p, now);
  if (!p->rows) {
    if (end <= before) return;
    const double *row = p->values + (end - 1) * p->size;
    for (int64_t i = aml_thread(); i < p->size; i += aml_threads()) p->target[i] = (aml_real)row[i];
    return;
  }
  const int64_t begin = aml_steps_until(p, now - 1);
  for (int64_t k = p->rows[begin] + aml_thread(); k < p->rows[end]; k += aml_threads()) {
    p->target[p->cells[k]] = (aml_real)1;
  }
}

// Cells of compartments, as in cpp/src/cable.hpp: one thread solves a cell. What a node leaves to
// its parent lies cell by cell, so that neighbouring threads read and write neighbouring numbers.
struct aml_cable {
  int64_t cells, lanes, compartments, nodes;
  const int32_t *parent;
  const int32_t *compartment;
  const int32_t *joint;  // whether a node has children that do not follow it
  const double *conductance;
  const double *total;  // of each node: the sum of all conductances at it
  const double *capacitance;
  double *factor;  // nodes * cells
  double *value;
  aml_real *potential;
  const aml_real *rate;
  const aml_real *slope;
  int64_t second_order;  // backward Euler to the middle of a step, and as far again
};

// Cells side by side with cell `first`, the first of them.
AML_DEVICE int64_t aml_width(const aml_cable *p, int64_t first) {
  return p->cells - first < p->lanes ? p->cells - first : p->lanes;
}

AML_DEVICE int32_t aml_compartment_of(const aml_cable *p, int32_t i) {
  const int64_t unit = p->lanes * p->compartments, block = i / unit;
  return (int32_t)((i - block * unit) / aml_width(p, block * p->lanes));
}

AML_DEVICE void aml_solve_cell(const aml_cable *p, int64_t cell, double dt) {
  const int64_t first = cell / p->lanes * p->lanes, width = aml_width(p, first);
  const int64_t begin = first * p->compartments + (cell - first);
  double *factor = p->factor + cell, *value = p->value + cell;
  const double per_step = (p->second_order ? 2.0 : 1.0) / dt;
  double diagonal = 0, right = 0;
  for (int64_t n = 0; n < p->nodes; ++n) {
    if (p->joint[n]) factor[n * p->cells] = value[n * p->cells] = 0;
  }
  for (int64_t n = p->nodes; n-- > 0;) {
    diagonal += p->total[n];
    if (p->joint[n]) {
      diagonal += factor[n * p->cells];
      right += value[n * p->cells];
    }
    const int32_t own = p->compartment[n];
    if (own >= 0) {
      const int64_t i = begin + own * width;
      const double capacitance = p->capacitance[own], held = per_step - (double)p->slope[i];
      diagonal += capacitance * held;
      right += capacitance * ((double)p->potential[i] * held + (double)p->rate[i]);
    }
    const double joined = p->conductance[n], inverse = 1.0 / diagonal;
    const double taken = joined * inverse, kept = right * inverse;
    factor[n * p->cells] = taken;
    value[n * p->cells] = kept;
    diagonal = -taken * joined;
    right = kept * joined;
    const int64_t parent = p->parent[n];
    if (parent < 0 || parent + 1 == n) continue;
    factor[parent * p->cells] += diagonal;
    value[parent * p->cells] += right;
    diagonal = right = 0;
  }
  for (int64_t n = 0; n < p->nodes; ++n) {
    double found = value[n * p->cells];
    if (n > 0) found += factor[n * p->cells] * value[p->parent[n] * p->cells];
    value[n * p->cells] = found;
    const int32_t own = p->compartment[n];
    if (own < 0) continue;
    aml_real *potential = p->potential + begin + own * width;
    *potential = (aml_real)(p->second_order ? 2.0 * found - (double)*potential : found);
  }
}

// Cells side by side, of those that a thread steps in order.
struct aml_beside {
  int64_t first, width, end;
};

AML_DEVICE aml_beside aml_side_by_side(const aml_cable *p, int64_t first, int64_t end) {
  const int64_t next = first / p->lanes * p->lanes + p->lanes;
  return {first, (next < end ? next : end) - first, end};
}

AML_DEVICE aml_beside aml_first_beside(const aml_cable *p, int64_t begin, int64_t together) {
  return aml_side_by_side(p, begin, together < p->cells - begin ? begin + together : p->cells);
}

AML_DEVICE void aml_next_beside(const aml_cable *p, aml_beside &now) {
  now = aml_side_by_side(p, now.first + now.width, now.end);
}

// Number `k` of their compartments: all first ones, then all second ones.
AML_DEVICE int32_t aml_instance_of(const aml_cable *p, const aml_beside &now, int64_t k) {
  const int64_t first = now.first / p->lanes * p->lanes, compartment = k / now.width;
  return (int32_t)(first * p->compartments + compartment * aml_width(p, first) +
                   (now.first - first) + k % now.width);
}

AML_DEVICE void aml_solve(const aml_cable *p, double dt) {
  for (int64_t cell = aml_thread(); cell < p->cells; cell += aml_threads()) {
    aml_solve_cell(p, cell, dt);
  }
}
