// A run goes on from a whole step after a kernel has failed on one of its threads.
#include <new>
#include <vector>

#include "check.hpp"
#include "network.hpp"
#include "runner.hpp"

using namespace annarchy_ml;

namespace {

constexpr std::int32_t size = 1024;
constexpr std::uint64_t failing_step = 5;

double *heard(const aml_context *c) { return static_cast<double *>(c->fields[0]); }

// The first cell sends an event in every step; the last thread fails once.
void step_cells(const aml_context *c, std::int64_t begin, std::int64_t end) {
  if (end == size && begin > 0 && c->step == failing_step) throw std::bad_alloc();
  if (begin == 0) ++c->emitted[0][0];
}

void hear(const aml_context *c, const aml_events *events) {
  for (std::int64_t n = 0; n < events->n_runs; ++n) {
    const aml_run &run = events->runs[n];
    for (std::int64_t k = 0; k < run.count; ++k) heard(c)[aml_target(&run, events->layout, k)] += 1;
  }
}

void nothing_of_a_failed_step_is_done_twice() {
  network model(1.0, 1, false);
  const int cells = model.add_group({"cells", size, {{"heard"}}, {"in"}, {"out"}, 0});
  model.at(cells).update = step_cells;
  model.at(cells).events[0] = hear;
  model.set_schedule({{cells, {0, size}}});
  connection_rule everybody;
  everybody.sources = {0, 1};
  everybody.targets = {0, size};
  everybody.delay = {law::constant, 1.0};
  model.add_projection({cells, 0, cells, 0}, everybody, 1);
  runner engine(model, 2);
  CHECK_THROWS(static_cast<void>(engine.run(20, {}, 0.05)), std::bad_alloc);
  const auto *values = static_cast<const double *>(model.at(cells).fields[0].values.data());
  CHECK(values[0] == 4.0 && values[size - 1] == 4.0);  // of steps 1 to 4
  CHECK(engine.run(1, {}, 0.05) == 1);                 // what step 5 sent is lost
  CHECK(values[0] == 4.0 && values[size - 1] == 4.0);
  CHECK(engine.run(1, {}, 0.05) == 1);
  CHECK(values[0] == 5.0 && values[size - 1] == 5.0);
}

}  // namespace

int main() {
  nothing_of_a_failed_step_is_done_twice();
  return check::result();
}
