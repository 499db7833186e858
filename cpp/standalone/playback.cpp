// Calls that make groups and say how they are stepped and recorded.
#include "playback.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <map>

#include "error.hpp"
#include "thread_team.hpp"

namespace annarchy_ml::standalone {

namespace {

using action = std::function<void(playback &, const call &)>;

template <class Kernel>
Kernel kernel_at(const playback &state, const value &number) {
  return std::bit_cast<Kernel>(state.symbols.at(number.whole()));
}

std::vector<std::string> texts_of(const value &given) {
  std::vector<std::string> made;
  for (const value &item : given.items()) made.push_back(item.text());
  return made;
}

std::vector<int> numbers_of(const value &given) {
  std::vector<int> made;
  for (const std::int64_t number : given.whole64()) made.push_back(static_cast<int>(number));
  return made;
}

void begin(playback &state, const call &made) {
  state.model =
      std::make_unique<network>(made.at(0).real(), std::bit_cast<std::uint64_t>(made.at(1).whole()),
                                made.at(2).text() == "single");
  const int useful = std::min(usable_cores(), made.at(3).number());
  const int threads = state.threads > 0 ? state.threads : std::max(1, useful);
  state.engine = std::make_unique<runner>(*state.model, threads);
}

void add_group(playback &state, const call &made) {
  group_spec spec{made.at(0).text(), made.at(1).whole(), {}, {}, {}, 0};
  for (const value &item : made.at(2).items()) {
    spec.fields.push_back(
        {item.at(0).text(), item.at(1).text() == "real", item.at(2).flag(), item.at(3).flag()});
  }
  spec.in_ports = texts_of(made.at(3));
  spec.out_ports = texts_of(made.at(4));
  spec.stream = static_cast<std::uint64_t>(made.at(5).whole());
  state.net().add_group(spec);
}

void set_kernels(playback &state, const call &made) {
  group &owner = state.net().at(made.at(0).number());
  owner.update = kernel_at<aml_update_fn>(state, made.at(1));
  owner.family = nullptr;
  for (const value &item : made.at(2).items()) {
    const auto port = static_cast<std::size_t>(owner.in_port_position(item.at(0).text()));
    owner.events[port] = kernel_at<aml_event_fn>(state, item.at(1));
  }
  owner.emits_on_event = made.at(3).flag();
  state.net().touch();
}

void set_cables(playback &state, const call &made) {
  cable_shape shape;
  shape.cells = made.at(1).at(0).whole();
  shape.lanes = made.at(1).at(1).whole();
  shape.second_order = made.at(1).at(2).flag();
  shape.parent = made.at(2).whole32();
  shape.conductance = made.at(3).reals();
  shape.compartment = made.at(4).whole32();
  shape.capacitance = made.at(5).reals();
  const value &names = made.at(6);
  state.net().set_cables(made.at(0).number(), std::move(shape),
                         {names.at(0).text(), names.at(1).text(), names.at(2).text()});
}

void set_cable_parts(playback &state, const call &made) {
  std::vector<cable_part> parts;
  for (const value &item : made.at(1).items()) {
    parts.push_back({item.at(0).whole(), item.at(1).whole(),
                     kernel_at<aml_update_fn>(state, item.at(2)),
                     kernel_at<aml_update_fn>(state, item.at(3)), item.at(4).flag()});
  }
  state.net().set_cable_parts(made.at(0).number(), std::move(parts));
}

void set_field(playback &state, const call &made) {
  group &owner = state.net().at(made.at(0).number());
  owner.assign(owner.field_position(made.at(1).text()), made.at(2).reals());
}

void record(playback &state, const call &made) {
  std::vector<trace_source> sources;
  for (const value &item : made.at(0).items()) {
    sources.push_back({item.at(0).number(), item.at(1).text(), item.at(2).whole()});
  }
  state.net().record(sources, 1);
}

int out_port(const playback &state, const value &group_number, const value &name) {
  return state.net().at(group_number.number()).out_port_position(name.text());
}

void record_events(playback &state, const call &made) {
  std::vector<event_source> sources;
  for (const value &item : made.at(0).items()) {
    sources.push_back({item.at(0).number(), out_port(state, item.at(0), item.at(1)),
                       static_cast<std::int32_t>(item.at(2).whole())});
  }
  state.net().record_events(sources);
}

void record_group_events(playback &state, const call &made) {
  std::vector<event_source> sources;
  const int port = out_port(state, made.at(0), made.at(1));
  for (const std::int32_t cell : made.at(2).whole32()) {
    sources.push_back({made.at(0).number(), port, cell});
  }
  state.net().record_events(sources);
}

void set_schedule(playback &state, const call &made) {
  std::vector<block_spec> blocks;
  for (const value &item : made.at(0).items()) {
    blocks.push_back({item.at(0).number(), {item.at(1).whole(), item.at(2).whole()}});
  }
  state.net().set_schedule(std::move(blocks));
}

const std::map<std::string, action> actions{
    {"network", begin},
    {"add_group", add_group},
    {"count_half_steps",
     [](playback &state, const call &made) {
       state.net().parts().time.count_half_steps(made.at(0).real());
     }},
    {"set_kernels", set_kernels},
    {"set_cables", set_cables},
    {"set_cable_parts", set_cable_parts},
    {"set_field", set_field},
    {"record", record},
    {"record_events", record_events},
    {"record_group_events", record_group_events},
    {"set_schedule", set_schedule},
    {"record_all_events",
     [](playback &state, const call &made) {
       const int port = out_port(state, made.at(0), made.at(1));
       state.net().record_all_events(made.at(0).number(), port);
     }},
    {"set_terms",
     [](playback &state, const call &made) {
       group &owner = state.net().at(made.at(0).number());
       owner.terms = kernel_at<aml_update_fn>(state, made.at(1));
       state.net().touch();
     }},
    {"set_family",
     [](playback &state, const call &made) {
       state.net().set_family(made.at(0).number(), numbers_of(made.at(1)),
                              kernel_at<aml_family_fn>(state, made.at(2)));
     }},
    {"set_serial",
     [](playback &state, const call &made) {
       state.net().at(made.at(0).number()).serial = true;
       state.net().touch();
     }},
    {"set_owner",
     [](playback &state, const call &made) {
       state.net().set_owner(made.at(0).number(), made.at(1).number(), made.at(2).number());
     }},
    {"set_event_reads",
     [](playback &state, const call &made) {
       state.net().set_event_reads(made.at(0).number(), made.at(1).text(), numbers_of(made.at(2)),
                                   made.at(3).flag());
     }},
    {"set_passing",
     [](playback &state, const call &made) {
       state.net().set_passing(made.at(0).number(), made.at(1).text());
     }},
    {"refresh_reductions",
     [](playback &state, const call &made) {
       state.net().refresh_reductions(made.at(0).number());
     }},
    {"reset", [](playback &state, const call &) { state.net().reset(); }},
    {"run", [](playback &state, const call &made) { state.steps = made.at(0).whole(); }},
    {"table", [](playback &state, const call &made) { state.files.push_back({true, made}); }},
    {"events", [](playback &state, const call &made) { state.files.push_back({false, made}); }}};

}  // namespace

function symbol_table::at(std::int64_t number) const {
  require(number >= 0 && number <= count, std::to_string(number), "there is no such kernel");
  return number == 0 ? nullptr : functions[number - 1];
}

network &playback::net() const {
  require(model != nullptr, "tape", "the network must come first");
  return *model;
}

void play(playback &state, const call &made) {
  const auto found = actions.find(made.name);
  if (found != actions.end()) return found->second(state, made);
  if (play_connections(state, made)) return;
  throw engine_error(error_code::file, made.name, "the tape has a call that is not known");
}

}  // namespace annarchy_ml::standalone
