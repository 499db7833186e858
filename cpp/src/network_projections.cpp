// How projections are added to a network, and changed between runs.
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "error.hpp"
#include "network.hpp"

namespace annarchy_ml {

int network::keep_projection(const projection_ends &ends, connection_store store) {
  touch();
  auto made = std::make_unique<projection>(name_of(ends), ends, std::move(store));
  parts_.queue.prepare_for(*made);
  parts_.projections.push_back(std::move(made));
  return static_cast<int>(parts_.projections.size()) - 1;
}

int network::add_projection(const projection_ends &ends, const connection_arrays &arrays) {
  return keep_projection(ends, store_arrays(arrays, size_of(ends), name_of(ends)));
}

projection_size network::size_of(const projection_ends &ends) const {
  return {at(ends.source).size, at(ends.target).size};
}

projection &network::projection_at(int number) const {
  require(number >= 0 && number < std::ssize(parts_.projections), std::to_string(number),
          "there is no projection of this number");
  return *parts_.projections[static_cast<std::size_t>(number)];
}

void network::set_delays(int number, const delay_change &given) {
  touch();
  projection &item = projection_at(number);
  const std::string name = item.name();
  if (item.single_delay() && given.delays.size() == 1 && given.from.empty()) {
    const double delay = given.delays.front();
    require(std::isfinite(delay) && delay >= 0.0, name, "delays must be finite and not negative");
    item.set_single_delay(delay);
    parts_.queue.prepare_for(item);
    return;
  }
  projection made(name, item.ends(), with_delays(item.store(), given, size_of(item.ends()), name));
  made.switch_to(item.transmits());
  const std::vector<std::uint32_t> to = places_after(given.from, item.size());
  parts_.queue.prepare_for(made);
  item = std::move(made);
  parts_.queue.follow(item, to);
}

void network::set_weights(int number, std::span<const double> weights, bool doubles) {
  touch();
  projection &item = projection_at(number);
  const std::string name = item.name();
  projection made(name, item.ends(),
                  with_weights(item.store(), weights, doubles, size_of(item.ends()), name));
  made.switch_to(item.transmits());
  item = std::move(made);
}

connection_store network::made_by(const projection_ends &ends, const connection_rule &rule,
                                  int number, int threads) const {
  connection_request request{rule, {at(ends.source).size, at(ends.target).size}};
  request.name = name_of(ends);
  // What is attached to cells, one to each, stands for them: sums of synapses.
  const group &to = at(ends.target);
  request.same_group = ends.source == (to.is_root() ? ends.target : to.host);
  request.dt = parts_.time.dt();
  request.seed = parts_.seed;
  request.number = rule.number_of_draws.value_or(static_cast<std::uint32_t>(number));
  return build_connections(request, threads);
}

int network::add_projection(const projection_ends &ends, const connection_rule &rule, int threads) {
  const int number = static_cast<int>(parts_.projections.size());
  return keep_projection(ends, made_by(ends, rule, number, threads));
}

void network::make_connections(int number, const connection_rule &rule, int threads) {
  touch();
  projection &item = projection_at(number);
  require(item.size() == 0, item.name(), "a projection with connections cannot be made again");
  projection made(item.name(), item.ends(), made_by(item.ends(), rule, number, threads));
  made.switch_to(item.transmits());
  parts_.queue.prepare_for(made);
  item = std::move(made);
}

void network::replace_connections(int number, const connection_arrays &arrays, bool doubles,
                                  std::span<const std::int64_t> from) {
  touch();
  projection &item = projection_at(number);
  const std::string name = item.name();
  projection made(name, item.ends(),
                  other_connections(arrays, doubles, size_of(item.ends()), name));
  require(from.size() == arrays.targets.size(), name, "from must have one value per connection");
  const std::vector<std::uint32_t> to = places_of_kept(from, item.size());
  made.switch_to(item.transmits());
  parts_.queue.prepare_for(made);
  item = std::move(made);
  parts_.queue.follow(item, to);
}

}  // namespace annarchy_ml
