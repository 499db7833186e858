// The laws of rows: all targets, one, each with a probability, a fixed number, a share of a total.
#include "row_rules.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "distributions.hpp"
#include "error.hpp"

namespace annarchy_ml {

namespace {

constexpr std::int64_t most_at_once = 256;  // draws

class all_targets final : public row_rule {
 public:
  explicit all_targets(std::int64_t n_targets) : n_targets_(n_targets) {}

  [[nodiscard]] expectation expected(instance_range rows) const override {
    return {static_cast<double>(rows.size()) * static_cast<double>(n_targets_)};
  }
  [[nodiscard]] std::int64_t longest_row() const override { return n_targets_; }
  std::int64_t make(std::int64_t, std::int64_t allowed, std::uint32_t *out) override {
    const std::int64_t count = std::min(allowed, n_targets_);
    std::iota(out, out + count, 0U);
    return count;
  }
  [[nodiscard]] std::unique_ptr<row_rule> copy() const override {
    return std::make_unique<all_targets>(*this);
  }

 private:
  std::int64_t n_targets_;
};

class same_number final : public row_rule {
 public:
  explicit same_number(const connection_task &task) : task_(task) {}

  [[nodiscard]] expectation expected(instance_range rows) const override {
    return {static_cast<double>(rows.size())};
  }
  [[nodiscard]] std::int64_t longest_row() const override { return 1; }
  std::int64_t make(std::int64_t row, std::int64_t, std::uint32_t *out) override {
    const std::int64_t excluded = task_.excluded_target(row);
    if (excluded == row) return 0;
    *out = static_cast<std::uint32_t>(row - (excluded >= 0 && excluded < row));
    return 1;
  }
  [[nodiscard]] std::unique_ptr<row_rule> copy() const override {
    return std::make_unique<same_number>(*this);
  }

 private:
  const connection_task &task_;
};

// The targets that are skipped between two connections are geometrically distributed.
class each_with_probability final : public row_rule {
 public:
  each_with_probability(draw_source draws, double probability, std::int64_t n_targets)
      : draws_(draws), p_(probability), scale_(1.0 / log_of_rest(probability)), n_(n_targets) {}

  [[nodiscard]] expectation expected(instance_range rows) const override {
    const double pairs = static_cast<double>(rows.size()) * static_cast<double>(n_);
    return {pairs * p_, pairs * p_ * (1.0 - p_)};
  }
  [[nodiscard]] std::int64_t longest_row() const override { return n_; }
  std::int64_t make(std::int64_t row, std::int64_t allowed, std::uint32_t *out) override {
    const auto end = static_cast<std::uint32_t>(allowed);
    std::uint32_t at = 0, block = 0;
    std::int64_t count = 0;
    for (;;) {
      const std::int64_t drawn = skips(row, block, allowed - at);
      block += static_cast<std::uint32_t>(drawn / 2);
      for (std::int64_t k = 0; k < drawn; ++k) {
        at += skips_[k];
        if (at >= end) return count;
        out[count++] = at++;
      }
    }
  }
  [[nodiscard]] std::unique_ptr<row_rule> copy() const override {
    return std::make_unique<each_with_probability>(*this);
  }

 private:
  // As many as the rest of the row will probably need.
  std::int64_t skips(std::int64_t row, std::uint32_t block, std::int64_t rest) {
    const double mean = static_cast<double>(rest) * p_;
    const auto likely = static_cast<std::int64_t>(mean + 2.0 * std::sqrt(mean)) + 2;
    const std::int64_t count = std::min((likely + 31) / 32 * 32, most_at_once);
    double numbers[most_at_once];
    draw_uniform(draws_, draw_purpose::pairs, static_cast<std::uint32_t>(row), block, numbers,
                 count);
    take_logarithms(numbers, count);
    const auto most = static_cast<double>(rest);
    for (std::int64_t k = 0; k < count; ++k) {
      skips_[k] = static_cast<std::uint32_t>(
          static_cast<std::int32_t>(std::min(numbers[k] * scale_, most)));
    }
    return count;
  }

  draw_source draws_;
  double p_, scale_;
  std::int64_t n_;
  std::uint32_t skips_[most_at_once] = {};
};

// Ordered even draws by their spacings: sums of exponential numbers, divided by the last sum.
void draw_ordered(draw_source draws, std::int64_t row, std::int64_t count, std::int64_t allowed,
                  std::vector<double> &room, std::uint32_t *out) {
  const std::int64_t drawn = (count + 2) / 2 * 2;
  room.resize(static_cast<std::size_t>(drawn));
  draw_uniform(draws, draw_purpose::pairs, static_cast<std::uint32_t>(row), 0, room.data(), drawn);
  take_logarithms(room.data(), drawn);
  for (std::size_t k = 1; k <= static_cast<std::size_t>(count); ++k) room[k] += room[k - 1];
  const double scale = static_cast<double>(allowed) / room[static_cast<std::size_t>(count)];
  const auto last = static_cast<std::uint32_t>(allowed - 1);
  for (std::int64_t k = 0; k < count; ++k) {
    const auto target = static_cast<std::uint32_t>(room[static_cast<std::size_t>(k)] * scale);
    out[k] = std::min(target, last);
  }
}

// Different numbers below `allowed`, by drawing again what is taken. Of more than half of all,
// those that are left out are drawn.
class distinct_numbers {
 public:
  explicit distinct_numbers(std::int64_t size)
      : taken_(static_cast<std::size_t>((size + 63) / 64), 0) {}

  std::int64_t draw(uniform_stream numbers, std::int64_t count, std::int64_t allowed,
                    std::uint32_t *out) {
    const bool inverted = count > allowed / 2;
    const std::uint64_t flip = inverted ? ~std::uint64_t{0} : 0;
    for (std::int64_t left = inverted ? allowed - count : count; left > 0;) {
      const auto number = static_cast<std::size_t>(numbers.next() * static_cast<double>(allowed));
      std::uint64_t &word = taken_[number / 64];
      const std::uint64_t bit = std::uint64_t{1} << (number % 64);
      left -= (word & bit) == 0;
      word |= bit;
    }
    const auto n_words = static_cast<std::size_t>((allowed + 63) / 64);
    std::int64_t found = 0;
    for (std::size_t w = 0; w < n_words; ++w) {
      std::uint64_t word = taken_[w] ^ flip;
      taken_[w] = 0;
      const auto end = static_cast<std::uint64_t>(allowed) - w * 64;
      if (end < 64) word &= (std::uint64_t{1} << end) - 1;
      for (; word != 0; word &= word - 1) {
        out[found++] =
            static_cast<std::uint32_t>(w * 64) + static_cast<std::uint32_t>(std::countr_zero(word));
      }
    }
    return found;
  }

 private:
  std::vector<std::uint64_t> taken_;
};

class fixed_number final : public row_rule {
 public:
  fixed_number(draw_source draws, std::int64_t number, std::int64_t n_targets, bool multapses)
      : draws_(draws), number_(number), multapses_(multapses), distinct_(n_targets) {}

  [[nodiscard]] expectation expected(instance_range rows) const override {
    return {static_cast<double>(rows.size()) * static_cast<double>(number_)};
  }
  [[nodiscard]] std::int64_t longest_row() const override { return number_; }
  std::int64_t make(std::int64_t row, std::int64_t allowed, std::uint32_t *out) override {
    if (multapses_) {
      draw_ordered(draws_, row, number_, allowed, room_, out);
      return number_;
    }
    const uniform_stream numbers(draws_, draw_purpose::pairs, static_cast<std::uint32_t>(row));
    return distinct_.draw(numbers, number_, allowed, out);
  }
  [[nodiscard]] std::unique_ptr<row_rule> copy() const override {
    return std::make_unique<fixed_number>(*this);
  }

 private:
  draw_source draws_;
  std::int64_t number_;
  bool multapses_;
  distinct_numbers distinct_;
  std::vector<double> room_;
};

// A total shared out over the rows: halves of halves, each by a binomial number.
class share_of_total final : public row_rule {
 public:
  explicit share_of_total(const connection_task &task)
      : draws_(task.draws()), counts_(static_cast<std::size_t>(task.n_sources()), 0) {
    pairs_before_.push_back(0);
    for (std::int64_t row = 0; row < task.n_sources(); ++row) {
      const std::int64_t own = task.n_targets() - (task.excluded_target(row) >= 0);
      pairs_before_.push_back(pairs_before_.back() + own);
    }
    require(task.rule().number == 0 || pairs_before_.back() > 0, task.request.name,
            "there is no pair to connect");
    deal(0, task.n_sources(), task.rule().number, 1);
    if (!counts_.empty()) longest_ = *std::max_element(counts_.begin(), counts_.end());
  }

  [[nodiscard]] expectation expected(instance_range rows) const override {
    const auto first = counts_.begin() + rows.begin, last = counts_.begin() + rows.end;
    return {static_cast<double>(std::accumulate(first, last, std::int64_t{0}))};
  }
  [[nodiscard]] std::int64_t longest_row() const override { return longest_; }
  std::int64_t make(std::int64_t row, std::int64_t allowed, std::uint32_t *out) override {
    const std::int64_t count = counts_[static_cast<std::size_t>(row)];
    if (count > 0) draw_ordered(draws_, row, count, allowed, room_, out);
    return count;
  }
  [[nodiscard]] std::unique_ptr<row_rule> copy() const override {
    return std::make_unique<share_of_total>(*this);
  }

 private:
  // `node` numbers the halves as a heap does; its draws are its own.
  void deal(std::int64_t begin, std::int64_t end, std::int64_t total, std::uint32_t node) {
    if (total == 0 || begin == end) return;
    if (end - begin == 1) {
      counts_[static_cast<std::size_t>(begin)] = total;
      return;
    }
    const std::int64_t middle = begin + (end - begin) / 2;
    const auto before = [&](std::int64_t row) {
      return static_cast<double>(pairs_before_[static_cast<std::size_t>(row)]);
    };
    const double share = (before(middle) - before(begin)) / (before(end) - before(begin));
    uniform_stream numbers(draws_, draw_purpose::totals, node);
    const std::int64_t left = draw_binomial(total, share, numbers);
    deal(begin, middle, left, 2 * node);
    deal(middle, end, total - left, 2 * node + 1);
  }

  draw_source draws_;
  std::vector<std::int64_t> counts_;
  std::vector<std::int64_t> pairs_before_;
  std::int64_t longest_ = 0;
  std::vector<double> room_;
};

std::unique_ptr<row_rule> make_fixed_probability(const connection_task &task) {
  const double p = task.rule().probability;
  require(p >= 0.0 && p <= 1.0, task.request.name, "a probability lies between 0 and 1");
  if (p == 0.0) return std::make_unique<all_targets>(0);
  if (p == 1.0) return std::make_unique<all_targets>(task.n_targets());
  return std::make_unique<each_with_probability>(task.draws(), p, task.n_targets());
}

std::unique_ptr<row_rule> make_fixed_outdegree(const connection_task &task) {
  std::int64_t allowed = task.n_targets();
  for (std::int64_t row = 0; row < task.n_sources(); ++row) {
    if (task.excluded_target(row) >= 0) allowed = task.n_targets() - 1;
  }
  const connection_rule &rule = task.rule();
  require(rule.number <= allowed || (rule.multapses && allowed > 0), task.request.name,
          "a source cannot have that many targets");
  return std::make_unique<fixed_number>(task.draws(), rule.number, task.n_targets(),
                                        rule.multapses);
}

}  // namespace

double expectation::bound(double margin) const noexcept {
  return variance > 0.0 ? mean + margin * std::sqrt(variance) + 64.0 : mean;
}

std::unique_ptr<row_rule> make_row_rule(const connection_task &task) {
  require(task.rule().number >= 0, task.request.name,
          "a number of connections must not be negative");
  switch (task.rule().pairs) {
    case pair_rule::one_to_one:
      require(task.n_sources() == task.n_targets(), task.request.name,
              "one to one needs as many sources as targets");
      return std::make_unique<same_number>(task);
    case pair_rule::fixed_probability:
      return make_fixed_probability(task);
    case pair_rule::fixed_outdegree:
      return make_fixed_outdegree(task);
    case pair_rule::fixed_total_number:
      return std::make_unique<share_of_total>(task);
    default:
      return std::make_unique<all_targets>(task.n_targets());
  }
}

}  // namespace annarchy_ml
