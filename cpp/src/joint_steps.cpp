// Steps that threads take together: each delivers and steps what it owns, for as many steps as the
// shortest delay; all meet, each reads what the others have sent, and goes on. Nobody waits for one
// of them to hand out the next step.
#include <algorithm>
#include <cmath>
#include <set>

#include "stepper.hpp"

namespace annarchy_ml {

namespace {

constexpr double most_in_epoch = 64;  // steps: events of all lie in the cache until they are read

}  // namespace

bool stepper::steps_can_join() const {
  if (team_.size() == 1 || !has_own_stages()) return false;
  if (!parts_.traces.empty() || !parts_.pools.empty() || !parts_.timetables.empty()) return false;
  if (!parts_.couplings.empty() || !parts_.synaptic_couplings.empty()) return false;
  return std::all_of(parts_.projections.begin(), parts_.projections.end(),
                     [&](const auto &item) { return can_deliver_jointly(*item); });
}

// Whether no thread reads what another one steps, and all of a group steps in one block.
bool stepper::has_own_stages() const {
  const auto &all = schedule_.stages();
  std::set<int> groups;
  for (const block &item : schedule_.blocks()) groups.insert(item.group);
  return !all.empty() && groups.size() == schedule_.blocks().size() &&
         std::ranges::all_of(all, [](const stage &item) { return item.own_only; });
}

// Events without delay are delivered by the thread that sends them, unless they wait.
bool stepper::can_deliver_jointly(const projection &connections) const {
  if (connections.size() == 0) return true;
  const int target = connections.ends().target;
  if (at(target).emits_on_event || schedule_.read_across(target)) return false;
  if (connections.delays().front() > 0.0) return true;
  if (deferrals_.over_columns(connections) != nullptr) return true;
  return !deferrals_.read(target) && stays_with_threads(connections);
}

// Whether all that hears events without delay belongs to the thread of the sender.
bool stepper::stays_with_threads(const projection &connections) const {
  const projection_ends &ends = connections.ends();
  for (int thread = 0; thread < team_.size(); ++thread) {
    const instance_range targets = owned(ends.target, thread);
    const instance_range senders = schedule_.slice(ends.source, thread);
    for (std::int64_t k = senders.begin; k < senders.end; ++k) {
      const auto row = static_cast<std::int32_t>(k);
      const std::int64_t first = connections.segments_begin(row);
      if (first == connections.segments_end(row) || connections.delay_of(first) != 0) continue;
      const connection_range all = connections.segment(first);
      if (connections.part_of(all, targets).size() != all.size()) return false;
    }
  }
  return true;
}

void stepper::find_joint_stages() {
  for (const stage &item : schedule_.stages()) {
    for (std::size_t b = item.begin; b < item.end; ++b) {
      const block &now = schedule_.blocks()[b];
      joint_ports_.insert(joint_ports_.end(), now.ports.begin(), now.ports.end());
      mark_stepped(now);
    }
    n_stepped_behind_.push_back(n_stepped_);
  }
  std::fill(n_stepped_.begin(), n_stepped_.end(), 0);
}

// As many steps as an event takes at least from one thread to another one. Waiting events need to
// read what is shown in every step. A delay that is hardly longer than some steps counts as these,
// because times are sums of many steps.
std::int64_t stepper::find_epoch() const noexcept {
  constexpr double hardly = 1e-3;  // of a step
  if (deferrals_.size() > 0) return 1;
  double steps = most_in_epoch;
  for (const auto &item : parts_.projections) {
    for (const double delay : item->delays()) {
      if (delay == 0.0) continue;
      const double unit = item->whole_steps() ? 1.0 : parts_.time.dt();
      steps = std::min(steps, std::ceil(delay / unit - hardly));
    }
  }
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(steps));
}

void stepper::step_jointly(std::int64_t steps) {
  seen_ = false;
  std::fill(n_stepped_.begin(), n_stepped_.end(), 0);  // arriving events come before all stages
  bring_together();
  team_.run([&](int thread) { take_steps(thread, steps); });
  for (const auto &state : threads_) state->time = &parts_.time;
  joint_until_ = parts_.time.step();
  queues_differ_ = true;
}

// Each thread has filed what it will deliver itself: the queue of the network, the first thread's,
// gets what the others alone have. All events onto a group are with one of them in their order.
void stepper::gather_events() {
  if (!queues_differ_) return;
  queues_differ_ = false;
  for (int thread = 1; thread < team_.size(); ++thread) {
    std::set<const projection *> alone;
    for (const auto &item : parts_.projections) {
      if (first_owner(item->ends().target) == thread) alone.insert(item.get());
    }
    const auto &apart = threads_[static_cast<std::size_t>(thread)]->apart;
    if (!alone.empty()) parts_.queue.replace(alone, apart->queue);
  }
}

// The first thread that delivers events of a target.
int stepper::first_owner(int target) const noexcept {
  int thread = 0;
  while (thread + 1 < team_.size() && owned(target, thread).empty()) ++thread;
  return thread;
}

// Each thread but the first, which keeps those of the network, gets a clock and a queue, in memory
// that it takes itself.
void stepper::bring_together() {
  if (joint_until_ != parts_.time.step()) {
    team_.run([&](int thread) {
      thread_state &state = *threads_[static_cast<std::size_t>(thread)];
      state.sending = parts_.time;
      if (thread == 0) return;
      if (state.apart == nullptr) state.apart = std::make_unique<own_time>(parts_.time);
      state.apart->time = parts_.time;
      state.apart->queue.copy(parts_.queue);
    });
  }
  for (const auto &state : threads_) {
    if (state->apart != nullptr) state->time = &state->apart->time;
  }
}

// What a thread shows is read by the others after they have met, and written again when all have
// met once more.
void stepper::take_steps(int thread, std::int64_t steps) {
  thread_state &own = *threads_[static_cast<std::size_t>(thread)];
  event_queue &queue = thread == 0 ? parts_.queue : own.apart->queue;
  std::size_t turn = 0;
  for (std::int64_t begin = 0; begin < steps; begin += epoch_) {
    const std::int64_t now = std::min(epoch_, steps - begin);
    own.shown[turn].clear();
    for (std::int64_t k = 0; k < now; ++k) {
      take_own_step(thread, queue);
      own.shown[turn].add(own.sent, joint_ports_);
      for (auto &rows : own.sent) rows.clear();
    }
    if (!team_.meet(thread)) return;
    send_on(thread, turn, now, queue);
    turn = 1 - turn;
  }
}

void stepper::take_own_step(int thread, event_queue &queue) {
  threads_[static_cast<std::size_t>(thread)]->time->advance();
  const discard_at_end arrived{queue};
  thread_state &state = state_of(thread);
  deliver_part(thread, queue.arriving());
  for (std::size_t number = 0; number < schedule_.stages().size(); ++number) {
    step_stage(state, thread, schedule_.stages()[number]);
    deliver_own(state, thread, number);
  }
}

// What this thread has sent in a stage reaches its own instances at once; what it shows to waiting
// events is as it is now.
void stepper::deliver_own(thread_state &state, int thread, std::size_t stage_number) {
  const stage &item = schedule_.stages()[stage_number];
  for (std::size_t b = item.begin; b < item.end; ++b) {
    for (const int number : schedule_.blocks()[b].ports) {
      const auto &rows = state.sent[static_cast<std::size_t>(number)];
      for (const projection *connections : port_at(number).immediate) {
        if (deferred_events *deferred = deferrals_.over_columns(*connections)) {
          deferred->show(thread);
          continue;
        }
        if (rows.empty() || !connections->transmits()) continue;
        state.segments.clear();
        immediate_segments(*connections, rows, state.segments);
        receiver to = receiver_of(thread, *connections, false);
        const auto target = static_cast<std::size_t>(connections->ends().target);
        to.n_stepped = n_stepped_behind_[stage_number][target];
        deliver(*connections, state.segments, to);
      }
    }
  }
}

void stepper::send_on(int thread, std::size_t turn, std::int64_t steps, event_queue &queue) {
  thread_state &own = *threads_[static_cast<std::size_t>(thread)];
  own.reading.clear();
  for (const auto &other : threads_) own.reading.push_back(other->shown[turn].words());
  for (std::int64_t k = 0; k < steps; ++k) {
    own.sending->advance();
    for (const int number : joint_ports_) send_on(thread, own, number, queue);
  }
}

// What all have sent through an out-port in one step.
void stepper::send_on(int thread, thread_state &own, int number, event_queue &queue) {
  const out_port &port = port_at(number);
  own.rows.clear();
  for (const std::int32_t *&word : own.reading) {
    const auto shown = notice::list_at(word);
    own.rows.insert(own.rows.end(), shown.begin(), shown.end());
    word = shown.data() + shown.size();
  }
  if (own.rows.empty()) return;
  for (const projection *item : port.delayed) {
    if (owned(item->ends().target, thread).empty()) continue;
    queue.send(*item, own.rows, *own.sending);
  }
  for (const projection *item : port.immediate) {
    deferred_events *deferred = deferrals_.over_columns(*item);
    if (deferred != nullptr && item->transmits()) deferred->hear(thread, own.rows);
  }
  if (thread != 0) return;
  for (const subscription *listener : port.listeners) {
    listener->notify(own.sending->t(), own.rows);
  }
}

}  // namespace annarchy_ml
