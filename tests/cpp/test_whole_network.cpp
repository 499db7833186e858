// A network with attached synapses, delays, relays and recordings, on one and on several threads.
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "check.hpp"
#include "error.hpp"
#include "network.hpp"
#include "runner.hpp"

using namespace annarchy_ml;

namespace {

constexpr std::int32_t size = 1500;

double *real(const aml_context *c, int k) { return static_cast<double *>(c->fields[k]); }

void step_cells(const aml_context *c, std::int64_t begin, std::int64_t end) {
  for (auto i = begin; i < end; ++i) {
    double &v = real(c, 0)[i];
    v += 0.1 * (real(c, 2)[i] - v) + real(c, 1)[i];
    if (v > 1.0) {
      v = 0.0;
      ++c->emitted[0][i];
    }
  }
}

void step_synapses(const aml_context *c, std::int64_t begin, std::int64_t end) {
  for (auto i = begin; i < end; ++i) real(c, 0)[i] *= 0.9;
}

void excite(const aml_context *c, const aml_events *events) {
  for (std::int64_t n = 0; n < events->n_runs; ++n) {
    const aml_run &run = events->runs[n];
    for (std::int64_t k = 0; k < run.count; ++k) {
      const std::int32_t target = aml_target(&run, events->layout, k);
      real(c, 0)[target] += aml_weight(&run, events->layout, k, events->weight);
      if (target % 100 == 0) ++c->emitted[0][target];
    }
  }
}

void step_traces(const aml_context *c, std::int64_t begin, std::int64_t end) {
  for (auto i = begin; i < end; ++i) real(c, 0)[i] *= 0.95;
}

// Counts the spikes of its cell, those before its step less.
void raise(const aml_context *c, const aml_events *events) {
  for (std::int64_t n = 0; n < events->n_runs; ++n) {
    const aml_run &run = events->runs[n];
    for (std::int64_t k = 0; k < run.count; ++k) {
      real(c, 0)[aml_target(&run, events->layout, k)] += 1.0 + c->t;
    }
  }
}

struct connections {
  std::vector<std::int64_t> row_ptr{0};
  std::vector<std::int32_t> targets;
  std::vector<double> weights;
  std::vector<std::int32_t> delay_index;

  explicit connections(std::int32_t n_targets) {
    std::mt19937 random(5);
    for (std::int32_t row = 0; row < size; ++row) {
      for (std::int32_t delay = 0; delay < 3; ++delay) {
        for (std::int32_t k = 0; k < 15; ++k) {
          const auto low = static_cast<std::uint32_t>(n_targets / 15 * k);
          targets.push_back(static_cast<std::int32_t>(low + random() % 100));
          weights.push_back(0.002 * static_cast<double>(random() % 10) - 0.006);
          delay_index.push_back(delay);
        }
      }
      row_ptr.push_back(static_cast<std::int64_t>(targets.size()));
    }
  }

  [[nodiscard]] connection_arrays table(std::vector<double> delays) const {
    connection_arrays made;
    made.row_ptr = row_ptr;
    made.targets = targets;
    made.weights = weights;
    made.delays = std::move(delays);
    made.delay_index = delay_index;
    return made;
  }
};

struct outcome {
  std::vector<double> v;
  std::vector<std::int32_t> which;
  std::vector<double> times;
  std::vector<double> traces;
};

// Of each cell, without delay.
int add_traces(network &model, int cells) {
  const int traces = model.add_group({"traces", size, {{"x"}}, {"in"}, {}, 2});
  model.at(traces).update = step_traces;
  model.at(traces).events[0] = raise;
  std::vector<std::int32_t> hosts(size);
  std::iota(hosts.begin(), hosts.end(), 0);
  std::vector<std::int64_t> rows(size + 1);
  std::iota(rows.begin(), rows.end(), 0);
  model.set_host(traces, cells, hosts);
  connection_arrays made;
  made.row_ptr = rows;
  made.targets = hosts;
  made.delays = {0.0};
  model.add_projection({cells, 0, traces, 0}, made);
  return traces;
}

// Threads can take steps jointly where there is one block, no relay and no delay 0 to other
// threads; they meet as often as the shortest delay says.
outcome simulate(int threads, bool relays, double first_delay, std::int64_t cut) {
  const connections given(2 * size);
  network model(0.1, 1, false);
  const int cells =
      model.add_group({"cells", size, {{"v"}, {"input"}, {"drive"}}, {}, {"spike"}, 0});
  const int synapses = model.add_group({"synapses", 2 * size, {{"g"}}, {"in"}, {"out"}, 1});
  model.at(cells).update = step_cells;
  model.at(synapses).update = step_synapses;
  model.at(synapses).events[0] = excite;
  model.at(synapses).emits_on_event = relays;
  std::vector<std::int32_t> hosts;
  for (std::int32_t i = 0; i < 2 * size; ++i) hosts.push_back(i / 2);
  model.set_host(synapses, cells, hosts);
  model.add_reduction(synapses, "g", "input", reduction_kind::add);
  model.set_schedule({{cells, {0, cut}}, {cells, {cut, size}}});
  model.add_projection({cells, 0, synapses, 0}, given.table({first_delay, 0.35, 2.0}));
  const int traces = add_traces(model, cells);
  const int events = model.record_all_events(relays ? synapses : cells, 0);
  auto *v = static_cast<double *>(model.at(cells).fields[0].values.data());
  auto *drive = static_cast<double *>(model.at(cells).fields[2].values.data());
  for (int i = 0; i < size; ++i) drive[i] = 0.7 + 0.001 * i;
  runner engine(model, threads);
  CHECK(engine.run(100, {}, 0.05) == 100);
  CHECK(engine.run(300, {}, 0.05) == 300);
  const auto which = model.event_list(events).which().all();
  auto *x = static_cast<double *>(model.at(traces).fields[0].values.data());
  const auto times = model.event_list(events).times().all();
  return {{v, v + size}, {which.begin(), which.end()}, {times.begin(), times.end()}, {x, x + size}};
}

void threads_agree(bool relays, double first_delay, std::int64_t cut) {
  const outcome one = simulate(1, relays, first_delay, cut);
  CHECK(one.which.size() > 100);
  for (const int threads : {2, 5}) {
    const outcome several = simulate(threads, relays, first_delay, cut);
    CHECK(several.v == one.v);
    CHECK(several.which == one.which);
    CHECK(several.times == one.times);
    CHECK(several.traces == one.traces);
  }
}

}  // namespace

int main() {
  for (const double delay : {0.0, 0.05, 0.1, 0.2001, 0.25, 0.3}) {
    for (const std::int64_t cut : {0, size / 3}) {
      threads_agree(false, delay, cut);
      threads_agree(true, delay, cut);
    }
  }
  return check::result();
}
