// Loops of the reductions.
#include "reduction.hpp"

namespace annarchy_ml {

namespace {

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
void apply_paired(const reduction &rule, instance_range hosts) noexcept {
  const auto *source = static_cast<const Real *>(rule.source->values.data());
  auto *target = static_cast<Real *>(rule.target->values.data());
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
void apply_rows(const reduction &rule, instance_range hosts) noexcept {
  const auto *source = static_cast<const Real *>(rule.source->values.data());
  auto *target = static_cast<Real *>(rule.target->values.data());
  const std::int64_t *ptr = rule.attached->host_ptr.data();
  const std::int64_t stride = rule.source->per_instance ? 1 : 0;
  using operation = Operation<Real>;
  for (auto h = hosts.begin; h < hosts.end; ++h) {
    Real value = rule.first ? operation::start : target[h];
    for (auto i = ptr[h]; i < ptr[h + 1]; ++i) value = operation::join(value, source[i * stride]);
    target[h] = value;
  }
}

template <class Real, template <class> class Operation>
void apply_kind(const reduction &rule, instance_range hosts) noexcept {
  if (rule.attached->one_per_host && rule.source->per_instance) {
    apply_paired<Real, Operation>(rule, hosts);
  } else {
    apply_rows<Real, Operation>(rule, hosts);
  }
}

template <class Real>
void apply_real(const reduction &rule, instance_range hosts) noexcept {
  if (rule.kind == reduction_kind::add) {
    apply_kind<Real, sum>(rule, hosts);
  } else {
    apply_kind<Real, product>(rule, hosts);
  }
}

}  // namespace

void reduction::apply(instance_range hosts) const noexcept {
  if (target->type == value_type::real64) {
    apply_real<double>(*this, hosts);
  } else {
    apply_real<float>(*this, hosts);
  }
}

}  // namespace annarchy_ml
