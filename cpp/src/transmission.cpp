// Order of the couplings: histories, then all targets, thread by thread.
#include "transmission.hpp"

#include <algorithm>

#include "error.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t worth_sharing = 16'384;       // connections
constexpr std::int64_t worth_taking_apart = 65'536;  // values of all histories

}  // namespace

transmission::transmission(network_parts &parts, const schedule &plan, thread_team &team,
                           const std::vector<kernel_bindings> &bindings)
    : parts_(parts), plan_(plan), team_(team) {
  std::int64_t connections = 0;
  std::int64_t taken = 0;
  const auto aim_at = [&](field_place place) {
    if (!is_target(place.group, place.field)) into_.push_back(place);
  };
  for (const auto &item : parts_.couplings) {
    connections += item->rows().size();
    aim_at({item->ends().target, item->ends().target_field});
  }
  for (const synaptic_coupling &item : parts_.synaptic_couplings) {
    connections += at(item.synapses).size;
    aim_at({at(item.synapses).host, item.target_field});
    learns_ = learns_ || item.learns;
    if (at(item.synapses).terms != nullptr) continue;
    throw engine_error(error_code::state, at(item.synapses).name,
                       "'" + at(item.synapses).name + "' has no kernel of terms");
  }
  for (const auto &item : parts_.histories) taken += item->owner().size;
  shared_ = team_.size() > 1 && connections >= worth_sharing;
  long_histories_ = team_.size() > 1 && taken >= worth_taking_apart;
  learns_apart_ = learns_ && reads_targets();
  passes_.resize(static_cast<std::size_t>(team_.size()));
  for (const synaptic_coupling &item : parts_.synaptic_couplings) {
    const std::int64_t row_length = even_row_length(at(item.synapses));
    for (auto &own : passes_) {
      own.emplace_back(parts_, item, bindings[static_cast<std::size_t>(item.synapses)], row_length);
    }
  }
}

bool transmission::is_target(int group_number, int field_number) const noexcept {
  return std::any_of(into_.begin(), into_.end(), [&](field_place item) {
    return item.group == group_number && item.field == field_number;
  });
}

bool transmission::reads_targets() const noexcept {
  for (const synaptic_coupling &item : parts_.synaptic_couplings) {
    for (const external &other : at(item.synapses).externals) {
      if (is_target(other.group, other.field)) return true;
    }
  }
  return false;
}

template <class Work>
void transmission::share(const Work &work) {
  if (shared_) {
    team_.run(work);
  } else {
    for (int thread = 0; thread < team_.size(); ++thread) work(thread);
  }
}

void transmission::run() {
  if (into_.empty()) return;
  const step_clock &time = parts_.time;
  pass_task task{time.step() - 1, time.t_prev(), time.t_before(), false, true};
  task.learn = learns_ && parts_.learned < task.step;
  take_histories(task.step);
  if (task.learn && learns_apart_) {
    const pass_task before{task.step, task.t, task.t_prev, true, false};
    share([&](int thread) { pass(thread, before); });
    task.learn = false;
  }
  share([&](int thread) { fill(thread, task); });
  parts_.learned = task.step;
}

void transmission::finish() {
  const step_clock &time = parts_.time;
  if (!learns_ || parts_.learned == time.step()) return;
  const pass_task task{time.step(), time.t(), time.t_prev(), true, false};
  take_histories(task.step);
  share([&](int thread) { pass(thread, task); });
  parts_.learned = task.step;
}

void transmission::show_past(std::int64_t step, bool taken,
                             std::vector<kernel_bindings> &bindings) {
  if (parts_.synaptic_couplings.empty() || parts_.histories.empty()) return;
  if (!taken || into_.empty()) take_histories(step);
  for (const synaptic_coupling &item : parts_.synaptic_couplings) {
    aim_at_past(parts_, item, step, bindings[static_cast<std::size_t>(item.synapses)].externals);
  }
}

void transmission::take_histories(std::int64_t step) {
  if (long_histories_) {
    team_.run([&](int thread) { take_part(step, thread, team_.size()); });
  } else {
    take_part(step, 0, 1);
  }
}

void transmission::take_part(std::int64_t step, int thread, int threads) const noexcept {
  for (const auto &item : parts_.histories) {
    const std::int64_t size = item->owner().size;
    item->take(step, {size * thread / threads, size * (thread + 1) / threads});
  }
}

const void *transmission::values_of(const coupling &item) const noexcept {
  const group &source = at(item.ends().source);
  if (item.reach() > 1) {
    for (const auto &past : parts_.histories) {
      if (!past->keeps(source, item.ends().source_field)) continue;
      return past->before(parts_.time.step() - 1, item.reach());
    }
  }
  return source.fields[static_cast<std::size_t>(item.ends().source_field)].values.data();
}

void transmission::fill(int thread, const pass_task &task) {
  for (const field_place place : into_) {
    const field &item = at(place.group).fields[static_cast<std::size_t>(place.field)];
    const instance_range mine = plan_.slice(place.group, thread);
    const std::size_t width = size_of(item.type);
    auto *values = static_cast<char *>(item.values.data());
    std::fill(values + static_cast<std::size_t>(mine.begin) * width,
              values + static_cast<std::size_t>(mine.end) * width, char{0});
  }
  for (const auto &item : parts_.couplings) {
    if (!item->transmits()) continue;
    const coupling_ends &ends = item->ends();
    const field &into = at(ends.target).fields[static_cast<std::size_t>(ends.target_field)];
    item->add(plan_.slice(ends.target, thread), values_of(*item), into.values.data(),
              parts_.single_precision);
  }
  pass(thread, task);
}

void transmission::pass(int thread, const pass_task &task) {
  auto &own = passes_[static_cast<std::size_t>(thread)];
  for (std::size_t k = 0; k < own.size(); ++k) {
    pass_task now = task;
    const synaptic_coupling &item = parts_.synaptic_couplings[k];
    const std::int64_t since = task.step - 1 - item.first_step;
    const bool due = item.may_learn && since >= 0 && since % item.period == 0;
    now.learn = task.learn && item.learns && due;
    now.transmit = task.transmit && item.transmits && item.gives();
    if (!now.learn && !now.transmit) continue;
    own[k].run(plan_.slice(at(item.synapses).host, thread), now);
  }
}

}  // namespace annarchy_ml
