// Delivery of events: what arrives over the connections of a projection, and who does it.

enum { AML_SHORT_PART = 4 };  // connections of a lane: shorter rows are delivered in one part

// Warps that share some work.
struct aml_team {
  uint32_t first, count;
};

AML_DEVICE aml_team aml_team_of(const aml_projection *p) {
  const uint32_t first = (uint32_t)(aml_warps() * p->first_share >> 32);
  const uint32_t end = (uint32_t)(aml_warps() * p->end_share >> 32);
  return {first, end > first ? end - first : 1};
}

// Event::at(stepped, waiting, target, weight, n_stepped) does to a target what an event does:
// instances below n_stepped have taken this step.

// How long the parts are that some lanes deliver one by one, where `teams` share out `count` rows:
// short enough that all of them get one, and no shorter than `lanes`.
AML_DEVICE uint32_t aml_part_of(const aml_projection *p, uint32_t count, uint32_t teams,
                                uint32_t lanes) {
  const uint32_t longest = (uint32_t)p->longest;
  if (longest <= AML_SHORT_PART * lanes) return longest;
  const uint32_t each = teams / count, least = (uint32_t)p->parts;
  const uint32_t parts = each > least ? each : least;
  return ((longest + parts - 1) / parts + lanes - 1) / lanes * lanes;
}

enum { AML_MOST_ITEMS = 1 << 30 };  // parts of rows that are counted at a time

// The share of this lane in the part of a row that begins behind `skipped` connections.
template <class Event>
AML_DEVICE void aml_deliver_part(const aml_context *stepped, const aml_context *waiting,
                                 int32_t n_stepped, const aml_projection *p, aml_range all,
                                 uint32_t skipped, uint32_t part) {
  if (skipped >= all.end - all.begin) return;
  const uint32_t lanes = p->lanes < AML_WARP ? (uint32_t)p->lanes : AML_WARP;
  const uint32_t begin = all.begin + skipped, left = all.end - begin;
  const uint32_t size = left > part ? part : left;
  for (uint32_t k = aml_lane() % lanes; k < size; k += lanes) {
    Event::at(stepped, waiting, n_stepped, aml_target(p, begin + k), aml_weight(p, begin + k));
  }
}

// The share of these lanes in the events that some rows send over a delay. `turn` goes round so
// that no lanes always have the first part.
template <class Event>
AML_DEVICE void aml_deliver_rows(const aml_context *stepped, const aml_context *waiting,
                                 int32_t n_stepped, const aml_projection *p, aml_team team,
                                 const int32_t *rows, uint32_t count, uint32_t delay,
                                 uint32_t &turn) {
  const uint32_t lanes = p->lanes < AML_WARP ? (uint32_t)p->lanes : AML_WARP;
  const uint32_t teams = team.count * (AML_WARP / lanes);
  const uint32_t own = (aml_warp() - team.first) * (AML_WARP / lanes) + aml_lane() / lanes;
  if (count == 0) return;
  const uint32_t longest = (uint32_t)p->longest, part = aml_part_of(p, count, teams, lanes);
  const uint32_t parts = part < longest ? (longest + part - 1) / part : 1;
  const uint32_t most = parts < AML_MOST_ITEMS ? AML_MOST_ITEMS / parts : 1;
  for (; count > 0; rows += most, count = count > most ? count - most : 0) {
    const uint32_t items = (count < most ? count : most) * parts;
    uint32_t item = own < turn ? own + teams - turn : own - turn;
    for (; item < items; item += teams) {
      const uint32_t row = parts == 1 ? item : item / parts, skipped = (item - row * parts) * part;
      aml_deliver_part<Event>(stepped, waiting, n_stepped, p, aml_segment(p, rows[row], delay),
                              skipped, part);
    }
    turn = (turn + items) % teams;
  }
}

// The same, all lanes taking part.
template <class Event>
AML_DEVICE void aml_deliver_all(const aml_context *stepped, const aml_context *waiting,
                                int32_t n_stepped, const aml_projection *p, const int32_t *rows,
                                uint32_t count, uint32_t delay) {
  if (!p->transmits) return;
  uint32_t turn = 0;
  aml_deliver_rows<Event>(stepped, waiting, n_stepped, p, {0, aml_warps()}, rows, count, delay,
                          turn);
}

AML_DEVICE bool aml_serves(const aml_projection *p, aml_team team) {
  const uint32_t own = aml_warp();
  return p->transmits && own >= team.first && own - team.first < team.count;
}

// Those of some projections that a warp serves: they follow each other, as their teams do.
struct aml_served {
  uint32_t first, end;
};

AML_DEVICE aml_served aml_served_of(const aml_projection *projections, uint32_t count) {
  aml_served own = {count, count};
  for (uint32_t k = 0; k < count; ++k) {
    if (!aml_serves(projections + k, aml_team_of(projections + k))) continue;
    if (own.first == count) own.first = k;
    own.end = k + 1;
  }
  return own;
}

// What arrives over some connections, in any order: what events do must not depend on it.
template <class Event>
AML_DEVICE void aml_deliver_over(const aml_now &now, const aml_times *times,
                                 const aml_context *waiting, const aml_projection *p,
                                 const aml_port *port, aml_team team) {
  uint32_t turn = 0;
  for (uint32_t first = (uint32_t)p->first_delayed; first < p->n_delays; first += AML_WARP) {
    uint64_t sent[AML_MOST_SENT];
    const uint32_t own = first + aml_lane();
    const uint32_t found = own < p->n_delays ? aml_arriving(now, times, p, own, sent) : 0;
    for (uint32_t k = 0; k < AML_MOST_SENT; ++k) {
      const uint64_t step = k < found ? sent[k] : 0;
      aml_heard heard = {0, 0};
      if (k < found) heard = aml_heard_of(p, port, step);
      for (uint32_t left = aml_ballot(heard.count != 0); left; left &= left - 1) {
        const uint32_t lane = aml_first_bit(left);
        const int32_t *rows = aml_rows_of(port, aml_from_lane(step, lane));
        aml_deliver_rows<Event>(waiting, waiting, 0, p, team,
                                rows + aml_from_lane(heard.first, lane),
                                aml_from_lane(heard.count, lane), first + lane, turn);
      }
    }
  }
}

// All that arrives over a projection, also over the connections that it had before.
template <class Event>
AML_DEVICE void aml_deliver_arrivals(const aml_now &now, const aml_times *times,
                                     const aml_context *waiting, const aml_projection *p,
                                     const aml_port *port) {
  const aml_team team = aml_team_of(p);
  if (!aml_serves(p, team)) return;
  for (; p; p = p->before) aml_deliver_over<Event>(now, times, waiting, p, port, team);
}

// What was sent from place `begin` to `end` over connections without delay, in any order.
template <class Event>
AML_DEVICE void aml_deliver_at_once(const aml_context *stepped, const aml_context *waiting,
                                    int32_t n_stepped, const aml_projection *p,
                                    const aml_port *port, uint32_t begin, uint32_t end) {
  const aml_team team = aml_team_of(p);
  if (!aml_serves(p, team)) return;
  const uint64_t number = stepped->number;
  uint32_t turn = 0;
  if (begin < end) {
    aml_deliver_rows<Event>(stepped, waiting, n_stepped, p, team,
                            aml_rows_of(port, number) + begin, end - begin, 0, turn);
  }
}

// What arrives together over one delay, where the order matters. `former` counts connections of the
// projection: 0 are those of now, 1 those before them.
struct aml_arrival {
  double due;
  uint64_t sent;
  uint32_t projection, delay, count, rank, first, message, former, unused;
};

AML_DEVICE bool aml_comes_before(const aml_arrival &a, const aml_arrival &b) {
  if (a.due != b.due) return a.due < b.due;
  if (a.sent != b.sent) return a.sent < b.sent;
  const uint32_t part = AML_NEXT_PART, one = a.message & ~part, other = b.message & ~part;
  if (one != other) return one < other;
  if (a.rank != b.rank) return a.rank < b.rank;
  return a.first != b.first ? a.first < b.first : a.delay < b.delay;
}

// Arrivals of a step, as threads find them, and in their order; how many, in every second step.
struct aml_arrivals {
  aml_arrival *found, *ordered;
  uint32_t *counts;
  uint64_t room;
  aml_report *report;
};

AML_DEVICE uint32_t aml_arrived(const aml_arrivals *arrivals, uint64_t number) {
  const uint32_t count = arrivals->counts[number % 2];
  return count < arrivals->room ? count : (uint32_t)arrivals->room;
}

// Before a step: nobody has found anything that arrives in it.
AML_DEVICE void aml_clear_arrivals(const aml_arrivals *arrivals, uint64_t number) {
  if (aml_thread() == 0) arrivals->counts[number % 2] = 0;
}

AML_DEVICE void aml_list(const aml_now &now, const aml_arrival &made, const aml_arrivals *to) {
  const uint32_t place = aml_add(&to->counts[now.number % 2], 1u);
  if (place < to->room) {
    to->found[place] = made;
  } else {
    aml_lower(&to->report->overflow, now.number);
  }
}

// Puts arrivals into their order: by due time, then in the order of sending. Each finds its place
// by counting those before it.
AML_DEVICE void aml_order_arrivals(const aml_arrivals *arrivals, uint32_t count) {
  for (uint32_t k = aml_thread(); k < count; k += aml_threads()) {
    const aml_arrival own = arrivals->found[k];
    uint32_t place = 0;
    for (uint32_t other = 0; other < count; ++other) {
      if (other != k) place += aml_comes_before(arrivals->found[other], own);
    }
    arrivals->ordered[place] = own;
  }
}

// Puts what was sent in a step into the list, each message by itself.
AML_DEVICE void aml_list_messages(const aml_now &now, aml_arrival made, const aml_port *port,
                                  const aml_arrivals *to) {
  if (!port->messages) return aml_list(now, made, to);
  const uint32_t *messages = port->messages + made.sent % port->slots * port->capacity;
  const uint32_t end = made.first + made.count;
  for (uint32_t begin = made.first; begin < end; begin += made.count) {
    made.first = begin;
    made.message = messages[begin];
    made.count = aml_message_end(messages, begin, end) - begin;
    aml_list(now, made, to);
  }
}

// Lists what arrives over a projection, a delay by each thread from number `turn` on.
AML_DEVICE void aml_list_arrivals(const aml_now &now, const aml_times *times,
                                  const aml_projection *p, const aml_port *port,
                                  uint32_t projection, uint32_t &turn, const aml_arrivals *to) {
  if (!p->transmits) return;
  for (uint32_t former = 0; p; p = p->before, ++former) {
    const uint32_t first = (uint32_t)p->first_delayed + aml_turned(turn);
    for (uint32_t delay = first; delay < p->n_delays; delay += aml_threads()) {
      uint64_t sent[AML_MOST_SENT];
      const uint32_t found = aml_arriving(now, times, p, delay, sent);
      for (uint32_t k = 0; k < found; ++k) {
        const aml_heard heard = aml_heard_of(p, port, sent[k]);
        if (heard.count == 0) continue;
        const double before = p->whole_steps ? now.t : times->values[sent[k] % times->count];
        const double due = p->whole_steps ? before : before + p->delays[delay];
        aml_arrival made = {due, sent[k], projection, delay, heard.count};
        made.rank = (uint32_t)p->rank;
        made.first = heard.first;
        made.former = former;
        aml_list_messages(now, made, port, to);
      }
    }
    turn = aml_turn_after(turn, p->n_delays - p->first_delayed);
  }
}

// The connections over which something arrives.
AML_DEVICE const aml_projection *aml_connections_of(const aml_projection *p, uint32_t former) {
  for (; former > 0; --former) p = p->before;
  return p;
}

AML_DEVICE int32_t aml_owner(const aml_projection *p, uint32_t connection) {
  const int32_t target = aml_target(p, connection);
  return p->owners ? p->owners[target] : target;
}

// Each thread delivers to the targets whose owners are its own, a row after the other.
template <class Event>
AML_DEVICE void aml_deliver_owned(const aml_context *stepped, const aml_context *waiting,
                                  int32_t n_stepped, const aml_projection *p,
                                  const int32_t *rows, uint32_t count, uint32_t delay) {
  if (!p->transmits) return;
  const uint64_t n_owners = p->n_owners;
  const int32_t first = (int32_t)(n_owners * aml_thread() / aml_threads());
  const int32_t last = (int32_t)(n_owners * (aml_thread() + 1) / aml_threads());
  if (first == last) return;
  for (uint32_t row = 0; row < count; ++row) {
    const aml_range all = aml_segment(p, rows[row], delay);
    uint32_t c = all.begin;
    for (uint32_t high = all.end; c < high;) {
      const uint32_t middle = c + (high - c) / 2;
      if (aml_owner(p, middle) < first) {
        c = middle + 1;
      } else {
        high = middle;
      }
    }
    for (; c < all.end && aml_owner(p, c) < last; ++c) {
      Event::at(stepped, waiting, n_stepped, aml_target(p, c), aml_weight(p, c));
    }
  }
}
