// Delays are drawn in the order of the targets, weights in the final order of the rows.
#include "connection_values.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "error.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t at_once = 256;         // draws
constexpr double most_common_delay = 0x1p53;  // steps

// Calls use(first, values, count) for the values of a row, a few at a time.
template <class Use>
void draw_row(const connection_task &task, const sampler &values, draw_purpose purpose,
              std::int64_t row, std::int64_t n, const Use &use) {
  double numbers[at_once];
  for (std::int64_t done = 0; done < n; done += at_once) {
    const std::int64_t count = std::min(at_once, n - done);
    draw_uniform(task.draws(), purpose, static_cast<std::uint32_t>(row),
                 static_cast<std::uint32_t>(done / 2), numbers, (count + 1) / 2 * 2);
    values.apply(numbers, count);
    use(done, numbers, count);
  }
}

// Rows begin <= row < end with about the same number of connections for every thread.
instance_range rows_of(const connection_task &task, int thread) {
  const auto &row_ptr = task.store.row_ptr;
  const auto cut = [&](int number) {
    const std::int64_t place = task.store.size() * number / task.team.size();
    const auto found = std::lower_bound(row_ptr.begin(), row_ptr.end(), place);
    return number == task.team.size() ? std::ssize(row_ptr) - 1 : found - row_ptr.begin();
  };
  return {cut(thread), cut(thread + 1)};
}

// What one thread finds while it sorts its rows.
struct sorted_rows {
  std::vector<std::uint32_t> segments;  // per row
  std::vector<std::uint32_t> begins;
  std::vector<std::uint16_t> steps;
};

// Sorts rows by delay; connections of one delay keep their order.
class row_sorter {
 public:
  row_sorter(connection_task &task, const sampler &delays)
      : task_(task), delays_(delays), counts_(most_delay_steps + 2, 0) {}

  void sort(std::int64_t row, sorted_rows &found) {
    const auto &row_ptr = task_.store.row_ptr;
    const auto place = static_cast<std::size_t>(row);
    const std::int64_t begin = row_ptr[place], n = row_ptr[place + 1] - begin;
    const std::size_t before = found.steps.size();
    if (n > 0) {
      find_steps(row, begin, n);
      count_steps(n, static_cast<std::uint32_t>(begin), found);
      move(begin, n);
      for (std::size_t k = before; k < found.steps.size(); ++k) counts_[found.steps[k]] = 0;
    }
    found.segments.push_back(static_cast<std::uint32_t>(found.steps.size() - before));
  }

 private:
  void find_steps(std::int64_t row, std::int64_t begin, std::int64_t n) {
    steps_.resize(static_cast<std::size_t>(n));
    if (task_.ordered_steps.bytes() > 0) {
      std::copy_n(task_.ordered_steps.as<std::uint16_t>() + begin, n, steps_.begin());
      return;
    }
    draw_row(task_, delays_, draw_purpose::delays, row, n,
             [&](std::int64_t first, const double *values, std::int64_t count) {
               round_delays(task_, values, count, steps_.data() + first);
             });
  }

  // Turns the counts of delays into the places where their connections go.
  void count_steps(std::int64_t n, std::uint32_t begin, sorted_rows &found) {
    const std::size_t first = found.steps.size();
    for (std::int64_t k = 0; k < n; ++k) {
      const std::uint16_t step = steps_[static_cast<std::size_t>(k)];
      if (counts_[step]++ == 0) found.steps.push_back(step);
    }
    std::sort(found.steps.begin() + static_cast<std::ptrdiff_t>(first), found.steps.end());
    std::uint32_t next = 0;
    for (std::size_t k = first; k < found.steps.size(); ++k) {
      found.begins.push_back(begin + next);
      next += std::exchange(counts_[found.steps[k]], next);
    }
  }

  void move(std::int64_t begin, std::int64_t n) {
    order_.resize(static_cast<std::size_t>(n));
    for (std::int64_t k = 0; k < n; ++k) {
      order_[static_cast<std::size_t>(k)] = counts_[steps_[static_cast<std::size_t>(k)]]++;
    }
    connection_store &store = task_.store;
    if (store.layout & AML_WIDE_TARGETS) {
      permute(store.targets.as<std::int32_t>() + begin, n);
    } else {
      permute(store.targets.as<std::uint16_t>() + begin, n);
    }
    if (store.weights.bytes() == 0) return;
    if (store.layout & AML_DOUBLE_WEIGHTS) {
      permute(store.weights.as<double>() + begin, n);
    } else {
      permute(store.weights.as<float>() + begin, n);
    }
  }

  template <class Value>
  void permute(Value *values, std::int64_t n) {
    room_.resize(std::max(room_.size(), static_cast<std::size_t>(n) * sizeof(Value)));
    auto *old = reinterpret_cast<Value *>(room_.data());
    std::copy_n(values, n, old);
    for (std::int64_t k = 0; k < n; ++k) values[order_[static_cast<std::size_t>(k)]] = old[k];
  }

  connection_task &task_;
  const sampler &delays_;
  std::vector<std::uint32_t> counts_;  // per delay
  std::vector<std::uint16_t> steps_;
  std::vector<std::uint32_t> order_;
  std::vector<std::byte> room_;
};

// Delays run from the shortest to the longest step; not all of them need occur.
void join(connection_store &store, const std::vector<sorted_rows> &parts) {
  std::uint32_t least = most_delay_steps, most = 1;
  std::size_t count = 0;
  for (const sorted_rows &own : parts) {
    for (const std::uint16_t step : own.steps) {
      least = std::min<std::uint32_t>(least, step);
      most = std::max<std::uint32_t>(most, step);
    }
    count += own.steps.size();
  }
  least = std::min(least, most);
  store.delays.resize(most - least + 1);
  std::iota(store.delays.begin(), store.delays.end(), static_cast<double>(least));
  if (least == most) return;
  store.segment_delay = small_integers(most - least + 1);
  store.segment_delay.resize(count);
  store.segment_begin.reserve(count + 1);
  store.segment_ptr.assign(1, 0);
  store.segment_ptr.reserve(store.row_ptr.size());
  std::size_t next = 0;
  for (const sorted_rows &own : parts) {
    for (const std::uint16_t step : own.steps) store.segment_delay.set(next++, step - least);
    store.segment_begin.insert(store.segment_begin.end(), own.begins.begin(), own.begins.end());
    for (const std::uint32_t n : own.segments) {
      store.segment_ptr.push_back(store.segment_ptr.back() + n);
    }
  }
  store.segment_begin.push_back(store.row_ptr.back());
}

}  // namespace

void set_single_delay(connection_task &task, double delay) {
  const double steps = std::round(delay / task.request.dt);
  if (!(steps >= 1.0)) {
    throw engine_error(error_code::argument, task.request.name,
                       "connections made by a rule need a delay of at least one step (" +
                           number_text(task.request.dt) + " s), not " + number_text(delay) + " s");
  }
  require(steps <= most_common_delay, task.request.name, "a delay is at most 2^53 steps long");
  task.store.delays = {steps};
}

void round_delays(const connection_task &task, const double *delays, std::int64_t count,
                  std::uint16_t *steps) {
  for (std::int64_t k = 0; k < count; ++k) {
    const double whole = std::max(1.0, std::floor(delays[k] / task.request.dt + 0.5));
    require(whole <= most_delay_steps, task.request.name,
            "delays that differ are at most 65535 steps long");
    steps[k] = static_cast<std::uint16_t>(whole);
  }
}

void add_delays(connection_task &task) {
  task.store.whole_steps = true;
  const sampler delays(task.rule().delay, task.request.name);
  const bool given = task.ordered_steps.bytes() > 0;
  if (!given && delays.constant()) {
    set_single_delay(task, delays.value());
    return;
  }
  std::vector<sorted_rows> parts(static_cast<std::size_t>(task.team.size()));
  task.team.run([&](int thread) {
    row_sorter sorter(task, delays);
    const instance_range own = rows_of(task, thread);
    for (std::int64_t row = own.begin; row < own.end; ++row) {
      sorter.sort(row, parts[static_cast<std::size_t>(thread)]);
    }
  });
  join(task.store, parts);
}

void add_weights(connection_task &task) {
  connection_store &store = task.store;
  if (!task.rule().given_weights.empty()) return;
  const sampler weights(task.rule().weight, task.request.name);
  if (weights.constant()) {
    store.weight = weights.value();
    return;
  }
  store.layout |= task.rule().double_weights ? AML_DOUBLE_WEIGHTS : AML_FLOAT_WEIGHTS;
  store.weights =
      raw_array(static_cast<std::size_t>(store.size()) * store.weight_bytes(), task.request.name);
  task.team.run([&](int thread) {
    const instance_range own = rows_of(task, thread);
    for (std::int64_t row = own.begin; row < own.end; ++row) {
      const auto place = static_cast<std::size_t>(row);
      const std::int64_t begin = store.row_ptr[place], n = store.row_ptr[place + 1] - begin;
      draw_row(task, weights, draw_purpose::weights, row, n,
               [&](std::int64_t first, const double *values, std::int64_t count) {
                 if (store.layout & AML_DOUBLE_WEIGHTS) {
                   std::copy_n(values, count, store.weights.as<double>() + begin + first);
                   return;
                 }
                 std::transform(values, values + count, store.weights.as<float>() + begin + first,
                                [](double value) { return static_cast<float>(value); });
               });
    }
  });
}

}  // namespace annarchy_ml
