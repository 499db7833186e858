// The files of a run, with the text that `annarchy-ml run` writes.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>

#include "error.hpp"
#include "event_recorder.hpp"
#include "playback.hpp"
#include "table_writer.hpp"
#include "thread_team.hpp"

namespace annarchy_ml::standalone {

namespace {

constexpr int most_printing_threads = 4;
constexpr double slack_of_step = 1e-3;

// The rows that a table shows: begin, end, every so many.
struct chosen_rows {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t stride = 1;

  [[nodiscard]] std::int64_t count() const noexcept {
    return begin >= end ? 0 : (end - begin + stride - 1) / stride;
  }
};

chosen_rows rows_of(const call &how, const column_view &times, std::int64_t rows) {
  chosen_rows chosen{0, rows, 1};
  if (rows < 2) return chosen;
  const double step = (times[rows - 1] - times[0]) / static_cast<double>(rows - 1);
  const double slack = step * slack_of_step;
  const auto first_from = [&](double wanted) {
    std::int64_t low = 0;
    std::int64_t high = rows;
    while (low < high) {
      const std::int64_t middle = (low + high) / 2;
      if (times[middle] < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  };
  chosen.begin = first_from(how.at(2).real() - slack);
  if (!how.at(3).none()) chosen.end = first_from(how.at(3).real() + slack);
  if (!how.at(4).none()) {
    const double every = std::nearbyint(how.at(4).real() / step);
    chosen.stride = std::max<std::int64_t>(1, static_cast<std::int64_t>(every));
  }
  return chosen;
}

std::string place_of(const std::filesystem::path &folder, const call &how) {
  const std::filesystem::path path = folder / how.at(0).text();
  std::filesystem::create_directories(path.parent_path());
  return path.string();
}

void write_one_table(const playback &state, const call &how, const std::filesystem::path &folder) {
  recorder &from = state.net().traces(0);
  const std::int64_t length = from.columns() + 1;
  const std::shared_ptr<const double[]> numbers = from.whole();
  const column_view times{numbers.get(), length};
  const chosen_rows chosen = rows_of(how, times, from.rows());
  table_view table;
  table.rows = chosen.count();
  table.owner = numbers;
  for (const std::int64_t column : how.at(1).whole64()) {
    table.columns.push_back(
        {numbers.get() + chosen.begin * length + column, length * chosen.stride});
  }
  write_table(place_of(folder, how), table, number_style::float32,
              std::min(usable_cores(), most_printing_threads));
}

void write_one_list(const playback &state, const call &how, const std::filesystem::path &folder) {
  const event_recorder &from = state.net().event_list(how.at(2).number());
  const sorted_events sorted =
      sorted_by_sender(from.times().all(), from.which().all(), how.at(3).whole());
  std::vector<event_train> trains;
  for (const value &item : how.at(4).items()) {
    const auto train = static_cast<std::size_t>(item.at(0).whole());
    require(train + 1 < sorted.offsets.size(), how.at(0).text(), "there is no such train");
    const auto begin = static_cast<std::size_t>(sorted.offsets[train]);
    const auto end = static_cast<std::size_t>(sorted.offsets[train + 1]);
    trains.push_back({item.at(1).text(), std::span(sorted.times).subspan(begin, end - begin)});
  }
  write_events(place_of(folder, how), trains, how.at(1).flag(), number_style::float32);
}

}  // namespace

void write_files(const playback &state, const std::filesystem::path &folder) {
  for (const wanted_file &file : state.files) {
    if (file.is_table) {
      write_one_table(state, file.how, folder);
    } else {
      write_one_list(state, file.how, folder);
    }
  }
}

}  // namespace annarchy_ml::standalone
