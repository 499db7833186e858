// Connections of a network that change between two runs.
#include <cmath>
#include <utility>

#include "error.hpp"
#include "network.hpp"

namespace annarchy_ml {

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
