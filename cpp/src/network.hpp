// A network: groups, projections, schedule and recorders, as Python builds them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "changed_connections.hpp"
#include "connection_rules.hpp"
#include "coupling.hpp"
#include "event_queue.hpp"
#include "event_recorder.hpp"
#include "group.hpp"
#include "history.hpp"
#include "pool.hpp"
#include "projection.hpp"
#include "recorder.hpp"
#include "reduction.hpp"
#include "step_clock.hpp"
#include "timetable.hpp"

namespace annarchy_ml {

// A run of root instances that step together, their attached instances with them.
struct block_spec {
  int group = -1;
  instance_range hosts;
};

struct group_reduction {
  int attached = -1;
  int host = -1;
  reduction rule;
};

// One selected out-port of an instance.
struct event_source {
  int group = -1;
  int port = -1;
  std::int32_t index = 0;
};

struct port_subscription {
  int group = -1;
  int port = -1;
  subscription listener;
};

struct field_name {
  int group = -1;
  std::string name;
};

// What the solution of a cable reads and writes, by name.
struct cable_fields {
  std::string potential, rate, slope;
};

struct trace_source {
  int group = -1;
  std::string field;
  std::int64_t index = 0;
};

// What a model consists of, all parts at addresses that stay. Holds no behavior of its own.
struct network_parts {
  explicit network_parts(double dt) : time(dt), queue(time) {}

  step_clock time;
  event_queue queue;
  // Read in every step by threads for which the clock and the queue before it change elsewhere.
  alignas(128) std::vector<std::unique_ptr<group>> groups;
  std::vector<std::unique_ptr<projection>> projections;
  std::vector<std::unique_ptr<coupling>> couplings;
  std::vector<synaptic_coupling> synaptic_couplings;
  std::int64_t learned = 0;  // the last step after which states of couplings have moved
  std::vector<std::unique_ptr<history>> histories;
  std::vector<group_reduction> reductions;
  std::vector<pool> pools;
  std::vector<timetable> timetables;
  std::vector<block_spec> blocks;
  std::vector<std::unique_ptr<recorder>> traces;
  std::vector<std::unique_ptr<event_recorder>> event_lists;
  std::vector<port_subscription> subscriptions;
  std::uint64_t seed = 0;
  bool single_precision = false;
  bool interpreted = false;  // kernels keep the arrays that their first call finds
};

// Builds and checks the parts. Every change of structure advances `version`.
class network {
 public:
  network(double dt, std::uint64_t seed, bool single_precision);

  int add_group(const group_spec &spec);
  [[nodiscard]] group &at(int group_number) const;
  void bind_external(int reader, int position, const external &source);
  void set_index(int reader, int position, std::span<const std::int32_t> values);
  void set_host(int attached, int host, std::span<const std::int32_t> host_index);
  // Events alone change `reader`; the thread that owns the instance of `owner` to which its index
  // leads delivers them.
  void set_owner(int reader, int index, int owner);
  // What events at a port of a group that only hears read of others, and whether they may wait.
  void set_event_reads(int group_number, const std::string &port, std::vector<int> externals,
                       bool may_wait);
  void add_reduction(int attached, const std::string &source, const std::string &target,
                     reduction_kind kind);
  // At the end of the step of `source`, every instance of the target gets the value over it.
  void add_pool(const field_name &source, const field_name &target, pooling kind);
  int add_timetable(const field_name &target, timed_values given);
  [[nodiscard]] timetable &timetable_at(int id);
  // The field is written by kernels or reductions in every step before anything reads it, and only
  // kernels and reductions of its group and its hosts do.
  void set_passing(int group_number, const std::string &field_name);
  // One kernel that steps `host` and all that is attached to it, one instance for each host:
  // `members` are their groups, the host first, the others in the order in which they step.
  void set_family(int host, std::vector<int> members, aml_family_fn kernel);
  // The instances of a group are the compartments of cells; fields by name.
  void set_cables(int group_number, cable_shape shape, const cable_fields &fields);
  // What steps the compartments, kind after kind: all of them.
  void set_cable_parts(int group_number, std::vector<cable_part> parts);
  void set_schedule(std::vector<block_spec> blocks);
  // Connections as arrays; the arrays are copied.
  int add_projection(const projection_ends &ends, const connection_arrays &arrays);
  // Connections that a rule makes, built by so many threads.
  int add_projection(const projection_ends &ends, const connection_rule &rule, int threads);
  // The same for a projection that has been added without connections: those of a device, here.
  void make_connections(int number, const connection_rule &rule, int threads);
  // Between runs: other delays, or other weights, one for each connection, kept in double precision
  // or in single. Events under way keep their due time, and have the new weights.
  void set_delays(int number, const delay_change &given);
  void set_weights(int number, std::span<const double> weights, bool doubles);
  // Between runs: other connections, of which from[c] says which of those before connection c is,
  // -1 for new ones. Events under way stay so on connections that stay.
  void replace_connections(int number, const connection_arrays &arrays, bool doubles,
                           std::span<const std::int64_t> from);
  // A coupling that a rule makes; `number` keys its draws.
  int add_coupling(const coupling_ends &ends, combination kind, std::uint32_t number,
                   const connection_rule &rule, int threads);
  // Between runs: other delays [steps] of a coupling, one for each connection in its rows. Of steps
  // that were not kept, the oldest one that was stands for all before it.
  void set_coupling_delays(int number, std::span<const std::int32_t> steps);
  // The same for a coupling over a group: see `synaptic_coupling::reach`.
  void set_reach(int synapses, std::int64_t reach);
  // A coupling over a group that has been attached, indexed and bound.
  void add_synaptic_coupling(const synaptic_coupling &made);
  // Other connections in the place of those of a coupling.
  void replace_rows(int number, const row_arrays &given);
  // What the couplings over a group do.
  void switch_connections(const synaptic_coupling &wanted);
  // Connections that are instances: those that stay, as they are, and new ones (-1) with values 0;
  // their hosts and indices must be set again. What was recorded of them stays, but ends here.
  void resize_group(int number, std::span<const std::int32_t> kept);

  [[nodiscard]] field_of place_of(const field_name &item) const;
  int record(const std::vector<trace_source> &sources, std::int64_t interval_steps);
  int record_events(std::span<const event_source> sources);
  int record_all_events(int group_number, int port);
  [[nodiscard]] recorder &traces(int id) const;
  [[nodiscard]] event_recorder &event_list(int id) const;

  // Refreshes the reductions into all instances of a host group.
  void refresh_reductions(int host) const;
  // What a group has sent and has not arrived yet never does.
  void forget_events(int source);
  // Between runs: instances of a group have just sent an event, which arrives after its delay; one
  // without delay is refused.
  void send_events(int source, int port, std::span<const std::int32_t> rows);
  // Goes on where another network is that has some of the projections of this one, by number, with
  // the same connections: the time, the events under way on them, and the random numbers of groups
  // that are called as here.
  void go_on_from(const network &before, std::span<const std::pair<int, int>> projections);
  // Back to time 0: no events under way, nothing recorded; the values of the fields stay.
  void reset();
  // Kernels are told a time so many steps later from now on; until `reset`.
  void show_later(std::int64_t steps) noexcept {
    touch();
    parts_.time.show_later(steps);
  }
  // Random numbers are those of so many steps later from now on; until `reset`.
  void draw_later(std::int64_t steps) noexcept {
    touch();
    parts_.time.draw_later(steps);
  }
  void touch() noexcept { ++version_; }

  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  [[nodiscard]] network_parts &parts() noexcept { return parts_; }
  [[nodiscard]] const network_parts &parts() const noexcept { return parts_; }
  // Bytes held by fields, connections, events under way and records.
  [[nodiscard]] std::size_t bytes() const noexcept;
  // Bytes that recording `steps` more steps would add.
  [[nodiscard]] std::size_t estimate_records(std::int64_t steps) const noexcept;

 private:
  int keep_projection(const projection_ends &ends, connection_store store);
  [[nodiscard]] std::string name_of(const projection_ends &ends) const;
  [[nodiscard]] projection &projection_at(int number) const;
  [[nodiscard]] projection_size size_of(const projection_ends &ends) const;
  [[nodiscard]] connection_store made_by(const projection_ends &ends, const connection_rule &rule,
                                         int number, int threads) const;
  void check_coupled(int group_number, int field_number);
  void keep_history(int group_number, int field_number, std::int64_t length);
  void keep_histories();
  void check_instance(const group &owner, std::int64_t index) const;

  network_parts parts_;
  std::uint64_t version_ = 1;
};

}  // namespace annarchy_ml
