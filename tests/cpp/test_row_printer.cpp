// Files printed while rows are recorded: the same text, whichever thread prints which band.
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "check.hpp"
#include "denormals.hpp"
#include "row_printer.hpp"

using namespace annarchy_ml;

namespace {

constexpr int steps = 60'000;

std::string text_of(const std::string &path) {
  std::string text;
  std::FILE *file = std::fopen(path.c_str(), "rb");
  CHECK(file != nullptr);
  if (file == nullptr) return text;
  char piece[4096];
  for (std::size_t n = 1; n > 0;) {
    n = std::fread(piece, 1, sizeof piece, file);
    text.append(piece, n);
  }
  std::fclose(file);
  std::remove(path.c_str());
  return text;
}

// Records a count, a number below the normal range, and the time.
void record(recorder &traces, group &cells) {
  const flush_denormals mode;
  step_clock time(0.5);
  auto *v = static_cast<double *>(cells.fields[0].values.data());
  traces.begin(time, steps / 2);  // more come than were expected
  for (int k = 1; k <= steps; ++k) {
    time.advance();
    v[0] = k;
    CHECK(traces.sample(time));
  }
}

void files_are_those_written_later(int helpers) {
  group cells({"cells", 2, {{"v", true, true, true}}, {}, {}, 0}, false);
  static_cast<double *>(cells.fields[0].values.data())[1] = 2e-42;
  recorder traces({{&cells, &cells.fields[0], 0}, {&cells, &cells.fields[0], 1}}, 1);
  auto printer = std::make_shared<row_printer>(helpers, 3);
  const int both = printer->open("printed.dat", number_style::float32, {0, 2, 1});
  const int one = printer->open("printed2.dat", number_style::float64, {1});
  traces.follow(printer, printer->rows_at_once());
  record(traces, cells);
  traces.hand_over();
  printer->finish(one);
  printer->finish(both);
  const auto rows = traces.whole();
  const table_view later{steps + 1, {{rows.get(), 3}, {rows.get() + 2, 3}, {rows.get() + 1, 3}}};
  write_table("written.dat", later, number_style::float32, 2);
  const std::string text = text_of("written.dat");
  CHECK(text.starts_with("0.0\t2.0E-42\t0.0\t\n0.5\t2.0E-42\t1.0\t\n"));
  CHECK(text_of("printed.dat") == text);
  CHECK(text_of("printed2.dat").starts_with("0.0\t\n1.0\t\n2.0\t\n"));
}

void a_dropped_printer_is_forgotten() {
  group cells({"cells", 1, {{"v", true, true, true}}, {}, {}, 0}, false);
  recorder traces({{&cells, &cells.fields[0], 0}}, 1);
  auto printer = std::make_shared<row_printer>(1, 2);
  printer->open("dropped.dat", number_style::float32, {0, 1});
  traces.follow(printer, printer->rows_at_once());
  printer.reset();
  record(traces, cells);
  CHECK(traces.rows() == steps + 1);
  CHECK(std::fopen("dropped.dat", "rb") == nullptr);
}

void a_fault_is_told_of_its_file_alone() {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100'000, RLIM_INFINITY};
  CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::vector<double> zeros(16'000);  // outlives the press
  table_press press(2);
  const int broken = press.open("broken.dat", number_style::float32);
  const int sound = press.open("sound.dat", number_style::float32);
  for (int k = 0; k < 20; ++k) press.add(broken, {std::ssize(zeros), {{zeros.data(), 1}}});
  press.add(sound, {std::ssize(zeros), {{zeros.data(), 1}}});
  press.finish(sound);
  CHECK(text_of("sound.dat").size() == zeros.size() * 5);
  CHECK_THROWS(press.finish(broken), engine_error);
  CHECK(std::fopen("broken.dat", "rb") == nullptr);
}

}  // namespace

int main() {
  for (const int helpers : {0, 1, 3}) files_are_those_written_later(helpers);
  a_dropped_printer_is_forgotten();
  a_fault_is_told_of_its_file_alone();
  return check::result();
}
