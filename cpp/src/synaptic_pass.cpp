// Portions of connections, small enough that what they give stays in the first cache.
#include "synaptic_pass.hpp"

#include <algorithm>
#include <span>

namespace annarchy_ml {

namespace {

constexpr std::int64_t portion = 2048;     // connections, or one row that is longer
constexpr std::int64_t shortest_row = 64;  // below that, rows cost more than they save

const group &group_at(const network_parts &parts, int number) {
  return *parts.groups[static_cast<std::size_t>(number)];
}

// Whether an index leads to neighbours in each row, or to one place.
bool is_even(std::span<const std::int32_t> index, std::int64_t length) noexcept {
  const auto count = static_cast<std::size_t>(length);
  for (std::size_t row = 0; row < index.size(); row += count) {
    const std::int32_t start = index[row];
    const std::int32_t step = index[row + 1] - start;
    if (step != 0 && step != 1) return false;
    std::int32_t off = 0;
    for (std::size_t k = 0; k < count; ++k) {
      off |= index[row + k] ^ (start + step * static_cast<std::int32_t>(k));
    }
    if (off != 0) return false;
  }
  return true;
}

}  // namespace

void aim_at_past(const network_parts &parts, const synaptic_coupling &made, std::int64_t step,
                 std::vector<const void *> &externals) noexcept {
  if (made.reach <= 1) return;
  const group &synapses = group_at(parts, made.synapses);
  for (std::size_t k = 0; k < synapses.externals.size(); ++k) {
    const external &item = synapses.externals[k];
    if (item.index != made.source_index) continue;
    const group &source = group_at(parts, item.group);
    for (const auto &past : parts.histories) {
      if (past->keeps(source, item.field)) externals[k] = past->before(step, made.reach);
    }
  }
}

std::int64_t even_row_length(const group &synapses) noexcept {
  const auto &begins = synapses.host_ptr;
  if (synapses.indices.empty() || begins.size() < 2 || begins.front() != 0) return 0;
  const std::int64_t length = begins[1];
  if (length < shortest_row || begins.back() != synapses.size) return 0;
  for (std::size_t h = 1; h < begins.size(); ++h) {
    if (begins[h] - begins[h - 1] != length) return 0;
  }
  return std::ranges::all_of(synapses.indices,
                             [&](const auto &index) {
                               return is_even(
                                   std::span(index).first(static_cast<std::size_t>(synapses.size)),
                                   length);
                             })
             ? length
             : 0;
}

synaptic_pass::synaptic_pass(const network_parts &parts, const synaptic_coupling &made,
                             const kernel_bindings &bound, std::int64_t row_length)
    : parts_(parts),
      made_(made),
      synapses_(group_at(parts, made.synapses)),
      fields_(bound.fields),
      externals_(bound.externals),
      terms_((static_cast<std::size_t>(std::max(portion, longest_row())) + AML_PADDING) *
                 sizeof(double),
             synapses_.name) {
  context_.dt = parts.time.dt();
  context_.seed = parts.seed;
  context_.stream = synapses_.stream;
  context_.fields = fields_.data();
  context_.externals = externals_.data();
  context_.indices = bound.indices.data();
  context_.emitted = bound.emitted.data();
  context_.size = synapses_.size;
  context_.row_length = bound.indices.empty() || bound.indices.front() == nullptr ? 0 : row_length;
}

std::int64_t synaptic_pass::longest_row() const noexcept {
  std::int64_t longest = 0;
  for (std::size_t h = 1; h < synapses_.host_ptr.size(); ++h) {
    longest = std::max(longest, synapses_.host_ptr[h] - synapses_.host_ptr[h - 1]);
  }
  return longest;
}

// Time, and the past to which the index of sources leads.
void synaptic_pass::aim(const pass_task &task) noexcept {
  context_.t = parts_.time.shown(task.t);
  context_.t_prev = parts_.time.shown(task.t_prev);
  context_.step = parts_.time.key(task.step);
  aim_at_past(parts_, made_, task.step, externals_);
}

void synaptic_pass::run(instance_range hosts, const pass_task &task) noexcept {
  aim(task);
  instance_range now{hosts.begin, hosts.begin};
  while (now.begin < hosts.end) {
    now.end = now.begin + 1;
    while (now.end < hosts.end &&
           synapses_.attached_to({now.begin, now.end + 1}).size() <= portion) {
      ++now.end;
    }
    const instance_range own = synapses_.attached_to(now);
    if (!own.empty()) {
      step(own, task);
      if (task.transmit && parts_.single_precision) add<float>(now);
      if (task.transmit && !parts_.single_precision) add<double>(now);
    }
    now.begin = now.end;
  }
}

// Terms that nobody looks at stay with this pass: those of a portion from instance `begin` on.
void synaptic_pass::place_terms(std::int64_t begin) noexcept {
  const auto place = static_cast<std::size_t>(made_.term_field);
  const field &item = synapses_.fields[place];
  if (!item.passing) return;
  const auto before = static_cast<std::uintptr_t>(begin) * size_of(item.type);
  fields_[place] =
      reinterpret_cast<void *>(reinterpret_cast<std::uintptr_t>(terms_.data()) - before);
}

void synaptic_pass::step(instance_range own, const pass_task &task) noexcept {
  if (made_.gives()) place_terms(own.begin);
  if (task.learn && synapses_.update != nullptr) synapses_.update(&context_, own.begin, own.end);
  if (task.transmit) synapses_.terms(&context_, own.begin, own.end);
}

template <class Real>
void synaptic_pass::add(instance_range hosts) const noexcept {
  const group &target = group_at(parts_, synapses_.host);
  const field &into = target.fields[static_cast<std::size_t>(made_.target_field)];
  auto *results = static_cast<Real *>(into.values.data());
  const std::int64_t first = synapses_.attached_to(hosts).begin;
  const field &given = synapses_.fields[static_cast<std::size_t>(made_.term_field)];
  const auto *terms = given.passing ? static_cast<const Real *>(terms_.data())
                                    : static_cast<const Real *>(given.values.data()) + first;
  for (std::int64_t h = hosts.begin; h < hosts.end; ++h) {
    const instance_range own = synapses_.attached_to({h, h + 1});
    row_values row;
    row.count = own.size();
    results[h] += combine_row(made_.kind, row, terms + (own.begin - first));
  }
}

}  // namespace annarchy_ml
