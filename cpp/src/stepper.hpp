// One step of a network: transmit, deliver what arrives, step the blocks, send events, record.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "contexts.hpp"
#include "delivery.hpp"
#include "network.hpp"
#include "schedule.hpp"
#include "thread_team.hpp"
#include "transmission.hpp"

namespace annarchy_ml {

// Valid as long as the structure of the network does not change.
class stepper {
 public:
  stepper(network_parts &parts, thread_team &team);

  // False: a recorded value that must be finite is not. Unless it is `seen` what a step leaves, the
  // values of passing fields are not kept.
  [[nodiscard]] bool step(bool seen);
  // Whether all fields that must be finite are; `heard` says whether those that events alone change
  // are looked at too.
  [[nodiscard]] bool is_finite(bool heard);

 private:
  // Made by its thread, in memory that no other one writes.
  struct alignas(128) thread_state {
    context_table contexts;
    std::vector<std::vector<std::int32_t>> sent;  // per out-port: instances that sent events
    std::vector<aligned_buffer> passing;          // for the passing fields of one portion
  };
  // Events on their way within the step: delay 0.
  struct message {
    const out_port *port = nullptr;
    std::vector<std::int32_t> rows;
  };

  struct late_message {
    const projection *connections = nullptr;
    std::vector<std::int32_t> rows;
  };

  void check_kernels() const;
  void deliver_arrivals();
  void deliver_part(int thread, std::span<const batch> arrivals);
  void deliver_serially(const projection &connections, std::span<const connection_range> segments);
  void deliver_at_once(const projection &connections, std::span<const connection_range> segments);
  [[nodiscard]] bool may_share(std::span<const batch> arrivals, std::int64_t enough) const noexcept;
  void deliver_together(std::span<const batch> arrivals, bool with_first_stage);
  void find_owners();
  [[nodiscard]] instance_range owned(int target, int thread) const noexcept;
  [[nodiscard]] receiver receiver_of(int thread, const projection &connections,
                                     bool whole) noexcept;

  void run_stage(const stage &item);
  void run_part(int thread, const stage &item);
  void step_hosts(thread_state &state, const block &item, instance_range hosts);
  void make_threads();
  void make_room(thread_state &state) const;
  // What a thread works with, brought to the current step.
  [[nodiscard]] thread_state &state_of(int thread) noexcept;
  void place_passing(thread_state &state, const block &item, std::int64_t begin) noexcept;
  void update(thread_state &state, const block &item, instance_range hosts);
  void collect(thread_state &state, const block &item, instance_range hosts);
  void dispatch_stage(const stage &item);
  void dispatch(const out_port &port, std::span<const std::int32_t> rows);
  void mark_stepped(const block &item) noexcept;
  void drain();
  void deliver_late();
  [[noreturn]] void report_loop();
  [[nodiscard]] bool record();

  [[nodiscard]] const group &at(int number) const noexcept {
    return *parts_.groups[static_cast<std::size_t>(number)];
  }
  [[nodiscard]] const out_port &port_at(int number) const noexcept {
    return schedule_.ports()[static_cast<std::size_t>(number)];
  }

  network_parts &parts_;
  thread_team &team_;
  std::vector<kernel_bindings> bindings_;  // made first: all that the schedule reads is checked
  schedule schedule_;
  transmission transmission_;
  std::vector<std::unique_ptr<thread_state>> threads_;
  std::vector<std::int64_t> n_stepped_;  // per group: instances below have taken this step
  bool any_immediate_ = false;
  bool connections_recorded_ = false;  // states of connections move before rows are taken
  bool seen_ = true;
  std::span<const batch> shared_arrivals_;  // to be delivered together with the next stage
  std::vector<message> pending_;
  std::vector<message> current_;
  std::vector<late_message> late_;
  std::size_t pending_events_ = 0;
  std::vector<connection_range> segments_;
  std::vector<std::int32_t> rows_;
};

}  // namespace annarchy_ml
