// The order of a step.
#include "stepper.hpp"

#include <algorithm>
#include <set>

#include "error.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t worth_meeting = 8192;  // connections delivered together
constexpr std::int64_t work_if_kept = 8;      // of an event that changes a connection itself
constexpr std::int64_t worth_sharing = 1;     // where the threads meet anyway

instance_range common(instance_range a, instance_range b) noexcept {
  return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
}

// Tells what only hears how its indices go, and looks whose events are to wait.
std::vector<crossed_connections> find_waiting(const network_parts &parts, int threads) {
  for (const auto &item : parts.projections) {
    const group &target = *parts.groups[static_cast<std::size_t>(item->ends().target)];
    if (target.only_hears()) item->follow_indices(target);
  }
  return find_deferrable(parts, threads);
}

}  // namespace

stepper::stepper(network_parts &parts, thread_team &team)
    : parts_(parts),
      team_(team),
      bindings_(bind_kernels(parts)),
      crossed_(find_waiting(parts, team.size())),
      schedule_(parts, crossed_, team.size()),
      transmission_(parts, schedule_, team, bindings_),
      n_stepped_(parts.groups.size(), 0) {
  check_kernels();
  deferrals_ = deferrals(parts_, bindings_, schedule_, crossed_, team_.size());
  make_threads();
  find_settled();
  for (const auto &item : parts_.projections) {
    const int target = item->ends().target;
    row_cuts_.add(*item, [&](int thread) { return owned(target, thread); }, team_);
  }
  connections_recorded_ = std::any_of(parts_.traces.begin(), parts_.traces.end(),
                                      [](const auto &item) { return item->sees_couplings(); });
  any_immediate_ = std::any_of(schedule_.ports().begin(), schedule_.ports().end(),
                               [](const out_port &port) { return !port.immediate.empty(); });
  for (const auto &item : parts_.groups) item->clear_emitted();
  for (const block &item : schedule_.blocks()) {
    if (item.touched.empty()) continue;
    for (const placed_reduction &now : item.reductions) now.rule->start_others(item.touched);
  }
  can_join_ = steps_can_join();
  if (!can_join_) return;
  find_joint_stages();
  epoch_ = find_epoch();
}

void stepper::make_threads() {
  threads_.resize(static_cast<std::size_t>(team_.size()));
  team_.run([&](int thread) {
    auto state = std::make_unique<thread_state>(context_table(parts_, bindings_),
                                                portion_room(parts_, schedule_));
    state->sent.resize(schedule_.ports().size());
    state->time = &parts_.time;
    threads_[static_cast<std::size_t>(thread)] = std::move(state);
  });
}

stepper::thread_state &stepper::state_of(int thread) noexcept {
  thread_state &state = *threads_[static_cast<std::size_t>(thread)];
  state.contexts.refresh(*state.time);
  return state;
}

// The targets (or owners of targets) whose events a thread delivers.
instance_range stepper::owned(int target, int thread) const noexcept {
  const int owner = at(target).owner_group;
  return schedule_.slice(owner >= 0 ? owner : target, thread);
}

std::int64_t stepper::size_of_owner(int target) const noexcept {
  const int owner = at(target).owner_group;
  return at(owner >= 0 ? owner : target).size;
}

void stepper::check_kernels() const {
  for (const auto &item : parts_.projections) {
    const projection_ends &ends = item->ends();
    if (at(ends.target).events[static_cast<std::size_t>(ends.target_port)] != nullptr) continue;
    throw engine_error(error_code::state, item->name(),
                       "in-port '" +
                           at(ends.target).in_ports[static_cast<std::size_t>(ends.target_port)] +
                           "' of '" + at(ends.target).name + "' has no event kernel");
  }
}

bool stepper::step(bool seen) {
  gather_events();
  seen_ = seen;
  for (timetable &item : parts_.timetables) item.apply(parts_.time.step());
  if (parts_.time.step() == 0) compute_pools(parts_.pools, nullptr, team_);
  parts_.time.advance();
  transmission_.run();
  transmission_.show_past(parts_.time.step() - 1, true, bindings_);
  if (any_immediate_) std::fill(n_stepped_.begin(), n_stepped_.end(), 0);
  const discard_at_end arrived{parts_.queue};
  deliver_arrivals();
  for (const stage &item : schedule_.stages()) run_stage(item);
  if (seen || connections_recorded_ || !late_.empty()) transmission_.finish();
  deliver_late();
  if (seen) settle();
  return record();
}

receiver stepper::receiver_of(int thread, const projection &connections, bool whole) noexcept {
  const projection_ends &ends = connections.ends();
  const context_table &contexts = state_of(thread).contexts;
  receiver to;
  to.kernel = at(ends.target).events[static_cast<std::size_t>(ends.target_port)];
  to.stepped = contexts.stepped(ends.target);
  to.waiting = contexts.waiting(ends.target);
  to.n_stepped = n_stepped_[static_cast<std::size_t>(ends.target)];
  to.deferred = deferrals_.over_rows(connections);
  if (!whole) {
    to.own = owned(ends.target, thread);
    to.whole = to.own.size() == size_of_owner(ends.target);
    to.cuts = row_cuts_.of(connections);
    to.thread = thread;
  }
  return to;
}

// Threads may deliver side by side only where no event causes another one at once or changes what
// events of another thread read.
bool stepper::may_share(std::span<const batch> arrivals, std::int64_t enough) const noexcept {
  if (team_.size() == 1 || team_.is_alone()) return false;
  std::int64_t work = 0;
  for (const batch &item : arrivals) {
    const int target = item.connections->ends().target;
    if (at(target).emits_on_event || schedule_.read_across(target)) return false;
    const std::int64_t each = at(item.connections->ends().target).only_hears() ? work_if_kept : 1;
    work += connections_in(item.segments, enough - work) * each;
  }
  return work >= enough;
}

void stepper::deliver_arrivals() {
  const std::span<const batch> arrivals = parts_.queue.arriving();
  std::size_t begin = 0;
  for (std::size_t k = 0; k < arrivals.size(); ++k) {
    if (!schedule_.read_across(arrivals[k].connections->ends().target)) continue;
    deliver_together(arrivals.subspan(begin, k - begin), false);
    deliver_serially(*arrivals[k].connections, arrivals[k].segments);
    drain();
    begin = k + 1;
  }
  deliver_together(arrivals.subspan(begin), true);
}

void stepper::deliver_together(std::span<const batch> arrivals, bool with_first_stage) {
  if (arrivals.empty()) return;
  const auto &stages = schedule_.stages();
  const bool meeting = with_first_stage && !stages.empty() && stages.front().own_only;
  if (!may_share(arrivals, meeting ? worth_sharing : worth_meeting)) {
    for (const batch &item : arrivals) {
      deliver_serially(*item.connections, item.segments);
      drain();
    }
    return;
  }
  if (meeting) {
    shared_arrivals_ = arrivals;  // each thread goes on with its part of the first stage
  } else {
    team_.run([&](int thread) { deliver_part(thread, arrivals); });
  }
}

void stepper::deliver_part(int thread, std::span<const batch> arrivals) {
  for (const batch &item : arrivals) {
    if (!item.connections->transmits()) continue;
    const receiver own = receiver_of(thread, *item.connections, false);
    if (!own.own.empty()) deliver(*item.connections, item.segments, own);
  }
}

void stepper::deliver_serially(const projection &connections,
                               std::span<const connection_range> segments) {
  if (!connections.transmits()) return;
  deliver(connections, segments, receiver_of(0, connections, true));
  const int target = connections.ends().target;
  if (!at(target).emits_on_event) return;
  for (const int number : schedule_.ports_of(target)) {
    const out_port &port = port_at(number);
    rows_.clear();
    collect_emitted(at(target).emitted(port.port), connections, segments, rows_);
    if (!rows_.empty()) dispatch(port, rows_);
  }
}

void stepper::run_stage(const stage &item) {
  if (item.parallel) {
    team_.run([&](int thread) { run_part(thread, item); });
    shared_arrivals_ = {};
  } else {
    const block &only = schedule_.blocks()[item.begin];
    step_hosts(state_of(0), only, only.hosts);
  }
  dispatch_stage(item);
  if (!pending_.empty()) drain();
  const block &last = schedule_.blocks()[item.end - 1];
  const group &stepped = at(last.group);
  if (last.hosts.end == stepped.size) compute_pools(parts_.pools, &stepped, team_);
}

void stepper::run_part(int thread, const stage &item) {
  thread_state &state = state_of(thread);
  deliver_part(thread, shared_arrivals_);
  step_stage(state, thread, item);
}

void stepper::step_stage(thread_state &state, int thread, const stage &item) {
  for (std::size_t b = item.begin; b < item.end; ++b) {
    const block &now = schedule_.blocks()[b];
    const instance_range own = common(now.hosts, schedule_.slice(now.group, thread));
    if (now.shared) {
      step_shared(state, thread, now, own);
    } else if (!own.empty()) {
      step_hosts(state, now, own);
    }
  }
}

// In portions, so that what attached groups leave is still in the cache when their hosts read it.
void stepper::step_hosts(thread_state &state, const block &item, instance_range hosts) {
  for (std::int64_t begin = hosts.begin; begin < hosts.end; begin += item.portion) {
    const instance_range now{begin, std::min(begin + item.portion, hosts.end)};
    if (item.in_portions()) state.room.place(item, begin, seen_, state.contexts);
    update(state, item, now);
    collect(state, item, now);
  }
  if (!item.in_portions()) return;
  const std::int64_t last = (hosts.size() - 1) % item.portion + 1;
  state.room.take_back(item, last, state.contexts);
}

void stepper::update_family(thread_state &state, const block &item, instance_range hosts) {
  const group &root = at(item.group);
  state.family.clear();
  for (const int number : root.members) state.family.push_back(state.contexts.stepped(number));
  root.family(state.family.data(), hosts.begin, hosts.end, seen_ ? 1 : 0);
}

void stepper::update_attached(thread_state &state, const block &item, instance_range hosts) {
  for (const int number : item.attached) {
    const group &attached = at(number);
    const instance_range own = attached.attached_to(hosts);
    if (attached.update == nullptr || own.empty()) continue;
    attached.update(state.contexts.stepped(number), own.begin, own.end);
  }
  for (const placed_reduction &now : item.reductions) {
    const auto values = [&](field_place place) {
      return state.contexts.field(place.group, place.field);
    };
    if (now.joined.group < 0) {
      now.rule->apply(hosts, values(now.source), values(now.target), item.touched);
    } else {
      now.rule->apply_both(hosts, values(now.source), values(now.joined), values(now.target));
    }
  }
}

void stepper::update(thread_state &state, const block &item, instance_range hosts) {
  if (item.family) return update_family(state, item, hosts);
  update_attached(state, item, hosts);
  const group &root = at(item.group);
  if (root.update == nullptr) return;
  if (root.cables) return step_cables(state, item, hosts);
  root.update(state.contexts.stepped(item.group), hosts.begin, hosts.end);
}

void stepper::collect(thread_state &state, const block &item, instance_range hosts) {
  for (const int number : item.ports) {
    const out_port &port = port_at(number);
    const group &sender = at(port.group);
    const instance_range own = sender.is_root() ? hosts : sender.attached_to(hosts);
    auto &sent = state.sent[static_cast<std::size_t>(number)];
    std::int64_t *emitted = state.contexts.emitted(port.group, port.port);
    if (port.senders.empty()) collect_emitted(emitted, own, sent);
    auto range = std::ranges::upper_bound(port.senders, own.begin, {}, &instance_range::end);
    for (; range != port.senders.end() && range->begin < own.end; ++range) {
      collect_emitted(emitted, common(*range, own), sent);
    }
  }
}

void stepper::dispatch_stage(const stage &item) {
  for (std::size_t b = item.begin; b < item.end; ++b) {
    const block &now = schedule_.blocks()[b];
    if (any_immediate_) mark_stepped(now);
    for (const int number : now.ports) {
      rows_.clear();
      for (const auto &state : threads_) {
        auto &sent = state->sent[static_cast<std::size_t>(number)];
        if (sent.empty()) continue;
        rows_.insert(rows_.end(), sent.begin(), sent.end());
        sent.clear();
      }
      if (!rows_.empty()) dispatch(port_at(number), rows_);
    }
  }
}

void stepper::dispatch(const out_port &port, std::span<const std::int32_t> rows) {
  for (const subscription *listener : port.listeners) listener->notify(parts_.time.t(), rows);
  for (const projection *item : port.delayed) parts_.queue.send(*item, rows, parts_.time);
  if (port.immediate.empty()) return;
  pending_.push_back({&port, {rows.begin(), rows.end()}});
  pending_events_ += rows.size();
}

void stepper::mark_stepped(const block &item) noexcept {
  n_stepped_[static_cast<std::size_t>(item.group)] = item.hosts.end;
  for (const int number : item.attached) {
    n_stepped_[static_cast<std::size_t>(number)] = at(number).attached_to(item.hosts).end;
  }
}

void stepper::drain() {
  for (int round = 0; !pending_.empty(); ++round) {
    if (round == most_rounds) report_loop();
    current_.clear();
    current_.swap(pending_);
    pending_events_ = 0;
    for (const message &item : current_) {
      for (const projection *connections : item.port->immediate) {
        if (at(connections->ends().target).couples) {
          late_.push_back({connections, item.rows});
          continue;
        }
        if (deferred_events *deferred = deferrals_.over_columns(*connections)) {
          if (connections->transmits()) deferred->file(item.rows, team_);
          continue;
        }
        segments_.clear();
        immediate_segments(*connections, item.rows, segments_);
        deliver_at_once(*connections, segments_);
        if (pending_events_ > most_pending) report_loop();
      }
    }
  }
}

void stepper::deliver_at_once(const projection &connections,
                              std::span<const connection_range> segments) {
  const batch now{parts_.time.t(), &connections, segments};
  if (!may_share({&now, 1}, worth_meeting)) {
    deliver_serially(connections, segments);
    return;
  }
  team_.run([&](int thread) { deliver_part(thread, {&now, 1}); });
}

void stepper::report_loop() {
  std::set<std::string> senders;
  for (const message &item : pending_) senders.insert(at(item.port->group).name);
  for (const late_message &item : late_) senders.insert(at(item.connections->ends().source).name);
  std::string names;
  for (const std::string &name : senders) names += (names.empty() ? "'" : ", '") + name + "'";
  pending_.clear();
  late_.clear();
  pending_events_ = 0;
  throw engine_error(error_code::event_loop, *senders.begin(),
                     "events without delay cause each other without end, among " + names);
}

}  // namespace annarchy_ml
