// Gathering, chunking and spilling of recorded rows.
#include "recorder.hpp"

#include <algorithm>
#include <cmath>

namespace annarchy_ml {

namespace {

constexpr std::int64_t chunk_bytes = std::int64_t{1} << 20;

std::int64_t rows_for(std::int64_t columns) noexcept {
  const std::int64_t row_bytes = (columns + 1) * static_cast<std::int64_t>(sizeof(double));
  return std::clamp<std::int64_t>(chunk_bytes / row_bytes, 16, 8192);
}

engine_error file_fault(const std::string &path, const char *message) {
  return {error_code::file, path, "'" + path + "': " + message};
}

template <class Value>
void gather(const field &source, std::int64_t index, std::int64_t count, double *out) noexcept {
  const Value *values = static_cast<const Value *>(source.values.data()) + index;
  for (std::int64_t k = 0; k < count; ++k) out[k] = static_cast<double>(values[k]);
}

}  // namespace

recorder::recorder(std::vector<trace_column> columns, std::int64_t interval_steps)
    : columns_(std::move(columns)),
      interval_(interval_steps),
      rows_per_chunk_(rows_for(std::ssize(columns_))) {
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
  path_ = path;
  budget_ = budget_bytes;
}

void recorder::clear() {
  chunks_.clear();
  rows_ = spilled_ = countdown_ = 0;
  begun_ = false;
  if (file_ != nullptr) std::rewind(file_.get());
}

void recorder::begin(const step_clock &time) {
  if (begun_) return;
  begun_ = true;
  take_row(time);
}

bool recorder::take_row(const step_clock &time) {
  countdown_ = interval_;
  double *out = next_row();
  *out++ = time.t();
  bool finite = true;
  for (const column_run &run : runs_) {
    switch (run.source->type) {
      case value_type::real64:
        gather<double>(*run.source, run.index, run.count, out);
        break;
      case value_type::real32:
        gather<float>(*run.source, run.index, run.count, out);
        break;
      case value_type::int32:
        gather<std::int32_t>(*run.source, run.index, run.count, out);
        break;
    }
    if (run.source->check_finite) {
      for (std::int64_t k = 0; k < run.count; ++k) finite = finite && std::isfinite(out[k]);
    }
    out += run.count;
  }
  ++rows_;
  return finite;
}

double *recorder::next_row() {
  const std::int64_t within = rows_ % rows_per_chunk_;
  if (within == 0) {
    if (file_ != nullptr && bytes() > budget_) spill();
    const std::int64_t length = rows_per_chunk_ * (columns() + 1);
    chunks_.push_back(std::make_unique_for_overwrite<double[]>(static_cast<std::size_t>(length)));
  }
  return chunks_.back().get() + within * (columns() + 1);
}

const double *recorder::row(std::int64_t number) const noexcept {
  const auto &chunk = chunks_[static_cast<std::size_t>(number / rows_per_chunk_)];
  return chunk == nullptr ? nullptr : chunk.get() + number % rows_per_chunk_ * (columns() + 1);
}

std::optional<non_finite_value> recorder::find_non_finite() const {
  const double *now = rows_ > 0 ? row(rows_ - 1) : nullptr;
  const double *before = rows_ > 1 ? row(rows_ - 2) : nullptr;
  if (now == nullptr) return std::nullopt;
  for (std::int64_t k = 0; k < columns(); ++k) {
    const trace_column &column = columns_[static_cast<std::size_t>(k)];
    if (!column.source->check_finite || std::isfinite(now[k + 1])) continue;
    non_finite_value value{column.owner->name, column.source->name, column.index, now[0], {}};
    if (before != nullptr && std::isfinite(before[k + 1])) value.last = before[k + 1];
    return value;
  }
  return std::nullopt;
}

void recorder::spill() {
  const auto length = static_cast<std::size_t>(rows_per_chunk_ * (columns() + 1));
  for (; spilled_ < std::ssize(chunks_); ++spilled_) {
    auto &chunk = chunks_[static_cast<std::size_t>(spilled_)];
    if (std::fwrite(chunk.get(), sizeof(double), length, file_.get()) != length) {
      throw file_fault(path_, "cannot be written");
    }
    chunk.reset();
  }
}

std::int64_t recorder::chunk_count() const noexcept { return std::ssize(chunks_); }

std::int64_t recorder::chunk_rows(std::int64_t chunk) const noexcept {
  return std::min(rows_per_chunk_, rows_ - chunk * rows_per_chunk_);
}

void recorder::read_chunk(std::int64_t chunk, std::vector<double> &rows) const {
  const std::int64_t length = rows_per_chunk_ * (columns() + 1);
  rows.resize(static_cast<std::size_t>(length));
  const auto offset = static_cast<long>(chunk * length * 8);
  const bool found =
      std::fseek(file_.get(), offset, SEEK_SET) == 0 &&
      std::fread(rows.data(), sizeof(double), rows.size(), file_.get()) == rows.size();
  std::fseek(file_.get(), static_cast<long>(spilled_ * length * 8), SEEK_SET);
  if (!found) throw file_fault(path_, "cannot be read back");
}

void recorder::copy_chunk(std::int64_t chunk, double *times, double *values) const {
  require(chunk >= 0 && chunk < chunk_count(), "recorded", "there is no such chunk");
  std::vector<double> from_disk;
  const double *from = chunks_[static_cast<std::size_t>(chunk)].get();
  if (from == nullptr) {
    read_chunk(chunk, from_disk);
    from = from_disk.data();
  }
  for (std::int64_t r = 0; r < chunk_rows(chunk); ++r) {
    *times++ = *from++;
    values = std::copy_n(from, columns(), values);
    from += columns();
  }
}

std::size_t recorder::bytes() const noexcept {
  const auto held = static_cast<std::size_t>(std::ssize(chunks_) - spilled_);
  return held * static_cast<std::size_t>(rows_per_chunk_ * (columns() + 1)) * sizeof(double);
}

std::size_t recorder::estimate(std::int64_t steps) const noexcept {
  const auto new_rows = static_cast<std::size_t>(steps / interval_ + 1);
  return new_rows * static_cast<std::size_t>(columns() + 1) * sizeof(double);
}

}  // namespace annarchy_ml
