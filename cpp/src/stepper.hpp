// One step of a network: transmit, deliver what arrives, step the blocks, send events, record.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "contexts.hpp"
#include "deferred_events.hpp"
#include "delivery.hpp"
#include "network.hpp"
#include "notice.hpp"
#include "portion_room.hpp"
#include "row_cuts.hpp"
#include "schedule.hpp"
#include "settled_cables.hpp"
#include "thread_team.hpp"
#include "transmission.hpp"

namespace annarchy_ml {

// Valid as long as the structure of the network does not change.
class stepper {
 public:
  stepper(network_parts &parts, thread_team &team);

  // At the start of a run, and where somebody has looked at it: what may have changed is found
  // anew.
  void begin() { settle_cables(); }
  // False: a recorded value that must be finite is not. Unless it is `seen` what a step leaves, the
  // values of passing fields are not kept.
  [[nodiscard]] bool step(bool seen);
  // Whether all fields that must be finite are; `heard` says whether those that events alone change
  // are looked at too.
  [[nodiscard]] bool is_finite(bool heard);
  // Whether threads can take steps together that meet once in each, or in several: all that one of
  // them needs of another one's instances is the events that these have sent, and what waiting
  // events read.
  [[nodiscard]] bool can_join() const noexcept { return can_join_; }
  // Takes so many steps in this way; nobody sees what they leave.
  void step_jointly(std::int64_t steps);
  // Events that wait are obeyed: somebody is going to look.
  void settle() { deferrals_.settle(team_); }
  [[nodiscard]] std::int64_t deferring() const noexcept { return deferrals_.size(); }

 private:
  static constexpr int most_rounds = 100'000;              // of events without delay in one step
  static constexpr std::size_t most_pending = 10'000'000;  // caused by one round of them

  // Time as one of several threads knows it, and the events that come to all.
  struct alignas(128) own_time {
    explicit own_time(const step_clock &now) : time(now), queue(time) {}
    step_clock time;
    event_queue queue;
  };
  // Made by its thread, in memory that no other one writes.
  struct alignas(128) thread_state {
    context_table contexts;
    portion_room room;
    std::vector<std::vector<std::int32_t>> sent;  // per out-port: instances that sent events
    std::vector<const std::int32_t *> reading{};  // where in what all threads show
    std::vector<std::int32_t> rows{};
    std::vector<connection_range> segments{};
    step_clock *time = nullptr;  // the network's, or its own:
    std::unique_ptr<own_time> apart{};
    std::optional<step_clock> sending{};      // of the step whose events are sent on
    std::vector<const aml_context *> family;  // contexts of the members of one
    std::vector<double> solving;              // what the solution of a cable needs
    // What this thread sent, for all to read: apart from what it alone writes.
    alignas(128) std::array<notice, 2> shown{};
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
  [[nodiscard]] instance_range owned(int target, int thread) const noexcept;
  [[nodiscard]] std::int64_t size_of_owner(int target) const noexcept;
  [[nodiscard]] receiver receiver_of(int thread, const projection &connections,
                                     bool whole) noexcept;

  void run_stage(const stage &item);
  void run_part(int thread, const stage &item);
  void step_hosts(thread_state &state, const block &item, instance_range hosts);
  void make_threads();
  [[nodiscard]] bool steps_can_join() const;
  [[nodiscard]] bool has_own_stages() const;
  [[nodiscard]] bool can_deliver_jointly(const projection &connections) const;
  [[nodiscard]] bool stays_with_threads(const projection &connections) const;
  void find_joint_stages();
  void bring_together();
  void gather_events();
  [[nodiscard]] int first_owner(int target) const noexcept;
  [[nodiscard]] std::int64_t find_epoch() const noexcept;
  void take_steps(int thread, std::int64_t steps);
  void take_own_step(int thread, event_queue &queue);
  void deliver_own(thread_state &state, int thread, std::size_t stage_number);
  void send_on(int thread, std::size_t turn, std::int64_t steps, event_queue &queue);
  void send_on(int thread, thread_state &own, int number, event_queue &queue);
  void step_stage(thread_state &state, int thread, const stage &item);
  // What a thread works with, brought to the current step.
  [[nodiscard]] thread_state &state_of(int thread) noexcept;
  void update_family(thread_state &state, const block &item, instance_range hosts);
  void update(thread_state &state, const block &item, instance_range hosts);
  void update_attached(thread_state &state, const block &item, instance_range hosts);
  void find_settled();
  void settle_cables();
  void step_cables(thread_state &state, const block &item, instance_range hosts);
  void step_shared(thread_state &state, int thread, const block &item, instance_range hosts);
  [[nodiscard]] static instance_range beside(const group &root, std::int64_t first) noexcept;
  [[nodiscard]] instance_range whole_cells(int number, int thread) const noexcept;
  void cable_currents(thread_state &state, const group &root, int number, instance_range cells,
                      instance_range hosts);
  void solve_cables(thread_state &state, const group &root, int number, instance_range cells);
  void advance_cables(thread_state &state, const group &root, int number, instance_range cells,
                      instance_range hosts);
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
  std::vector<kernel_bindings> bindings_;     // made first: all that the schedule reads is checked
  std::vector<crossed_connections> crossed_;  // of which events of columns wait
  schedule schedule_;
  transmission transmission_;
  deferrals deferrals_;
  row_cuts row_cuts_;
  std::vector<std::unique_ptr<thread_state>> threads_;
  std::vector<std::unique_ptr<settled_cables>> settled_;  // by group, of those of compartments
  std::vector<std::int64_t> n_stepped_;  // per group: instances below have taken this step
  std::vector<int> joint_ports_;         // in the order of sending, where steps can join
  // By stage: how many instances of every group have taken a step behind it.
  std::vector<std::vector<std::int64_t>> n_stepped_behind_;
  bool any_immediate_ = false;
  bool can_join_ = false;
  std::int64_t epoch_ = 1;             // steps between two meetings, where steps can join
  std::int64_t joint_until_ = -1;      // after this step all queues hold what their threads deliver
  bool queues_differ_ = false;         // that of the network lacks what others alone deliver
  bool connections_recorded_ = false;  // states of connections move before rows are taken
  bool seen_ = true;
  std::span<const batch> shared_arrivals_;  // to be delivered together with the next stage
  std::vector<message> pending_;
  std::vector<message> current_;
  std::vector<late_message> late_;
  std::vector<late_message> late_now_;
  std::size_t pending_events_ = 0;
  std::vector<connection_range> segments_;
  std::vector<std::int32_t> rows_;
};

}  // namespace annarchy_ml
