// What the binding files share: the Python-side network and their registration functions.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "network.hpp"
#include "numbers.hpp"
#include "runner.hpp"

namespace annarchy_ml::bindings {

// A network and the state of its run.
struct python_network {
  python_network(double dt, std::uint64_t seed, bool single_precision, int threads)
      : model(dt, seed, single_precision), engine(model, threads) {}

  // The network, for a change of structure; refused while a run is in progress.
  network &editable();
  // The network, for a look at what was recorded; refused while a step is in progress.
  [[nodiscard]] const network &readable() const;

  network model;
  runner engine;
  bool running = false;
  bool polling = false;  // the run waits between two steps
  bool interrupted = false;
};

// True from here to the end of the scope.
struct raised_flag {
  explicit raised_flag(bool &flag) : value(flag) { value = true; }
  ~raised_flag() { value = false; }
  bool &value;
};

using network_class = py::class_<python_network>;

void register_errors(py::module_ &module);
void register_kernel_library(py::module_ &module);
network_class register_network(py::module_ &module);
void register_projections(network_class &network_type);
void register_timetables(network_class &network_type);
void register_couplings(network_class &network_type);
void register_cables(network_class &network_type);
void register_cuda(py::module_ &module);
void register_device(network_class &network_type);
void register_results(py::module_ &module, network_class &network_type);

}  // namespace annarchy_ml::bindings
