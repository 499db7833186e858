// A coupling: in every step a field of its targets gets the combination of values of their sources.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "history.hpp"
#include "weighted_rows.hpp"

namespace annarchy_ml {

// Numbers of groups and of their fields.
struct coupling_ends {
  int source = -1;
  int source_field = -1;
  int target = -1;
  int target_field = -1;
};

// A coupling whose connections are instances of a group attached to the targets: its update kernel
// moves their states, its kernel of terms finds what each of them gives.
struct synaptic_coupling {
  int synapses = -1;
  int term_field = -1;    // none: they give nothing
  int target_field = -1;  // of the host
  combination kind = combination::sum;
  bool learns = false;  // has states that move
  bool transmits = true;
  bool may_learn = true;  // in steps `first_step`, `first_step` + `period`, ...
  std::int64_t period = 1;
  std::int64_t first_step = 0;
  int source_index = -1;
  // Steps back at which the source values begin to which that index leads; 1: fields as they are.
  std::int64_t reach = 1;

  [[nodiscard]] bool gives() const noexcept { return term_field >= 0; }
};

class coupling {
 public:
  coupling(std::string name, const coupling_ends &ends, combination kind, weighted_rows rows);

  // Adds what the rows of some targets give. `values` are those of the sources, `results` the
  // target field; both of the precision of the run.
  void add(instance_range targets, const void *values, void *results, bool single) const noexcept;

  [[nodiscard]] bool transmits() const noexcept { return transmits_; }
  void switch_to(bool transmits) noexcept { transmits_ = transmits; }
  [[nodiscard]] const std::string &name() const noexcept { return name_; }
  [[nodiscard]] const coupling_ends &ends() const noexcept { return ends_; }
  [[nodiscard]] const weighted_rows &rows() const noexcept { return rows_; }
  [[nodiscard]] combination kind() const noexcept { return kind_; }
  [[nodiscard]] weighted_rows &rows() noexcept { return rows_; }
  void replace_rows(weighted_rows rows) noexcept { rows_ = std::move(rows); }
  // Steps back at which its source values begin; 1 where it reads the field as it is.
  [[nodiscard]] std::int64_t reach() const noexcept { return rows_.longest_delay; }

 private:
  template <class Real>
  void add_rows(instance_range targets, const Real *values, Real *results) const noexcept;
  template <class Real>
  void stream(instance_range &rows, const Real *values, Real *results) const noexcept;
  [[nodiscard]] row_values row_at(std::int64_t row) const noexcept;

  std::string name_;
  coupling_ends ends_;
  combination kind_;
  weighted_rows rows_;
  bool transmits_ = true;
};

}  // namespace annarchy_ml
