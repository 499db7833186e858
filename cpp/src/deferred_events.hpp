// Events of columns of connections that wait until their row is read for another reason.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "contexts.hpp"
#include "crossed_connections.hpp"
#include "kept_values.hpp"
#include "schedule.hpp"
#include "thread_team.hpp"

namespace annarchy_ml {

// Events of the columns of one thread, numbered from the start.
class column_log {
 public:
  column_log(std::int64_t n_rows, std::int64_t n_columns);

  void add(std::int32_t column, std::int32_t moment);
  [[nodiscard]] bool is_pending(std::size_t row) const noexcept { return seen_[row] < end(); }
  // Hands to the kernel what a row, which begins at this connection, has not heard yet; `events`
  // says what is common to all of it.
  void catch_up(std::size_t row, std::int32_t connection, const aml_context &context,
                aml_event_fn kernel, aml_events events);
  // A mark: what every row must have heard before the next one.
  [[nodiscard]] std::int64_t turn_mark() noexcept;
  // Whether a row has not heard an event before `number`.
  [[nodiscard]] bool lags(std::size_t row, std::int64_t number) const noexcept {
    return seen_[row] < number;
  }
  // Forgets the events before `number`.
  void forget(std::int64_t number);

  static constexpr std::size_t n_marks = 8;

 private:
  [[nodiscard]] std::int64_t end() const noexcept { return first_ + n_events_; }

  std::vector<std::int32_t> columns_, moments_;  // of the events; AML_PADDING places more
  std::int64_t first_ = 0;                       // number of the event at place 0
  std::int64_t n_events_ = 0;
  std::vector<std::int64_t> parts_;  // first events of parts in which no column occurs twice
  std::vector<std::int64_t> last_;   // by column: its last event
  std::vector<std::int64_t> seen_;   // by row: the first event that it has not heard
  std::array<std::int64_t, n_marks> marks_{};
  std::size_t mark_ = 0;
  std::vector<std::int32_t> connections_;
  std::vector<aml_run> runs_;
};

// The events of one group of connections.
class deferred_events {
 public:
  deferred_events(const network_parts &parts, const kernel_bindings &bindings, const schedule &plan,
                  crossed_connections found, int threads);

  [[nodiscard]] const projection *rows() const noexcept { return found_.rows; }
  [[nodiscard]] const projection *columns() const noexcept { return found_.columns; }
  // Whether the events of columns read fields of a group.
  [[nodiscard]] bool reads(int group_number) const noexcept;
  // While no other thread is at work: events of the columns of these senders arrive.
  void file(std::span<const std::int32_t> senders, thread_team &team);
  // The same in two parts, for threads that meet in between. Each shows what the columns may read
  // of its own instances at the present moment, whether or not there are events;
  void show(int thread) noexcept;
  // and where there are, each hears of all.
  void hear(int thread, std::span<const std::int32_t> senders);
  // Each thread, or one for all (-1), before events of a row are delivered to a part of it.
  void catch_up(int thread, connection_range part);
  // All rows hear all.
  void settle(thread_team &team);

 private:
  // Of each thread, in memory of its own.
  struct alignas(128) own_part {
    column_log log;
    std::int64_t moments = 0;           // heard of so far: the same for all threads
    std::vector<instance_range> owned;  // of the groups of found_.externals
    std::vector<kept_values> values;    // of the same
    aml_context context{};
    std::vector<const void *> externals;
  };

  [[nodiscard]] std::unique_ptr<own_part> make_part(int thread, const network_parts &parts,
                                                    const kernel_bindings &bindings,
                                                    const schedule &plan);
  void catch_up_row(own_part &own, std::size_t row);
  void make_room(own_part &own);
  [[nodiscard]] bool needs_room(const own_part &own) const noexcept;
  [[nodiscard]] std::size_t row_of(connection_range part) const noexcept;
  [[nodiscard]] std::int64_t source_of(std::size_t row) const noexcept;

  const group &group_;
  crossed_connections found_;
  aml_event_fn kernel_;
  std::size_t n_rows_;
  std::int64_t n_moments_;             // kept
  std::vector<latest_values> latest_;  // of found_.externals
  std::vector<std::int32_t> part_of_;  // column -> thread
  std::vector<std::unique_ptr<own_part>> parts_;
};

// The connections of a network whose events of columns are to wait, as far as there is memory.
[[nodiscard]] std::vector<crossed_connections> find_deferrable(const network_parts &parts,
                                                               int threads);

// Those of a network.
class deferrals {
 public:
  deferrals() = default;
  deferrals(const network_parts &parts, const std::vector<kernel_bindings> &bindings,
            const schedule &plan, std::span<const crossed_connections> found, int threads);

  // Who keeps the events that arrive over a projection; null: they are obeyed at once.
  [[nodiscard]] deferred_events *over_columns(const projection &item) const noexcept;
  // Who keeps others of what the events that arrive over a projection are to change.
  [[nodiscard]] deferred_events *over_rows(const projection &item) const noexcept;
  // Whether events that wait read fields of a group.
  [[nodiscard]] bool read(int group_number) const noexcept;
  void settle(thread_team &team);
  [[nodiscard]] std::int64_t size() const noexcept { return std::ssize(all_); }

 private:
  std::vector<std::unique_ptr<deferred_events>> all_;
};

}  // namespace annarchy_ml
