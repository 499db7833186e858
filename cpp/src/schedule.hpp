// The schedule of a step: blocks in order, grouped into stages that threads can share.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crossed_connections.hpp"
#include "network.hpp"

namespace annarchy_ml {

// One out-port and all that listens to it.
struct out_port {
  int group = -1;
  int port = -1;
  std::vector<const projection *> delayed;    // with at least one delay above 0
  std::vector<const projection *> immediate;  // with delay 0 among their delays
  std::vector<const subscription *> listeners;
  // Ranges in which all instances are that are heard; empty where that was not looked for.
  std::vector<instance_range> senders{};

  [[nodiscard]] bool heard() const noexcept {
    return !delayed.empty() || !immediate.empty() || !listeners.empty();
  }
};

// A field by numbers.
struct field_place {
  int group = -1;
  int field = -1;
};

struct placed_reduction {
  const reduction *rule = nullptr;
  field_place source, target;
  field_place
      joined;  // source of the next one, done in the same pass; group -1 where there is none
};

struct block {
  int group = -1;
  instance_range hosts;
  std::vector<int> attached;  // groups attached to this one
  std::vector<placed_reduction> reductions;
  std::vector<int> ports;    // numbers of heard out-ports: attached groups', then own
  bool immediate = false;    // events may have to be delivered before the next block
  std::int64_t portion = 0;  // hosts to be stepped at a time
  bool family = false;       // all of it steps in one kernel, that of its hosts' family
  bool shared = false;       // threads share its cells, and meet before they are solved and after
  std::vector<instance_range> touched{};  // of compartments: ranges of those with anything attached
  std::vector<field_place> passing{};     // fields that a portion needs no longer than it steps

  [[nodiscard]] bool in_portions() const noexcept { return portion < hosts.size(); }
};

// Consecutive blocks between which the threads need not meet.
struct stage {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool parallel = false;
  bool own_only = false;  // no thread reads what another may write: the first may join the delivery
};

// Hosts to which anything is attached, ascending; those closer than `apart` count as one range.
[[nodiscard]] std::vector<instance_range> hosts_with_attached(const network_parts &parts, int host,
                                                              std::int64_t apart);

inline constexpr std::int64_t small_portion = 512;  // hosts whose fields stay in the first cache
inline constexpr std::int64_t smallest_parallel = 512;  // instances; below, meeting costs more
inline constexpr std::int64_t large_portion = 1024;     // hosts whose flags do

class schedule {
 public:
  // Of the crossed connections the events of columns wait.
  schedule(const network_parts &parts, std::span<const crossed_connections> waiting, int threads);

  [[nodiscard]] const std::vector<block> &blocks() const noexcept { return blocks_; }
  [[nodiscard]] const std::vector<stage> &stages() const noexcept { return stages_; }
  [[nodiscard]] const std::vector<out_port> &ports() const noexcept { return ports_; }
  // Numbers of the heard out-ports of a group.
  [[nodiscard]] const std::vector<int> &ports_of(int group) const noexcept {
    return ports_of_[static_cast<std::size_t>(group)];
  }
  // Whether event kernels that other threads call may read it.
  [[nodiscard]] bool read_across(int group) const noexcept {
    return read_across_[static_cast<std::size_t>(group)] != 0;
  }
  // The instances of a group that belong to a thread: those of its hosts.
  [[nodiscard]] instance_range slice(int group, int thread) const noexcept {
    const auto &cuts = cuts_[static_cast<std::size_t>(group)];
    return {cuts[static_cast<std::size_t>(thread)], cuts[static_cast<std::size_t>(thread) + 1]};
  }

 private:
  void find_ports();
  void find_senders(out_port &port) const;
  void cut_groups();
  void share_cells();
  [[nodiscard]] bool worth_sharing(const block &item) const;
  void make_blocks();
  void make_stages();
  void add_reduction(block &item, const group_reduction &added) const;
  void portion_out(block &item) const;
  [[nodiscard]] bool steps_as_family(const block &item) const noexcept;
  [[nodiscard]] bool joins_last_stage(int group_number) const noexcept;
  [[nodiscard]] bool changes_read_across(const block &item) const noexcept;
  [[nodiscard]] std::int64_t work_of(const block &item) const noexcept;
  [[nodiscard]] std::vector<double> work_of_hosts(int group) const;
  void add_work_of_owners(const group &target, int root, std::vector<double> &work) const;
  [[nodiscard]] std::vector<int> cut_together_with(int number) const;
  void cut_hosts(const std::vector<int> &roots);
  [[nodiscard]] std::int64_t aligned(int number, std::int64_t place) const;

  const network_parts &parts_;
  int threads_;
  std::vector<out_port> ports_;
  std::vector<std::vector<int>> ports_of_;
  std::vector<std::vector<std::int64_t>> cuts_;  // per group: first instance of each thread
  std::vector<char> together_;     // per group: cut with others, enough for all threads together
  std::vector<char> read_across_;  // per group
  std::vector<char> shared_;       // per group: cuts go through cells
  std::vector<block> blocks_;
  std::vector<stage> stages_;
};

}  // namespace annarchy_ml
