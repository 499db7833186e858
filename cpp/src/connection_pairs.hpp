// The first part of building: which pairs are connected. Rows come out sorted by target.
#pragma once

#include <cstdint>
#include <vector>

#include "connection_rules.hpp"
#include "philox.hpp"
#include "thread_team.hpp"

namespace annarchy_ml {

// What the steps of building share.
struct connection_task {
  const connection_request &request;
  thread_team &team;
  connection_store &store;
  raw_array ordered_steps{};  // uint16: given delays in the order of the rows

  [[nodiscard]] const connection_rule &rule() const noexcept { return request.rule; }
  [[nodiscard]] std::int64_t n_sources() const noexcept { return request.rule.sources.size(); }
  [[nodiscard]] std::int64_t n_targets() const noexcept { return request.rule.targets.size(); }
  [[nodiscard]] draw_source draws() const noexcept { return {request.seed, request.number}; }
  // Number within the target range of the instance that is source `row`; -1 where there is none, or
  // where an instance may be connected to itself.
  [[nodiscard]] std::int64_t excluded_target(std::int64_t row) const noexcept {
    return excluded(row + rule().sources.begin - rule().targets.begin, n_targets());
  }
  [[nodiscard]] std::int64_t excluded_source(std::int64_t target) const noexcept {
    return excluded(target + rule().targets.begin - rule().sources.begin, n_sources());
  }

 private:
  [[nodiscard]] std::int64_t excluded(std::int64_t number, std::int64_t size) const noexcept {
    const bool possible = request.same_group && !rule().self_connections;
    return possible && number >= 0 && number < size ? number : -1;
  }
};

// Each fills store.row_ptr and store.targets.
void connect_by_rows(connection_task &task);
void connect_by_targets(connection_task &task);
void connect_explicit(connection_task &task);

// Refuses a fixed number of sources that a target cannot have.
void check_indegree(const connection_task &task);

// Refuses what will not fit: so many connections at most, with `extra` bytes while building.
void require_room(const connection_task &task, double connections, double extra);

}  // namespace annarchy_ml
