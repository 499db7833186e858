// Rows in memory and on disk.
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "check.hpp"
#include "recorder.hpp"

using namespace annarchy_ml;

namespace {

void read_file(const std::string &path, std::vector<double> &numbers) {
  std::FILE *file = std::fopen(path.c_str(), "rb");
  CHECK(file != nullptr);
  CHECK(std::fread(numbers.data(), sizeof(double), numbers.size(), file) == numbers.size());
  std::fclose(file);
}

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
  traces.begin(time, to_disk ? 40'000 : 25'000);  // more come than were expected
  for (int k = 1; k <= 40'000; ++k) {
    time.advance();
    for (int i = 0; i < 50; ++i) v[i] = 100.0 * k + i;
    CHECK(traces.sample(time));
  }
  CHECK(traces.rows() == 20'001);
  CHECK(traces.complete_file() == (to_disk ? traces.rows() : 0));
  std::vector<double> from_disk(static_cast<std::size_t>(traces.rows() * 6));
  if (to_disk) read_file(path, from_disk);
  const auto held = to_disk ? nullptr : traces.whole();
  const double *numbers = to_disk ? from_disk.data() : held.get();
  for (std::int64_t row = 0; row < traces.rows(); ++row) {
    CHECK(numbers[row * 6] == 2.0 * static_cast<double>(row));
    if (row > 0) CHECK(numbers[row * 6 + 4] == 200.0 * static_cast<double>(row) + 40.0);
  }
  CHECK(to_disk == (traces.bytes() == 0));
  v[4] = std::nan("");
  time.advance();
  time.advance();
  CHECK(traces.sample(time));
  CHECK(!traces.sample(time));
  const auto found = traces.find_non_finite();
  CHECK(found && found->index == 4);
  if (!to_disk) CHECK(found->last == 4'000'004.0);
  std::remove(path.c_str());
}

// A disk that is full for a while: what could not be written is written later, in its place.
void rows_survive_a_full_disk() {
  group cells({"cells", 1, {{"v", true, true, true}}, {}, {}, 0}, false);
  recorder traces({{&cells, &cells.fields[0], 0}}, 1);
  const std::string path = "test_recorder_full.bin";
  traces.stream_to(path, 0);
  step_clock time(1.0);
  traces.begin(time, 60'000);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit little{300'000, before.rlim_max};  // ends within a block
  std::signal(SIGXFSZ, SIG_IGN);
  CHECK(setrlimit(RLIMIT_FSIZE, &little) == 0);
  std::vector<double> expected{0.0};
  int faults = 0;
  for (int k = 1; k <= 60'000; ++k) {
    time.advance();
    expected.push_back(time.t());
    try {
      static_cast<void>(traces.sample(time));
    } catch (const engine_error &) {
      const auto held = traces.whole();
      CHECK(traces.rows() == std::ssize(expected));
      for (std::size_t row = 0; row < expected.size(); ++row) {
        CHECK(held[static_cast<std::ptrdiff_t>(2 * row)] == expected[row]);
      }
      if (++faults == 2) CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    }
  }
  CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK(faults == 2);
  CHECK(traces.complete_file() == std::ssize(expected));
  std::vector<double> from_disk(expected.size() * 2);
  read_file(path, from_disk);
  for (std::size_t row = 0; row < expected.size(); ++row) {
    CHECK(from_disk[2 * row] == expected[row]);
  }
  std::remove(path.c_str());
}

}  // namespace

int main() {
  rows_survive_the_disk(false);
  rows_survive_the_disk(true);
  rows_survive_a_full_disk();
  return check::result();
}
