// Steps that threads take together: each delivers and steps what it owns, all meet, each reads what
// the others have sent, and goes on. Nobody waits for one of them to hand out the next step.
#include <algorithm>

#include "stepper.hpp"

namespace annarchy_ml {

bool stepper::steps_can_join() const {
  const bool one_stage = schedule_.stages().size() == 1 && schedule_.stages().front().own_only;
  if (team_.size() == 1 || !one_stage || any_immediate_) return false;
  if (!parts_.traces.empty() || !parts_.pools.empty() || !parts_.timetables.empty()) return false;
  if (!parts_.couplings.empty() || !parts_.synaptic_couplings.empty()) return false;
  return std::all_of(parts_.projections.begin(), parts_.projections.end(), [&](const auto &item) {
    const int target = item->ends().target;
    return !at(target).emits_on_event && !schedule_.read_across(target);
  });
}

void stepper::step_jointly(std::int64_t steps) {
  seen_ = false;
  bring_together();
  team_.run([&](int thread) {
    try {
      take_steps(thread, steps);
    } catch (...) {
      team_.leave();
      throw;
    }
  });
  for (const auto &state : threads_) state->time = &parts_.time;
  joint_until_ = parts_.time.step();
}

// Each thread but the first, which keeps those of the network, gets a clock and a queue, in memory
// that it takes itself.
void stepper::bring_together() {
  if (joint_until_ != parts_.time.step()) {
    team_.run([&](int thread) {
      if (thread == 0) return;
      thread_state &state = *threads_[static_cast<std::size_t>(thread)];
      if (state.apart == nullptr) state.apart = std::make_unique<own_time>(parts_.time);
      state.apart->time = parts_.time;
      state.apart->queue.copy(parts_.queue);
    });
  }
  for (const auto &state : threads_) {
    if (state->apart != nullptr) state->time = &state->apart->time;
  }
}

// What a thread shows in one step is read by the others after they have met, and written again two
// steps later, when all have met once more.
void stepper::take_steps(int thread, std::int64_t steps) {
  thread_state &own = *threads_[static_cast<std::size_t>(thread)];
  event_queue &queue = thread == 0 ? parts_.queue : own.apart->queue;
  const stage &all = schedule_.stages().front();
  for (std::int64_t k = 0; k < steps; ++k) {
    const auto turn = static_cast<std::size_t>(k % 2);
    own.time->advance();
    const discard_at_end arrived{queue};
    thread_state &state = state_of(thread);
    deliver_part(thread, queue.arriving());
    step_stage(state, thread, all);
    own.shown[turn].write(own.sent, joint_ports_);
    for (auto &rows : own.sent) rows.clear();
    if (!team_.meet()) return;
    send_on(thread, turn, queue);
  }
}

void stepper::send_on(int thread, std::size_t turn, event_queue &queue) {
  thread_state &own = *threads_[static_cast<std::size_t>(thread)];
  own.reading.clear();
  for (const auto &other : threads_) own.reading.push_back(other->shown[turn].words());
  for (const int number : joint_ports_) {
    const out_port &port = port_at(number);
    own.rows.clear();
    for (const std::int32_t *&word : own.reading) {
      const auto shown = notice::list_at(word);
      own.rows.insert(own.rows.end(), shown.begin(), shown.end());
      word = shown.data() + shown.size();
    }
    if (own.rows.empty()) continue;
    for (const projection *item : port.delayed) queue.send(*item, own.rows);
    if (thread != 0) continue;
    for (const subscription *listener : port.listeners) {
      listener->notify(parts_.time.t(), own.rows);
    }
  }
}

}  // namespace annarchy_ml
