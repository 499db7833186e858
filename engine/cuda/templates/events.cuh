// Events: who sent them in which step, which of them arrive, and what they do to their targets.

// The number of a thread where thread `turn` is the first one.
AML_DEVICE uint32_t aml_turned(uint32_t turn) {
  const uint32_t own = aml_thread();
  return own < turn ? own + aml_threads() - turn : own - turn;
}

// The first thread after those that have had `count` instances, whole warps each.
AML_DEVICE uint32_t aml_turn_after(uint32_t turn, uint32_t count) {
  return (turn + (count + AML_WARP - 1) / AML_WARP * AML_WARP) % aml_threads();
}

// One address; every pointer takes it.
struct aml_place {
  uint64_t word;
  template <class T>
  AML_INSIDE operator T *() const {
    return (T *)word;
  }
};

struct aml_now {
  double t, t_prev, t_before, dt, shift, count, half;  // count and half: as in step_clock.hpp
  uint64_t seed, number, drawn;
};

// What a kernel is given: as in kernel_abi.h, for one group.
struct aml_context {
  double t, t_prev, dt;
  uint64_t seed, stream, step, number;
  const aml_place *fields, *externals, *indices, *ports;
};

AML_DEVICE aml_context aml_bind(const aml_now &now, bool stepped, uint64_t stream,
                                const uint64_t *places, uint32_t externals, uint32_t indices,
                                uint32_t ports) {
  aml_context made;
  made.t = (stepped ? now.t : now.t_prev) + now.shift;
  made.t_prev = (stepped ? now.t_prev : now.t_before) + now.shift;
  made.dt = now.dt;
  made.seed = now.seed;
  made.stream = stream;
  made.step = now.number + now.drawn;
  made.number = now.number;
  made.fields = (const aml_place *)places;
  made.externals = made.fields + externals;
  made.indices = made.fields + indices;
  made.ports = made.fields + ports;
  return made;
}

// What a launch reports. Words of device memory.
struct aml_report {
  uint64_t not_finite;  // the first step that left such a value in a recorded field; else all ones
  uint64_t overflow;    // the first step in which more events were sent than are kept
  uint64_t endless;     // the first step in which events without delay cause each other on and on
};

// One out-port that something hears.
struct aml_port {
  int32_t *rows;       // slots * capacity: the instances that sent events in a step
  uint32_t *counts;    // slots: how many these are
  int32_t *unordered;  // capacity: where they are written first if their order matters
  uint64_t slots, capacity;
  uint64_t *records;  // (step << 32 | instance) of the launch, if they are recorded
  uint32_t *n_records;
  uint64_t room;
  aml_report *report;
  uint32_t *messages;  // slots * capacity: of each event, the number of its message; null: all of 0
};

AML_DEVICE void aml_send(const aml_context *context, aml_place where, int32_t i) {
  if (where.word == 0) return;
  const aml_port *port = where;
  const uint32_t slot = (uint32_t)(context->number % port->slots);
  const uint32_t place = aml_add(&port->counts[slot], 1u);
  int32_t *rows = port->unordered ? port->unordered : port->rows + slot * port->capacity;
  if (place < port->capacity) {
    rows[place] = i;
  } else {
    aml_lower(&port->report->overflow, context->number);
  }
  if (!port->records) return;
  const uint32_t record = aml_add(port->n_records, 1u);
  if (record < port->room) {
    port->records[record] = context->number << 32 | (uint32_t)i;
  } else {
    aml_lower(&port->report->overflow, context->number);
  }
}

// How many events were sent and kept in a step.
AML_DEVICE uint32_t aml_sent(const aml_port *port, uint64_t number) {
  const uint32_t count = port->counts[number % port->slots];
  return count < port->capacity ? count : (uint32_t)port->capacity;
}

// Before a step: nobody has sent anything in it.
AML_DEVICE void aml_clear_ports(const aml_port *ports, uint32_t count, uint64_t number) {
  for (uint32_t k = aml_thread(); k < count; k += aml_threads()) {
    ports[k].counts[number % ports[k].slots] = 0;
  }
}

// What will be sent in a step is one message, also where an earlier one kept several there.
AML_DEVICE void aml_forget_messages(const aml_port *port, uint64_t number) {
  if (!port->messages) return;
  uint32_t *messages = port->messages + number % port->slots * port->capacity;
  for (uint32_t k = aml_thread(); k < port->capacity; k += aml_threads()) messages[k] = 0;
}

// The instances that sent events in a step.
AML_DEVICE const int32_t *aml_rows_of(const aml_port *port, uint64_t number) {
  return port->rows + number % port->slots * port->capacity;
}

// Puts what was sent from place `begin` on into the order of the instances.
AML_DEVICE void aml_order_rows(const aml_port *port, uint64_t number, uint32_t begin) {
  const uint32_t end = aml_sent(port, number);
  int32_t *rows = port->rows + number % port->slots * port->capacity;
  for (uint32_t k = begin + aml_thread(); k < end; k += aml_threads()) {
    const int32_t own = port->unordered[k];
    uint32_t rank = begin;
    for (uint32_t other = begin; other < end; ++other) {
      const int32_t row = port->unordered[other];
      rank += row < own || (row == own && other < k);
    }
    rows[rank] = own;
  }
}

// Connections of one projection, as in kernel_abi.h and cpp/src/connection_store.hpp.
struct aml_projection {
  const void *targets;
  const void *weights;
  const uint32_t *rows;      // row -> connections
  const uint32_t *segments;  // row -> segments, where delays differ
  const uint32_t *begins;    // segment -> connections
  const void *delay_numbers;
  const double *delays;
  double weight;
  uint64_t layout, delay_width, n_delays, first_delayed, whole_steps, transmits;
  uint64_t first_share, end_share;  // of all warps, in 2^-32: those that deliver it
  uint64_t lanes, longest, parts;   // of a warp for each row; most connections; parts at least
  const int32_t *owners;  // index that leads targets to their owners; null: they own themselves
  uint64_t n_owners;
  // What arrives was sent from this place on, and before that one: step, and number in the step.
  uint64_t since, since_row, until, until_row;
  const aml_projection *before;  // the connections of what was sent earlier; null for none
  uint64_t port, target;  // words at which its out-port, and the group of its targets, lie
  uint64_t rank;          // its place in the order of sending within a step
};

// Rows of one step that a projection delivers.
struct aml_heard {
  uint32_t first, count;
};

AML_DEVICE aml_heard aml_heard_of(const aml_projection *p, const aml_port *port, uint64_t step) {
  uint32_t first = 0, end = aml_sent(port, step);
  if (step == p->until && end > p->until_row) end = (uint32_t)p->until_row;
  if (step == p->since) first = p->since_row < end ? (uint32_t)p->since_row : end;
  return {first, step < p->since || step > p->until ? 0 : end - first};
}

// Rounds of events without delay in one step: at most; and so many that they go round in circles
// if they take all the room that a step has.
enum { AML_MOST_ROUNDS = 100000, AML_MANY_ROUNDS = 64 };

enum { AML_WIDE_TARGETS = 1, AML_FLOAT_WEIGHTS = 2, AML_DOUBLE_WEIGHTS = 4, AML_CONSECUTIVE = 8 };

AML_DEVICE int32_t aml_target(const aml_projection *p, uint32_t connection) {
  if (p->layout & AML_CONSECUTIVE) return (int32_t)connection;
  if (p->layout & AML_WIDE_TARGETS) return AML_READ((const int32_t *)p->targets + connection);
  return (int32_t)AML_READ((const uint16_t *)p->targets + connection);
}

AML_DEVICE double aml_weight(const aml_projection *p, uint32_t connection) {
  if (p->layout & AML_FLOAT_WEIGHTS) return (double)AML_READ((const float *)p->weights + connection);
  if (p->layout & AML_DOUBLE_WEIGHTS) return AML_READ((const double *)p->weights + connection);
  return p->weight;
}

AML_DEVICE uint32_t aml_delay_of(const aml_projection *p, uint32_t segment) {
  if (p->delay_width == 1) return AML_READ((const uint8_t *)p->delay_numbers + segment);
  if (p->delay_width == 2) return AML_READ((const uint16_t *)p->delay_numbers + segment);
  return AML_READ((const uint32_t *)p->delay_numbers + segment);
}

struct aml_range {
  uint32_t begin, end;
};

// The connections of a row that have delay `delay`.
AML_DEVICE aml_range aml_segment(const aml_projection *p, int32_t row, uint32_t delay) {
  if (p->n_delays == 1) return {AML_READ(p->rows + row), AML_READ(p->rows + row + 1)};
  uint32_t low = AML_READ(p->segments + row);
  const uint32_t last = AML_READ(p->segments + row + 1);
  for (uint32_t high = last; low < high;) {
    const uint32_t middle = low + (high - low) / 2;
    if (aml_delay_of(p, middle) < delay) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == last || aml_delay_of(p, low) != delay) return {0, 0};
  return {AML_READ(p->begins + low), AML_READ(p->begins + low + 1)};
}

// Where what is passed on is told which connection has caused it: behind the room of its instances.
AML_DEVICE uint64_t *aml_causes(const aml_port *port) {
  return (uint64_t *)(port->unordered + (port->capacity + 1) / 2 * 2);
}

// Of what was passed on from place `begin` on: the first connection that led to the instance.
AML_DEVICE void aml_find_causes(const aml_port *port, uint64_t number, uint32_t begin,
                                const aml_projection *p, const int32_t *rows, uint32_t count,
                                uint32_t delay) {
  const uint32_t end = aml_sent(port, number);
  for (uint32_t k = begin + aml_thread(); k < end; k += aml_threads()) {
    uint64_t cause = ~(uint64_t)0;
    for (uint32_t row = 0; row < count && cause == ~(uint64_t)0; ++row) {
      const aml_range all = aml_segment(p, rows[row], delay);
      uint32_t c = all.begin;
      for (uint32_t high = all.end; c < high;) {
        const uint32_t middle = c + (high - c) / 2;
        if (aml_target(p, middle) < port->unordered[k]) {
          c = middle + 1;
        } else {
          high = middle;
        }
      }
      if (c < all.end && aml_target(p, c) == port->unordered[k]) cause = (uint64_t)row << 32 | c;
    }
    aml_causes(port)[k] = cause;
  }
}

// Puts it into the order of these connections.
AML_DEVICE void aml_order_passed(const aml_port *port, uint64_t number, uint32_t begin) {
  const uint32_t end = aml_sent(port, number);
  int32_t *rows = port->rows + number % port->slots * port->capacity;
  const uint64_t *causes = aml_causes(port);
  for (uint32_t k = begin + aml_thread(); k < end; k += aml_threads()) {
    uint32_t rank = begin;
    for (uint32_t other = begin; other < end; ++other) {
      rank += causes[other] < causes[k] || (causes[other] == causes[k] && other < k);
    }
    rows[rank] = port->unordered[k];
  }
}

// What a port has sent from place `begin` on is message `message` of its step.
AML_DEVICE void aml_number_events(const aml_port *port, uint64_t number, uint32_t begin,
                                  uint32_t message) {
  const uint32_t end = aml_sent(port, number);
  uint32_t *messages = port->messages + number % port->slots * port->capacity;
  for (uint32_t k = begin + aml_thread(); k < end; k += aml_threads()) messages[k] = message;
}

// Numbers of messages that are sent between runs have the first bit. The second one changes from
// part to part of such a message, in none of which an instance sends twice.
enum { AML_SENT_BETWEEN = 1 << 29, AML_NEXT_PART = 1 << 30 };

// The first place behind `begin`, and not behind `end`, where another message of a step begins, or
// another part of one.
AML_DEVICE uint32_t aml_message_end(const uint32_t *messages, uint32_t begin, uint32_t end) {
  uint32_t step = 1, low = begin;
  if (messages[begin] & AML_SENT_BETWEEN) {
    while (low + 1 < end && messages[low + 1] == messages[begin]) ++low;
    return low + 1;
  }
  for (; low + step < end && messages[low + step] == messages[begin]; step *= 2) low += step;
  for (uint32_t high = low + step < end ? low + step : end; high - low > 1;) {
    const uint32_t middle = low + (high - low) / 2;
    if (messages[middle] == messages[begin]) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low + 1;
}

// What a port has sent at once, and what is to hear it at once.
struct aml_message {
  uint32_t port, begin, end;
};

// All messages, kept as long as those of a step may be; words of device memory.
struct aml_passing {
  uint32_t sent, full, room;  // `full`: whether some events had no room
  aml_message messages[1];
};

AML_DEVICE aml_message aml_message_of(const aml_passing *passing, uint32_t number) {
  return passing->messages[number % passing->room];
}

// One thread tells all; before they look, they must meet.
AML_DEVICE void aml_pass_on(aml_passing *passing, uint32_t number, const aml_port *port,
                            uint64_t step, uint32_t begin) {
  if (aml_thread() != 0) return;
  const uint32_t end = aml_sent(port, step);
  passing->full = port->report->overflow != ~(uint64_t)0;
  if (begin == end) return;
  passing->messages[passing->sent % passing->room] = {number, begin, end};
  passing->sent += 1;
}

// Times of the last steps, step `number` at number % n_times.
struct aml_times {
  double *values;
  uint64_t count;
};

// Whether an event sent in step `sent` over a delay [s] arrives now: in the first later step whose
// time has reached its own.
AML_DEVICE bool aml_arrives(const aml_now &now, const aml_times *times, uint64_t sent,
                            double delay) {
  const double due = times->values[sent % times->count] + delay;
  return now.t >= due && (now.t_prev < due || sent + 1 == now.number);
}

enum { AML_MOST_SENT = 4 };

// The steps whose events arrive now over a delay, the earliest first; gives how many these are.
AML_DEVICE uint32_t aml_arriving(const aml_now &now, const aml_times *times,
                                 const aml_projection *p, uint32_t delay,
                                 uint64_t sent[AML_MOST_SENT]) {
  const double length = AML_READ(p->delays + delay);
  uint32_t count = 0;
  if (p->whole_steps) {
    const uint64_t steps = (uint64_t)length;
    if (steps <= now.number) sent[count++] = now.number - steps;
    return count;
  }
  const int64_t near = (int64_t)now.number - (int64_t)(length / now.dt);
  for (int64_t step = near - 2; step <= near + 1; ++step) {
    if (step < 0 || step >= (int64_t)now.number) continue;
    if (aml_arrives(now, times, (uint64_t)step, length)) sent[count++] = (uint64_t)step;
  }
  return count;
}
