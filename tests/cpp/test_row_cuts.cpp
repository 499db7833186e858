// The parts of rows that threads deliver: those that a search finds.
#include <vector>

#include "check.hpp"
#include "row_cuts.hpp"

using namespace annarchy_ml;

namespace {

constexpr std::int64_t n_targets = 300;
constexpr std::int32_t n_rows = 20;

// Row r leads to every (r % 3 + 1)th target; row 7 to none. Each row has two delays.
projection rows_of_two_delays() {
  std::vector<std::int64_t> row_ptr{0};
  std::vector<std::int32_t> targets;
  std::vector<std::int32_t> delay_index;
  for (std::int32_t row = 0; row < n_rows; ++row) {
    for (std::int32_t delay = 0; delay < 2 && row != 7; ++delay) {
      for (std::int32_t target = row % 5; target < n_targets; target += row % 3 + 1) {
        targets.push_back(target);
        delay_index.push_back(delay);
      }
    }
    row_ptr.push_back(static_cast<std::int64_t>(targets.size()));
  }
  connection_arrays given;
  given.row_ptr = row_ptr;
  given.targets = targets;
  given.delay_index = delay_index;
  given.delays = {1.0, 2.0};
  return {"p", {0, 0, 1, 0}, store_arrays(given, {n_rows, n_targets}, "p")};
}

void parts_are_those_that_are_searched(int threads) {
  const projection made = rows_of_two_delays();
  thread_team team(threads);
  const auto own_of = [&](int thread) {
    return instance_range{n_targets * thread / threads, n_targets * (thread + 1) / threads};
  };
  row_cuts cuts;
  cuts.add(made, own_of, team);
  const segment_cuts *found = cuts.of(made);
  CHECK(found != nullptr);
  if (found == nullptr) return;
  for (std::int64_t s = 0; s + 1 < std::ssize(made.segment_bounds()); ++s) {
    const connection_range whole = made.segment(s);
    std::uint32_t end = whole.begin;
    for (int thread = 0; thread < threads; ++thread) {
      const connection_range part = found->part_of(whole, thread);
      const connection_range searched = made.part_of(whole, own_of(thread));
      CHECK(part.begin == searched.begin && part.end == searched.end);
      CHECK(part.begin == end && part.segment == whole.segment);
      end = part.end;
    }
    CHECK(end == whole.end);
  }
}

void short_rows_and_one_thread_have_none() {
  const projection made = rows_of_two_delays();
  const auto own_of = [](int) { return instance_range{0, n_targets}; };
  for (const int threads : {1, 20}) {
    thread_team team(threads);
    row_cuts cuts;
    cuts.add(made, own_of, team);
    CHECK(cuts.of(made) == nullptr);
  }
}

}  // namespace

int main() {
  for (const int threads : {2, 3, 4}) parts_are_those_that_are_searched(threads);
  short_rows_and_one_thread_have_none();
  return check::result();
}
