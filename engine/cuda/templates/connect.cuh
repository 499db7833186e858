// Connection rules carried out on a device: the same pairs, delays and weights as those of
// cpp/src/row_rules.cpp, connect_by_targets.cpp and connection_values.cpp, bit for bit (up to the
// exponential functions of two laws). A thread makes a row, or the sources of a target, at a time:
// rows are many, and each is written once.

struct aml_law {
  int64_t kind;  // constant, uniform, normal, log-normal, exponential
  double first, second, low, high, least, most;
  int64_t clipped, mirrored;
  double from, span;
};

struct aml_rule {
  uint64_t seed, projection;
  int64_t kind, number, multapses;
  double scale;
  int64_t n_sources, n_targets, first_source, first_target;
  int64_t excluding;  // whether an instance is not connected to itself
  int64_t wide;       // whether targets take four bytes
  double step;        // [s]
  uint32_t *counts;   // of rows; given for shares of a total
  uint32_t *begins;   // of rows, and the end
  uint32_t *cursors;  // of rows, while targets choose their sources
  void *targets, *sorted;
  uint64_t *bits;  // of the workers, all clear between rows
  int64_t bit_words, workers;
  uint16_t *steps;  // delay of each connection
  uint64_t *span;   // shortest delay; complements of the longest one, and of most in a segment
  uint32_t *places;  // of the workers and delays, all clear between rows
  int64_t n_delays, shortest;
  uint32_t *segments, *segment_begins;  // per row: how many; of each, where it begins
  uint32_t *segment_ptr;
  void *segment_delays;
  int64_t delay_width, weight_width;
  void *weights;
  aml_law weight, delay;
};

enum { AML_ALL, AML_ONE, AML_PROBABILITY, AML_OUTDEGREE, AML_TOTAL, AML_INDEGREE };
#define AML_PAIRS 0xC0000000u
#define AML_WEIGHTS 0xC0000002u
#define AML_DELAYS 0xC0000003u

// The numbers of one item, two to a block.
struct aml_stream {
  const aml_rule *rule;
  uint32_t item, purpose, used;
  uint32_t words[4];
};

AML_DEVICE aml_stream aml_begin(const aml_rule *rule, uint32_t item, uint32_t purpose) {
  aml_stream made;
  made.rule = rule;
  made.item = item;
  made.purpose = purpose;
  made.used = 0;
  return made;
}

AML_DEVICE double aml_next(aml_stream *stream) {
  if (stream->used++ % 2) return aml_even_number(stream->words[2], stream->words[3]);
  aml_context context;
  context.seed = stream->rule->seed;
  aml_philox(&context, (stream->used - 1) / 2, stream->item, (uint32_t)stream->rule->projection,
             stream->purpose, stream->words);
  return aml_even_number(stream->words[0], stream->words[1]);
}

// Where the targets of a row go; without memory they are counted.
struct aml_row {
  void *targets;
  int64_t wide;
  uint32_t count, left_out, first;
};

AML_DEVICE void aml_take(aml_row *row, uint32_t target) {
  const uint32_t value = target + (target >= row->left_out) + row->first;
  if (row->targets != 0) {
    if (row->wide) {
      ((uint32_t *)row->targets)[row->count] = value;
    } else {
      ((uint16_t *)row->targets)[row->count] = (uint16_t)value;
    }
  }
  ++row->count;
}

// The number within `size` that an item must not be connected to, or -1.
AML_DEVICE int64_t aml_excluded(const aml_rule *rule, int64_t item, int64_t size) {
  return rule->excluding && item >= 0 && item < size ? item : -1;
}

AML_DEVICE void aml_skip_row(const aml_rule *rule, int64_t row, uint32_t allowed, aml_row *out) {
  aml_stream numbers = aml_begin(rule, (uint32_t)row, AML_PAIRS);
  for (uint32_t at = 0;;) {
    const double skipped = aml_logarithm(aml_next(&numbers)) * rule->scale;
    if (!(skipped < (double)(allowed - at))) return;
    at += (uint32_t)(int32_t)skipped;
    if (at >= allowed) return;
    aml_take(out, at++);
  }
}

// Spacings of ordered draws are exponential numbers: once for their sum, once for the targets.
AML_DEVICE void aml_ordered_row(const aml_rule *rule, int64_t row, uint32_t count, uint32_t allowed,
                                aml_row *out) {
  if (out->targets == 0 || count == 0) {
    out->count = count;
    return;
  }
  aml_stream numbers = aml_begin(rule, (uint32_t)row, AML_PAIRS);
  double sum = aml_logarithm(aml_next(&numbers));
  for (uint32_t k = 0; k < count; ++k) sum = aml_logarithm(aml_next(&numbers)) + sum;
  const double scale = (double)allowed / sum;
  numbers = aml_begin(rule, (uint32_t)row, AML_PAIRS);
  double place = aml_logarithm(aml_next(&numbers));
  for (uint32_t k = 0; k < count; ++k) {
    const uint32_t target = (uint32_t)(place * scale);
    aml_take(out, target < allowed - 1 ? target : allowed - 1);
    place = aml_logarithm(aml_next(&numbers)) + place;
  }
}

// Marks different numbers below `allowed`; of more than half of all, those that are left out.
AML_DEVICE uint64_t aml_mark(const aml_rule *rule, int64_t item, uint32_t allowed, uint64_t *bits) {
  const bool inverted = rule->number > allowed / 2;
  aml_stream numbers = aml_begin(rule, (uint32_t)item, AML_PAIRS);
  for (int64_t left = inverted ? allowed - rule->number : rule->number; left > 0;) {
    const uint32_t number = (uint32_t)(aml_next(&numbers) * (double)allowed);
    const uint64_t bit = (uint64_t)1 << (number % 64);
    left -= (bits[number / 64] & bit) == 0;
    bits[number / 64] |= bit;
  }
  return inverted ? ~(uint64_t)0 : 0;
}

// The marked numbers of one word, which is cleared.
AML_DEVICE uint64_t aml_marked(uint64_t *bits, uint32_t word, uint64_t flip, uint32_t allowed) {
  uint64_t found = bits[word] ^ flip;
  bits[word] = 0;
  const uint32_t end = allowed - word * 64;
  return end < 64 ? found & (((uint64_t)1 << end) - 1) : found;
}

AML_DEVICE uint32_t aml_first_of(uint64_t bits) {
  return (uint32_t)bits ? aml_first_bit((uint32_t)bits)
                        : 32 + aml_first_bit((uint32_t)(bits >> 32));
}

AML_DEVICE void aml_distinct_row(const aml_rule *rule, int64_t row, uint32_t allowed,
                                 uint64_t *bits, aml_row *out) {
  if (out->targets == 0) {
    out->count = (uint32_t)rule->number;
    return;
  }
  const uint64_t flip = aml_mark(rule, row, allowed, bits);
  for (uint32_t word = 0; word * 64 < allowed; ++word) {
    for (uint64_t left = aml_marked(bits, word, flip, allowed); left; left &= left - 1) {
      aml_take(out, word * 64 + aml_first_of(left));
    }
  }
}

AML_DEVICE void aml_make_row(const aml_rule *rule, int64_t row, uint64_t *bits, aml_row *out) {
  const int64_t shift = rule->first_source - rule->first_target;
  const int64_t excluded = aml_excluded(rule, row + shift, rule->n_targets);
  const uint32_t allowed = (uint32_t)(rule->n_targets - (excluded >= 0));
  out->wide = rule->wide;
  out->count = 0;
  out->left_out = excluded < 0 ? ~0u : (uint32_t)excluded;
  out->first = (uint32_t)rule->first_target;
  if (rule->kind == AML_ALL) {
    for (uint32_t k = 0; k < allowed && k < (uint64_t)rule->number; ++k) aml_take(out, k);
  } else if (rule->kind == AML_ONE) {
    const bool before = excluded >= 0 && excluded < row;
    if (excluded != row) aml_take(out, (uint32_t)(row - before));
  } else if (rule->kind == AML_PROBABILITY) {
    aml_skip_row(rule, row, allowed, out);
  } else if (rule->kind == AML_TOTAL) {
    aml_ordered_row(rule, row, rule->counts[row], allowed, out);
  } else if (rule->multapses) {
    aml_ordered_row(rule, row, (uint32_t)rule->number, allowed, out);
  } else {
    aml_distinct_row(rule, row, allowed, bits, out);
  }
}

// Counts or places the sources of a target.
AML_DEVICE void aml_source(const aml_rule *rule, uint32_t source, uint32_t target, bool fill) {
  if (!fill) {
    aml_add(&rule->counts[source], 1u);
    return;
  }
  const uint32_t place = rule->begins[source] + aml_add(&rule->cursors[source], 1u);
  if (rule->wide) {
    ((uint32_t *)rule->targets)[place] = target;
  } else {
    ((uint16_t *)rule->targets)[place] = (uint16_t)target;
  }
}

AML_DEVICE void aml_make_target(const aml_rule *rule, int64_t target, uint64_t *bits, bool fill) {
  const int64_t shift = rule->first_target - rule->first_source;
  const int64_t excluded = aml_excluded(rule, target + shift, rule->n_sources);
  const uint32_t allowed = (uint32_t)(rule->n_sources - (excluded >= 0));
  const uint32_t left_out = excluded < 0 ? ~0u : (uint32_t)excluded;
  const uint32_t own = (uint32_t)(target + rule->first_target);
  if (rule->multapses) {
    aml_stream numbers = aml_begin(rule, (uint32_t)target, AML_PAIRS);
    for (int64_t k = 0; k < rule->number; ++k) {
      const uint32_t source = (uint32_t)(int32_t)(aml_next(&numbers) * (double)allowed);
      aml_source(rule, source + (source >= left_out), own, fill);
    }
    return;
  }
  const uint64_t flip = aml_mark(rule, target, allowed, bits);
  for (uint32_t word = 0; word * 64 < allowed; ++word) {
    for (uint64_t left = aml_marked(bits, word, flip, allowed); left; left &= left - 1) {
      const uint32_t source = word * 64 + aml_first_of(left);
      aml_source(rule, source + (source >= left_out), own, fill);
    }
  }
}

// Whether this thread has room to work in; then its number and the number of those that have.
AML_DEVICE bool aml_works(const aml_rule *rule, int64_t *worker, int64_t *workers) {
  *worker = aml_thread();
  *workers = aml_threads() < rule->workers ? aml_threads() : rule->workers;
  return *worker < *workers;
}

AML_DEVICE void aml_make(const aml_rule *rule, bool fill) {
  int64_t worker, workers;
  if (!aml_works(rule, &worker, &workers)) return;
  uint64_t *bits = rule->bits + worker * rule->bit_words;
  if (rule->kind == AML_INDEGREE) {
    for (int64_t k = worker; k < rule->n_targets; k += workers) {
      aml_make_target(rule, k, bits, fill);
    }
    return;
  }
  for (int64_t k = worker; k < rule->n_sources; k += workers) {
    aml_row row;
    const uint64_t begin = fill ? rule->begins[k] : 0;
    row.targets = fill ? (char *)rule->targets + begin * (rule->wide ? 4 : 2) : 0;
    aml_make_row(rule, k, bits, &row);
    if (!fill) rule->counts[k] = row.count;
  }
}

AML_ENTRY aml_count(const aml_rule *rule) { aml_make(rule, false); }
AML_ENTRY aml_fill(const aml_rule *rule) { aml_make(rule, true); }

// Rows ascend: the order in which targets chose their sources is that of the threads.
template <class Target>
AML_DEVICE void aml_sift(Target *heap, uint32_t at, uint32_t count) {
  const Target value = heap[at];
  for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && heap[child] < heap[child + 1]) ++child;
    if (!(value < heap[child])) break;
    heap[at] = heap[child];
  }
  heap[at] = value;
}

template <class Target>
AML_DEVICE void aml_ascend(Target *row, uint32_t count) {
  for (uint32_t k = count / 2; k-- > 0;) aml_sift(row, k, count);
  for (uint32_t end = count; end > 1;) {
    const Target largest = row[0];
    row[0] = row[--end];
    row[end] = largest;
    aml_sift(row, 0, end);
  }
}

AML_ENTRY aml_order(const aml_rule *rule) {
  for (int64_t k = aml_thread(); k < rule->n_sources; k += aml_threads()) {
    const uint32_t begin = rule->begins[k], count = rule->begins[k + 1] - begin;
    if (rule->wide) {
      aml_ascend((uint32_t *)rule->targets + begin, count);
    } else {
      aml_ascend((uint16_t *)rule->targets + begin, count);
    }
  }
}

AML_DEVICE double aml_held(double value, double low, double high) {
  return value < low ? low : high < value ? high : value;
}

AML_DEVICE double aml_normal_of(const aml_law *law, double u) {
  const double x = aml_normal_quantile(law->from + u * law->span);
  return law->first + law->second * (law->mirrored ? -x : x);
}

AML_DEVICE double aml_value_of(const aml_law *law, double u) {
  double value = law->first;
  if (law->kind == 1) value = law->first + u * (law->second - law->first);
  if (law->kind == 2) value = aml_normal_of(law, u);
  if (law->kind == 3) value = __builtin_exp(aml_normal_of(law, u));
  if (law->kind == 4) value = law->low - law->first * __builtin_log1p(-u * law->span);
  value = aml_held(value, law->low, law->high);
  return law->clipped ? aml_held(value, law->least, law->most) : value;
}

// Delays in steps, in the order of the targets; the shortest and the longest of all.
AML_ENTRY aml_draw_delays(const aml_rule *rule) {
  uint64_t least = ~(uint64_t)0, most = 0;
  for (int64_t k = aml_thread(); k < rule->n_sources; k += aml_threads()) {
    aml_stream numbers = aml_begin(rule, (uint32_t)(k + rule->first_source), AML_DELAYS);
    for (uint32_t c = rule->begins[k]; c < rule->begins[k + 1]; ++c) {
      const double delay = aml_value_of(&rule->delay, aml_next(&numbers));
      const double rounded = __builtin_floor(delay / rule->step + 0.5);
      const double whole = aml_held(rounded, 1.0, 65536.0);
      rule->steps[c] = (uint16_t)whole;
      least = (uint64_t)whole < least ? (uint64_t)whole : least;
      most = (uint64_t)whole > most ? (uint64_t)whole : most;
    }
  }
  aml_lower(&rule->span[0], least);
  aml_lower(&rule->span[1], ~most);
}

// How many connections of a row have each delay; gives how many delays occur.
AML_DEVICE uint32_t aml_count_delays(const aml_rule *rule, int64_t row, uint32_t *places) {
  uint32_t different = 0;
  for (uint32_t c = rule->begins[row]; c < rule->begins[row + 1]; ++c) {
    different += places[rule->steps[c] - rule->shortest]++ == 0;
  }
  return different;
}

AML_DEVICE void aml_move(const aml_rule *rule, uint32_t from, uint32_t to) {
  if (rule->wide) {
    ((uint32_t *)rule->sorted)[to] = ((const uint32_t *)rule->targets)[from];
  } else {
    ((uint16_t *)rule->sorted)[to] = ((const uint16_t *)rule->targets)[from];
  }
}

// Rows by delay, connections of one delay in their order.
AML_ENTRY aml_sort(const aml_rule *rule) {
  int64_t worker, workers;
  if (!aml_works(rule, &worker, &workers)) return;
  uint32_t *places = rule->places + worker * rule->n_delays;
  for (int64_t k = worker; k < rule->n_sources; k += workers) {
    rule->segments[k] = aml_count_delays(rule, k, places);
    uint32_t next = rule->begins[k];
    for (int64_t d = 0; d < rule->n_delays; ++d) {
      const uint32_t count = places[d];
      places[d] = next;
      next += count;
    }
    for (uint32_t c = rule->begins[k]; c < rule->begins[k + 1]; ++c) {
      aml_move(rule, c, places[rule->steps[c] - rule->shortest]++);
    }
    for (int64_t d = 0; d < rule->n_delays; ++d) places[d] = 0;
  }
}

AML_ENTRY aml_cut(const aml_rule *rule) {
  int64_t worker, workers;
  if (!aml_works(rule, &worker, &workers)) return;
  uint32_t *places = rule->places + worker * rule->n_delays;
  uint64_t most = 0;
  for (int64_t k = worker; k < rule->n_sources; k += workers) {
    aml_count_delays(rule, k, places);
    uint32_t next = rule->begins[k], at = rule->segment_ptr[k];
    for (int64_t d = 0; d < rule->n_delays; ++d) {
      if (places[d] == 0) continue;
      rule->segment_begins[at] = next;
      if (rule->delay_width == 1) {
        ((uint8_t *)rule->segment_delays)[at] = (uint8_t)d;
      } else {
        ((uint16_t *)rule->segment_delays)[at] = (uint16_t)d;
      }
      most = places[d] > most ? places[d] : most;
      next += places[d];
      ++at;
      places[d] = 0;
    }
  }
  aml_lower(&rule->span[2], ~most);
}

// Weights in the final order of the rows.
AML_ENTRY aml_weigh(const aml_rule *rule) {
  for (int64_t k = aml_thread(); k < rule->n_sources; k += aml_threads()) {
    aml_stream numbers = aml_begin(rule, (uint32_t)(k + rule->first_source), AML_WEIGHTS);
    for (uint32_t c = rule->begins[k]; c < rule->begins[k + 1]; ++c) {
      const double weight = aml_value_of(&rule->weight, aml_next(&numbers));
      if (rule->weight_width == 8) {
        ((double *)rule->weights)[c] = weight;
      } else {
        ((float *)rule->weights)[c] = (float)weight;
      }
    }
  }
}
