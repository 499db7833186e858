// Rows in memory and on disk.
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "check.hpp"
#include "recorder.hpp"

using namespace annarchy_ml;

namespace {

void rows_survive_the_disk(bool to_disk) {
  group cells({"cells", 50, {{"v", true, true, true}}, {}, {}, 0}, false);
  std::vector<trace_column> columns;
  for (const std::int64_t index : {3, 4, 5, 40, 0})
    columns.push_back({&cells, &cells.fields[0], index});
  recorder traces(columns, 2);
  const std::string path = "test_recorder.bin";
  if (to_disk) traces.stream_to(path, 1000);
  step_clock time(1.0);
  auto *v = static_cast<double *>(cells.fields[0].values.data());
  traces.begin(time);
  for (int k = 1; k <= 40'000; ++k) {
    time.advance();
    for (int i = 0; i < 50; ++i) v[i] = 100.0 * k + i;
    CHECK(traces.sample(time));
  }
  CHECK(traces.rows() == 20'001);
  std::int64_t row = 0;
  for (std::int64_t chunk = 0; chunk < traces.chunk_count(); ++chunk) {
    std::vector<double> times(static_cast<std::size_t>(traces.chunk_rows(chunk)));
    std::vector<double> values(times.size() * 5);
    traces.copy_chunk(chunk, times.data(), values.data());
    for (std::size_t r = 0; r < times.size(); ++r, ++row) {
      CHECK(times[r] == 2.0 * static_cast<double>(row));
      if (row > 0) CHECK(values[r * 5 + 3] == 200.0 * static_cast<double>(row) + 40.0);
    }
  }
  CHECK(row == traces.rows());
  CHECK(to_disk == (traces.bytes() < 800'000));
  v[4] = std::nan("");
  time.advance();
  time.advance();
  CHECK(traces.sample(time));
  CHECK(!traces.sample(time));
  const auto found = traces.find_non_finite();
  CHECK(found && found->index == 4 && found->last == 4'000'004.0);
  std::remove(path.c_str());
}

}  // namespace

int main() {
  rows_survive_the_disk(false);
  rows_survive_the_disk(true);
  return check::result();
}
