// Whether a run on several threads goes faster by one of them alone: tried now and then.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace annarchy_ml {

// Results do not depend on it. Steps are counted in phases: some by all threads and some by one,
// each kind timed when it has got going, then many in the faster way. The oftener the same one is
// faster, the more.
class pace {
 public:
  [[nodiscard]] bool alone() const noexcept { return alone_; }
  // So many steps have been taken in this way.
  void count(std::int64_t steps) noexcept {
    left_ -= steps;
    taken_ += static_cast<double>(steps);
    if (left_ <= 0) turn();
  }

 private:
  enum phase : std::uint8_t { rest, together_warm, together, alone_warm, by_one };
  using clock = std::chrono::steady_clock;

  void turn() noexcept {
    const clock::time_point now = clock::now();
    const double each = std::chrono::duration<double>(now - begun_).count() / taken_;
    if (phase_ == together) together_seconds_ = each;
    if (phase_ == by_one) choose(each);
    phase_ = static_cast<phase>((phase_ + 1) % 5);
    constexpr std::array<std::int64_t, 5> lengths{0, 64, 128, 16, 128};
    left_ = phase_ == rest ? rest_steps_ : lengths[phase_];
    alone_ = phase_ == rest ? chosen_ : phase_ >= alone_warm;
    taken_ = 0;
    begun_ = now;
  }
  void choose(double each) noexcept {
    const bool before = chosen_;
    chosen_ = each <= together_seconds_;
    rest_steps_ = chosen_ == before ? std::min(rest_steps_ * 2, longest_rest) : shortest_rest;
  }

  static constexpr std::int64_t shortest_rest = 2048;
  static constexpr std::int64_t longest_rest = 65536;

  phase phase_ = rest;
  bool alone_ = false;
  bool chosen_ = false;
  std::int64_t left_ = 1024;  // the first ones are always taken by all
  std::int64_t rest_steps_ = shortest_rest;
  double taken_ = 0.0;             // steps of this phase
  double together_seconds_ = 0.0;  // of one step
  clock::time_point begun_ = clock::now();
};

}  // namespace annarchy_ml
