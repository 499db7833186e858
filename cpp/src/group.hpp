// A group: the instances that share one structure, their fields, ports and kernels.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aligned_buffer.hpp"
#include "annarchy_ml/kernel_abi.h"
#include "cable.hpp"

namespace annarchy_ml {

enum class value_type : std::uint8_t { real64, real32, int32 };

[[nodiscard]] std::size_t size_of(value_type type) noexcept;

// Compartments begin <= c < end of every cell, and the two phases of their step. Where they are
// steady their rate is affine in the potential, by numbers that only somebody from outside changes
// and the sums over what is attached, and currents do nothing else.
struct cable_part {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  aml_update_fn currents = nullptr;
  aml_update_fn advance = nullptr;
  bool steady = false;
};

struct field_spec {
  std::string name;
  bool is_real = true;
  bool per_instance = true;
  bool check_finite = false;
};

// Storage of one variable: (size,) values and AML_PADDING more, or one for the whole group.
struct field {
  std::string name;
  value_type type = value_type::real64;
  bool per_instance = true;
  bool check_finite = false;
  std::int64_t size = 0;
  aligned_buffer values;
  bool passing = false;  // only passes from kernel to kernel within a step

  [[nodiscard]] double at(std::int64_t index) const noexcept;
};

// A field of another group that the kernels read.
struct external {
  int group = -1;
  int field = -1;
  int index = -1;  // the index through which it is read; -1 where that is not known
};

// Instances begin <= i < end.
struct instance_range {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  [[nodiscard]] bool empty() const noexcept { return begin >= end; }
  [[nodiscard]] std::int64_t size() const noexcept { return end - begin; }
};

// What the events at an in-port read of other groups, or add to them. They may wait if they change
// nothing but fields of the instance itself, and read nothing but those, what all share, and these
// externals, none of them the time.
struct port_reads {
  int port = -1;
  std::vector<int> externals;
  bool may_wait = false;
};

struct group_spec {
  std::string name;
  std::int64_t size = 0;
  std::vector<field_spec> fields;
  std::vector<std::string> in_ports;
  std::vector<std::string> out_ports;
  std::uint64_t stream = 0;
};

class group {
 public:
  group(const group_spec &spec, bool single_precision);

  [[nodiscard]] int field_position(std::string_view name) const;
  [[nodiscard]] int in_port_position(std::string_view name) const;
  [[nodiscard]] int out_port_position(std::string_view name) const;

  void set_index(int position, std::span<const std::int32_t> values);
  void set_external(int position, const external &source);
  void set_host(int host_group, std::span<const std::int32_t> host_index, std::int64_t host_size);
  // Gives a field that the group shares one value per instance, each equal to the shared one.
  void widen(int position);
  // Gives a field one value per instance, or one value for all.
  void assign(int position, std::span<const double> values);
  // Other instances: `kept` are those of before, -1 for new ones, whose values are 0.
  void resize(std::span<const std::int32_t> kept);
  // Instances attached to the hosts of `hosts`.
  [[nodiscard]] instance_range attached_to(instance_range hosts) const noexcept;
  // Events alone change it: it is not stepped, and counts as not having stepped yet.
  [[nodiscard]] bool only_hears() const noexcept { return owner_group >= 0; }
  [[nodiscard]] bool is_root() const noexcept { return host < 0; }
  // Whether every index leads instance i to the instance i of the other group.
  [[nodiscard]] bool indices_are_trivial() const noexcept;
  // The host instance of `instance`; itself for a root group.
  [[nodiscard]] std::int64_t host_of(std::int64_t instance) const noexcept;
  [[nodiscard]] std::int64_t *emitted(int port) const noexcept;
  void clear_emitted() noexcept;
  // Makes the padding of every field like the last instance.
  void fill_padding() noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept;

  std::string name;
  std::int64_t size;
  std::uint64_t stream;
  std::vector<field> fields;
  std::vector<std::string> in_ports;
  std::vector<std::string> out_ports;
  std::vector<external> externals;
  std::vector<std::vector<std::int32_t>> indices;  // (size,) values and AML_PADDING more

  aml_update_fn update = nullptr;
  std::vector<aml_event_fn> events;  // one per in-port, null where events are not received
  aml_family_fn family = nullptr;    // of hosts: steps them with all that is attached to them
  std::vector<int> members;          // of the family: this group, then what is attached
  aml_update_fn terms = nullptr;     // of couplings: what each connection gives
  std::unique_ptr<cable> cables;     // of compartments: how they form cells
  std::vector<cable_part> parts;     // of compartments: what steps those of each kind
  bool couples = false;              // connections of a coupling: transmission alone steps them
  bool emits_on_event = false;
  bool serial = false;  // hosts must step one after the other
  // The thread that owns instance indices[owner_index][i] of this other group gets the events of
  // instance i, which may add to what that thread owns; -1: instances are cut by their number.
  int owner_group = -1;
  int owner_index = -1;
  std::vector<port_reads> event_reads;  // of what only hears; empty: each may read all externals

  int host = -1;
  std::vector<std::int32_t> host_index;
  std::vector<std::int64_t> host_ptr;  // attached instances of host h: host_ptr[h] .. host_ptr[h+1]
  bool one_per_host = false;           // host_index is 0, 1, 2, ...

 private:
  std::vector<aligned_buffer> emitted_;
  std::vector<aligned_buffer> retired_;  // of widened fields: views of them may live on
};

// A field of a group.
struct field_of {
  group *owner = nullptr;
  int position = -1;

  [[nodiscard]] field &get() const noexcept {
    return owner->fields[static_cast<std::size_t>(position)];
  }
};

// Gives groups the random numbers of those of the same name in a network that they go on from; the
// others get numbers that none of these has.
void keep_streams(std::span<const std::unique_ptr<group>> groups,
                  std::span<const std::unique_ptr<group>> before);

}  // namespace annarchy_ml
