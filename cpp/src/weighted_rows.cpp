// Rows by target, made from rows by source: counted, then filled in order of the sources.
#include "weighted_rows.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "error.hpp"
#include "memory.hpp"
#include "thread_team.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t most_narrow_places = 0x10000;
constexpr std::int64_t tile = 64;  // sources and targets whose weights are turned round together

// What is turned round.
struct turning {
  const connection_request &request;
  const connection_store &store;
  weighted_rows &rows;

  [[nodiscard]] const connection_rule &rule() const noexcept { return request.rule; }
};

weight_kind kind_of(const connection_store &store) noexcept {
  if (store.layout & AML_DOUBLE_WEIGHTS) return weight_kind::real64;
  return store.layout & AML_FLOAT_WEIGHTS ? weight_kind::real32 : weight_kind::one;
}

bool skips_self(const connection_request &request) noexcept {
  return request.same_group && !request.rule.self_connections;
}

// Rows of equal length: where targets are left out, each must be among the sources.
bool is_dense(const connection_request &request, const connection_store &store) noexcept {
  const connection_rule &rule = request.rule;
  const bool same =
      rule.sources.begin == rule.targets.begin && rule.sources.end == rule.targets.end;
  return rule.pairs == pair_rule::all_to_all && store.single_delay() &&
         (same || !skips_self(request));
}

// A tile of the weights onto targets t0 <= t < end: from (s, t) to (t, s). Where no target is a
// source of its own, neither row holds a place for it.
template <class Weight>
void turn_tile(const turning &task, std::int64_t s0, std::int64_t t0, std::int64_t end) {
  const auto *from = task.store.weights.as<Weight>();
  auto *into = task.rows.weights.as<Weight>();
  const bool skips = task.rows.skips_self;
  const std::int64_t n_sources = task.rule().sources.size();
  for (std::int64_t s = s0; s < std::min(s0 + tile, n_sources); ++s) {
    const auto place = static_cast<std::size_t>(s + task.rule().sources.begin);
    const std::int64_t row = task.store.row_ptr[place];
    for (std::int64_t t = t0; t < std::min(t0 + tile, end); ++t) {
      if (skips && s == t) continue;
      const std::int64_t source = s - (skips && s > t ? 1 : 0);
      const std::int64_t target = t - (skips && t > s ? 1 : 0);
      into[task.rows.row_begin(t) + source] = from[row + target];
    }
  }
}

template <class Weight>
void turn_dense(const turning &task, std::int64_t begin, std::int64_t end) {
  for (std::int64_t s = 0; s < task.rule().sources.size(); s += tile) {
    for (std::int64_t t = begin; t < end; t += tile) turn_tile<Weight>(task, s, t, end);
  }
}

void make_dense(const turning &task, int threads) {
  weighted_rows &rows = task.rows;
  const connection_rule &rule = task.rule();
  rows.dense = true;
  rows.first_source = rule.sources.begin;
  rows.skips_self = skips_self(task.request);
  rows.row_length = rule.sources.size() - (rows.skips_self ? 1 : 0);
  if (rows.weights_as == weight_kind::one) return;
  const std::size_t bytes =
      static_cast<std::size_t>(rows.size()) * (rows.weights_as == weight_kind::real64 ? 8 : 4);
  require_memory(bytes, task.request.name);
  rows.weights = raw_array(bytes, task.request.name);
  thread_team team(rows.size() < 100'000 ? 1 : threads);
  team.run([&](int thread) {
    const std::int64_t begin = rows.n_rows * thread / team.size();
    const std::int64_t end = rows.n_rows * (thread + 1) / team.size();
    if (rows.weights_as == weight_kind::real64) {
      turn_dense<double>(task, begin, end);
    } else {
      turn_dense<float>(task, begin, end);
    }
  });
}

// Calls visit(source, connection, delay [steps]) for all connections, source by source.
template <class Visit>
void for_each(const turning &task, const Visit &visit) {
  const connection_store &store = task.store;
  const auto steps_of = [&](std::size_t delay) {
    return static_cast<std::int64_t>(store.delays[delay]);
  };
  const auto n_rows = static_cast<std::int64_t>(store.row_ptr.size()) - 1;
  for (std::int64_t row = 0; row < n_rows; ++row) {
    const auto place = static_cast<std::size_t>(row);
    if (store.single_delay()) {
      for (std::int64_t c = store.row_ptr[place]; c < store.row_ptr[place + 1]; ++c) {
        visit(row, c, steps_of(0));
      }
      continue;
    }
    for (std::size_t s = store.segment_ptr[place]; s < store.segment_ptr[place + 1]; ++s) {
      const auto delay = steps_of(static_cast<std::size_t>(store.segment_delay[s]));
      for (std::int64_t c = store.segment_begin[s]; c < store.segment_begin[s + 1]; ++c) {
        visit(row, c, delay);
      }
    }
  }
}

void check_places(std::int64_t places, const std::string &name) {
  require(places <= std::numeric_limits<std::int32_t>::max(), name,
          "sources times the longest delay in steps must stay below 2^31");
}

void set_source(weighted_rows &rows, std::int64_t connection, std::int64_t place) noexcept {
  if (rows.wide_sources) {
    rows.sources.as<std::int32_t>()[connection] = static_cast<std::int32_t>(place);
  } else {
    rows.sources.as<std::uint16_t>()[connection] = static_cast<std::uint16_t>(place);
  }
}

template <class Source>
void fill_rows(const turning &task, std::vector<std::int64_t> next) {
  weighted_rows &rows = task.rows;
  const std::int64_t n_sources = task.request.size.sources;
  auto *sources = rows.sources.as<Source>();
  for_each(task, [&](std::int64_t source, std::int64_t c, std::int64_t delay) {
    const std::int32_t target = task.store.target(c);
    const std::int64_t at = next[static_cast<std::size_t>(target - rows.first_target)]++;
    const std::int64_t earlier = rows.delay_steps == 0 ? rows.longest_delay - delay : 0;
    sources[at] = static_cast<Source>(source + earlier * n_sources);
    if (rows.weights_as == weight_kind::real64) {
      rows.weights.as<double>()[at] = task.store.weights.as<double>()[c];
    } else if (rows.weights_as == weight_kind::real32) {
      rows.weights.as<float>()[at] = task.store.weights.as<float>()[c];
    }
  });
}

void make_sparse(const turning &task) {
  weighted_rows &rows = task.rows;
  const connection_store &store = task.store;
  const std::int64_t places =
      task.request.size.sources * (rows.delay_steps == 0 ? rows.longest_delay : 1);
  check_places(places, task.request.name);
  rows.wide_sources = places > most_narrow_places;
  const auto n = static_cast<std::size_t>(store.size());
  const std::size_t source_bytes = n * (rows.wide_sources ? 4 : 2);
  require_memory(source_bytes + n * store.weight_bytes(), task.request.name);
  rows.sources = raw_array(source_bytes, task.request.name);
  if (rows.weights_as != weight_kind::one) {
    rows.weights = raw_array(n * store.weight_bytes(), task.request.name);
  }
  rows.row_ptr.assign(static_cast<std::size_t>(rows.n_rows) + 1, 0);
  for (std::int64_t c = 0; c < store.size(); ++c) {
    ++rows.row_ptr[static_cast<std::size_t>(store.target(c) - rows.first_target) + 1];
  }
  for (std::size_t r = 1; r < rows.row_ptr.size(); ++r) rows.row_ptr[r] += rows.row_ptr[r - 1];
  if (rows.wide_sources) {
    fill_rows<std::int32_t>(task, rows.row_ptr);
  } else {
    fill_rows<std::uint16_t>(task, rows.row_ptr);
  }
}

// Rows that all hold the same sources, side by side, need no source numbers.
void drop_sources_if_even(weighted_rows &rows) {
  if (rows.dense || rows.delay_steps == 0 || rows.n_rows == 0 || rows.size() == 0) return;
  const std::int64_t length = rows.row_ptr[1];
  const std::int64_t first = rows.source(0, 0);
  for (std::int64_t r = 0; r < rows.n_rows; ++r) {
    if (rows.row_begin(r + 1) != (r + 1) * length) return;
    for (std::int64_t k = 0; k < length; ++k) {
      if (rows.source(r, r * length + k) != first + k) return;
    }
  }
  rows.row_length = length;
  rows.first_source = first;
  rows.dense = true;
  rows.row_ptr = {};
  rows.sources = {};
}

template <class Value>
void take_values(raw_array &into, std::span<const double> given, const std::string &name) {
  into = raw_array(given.size() * sizeof(Value), name);
  std::transform(given.begin(), given.end(), into.as<Value>(),
                 [](double value) { return static_cast<Value>(value); });
}

void take_weights(weighted_rows &rows, const row_arrays &given, const std::string &name) {
  if (given.weights.size() != given.sources.size()) {
    rows.weight = given.weights.front();
  } else if (given.double_weights) {
    rows.weights_as = weight_kind::real64;
    take_values<double>(rows.weights, given.weights, name);
  } else {
    rows.weights_as = weight_kind::real32;
    take_values<float>(rows.weights, given.weights, name);
  }
}

void check_arrays(const row_arrays &given, std::int64_t n_sources, const std::string &name) {
  const auto n = given.sources.size();
  require(!given.row_ptr.empty() && given.row_ptr.front() == 0 &&
              std::is_sorted(given.row_ptr.begin(), given.row_ptr.end()) &&
              given.row_ptr.back() == std::ssize(given.sources),
          name, "the rows do not fit the connections");
  require(std::all_of(given.sources.begin(), given.sources.end(),
                      [&](std::int32_t item) { return item >= 0 && item < n_sources; }),
          name, "a source lies outside its group");
  require(!given.delays.empty() && (given.delays.size() == n || given.delays.size() == 1) &&
              *std::min_element(given.delays.begin(), given.delays.end()) >= 1,
          name, "delays are one or one for each connection, of one step at least");
  require(!given.weights.empty() && (given.weights.size() == n || given.weights.size() == 1), name,
          "weights are one or one for each connection");
}

template <class Source>
void take_sources(weighted_rows &rows, const row_arrays &given, std::int64_t n_sources) {
  auto *into = rows.sources.as<Source>();
  for (std::size_t c = 0; c < given.sources.size(); ++c) {
    const std::int64_t delay = given.delays[given.delays.size() == 1 ? 0 : c];
    const std::int64_t earlier = rows.delay_steps == 0 ? rows.longest_delay - delay : 0;
    into[c] = static_cast<Source>(given.sources[c] + earlier * n_sources);
  }
}

}  // namespace

weighted_rows rows_of(const row_arrays &given, std::int64_t n_sources, const std::string &name) {
  check_arrays(given, n_sources, name);
  weighted_rows rows;
  rows.n_rows = std::ssize(given.row_ptr) - 1;
  rows.row_ptr.assign(given.row_ptr.begin(), given.row_ptr.end());
  const auto [shortest, longest] = std::minmax_element(given.delays.begin(), given.delays.end());
  rows.longest_delay = *longest;
  rows.delay_steps = *shortest == *longest ? *longest : 0;
  const std::int64_t places = n_sources * (rows.delay_steps == 0 ? rows.longest_delay : 1);
  require(places <= std::numeric_limits<std::int32_t>::max(), name,
          "sources times the longest delay in steps must stay below 2^31");
  rows.wide_sources = places > 0x10000;
  rows.sources = raw_array(given.sources.size() * (rows.wide_sources ? 4 : 2), name);
  if (rows.wide_sources) {
    take_sources<std::int32_t>(rows, given, n_sources);
  } else {
    take_sources<std::uint16_t>(rows, given, n_sources);
  }
  take_weights(rows, given, name);
  drop_sources_if_even(rows);
  return rows;
}

std::int64_t weighted_rows::source(std::int64_t row, std::int64_t connection) const noexcept {
  if (!dense) {
    return wide_sources ? sources.as<std::int32_t>()[connection]
                        : sources.as<std::uint16_t>()[connection];
  }
  const std::int64_t place = connection - row_begin(row);
  return first_source + place + (skips_self && place >= row ? 1 : 0);
}

double weighted_rows::weight_of(std::int64_t connection) const noexcept {
  if (weights_as == weight_kind::real64) return weights.as<double>()[connection];
  return weights_as == weight_kind::real32 ? weights.as<float>()[connection] : weight;
}

std::size_t weighted_rows::bytes() const noexcept {
  return row_ptr.capacity() * 8 + sources.bytes() + weights.bytes();
}

void delay_sources(weighted_rows &rows, std::span<const std::int32_t> steps, std::int64_t n_sources,
                   const std::string &name) {
  require(std::ssize(steps) == rows.size(), name, "one delay per connection is needed");
  const auto [least, most] = std::minmax_element(steps.begin(), steps.end());
  const std::int64_t longest = steps.empty() ? 1 : *most;
  const bool differ = !steps.empty() && *least != longest;
  require(steps.empty() || *least >= 1, name, "a delay is one step at least");
  const std::int64_t places = n_sources * (differ ? longest : 1);
  check_places(places, name);
  if (!rows.dense || differ) {
    weighted_rows made;  // all but the weights, which stay where they are: they can be looked at
    made.wide_sources = places > most_narrow_places;
    made.sources = raw_array(steps.size() * (made.wide_sources ? 4 : 2), name);
    for (std::int64_t row = 0; row <= rows.n_rows; ++row) {
      made.row_ptr.push_back(rows.row_begin(row));
    }
    for (std::int64_t row = 0; row < rows.n_rows; ++row) {
      for (std::int64_t c = rows.row_begin(row); c < rows.row_begin(row + 1); ++c) {
        const std::int64_t seen = rows.source(row, c);
        const std::int64_t source = rows.delay_steps == 0 ? seen % n_sources : seen;
        const std::int64_t earlier = differ ? longest - steps[static_cast<std::size_t>(c)] : 0;
        set_source(made, c, source + earlier * n_sources);
      }
    }
    rows.dense = false;
    rows.wide_sources = made.wide_sources;
    rows.sources = std::move(made.sources);
    rows.row_ptr = std::move(made.row_ptr);
  }
  rows.longest_delay = longest;
  rows.delay_steps = differ ? 0 : longest;
}

weighted_rows build_rows(const connection_request &request, int threads) {
  const connection_store store = build_connections(request, threads);
  weighted_rows rows;
  rows.first_target = request.rule.targets.begin;
  rows.n_rows = request.rule.targets.size();
  rows.weights_as = kind_of(store);
  rows.weight = store.weight;
  require(store.whole_steps, request.name, "the delays of sums are whole steps");
  if (!store.delays.empty()) {
    rows.longest_delay = static_cast<std::int64_t>(store.delays.back());
    rows.delay_steps = store.single_delay() ? rows.longest_delay : 0;
  }
  const turning task{request, store, rows};
  if (is_dense(request, store)) {
    make_dense(task, threads);
  } else {
    make_sparse(task);
    drop_sources_if_even(rows);
  }
  return rows;
}

}  // namespace annarchy_ml
