// Plays a tape back: builds the network that it describes, runs it and writes its files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "network.hpp"
#include "runner.hpp"
#include "tape.hpp"

namespace annarchy_ml::standalone {

using function = void (*)();

// The functions of the kernels, by the numbers that the tape has for them; 0 is none.
struct symbol_table {
  const function *functions = nullptr;
  std::int64_t count = 0;

  [[nodiscard]] function at(std::int64_t number) const;
};

// What is to be written when the run is over.
struct wanted_file {
  bool is_table = false;
  call how;
};

struct playback {
  symbol_table symbols;
  int threads = 0;  // 0: as many as the tape says
  std::unique_ptr<network> model{};
  std::unique_ptr<runner> engine{};
  std::int64_t steps = 0;
  std::vector<wanted_file> files{};

  [[nodiscard]] network &net() const;
};

// Carries out one call.
void play(playback &state, const call &made);
// Calls that connect groups; false: the call is none of them.
bool play_connections(playback &state, const call &made);
// Writes what the tape wants to be written into a folder.
void write_files(const playback &state, const std::filesystem::path &folder);

}  // namespace annarchy_ml::standalone
