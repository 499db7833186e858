// One step of a network: deliver what arrives, step the blocks, send events, record.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "contexts.hpp"
#include "delivery.hpp"
#include "network.hpp"
#include "schedule.hpp"
#include "thread_team.hpp"

namespace annarchy_ml {

// Valid as long as the structure of the network does not change.
class stepper {
 public:
  stepper(network_parts &parts, thread_team &team);

  // False: a recorded value that must be finite is not.
  [[nodiscard]] bool step();

 private:
  struct thread_state {
    context_table contexts;
    std::vector<std::vector<std::int32_t>> sent;  // per out-port: instances that sent events
  };
  // Events on their way within the step: delay 0.
  struct message {
    const out_port *port = nullptr;
    std::vector<std::int32_t> rows;
  };

  void check_kernels() const;
  void deliver_arrivals();
  void deliver_part(int thread, std::span<const batch> arrivals);
  void deliver_serially(const projection &connections, std::span<const connection_range> segments);
  void deliver_at_once(const projection &connections, std::span<const connection_range> segments);
  [[nodiscard]] bool may_share(std::span<const batch> arrivals, std::int64_t enough) const noexcept;
  [[nodiscard]] receiver receiver_of(int thread, const projection &connections,
                                     bool whole) const noexcept;

  void run_stage(const stage &item);
  void run_part(int thread, const stage &item);
  void update(thread_state &state, const block &item, instance_range hosts);
  void collect(thread_state &state, const block &item, instance_range hosts);
  void dispatch_stage(const stage &item);
  void dispatch(const out_port &port, std::span<const std::int32_t> rows);
  void mark_stepped(const block &item) noexcept;
  void drain();
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
  schedule schedule_;
  std::vector<kernel_bindings> bindings_;
  std::vector<thread_state> threads_;
  std::vector<std::int64_t> n_stepped_;  // per group: instances below have taken this step
  bool any_immediate_ = false;
  std::span<const batch> shared_arrivals_;  // to be delivered together with the next stage
  std::vector<message> pending_;
  std::vector<message> current_;
  std::size_t pending_events_ = 0;
  std::vector<connection_range> segments_;
  std::vector<std::int32_t> rows_;
};

}  // namespace annarchy_ml
