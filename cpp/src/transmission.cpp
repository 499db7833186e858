// Order of the couplings: histories, then all targets, thread by thread.
#include "transmission.hpp"

#include <algorithm>

namespace annarchy_ml {

namespace {

constexpr std::int64_t worth_sharing = 16'384;       // connections
constexpr std::int64_t worth_taking_apart = 65'536;  // values of all histories

}  // namespace

transmission::transmission(network_parts &parts, const schedule &plan, thread_team &team)
    : parts_(parts), plan_(plan), team_(team) {
  std::int64_t connections = 0;
  std::int64_t taken = 0;
  for (const auto &item : parts_.couplings) {
    connections += item->rows().size();
    const field_place place{item->ends().target, item->ends().target_field};
    const bool known = std::any_of(into_.begin(), into_.end(), [&](field_place other) {
      return other.group == place.group && other.field == place.field;
    });
    if (!known) into_.push_back(place);
  }
  for (const auto &item : parts_.histories) taken += item->owner().size;
  shared_ = team_.size() > 1 && connections >= worth_sharing;
  long_histories_ = team_.size() > 1 && taken >= worth_taking_apart;
}

void transmission::run() {
  if (into_.empty()) return;
  if (long_histories_) {
    team_.run([&](int thread) { take_histories(thread, team_.size()); });
  } else {
    take_histories(0, 1);
  }
  if (shared_) {
    team_.run([&](int thread) { fill(thread); });
  } else {
    for (int thread = 0; thread < team_.size(); ++thread) fill(thread);
  }
}

void transmission::take_histories(int thread, int threads) const noexcept {
  for (const auto &item : parts_.histories) {
    const std::int64_t size = item->owner().size;
    item->take(parts_.time.step() - 1, {size * thread / threads, size * (thread + 1) / threads});
  }
}

instance_range transmission::own(int target, int thread) const noexcept {
  return plan_.slice(target, thread);
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

void transmission::fill(int thread) const noexcept {
  for (const field_place place : into_) {
    const field &item = at(place.group).fields[static_cast<std::size_t>(place.field)];
    const instance_range mine = own(place.group, thread);
    const std::size_t width = size_of(item.type);
    auto *values = static_cast<char *>(item.values.data());
    std::fill(values + static_cast<std::size_t>(mine.begin) * width,
              values + static_cast<std::size_t>(mine.end) * width, char{0});
  }
  for (const auto &item : parts_.couplings) {
    const coupling_ends &ends = item->ends();
    void *results =
        at(ends.target).fields[static_cast<std::size_t>(ends.target_field)].values.data();
    item->add(own(ends.target, thread), values_of(*item), results, parts_.single_precision);
  }
}

}  // namespace annarchy_ml
