// Events under way: segments of rows, filed by the step in which they arrive.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "projection.hpp"
#include "step_clock.hpp"

namespace annarchy_ml {

// Where a connection is that is no more.
inline constexpr std::uint32_t gone_connection = 0xFFFFFFFFU;

// Segments of one projection that fall due at the same time.
struct batch {
  double due = 0.0;  // time of the sending step + delay [s]
  const projection *connections = nullptr;
  std::span<const connection_range> segments;
};

// Any number of events may be under way on one connection. Arrivals up to `ring_steps` ahead are
// filed in a ring, later ones (delays longer than most runs) in an ordered map.
// Connections of one network by those of another one.
using same_connections = std::map<const projection *, const projection *>;

class event_queue {
 public:
  static constexpr std::int64_t ring_steps = std::int64_t{1} << 16;

  explicit event_queue(step_clock &time) : time_(time) {}

  // Makes room for the delays of a projection; call it before the first event is sent.
  void prepare_for(const projection &connections);
  void clear();
  // What is under way on some connections never arrives.
  void forget(const projection &connections);
  // Goes on with events under way on connections that were put into another order: connection c is
  // at to[c] by now. They keep their due time and their order; those on connections that are gone
  // never arrive.
  void follow(const projection &connections, std::span<const std::uint32_t> to);

  // Files the delayed events of the source instances `rows`, sent `now`: in the current step, or in
  // an earlier one none of whose events has arrived since.
  void send(const projection &connections, std::span<const std::int32_t> rows,
            const step_clock &now);

  // What arrives in the current step, ordered by due time, then by order of sending.
  // Valid until `discard`.
  [[nodiscard]] std::span<const batch> arriving();
  void discard() noexcept;

  // Takes over what is under way in another one, which keeps it.
  void copy(const event_queue &other);

  // Takes what is under way on some connections from a copy that has gone on from the same step to
  // the same one.
  void replace(const std::set<const projection *> &some, const event_queue &copy);

  // Takes over what is under way in the queue of another network at the same time, on connections
  // that this one has too: `same` says which they are.
  void go_on_from(const event_queue &other, const same_connections &same);

  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  struct filed {
    double due;
    const projection *connections;
    std::size_t first;
    std::size_t count;
  };
  struct slot {
    std::vector<filed> batches;
    std::vector<connection_range> segments;
  };
  // Where the events of one delay go during one call of send.
  struct destination {
    std::size_t count = 0;
    slot *target = nullptr;
    connection_range *next = nullptr;
  };

  [[nodiscard]] slot &slot_for(double due, const step_clock &now);
  [[nodiscard]] slot &slot_at(std::int64_t step) noexcept {
    return ring_[static_cast<std::size_t>(step) & mask_];
  }
  slot &file(const projection &connections, double delay, std::size_t count, const step_clock &now);
  void send_single(const projection &connections, std::span<const std::int32_t> rows,
                   const step_clock &now);
  void send_several(const projection &connections, std::span<const std::int32_t> rows,
                    const step_clock &now);
  void count_by_delay(const projection &connections, std::span<const std::int32_t> rows);
  void add_view(const slot &from);
  // Copies one entry, as one of other connections.
  static void append(slot &own, const slot &from, const filed &item, const projection &ours);
  static void take_over(slot &own, const slot &from, const same_connections &same);
  static void replace(slot &own, const std::set<const projection *> &some, const slot &from);
  static void follow(slot &item, const projection &connections, std::span<const std::uint32_t> to);

  step_clock &time_;
  std::vector<slot> ring_;
  std::size_t mask_ = 0;
  std::map<double, slot> far_;
  std::vector<batch> view_;
  std::vector<destination> destinations_;  // one per delay
};

// Forgets what has arrived in a step at its end, however it ends.
struct discard_at_end {
  event_queue &queue;

  ~discard_at_end() { queue.discard(); }
};

}  // namespace annarchy_ml
