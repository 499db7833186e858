// Calls that connect groups: hosts, indices, sums, projections, couplings.
#include <cmath>
#include <functional>
#include <map>

#include "playback.hpp"
#include "rule_words.hpp"

namespace annarchy_ml::standalone {

namespace {

using action = std::function<void(playback &, const call &)>;

// A rule with the arrays that it names.
struct taken_rule {
  connection_rule rule;
  std::vector<std::int32_t> sources, targets;
  std::vector<double> weights, delays;
};

void take_value(const value &given, distribution &as_law, std::span<const double> &as_array,
                std::vector<double> &keep) {
  if (!given.is_list()) {
    keep = given.reals();
    as_array = keep;
    return;
  }
  as_law = {law_of(given.at(0).text()), given.at(1).real(), given.at(2).real(),
            given.at(3).real(),         given.at(4).real(), given.at(5).flag()};
}

// The arguments of a rule from a position on: pairs, weight, delay, arrays of pairs, precision.
void take_rule(const call &made, std::size_t from, double dt, taken_rule &taken) {
  connection_rule &rule = taken.rule;
  const value &pairs = made.at(from);
  set_pairs(rule, {pairs.at(0).text(), pairs.at(1).real(), pairs.at(2).flag(), pairs.at(3).flag()});
  if (const value &arrays = made.at(from + 3); !arrays.none()) {
    taken.sources = arrays.at(0).whole32();
    taken.targets = arrays.at(1).whole32();
    rule.given_sources = taken.sources;
    rule.given_targets = taken.targets;
  }
  take_value(made.at(from + 1), rule.weight, rule.given_weights, taken.weights);
  take_value(made.at(from + 2), rule.delay, rule.given_delays, taken.delays);
  if (taken.delays.empty() && !made.at(from + 2).is_list()) rule.delay.first = dt;
  rule.double_weights = made.at(from + 4).flag();
}

instance_range range_of(const value &given) { return {given.at(0).whole(), given.at(1).whole()}; }

double step_of(const playback &state) { return state.net().parts().time.dt(); }

void add_projection(playback &state, const call &made) {
  const network &net = state.net();
  const projection_ends ends{
      made.at(0).number(), net.at(made.at(0).number()).out_port_position(made.at(1).text()),
      made.at(2).number(), net.at(made.at(2).number()).in_port_position(made.at(3).text())};
  const auto row_ptr = made.at(4).whole64();
  const auto targets = made.at(5).whole32();
  std::vector<double> weights;
  std::vector<std::int32_t> delay_index;
  if (!made.at(6).none()) weights = made.at(6).reals();
  if (!made.at(8).none()) delay_index = made.at(8).whole32();
  connection_arrays arrays{row_ptr,     targets,          weights, made.at(7).reals(),
                           delay_index, made.at(9).flag()};
  if (arrays.whole_steps) {
    for (double &delay : arrays.delays) delay = std::round(delay / step_of(state));
  }
  state.net().add_projection(ends, arrays);
}

void add_rule_projection(playback &state, const call &made) {
  const network &net = state.net();
  const value &source = made.at(0);
  const value &target = made.at(1);
  const projection_ends ends{
      source.at(0).number(), net.at(source.at(0).number()).out_port_position(source.at(1).text()),
      target.at(0).number(), net.at(target.at(0).number()).in_port_position(target.at(1).text())};
  taken_rule taken;
  take_rule(made, 4, step_of(state), taken);
  taken.rule.sources = range_of(made.at(2));
  taken.rule.targets = range_of(made.at(3));
  if (!made.at(9).none()) {
    taken.rule.number_of_draws = static_cast<std::uint32_t>(made.at(9).whole());
  }
  state.net().add_projection(ends, taken.rule, state.engine->threads());
}

void add_coupling(playback &state, const call &made) {
  const network &net = state.net();
  const value &source = made.at(0);
  const value &target = made.at(1);
  const coupling_ends ends{
      source.at(0).number(), net.at(source.at(0).number()).field_position(source.at(1).text()),
      target.at(0).number(), net.at(target.at(0).number()).field_position(target.at(1).text())};
  taken_rule taken;
  take_rule(made, 5, step_of(state), taken);
  taken.rule.sources = range_of(made.at(2));
  taken.rule.targets = range_of(made.at(3));
  const auto number = static_cast<std::uint32_t>(made.at(4).at(1).whole());
  state.net().add_coupling(ends, combination_of(made.at(4).at(0).text()), number, taken.rule,
                           state.engine->threads());
}

void add_synaptic_coupling(playback &state, const call &made) {
  const network &net = state.net();
  const group &own = net.at(made.at(0).number());
  synaptic_coupling wanted{made.at(0).number()};
  if (!made.at(1).text().empty()) wanted.term_field = own.field_position(made.at(1).text());
  wanted.target_field = net.at(own.host).field_position(made.at(2).text());
  wanted.kind = combination_of(made.at(3).text());
  wanted.learns = made.at(4).flag();
  wanted.source_index = made.at(5).at(0).number();
  wanted.reach = made.at(5).at(1).whole();
  state.net().add_synaptic_coupling(wanted);
}

const std::map<std::string, action> actions{
    {"add_projection", add_projection},
    {"add_rule_projection", add_rule_projection},
    {"add_coupling", add_coupling},
    {"add_synaptic_coupling", add_synaptic_coupling},
    {"set_index",
     [](playback &state, const call &made) {
       state.net().set_index(made.at(0).number(), made.at(1).number(), made.at(2).whole32());
     }},
    {"set_host",
     [](playback &state, const call &made) {
       state.net().set_host(made.at(0).number(), made.at(1).number(), made.at(2).whole32());
     }},
    {"bind_external",
     [](playback &state, const call &made) {
       const int other = made.at(2).number();
       const int field = state.net().at(other).field_position(made.at(3).text());
       const int index = made.at(4).none() ? -1 : made.at(4).number();
       state.net().bind_external(made.at(0).number(), made.at(1).number(), {other, field, index});
     }},
    {"add_reduction", [](playback &state, const call &made) {
       const bool adds = made.at(3).text() == "add";
       state.net().add_reduction(made.at(0).number(), made.at(1).text(), made.at(2).text(),
                                 adds ? reduction_kind::add : reduction_kind::multiply);
     }}};

}  // namespace

bool play_connections(playback &state, const call &made) {
  const auto found = actions.find(made.name);
  if (found == actions.end()) return false;
  found->second(state, made);
  return true;
}

}  // namespace annarchy_ml::standalone
