// Gathering, keeping and spilling of recorded rows.
#include "recorder.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "vector_clones.hpp"

namespace annarchy_ml {

namespace {

constexpr std::size_t usual_block = std::size_t{1} << 18;  // bytes
constexpr std::size_t largest_block = std::size_t{1} << 30;

engine_error file_fault(const std::string &path, const char *message) {
  return {error_code::file, path, "'" + path + "': " + message};
}

// Copies numbers; false if one of them is not finite. Without a branch, so that it goes in vectors:
// the exponent of what is not finite is all ones.
ANNARCHY_ML_CLONES
bool copy_finite(const double *__restrict values, std::int64_t count,
                 double *__restrict out) noexcept {
  constexpr std::uint64_t exponent = 0x7ff0000000000000U;
  std::uint64_t bad = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(values[k]);
    out[k] = values[k];
    bad |= (bits & exponent) == exponent ? 1U : 0U;
  }
  return bad == 0;
}

// False if a number that shall be finite is not.
template <class Value>
bool gather(const field &source, std::int64_t index, std::int64_t count, double *out) noexcept {
  const Value *values = static_cast<const Value *>(source.values.data()) + index;
  if constexpr (std::is_same_v<Value, double>) {
    if (source.check_finite) return copy_finite(values, count, out);
  }
  bool finite = true;
  for (std::int64_t k = 0; k < count; ++k) {
    out[k] = static_cast<double>(values[k]);
    finite &= std::isfinite(out[k]);
  }
  return finite || !source.check_finite;
}

}  // namespace

recorder::recorder(std::vector<trace_column> columns, std::int64_t interval_steps)
    : columns_(std::move(columns)), interval_(interval_steps) {
  require(interval_ >= 1, "record", "the sampling interval must be at least one step");
  find_runs();
}

void recorder::find_runs() {
  for (const trace_column &column : columns_) {
    const std::int64_t index = column.source->per_instance ? column.index : 0;
    if (!runs_.empty()) {
      column_run &last = runs_.back();
      if (last.source == column.source && last.index + last.count == index) {
        ++last.count;
        continue;
      }
    }
    runs_.push_back({column.source, index, 1});
  }
}

void recorder::stream_to(const std::string &path, std::size_t budget_bytes) {
  if (spilled_ > 0) throw engine_error(error_code::state, path, "rows are on disk already");
  file_.reset(std::fopen(path.c_str(), "w+b"));
  if (file_ == nullptr) throw file_fault(path, "cannot be opened for writing");
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);  // blocks are large, and faults are told at once
  path_ = path;
  budget_ = budget_bytes;
}

void recorder::clear() {
  blocks_.clear();
  spilled_ = countdown_ = expected_ = 0;
  begun_ = passing_on_ = false;
  file_.reset();
  listener_.reset();
  rows_at_once_ = until_hand_over_ = handed_over_ = 0;
}

void recorder::follow(const std::shared_ptr<row_listener> &listener, std::int64_t rows_at_once) {
  require(rows() == 0, "print_rows", "rows have been recorded already");
  listener_ = listener;
  rows_at_once_ = until_hand_over_ = rows_at_once;
}

void recorder::pass_on(const std::shared_ptr<row_listener> &listener) {
  follow(listener, 0);
  passing_on_ = true;
}

void recorder::hand_over() {
  until_hand_over_ = rows_at_once_;
  if (blocks_.empty()) return;
  const block &last = blocks_.back();
  const auto to = listener_.lock();
  if (to != nullptr && handed_over_ < last.rows) {
    to->take_rows(last.numbers, handed_over_, last.rows);
  }
  handed_over_ = last.rows;
}

void recorder::begin(const step_clock &time, std::int64_t steps) {
  expected_ = rows() + steps / interval_ + 1;
  if (begun_) return;
  begun_ = true;
  take_row(time);
}

void recorder::retire(const group &owner) noexcept {
  for (const trace_column &item : columns_) retired_ = retired_ || item.owner == &owner;
}

bool recorder::sees_couplings() const noexcept {
  return !retired_ && std::any_of(columns_.begin(), columns_.end(),
                                  [](const trace_column &item) { return item.owner->couples; });
}

bool recorder::sees(const group &owner) const noexcept {
  return !retired_ && std::any_of(columns_.begin(), columns_.end(),
                                  [&](const trace_column &item) { return item.owner == &owner; });
}

bool recorder::take_row(const step_clock &time) {
  countdown_ = interval_;
  if (retired_) return true;
  double *out = next_row();
  *out++ = time.t();
  bool finite = true;
  for (const column_run &run : runs_) {
    switch (run.source->type) {
      case value_type::real64:
        finite = gather<double>(*run.source, run.index, run.count, out) && finite;
        break;
      case value_type::real32:
        finite = gather<float>(*run.source, run.index, run.count, out) && finite;
        break;
      case value_type::int32:
        finite = gather<std::int32_t>(*run.source, run.index, run.count, out) && finite;
        break;
    }
    out += run.count;
  }
  ++blocks_.back().rows;
  if (--until_hand_over_ == 0) hand_over();
  if (fault_) std::rethrow_exception(std::exchange(fault_, nullptr));
  return finite;
}

double *recorder::next_row() {
  if (blocks_.empty() || blocks_.back().rows == blocks_.back().room) {
    hand_over();
    if (file_ != nullptr && bytes() > budget_) {
      try {
        spill();
      } catch (const engine_error &) {
        fault_ = std::current_exception();
      }
    }
    handed_over_ = 0;
    if (passing_on_ && !blocks_.empty()) {
      blocks_.back().rows = 0;
    } else {
      add_block();
    }
  }
  return blocks_.back().numbers.get() + blocks_.back().rows * row_length();
}

// Room for the rest of the run, if it is known and memory is not short.
void recorder::add_block() {
  const auto usual =
      std::max<std::int64_t>(16, static_cast<std::int64_t>(usual_block / row_bytes()));
  const auto most = static_cast<std::int64_t>(largest_block / row_bytes());
  if (const std::int64_t rest = std::min(expected_ - rows(), most);
      file_ == nullptr && !passing_on_ && rest > usual) {
    const auto length = static_cast<std::size_t>(rest * row_length());
    if (std::unique_ptr<double[]> numbers(new (std::nothrow) double[length]); numbers != nullptr) {
      blocks_.push_back({std::move(numbers), 0, rest});
      return;
    }
  }
  blocks_.push_back({room_for(usual), 0, usual});
}

std::shared_ptr<double[]> recorder::room_for(std::int64_t rows) const {
  return std::make_unique_for_overwrite<double[]>(static_cast<std::size_t>(rows * row_length()));
}

std::shared_ptr<const double[]> recorder::whole() {
  if (spilled_ > 0) return joined();
  if (blocks_.size() == 1) return blocks_.front().numbers;
  hand_over();
  block all{room_for(rows()), 0, rows()};
  for (const block &part : blocks_) {
    std::copy_n(part.numbers.get(), part.rows * row_length(),
                all.numbers.get() + all.rows * row_length());
    all.rows += part.rows;
  }
  handed_over_ = all.rows;
  blocks_.assign(1, std::move(all));
  return blocks_.front().numbers;
}

// What is on disk is mapped, so that it takes no memory before it is looked at; the rest is copied
// behind it, onto pages of its own.
std::shared_ptr<const double[]> recorder::joined() {
  const auto on_disk = static_cast<std::size_t>(spilled_) * row_bytes();
  const std::size_t length = on_disk + bytes();
  constexpr int access = PROT_READ | PROT_WRITE;
  void *made = mmap(nullptr, length, access, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (made == MAP_FAILED) throw std::bad_alloc();
  const std::shared_ptr<double[]> rows(static_cast<double *>(made),
                                       [length](double *memory) { munmap(memory, length); });
  if (mmap(made, on_disk, access, MAP_PRIVATE | MAP_FIXED, fileno(file_.get()), 0) == MAP_FAILED) {
    throw file_fault(path_, "cannot be read");
  }
  double *next = rows.get() + spilled_ * row_length();
  for (const block &part : blocks_) {
    next = std::copy_n(part.numbers.get(), part.rows * row_length(), next);
  }
  return rows;
}

std::int64_t recorder::complete_file() {
  if (spilled_ == 0) return 0;
  spill();
  if (std::fflush(file_.get()) != 0) throw file_fault(path_, "cannot be written");
  return spilled_;
}

std::optional<non_finite_value> recorder::find_non_finite() const {
  if (blocks_.empty() || blocks_.back().rows == 0) return std::nullopt;
  const block &last = blocks_.back();
  const double *now = last.numbers.get() + (last.rows - 1) * row_length();
  const double *before = last.rows > 1 ? now - row_length() : nullptr;
  if (before == nullptr && blocks_.size() > 1) {
    const block &full = blocks_[blocks_.size() - 2];
    before = full.numbers.get() + (full.rows - 1) * row_length();
  }
  for (std::int64_t k = 0; k < columns(); ++k) {
    const trace_column &column = columns_[static_cast<std::size_t>(k)];
    if (!column.source->check_finite || std::isfinite(now[k + 1])) continue;
    non_finite_value value{column.owner->name, column.source->name, column.index, now[0], {}};
    if (before != nullptr && std::isfinite(before[k + 1])) value.last = before[k + 1];
    return value;
  }
  return std::nullopt;
}

// A block that could not be written as a whole is written again, in the same place.
void recorder::spill() {
  hand_over();
  std::size_t done = 0;
  std::clearerr(file_.get());
  bool written = fseeko(file_.get(), spilled_ * static_cast<off_t>(row_bytes()), SEEK_SET) == 0;
  for (; written && done < blocks_.size(); ++done) {
    written = write_block(blocks_[done]);
    if (!written) break;
    spilled_ += blocks_[done].rows;
  }
  blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(done));
  if (!written) throw file_fault(path_, "cannot be written");
}

bool recorder::write_block(const block &part) const {
  const auto length = static_cast<std::size_t>(part.rows * row_length());
  return std::fwrite(part.numbers.get(), sizeof(double), length, file_.get()) == length;
}

std::int64_t recorder::held() const noexcept {
  std::int64_t rows = 0;
  for (const block &part : blocks_) rows += part.rows;
  return rows;
}

std::size_t recorder::bytes() const noexcept {
  return static_cast<std::size_t>(held()) * row_bytes();
}

std::size_t recorder::estimate(std::int64_t steps) const noexcept {
  const auto new_rows = static_cast<std::size_t>(steps / interval_ + 1);
  return new_rows * row_bytes();
}

}  // namespace annarchy_ml
