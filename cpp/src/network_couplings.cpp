// Couplings of a network, and the histories that delayed ones read.
#include <algorithm>

#include "error.hpp"
#include "network.hpp"

namespace annarchy_ml {

// Both ends of a coupling keep their values from step to step.
void network::check_coupled(int group_number, int field_number) {
  group &owner = at(group_number);
  require(field_number >= 0 && field_number < std::ssize(owner.fields), owner.name,
          "there is no field of this number");
  field &item = owner.fields[static_cast<std::size_t>(field_number)];
  require(owner.is_root() && !owner.only_hears(), owner.name,
          "only groups that are attached to nothing can be coupled");
  require(item.per_instance && item.type != value_type::int32, owner.name,
          "only real fields with one value per instance can be coupled");
  item.passing = false;
}

int network::add_coupling(const coupling_ends &ends, combination kind, std::uint32_t number,
                          const connection_rule &rule, int threads) {
  touch();
  check_coupled(ends.source, ends.source_field);
  check_coupled(ends.target, ends.target_field);
  connection_request request{rule, {at(ends.source).size, at(ends.target).size}};
  request.name = at(ends.source).name + " -> " + at(ends.target).name;
  request.same_group = ends.source == ends.target;
  request.dt = parts_.time.dt();
  request.seed = parts_.seed;
  request.number = number;
  auto made = std::make_unique<coupling>(request.name, ends, kind, build_rows(request, threads));
  if (made->reach() > 1) keep_history(ends.source, ends.source_field, made->reach());
  parts_.couplings.push_back(std::move(made));
  return static_cast<int>(parts_.couplings.size()) - 1;
}

void network::add_synaptic_coupling(const synaptic_coupling &made) {
  touch();
  group &synapses = at(made.synapses);
  require(!synapses.is_root(), synapses.name, "connections must be attached to their targets");
  check_coupled(synapses.host, made.target_field);
  require(
      !made.gives() || (made.term_field < std::ssize(synapses.fields) &&
                        synapses.fields[static_cast<std::size_t>(made.term_field)].per_instance),
      synapses.name, "what connections give must be a field of each");
  require(made.reach >= 1, synapses.name, "a delay is one step at least");
  synapses.couples = true;
  parts_.synaptic_couplings.push_back(made);
  keep_histories();
}

void network::replace_rows(int number, const row_arrays &given) {
  touch();
  require(number >= 0 && number < std::ssize(parts_.couplings), std::to_string(number),
          "there is no coupling of this number");
  coupling &item = *parts_.couplings[static_cast<std::size_t>(number)];
  const coupling_ends &ends = item.ends();
  require(std::ssize(given.row_ptr) == at(ends.target).size + 1, item.name(),
          "there must be a row for each target");
  item.replace_rows(rows_of(given, at(ends.source).size, item.name()));
  if (item.reach() > 1) keep_history(ends.source, ends.source_field, item.reach());
}

void network::switch_connections(const synaptic_coupling &wanted) {
  touch();
  require(wanted.period >= 1, at(wanted.synapses).name, "a period is one step at least");
  for (synaptic_coupling &item : parts_.synaptic_couplings) {
    if (item.synapses != wanted.synapses) continue;
    item.transmits = wanted.transmits;
    item.may_learn = wanted.may_learn;
    item.period = wanted.period;
    item.first_step = wanted.first_step;
  }
}

void network::resize_group(int number, std::span<const std::int32_t> kept) {
  touch();
  group &owner = at(number);
  require(!owner.is_root() || owner.only_hears(), owner.name,
          "only connections can become more or fewer");
  owner.resize(kept);
  for (const auto &item : parts_.traces) item->retire(owner);
}

void network::keep_history(int group_number, int field_number, std::int64_t length) {
  const group &owner = at(group_number);
  auto &all = parts_.histories;
  const auto same = std::find_if(
      all.begin(), all.end(), [&](const auto &item) { return item->keeps(owner, field_number); });
  if (same == all.end()) {
    all.push_back(std::make_unique<history>(owner, field_number, length));
    all.back()->take(0, {0, owner.size});  // of earlier steps nothing is known
  } else {
    (*same)->grow(length, parts_.time.step());
  }
}

void network::set_coupling_delays(int number, std::span<const std::int32_t> steps) {
  touch();
  require(number >= 0 && number < std::ssize(parts_.couplings), std::to_string(number),
          "there is no coupling of this number");
  coupling &item = *parts_.couplings[static_cast<std::size_t>(number)];
  const coupling_ends &ends = item.ends();
  delay_sources(item.rows(), steps, at(ends.source).size, item.name());
  if (item.reach() > 1) keep_history(ends.source, ends.source_field, item.reach());
}

void network::set_reach(int synapses, std::int64_t reach) {
  touch();
  require(reach >= 1, at(synapses).name, "a delay is one step at least");
  for (synaptic_coupling &item : parts_.synaptic_couplings) {
    if (item.synapses == synapses) item.reach = reach;
  }
  keep_histories();
}

// Those of the sources of all connections that have values of their own.
void network::keep_histories() {
  for (const synaptic_coupling &made : parts_.synaptic_couplings) {
    for (const external &item : at(made.synapses).externals) {
      if (made.reach > 1 && item.index == made.source_index) {
        keep_history(item.group, item.field, made.reach);
      }
    }
  }
}

}  // namespace annarchy_ml
