// Loops of the reductions.
#include "reduction.hpp"

#include <algorithm>

namespace annarchy_ml {

namespace {

constexpr std::int64_t most_scattered = 2;  // attached instances per host

template <class Real>
struct sum {
  static constexpr Real start = Real(0);
  static Real join(Real a, Real b) noexcept { return a + b; }
};

template <class Real>
struct product {
  static constexpr Real start = Real(1);
  static Real join(Real a, Real b) noexcept { return a * b; }
};

template <class Real, template <class> class Operation>
void apply_paired(const reduction &rule, instance_range hosts, const void *from,
                  void *into) noexcept {
  const auto *__restrict source = static_cast<const Real *>(from);
  auto *__restrict target = static_cast<Real *>(into);
  using operation = Operation<Real>;
  if (rule.first) {
    for (auto h = hosts.begin; h < hosts.end; ++h) {
      target[h] = operation::join(operation::start, source[h]);
    }
  } else {
    for (auto h = hosts.begin; h < hosts.end; ++h) {
      target[h] = operation::join(target[h], source[h]);
    }
  }
}

template <class Real, template <class> class Operation>
void apply_both_paired(bool first, instance_range hosts, const void *from, const void *from_next,
                       void *into) noexcept {
  const auto *__restrict one = static_cast<const Real *>(from);
  const auto *__restrict other = static_cast<const Real *>(from_next);
  auto *__restrict target = static_cast<Real *>(into);
  using operation = Operation<Real>;
  if (first) {
    for (auto h = hosts.begin; h < hosts.end; ++h) {
      target[h] = operation::join(operation::join(operation::start, one[h]), other[h]);
    }
  } else {
    for (auto h = hosts.begin; h < hosts.end; ++h) {
      target[h] = operation::join(operation::join(target[h], one[h]), other[h]);
    }
  }
}

template <class Real, template <class> class Operation>
void apply_rows(const reduction &rule, instance_range hosts, const void *from,
                void *into) noexcept {
  const auto *source = static_cast<const Real *>(from);
  auto *target = static_cast<Real *>(into);
  const std::int64_t *ptr = rule.attached->host_ptr.data();
  const std::int64_t stride = rule.source->per_instance ? 1 : 0;
  using operation = Operation<Real>;
  for (auto h = hosts.begin; h < hosts.end; ++h) {
    Real value = rule.first ? operation::start : target[h];
    for (auto i = ptr[h]; i < ptr[h + 1]; ++i) value = operation::join(value, source[i * stride]);
    target[h] = value;
  }
}

// The parts of some hosts that are in ascending ranges.
template <class Action>
void for_each_part(instance_range hosts, std::span<const instance_range> ranges, Action act) {
  auto item = std::ranges::upper_bound(ranges, hosts.begin, {}, &instance_range::end);
  for (; item != ranges.end() && item->begin < hosts.end; ++item) {
    act(std::max(item->begin, hosts.begin), std::min(item->end, hosts.end));
  }
}

// Where attached instances are few: each is joined to its host, in the same order.
template <class Real, template <class> class Operation>
void apply_scattered(const reduction &rule, instance_range hosts, const void *from, void *into,
                     std::span<const instance_range> touched) noexcept {
  const auto *__restrict source = static_cast<const Real *>(from);
  auto *__restrict target = static_cast<Real *>(into);
  const std::int32_t *host = rule.attached->host_index.data();
  const instance_range own = rule.attached->attached_to(hosts);
  const std::int64_t stride = rule.source->per_instance ? 1 : 0;
  using operation = Operation<Real>;
  const auto start = [&](std::int64_t begin, std::int64_t end) {
    std::fill(target + begin, target + end, operation::start);
  };
  if (rule.first && touched.empty()) start(hosts.begin, hosts.end);
  if (rule.first) for_each_part(hosts, touched, start);
  for (auto i = own.begin; i < own.end; ++i) {
    target[host[i]] = operation::join(target[host[i]], source[i * stride]);
  }
}

template <class Real, template <class> class Operation>
void apply_kind(const reduction &rule, instance_range hosts, const void *from, void *into,
                std::span<const instance_range> touched) noexcept {
  if (rule.attached->one_per_host && rule.source->per_instance) {
    apply_paired<Real, Operation>(rule, hosts, from, into);
  } else if (rule.attached->size <= most_scattered * rule.target->size) {
    apply_scattered<Real, Operation>(rule, hosts, from, into, touched);
  } else {
    apply_rows<Real, Operation>(rule, hosts, from, into);
  }
}

template <class Real>
void apply_real(const reduction &rule, instance_range hosts, const void *from, void *into,
                std::span<const instance_range> touched) noexcept {
  if (rule.kind == reduction_kind::add) {
    apply_kind<Real, sum>(rule, hosts, from, into, touched);
  } else {
    apply_kind<Real, product>(rule, hosts, from, into, touched);
  }
}

template <class Real>
void start_all_others(const reduction &rule, std::span<const instance_range> touched) noexcept {
  auto *target = static_cast<Real *>(rule.target->values.data());
  const bool adds = rule.kind == reduction_kind::add;
  const Real start = adds ? sum<Real>::start : product<Real>::start;
  std::int64_t done = 0;
  for (const instance_range range : touched) {
    std::fill(target + done, target + range.begin, start);
    done = range.end;
  }
  std::fill(target + done, target + rule.target->size, start);
}

}  // namespace

bool reduction::joins(const reduction &next) const noexcept {
  return next.target == target && next.kind == kind && !next.first && attached->one_per_host &&
         next.attached->one_per_host && source->per_instance && next.source->per_instance;
}

void reduction::apply_both(instance_range hosts, const void *from, const void *from_next,
                           void *into) const noexcept {
  const bool wide = target->type == value_type::real64;
  const auto both =
      kind == reduction_kind::add
          ? (wide ? apply_both_paired<double, sum> : apply_both_paired<float, sum>)
          : (wide ? apply_both_paired<double, product> : apply_both_paired<float, product>);
  both(first, hosts, from, from_next, into);
}

void reduction::apply(instance_range hosts) const noexcept {
  apply(hosts, source->values.data(), target->values.data());
}

void reduction::apply(instance_range hosts, const void *from, void *into,
                      std::span<const instance_range> touched) const noexcept {
  if (target->type == value_type::real64) {
    apply_real<double>(*this, hosts, from, into, touched);
  } else {
    apply_real<float>(*this, hosts, from, into, touched);
  }
}

void reduction::start_others(std::span<const instance_range> touched) const noexcept {
  if (!first) return;
  if (target->type == value_type::real64) {
    start_all_others<double>(*this, touched);
  } else {
    start_all_others<float>(*this, touched);
  }
}

}  // namespace annarchy_ml
