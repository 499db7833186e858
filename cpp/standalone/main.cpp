// Runs the model of a stand-alone project and writes its files.
//
//   simulate [--out DIR] [--threads N] [--model FILE]
//
// Exit codes are those of annarchy-ml: 0 complete, 1 the model is at fault, 2 wrong usage, 3 it
// cannot run here.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>

#include "error.hpp"
#include "playback.hpp"

extern "C" {
extern const annarchy_ml::standalone::function aml_symbols[];
extern const long aml_symbol_count;
}

namespace {

namespace aml = annarchy_ml;

constexpr int model_fault = 1;
constexpr int usage_fault = 2;
constexpr int environment_fault = 3;
constexpr double poll_every_seconds = 1.0;

struct options {
  std::filesystem::path out = ".";
  std::string model = AML_MODEL;
  int threads = 0;
};

// False: this is no command line.
bool read_options(int count, char **words, options &found) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = words[i];
    const std::string text = words[i + 1];
    if (name == "--out") {
      found.out = text;
    } else if (name == "--model") {
      found.model = text;
    } else if (name == "--threads" && std::atoi(text.c_str()) > 0) {
      found.threads = std::atoi(text.c_str());
    } else {
      return false;
    }
  }
  return count % 2 == 1;
}

void simulate(const options &wanted) {
  std::ifstream stream(wanted.model, std::ios::binary);
  aml::standalone::tape_reader tape(stream, wanted.model);
  aml::standalone::playback state{{aml_symbols, aml_symbol_count}, wanted.threads};
  for (aml::standalone::call made; tape.next(made);) aml::standalone::play(state, made);
  static_cast<void>(state.net());
  const auto go_on = [](std::int64_t) { return true; };
  try {
    state.engine->run(state.steps, go_on, poll_every_seconds);
  } catch (const aml::engine_error &) {
    aml::standalone::write_files(state, wanted.out);  // what was recorded is kept
    throw;
  }
  aml::standalone::write_files(state, wanted.out);
}

int code_of(const aml::engine_error &fault) {
  const bool of_model =
      fault.code() == aml::error_code::non_finite || fault.code() == aml::error_code::event_loop;
  return of_model ? model_fault : environment_fault;
}

}  // namespace

int main(int count, char **words) {
  options wanted;
  if (!read_options(count, words, wanted)) {
    std::fprintf(stderr, "usage: %s [--out DIR] [--threads N] [--model FILE]\n", words[0]);
    return usage_fault;
  }
  try {
    simulate(wanted);
  } catch (const aml::engine_error &fault) {
    std::fprintf(stderr, "error: %s: %s\n", fault.place().c_str(), fault.what());
    return code_of(fault);
  } catch (const std::exception &fault) {
    std::fprintf(stderr, "error: %s\n", fault.what());
    return environment_fault;
  }
  return 0;
}
