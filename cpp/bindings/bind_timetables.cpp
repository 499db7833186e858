// Values over groups, values at certain steps, and events between runs.
#include <pybind11/stl.h>

#include <map>
#include <optional>
#include <tuple>

#include "bindings.hpp"
#include "error.hpp"

namespace annarchy_ml::bindings {

namespace {

using field_tuple_ref = std::tuple<int, std::string>;  // group, name
using spike_rows = std::tuple<contiguous<std::int64_t>, contiguous<std::int32_t>>;

const std::map<std::string, pooling> kinds{{"mean", pooling::mean},
                                           {"min", pooling::min},
                                           {"max", pooling::max},
                                           {"norm1", pooling::norm1},
                                           {"norm2", pooling::norm2}};

field_name named(const field_tuple_ref &item) { return {std::get<0>(item), std::get<1>(item)}; }

template <class Number>
std::vector<Number> copied(const contiguous<Number> &given) {
  const auto values = span_of(given);
  return {values.begin(), values.end()};
}

// Rows of values, or cells for each step.
timed_values taken(const contiguous<std::int64_t> &steps, const contiguous<double> &values,
                   const std::optional<spike_rows> &rows, std::int64_t period,
                   std::int64_t origin) {
  timed_values made;
  made.steps = copied(steps);
  made.values = copied(values);
  made.period = period;
  made.origin = origin;
  if (rows) {
    made.row_ptr = copied(std::get<0>(*rows));
    made.cells = copied(std::get<1>(*rows));
  }
  return made;
}

// Events that a caller sends or takes back between runs.
void define_events(network_class &type) {
  type.def(
          "forget_events",
          [](python_network &self, int source) { self.editable().forget_events(source); },
          py::arg("group"))
      .def(
          "send_events",
          [](python_network &self, int source, const std::string &port,
             const contiguous<std::int32_t> &rows) {
            network &made = self.editable();
            made.send_events(source, made.at(source).out_port_position(port), span_of(rows));
          },
          py::arg("group"), py::arg("port"), py::arg("rows"))
      .def(
          "go_on_from",
          [](python_network &self, const python_network &before,
             const std::vector<std::pair<int, int>> &projections) {
            self.editable().go_on_from(before.readable(), projections);
          },
          py::arg("before"), py::arg("projections"));
}

}  // namespace

void register_timetables(network_class &type) {
  define_events(type);
  type.def(
          "add_pool",
          [](python_network &self, const field_tuple_ref &source, const field_tuple_ref &target,
             const std::string &kind) {
            const auto found = kinds.find(kind);
            require(found != kinds.end(), kind, "there is no value over a group of this name");
            self.editable().add_pool(named(source), named(target), found->second);
          },
          py::arg("source"), py::arg("target"), py::arg("kind"))
      .def(
          "add_timetable",
          [](python_network &self, const field_tuple_ref &target,
             const contiguous<std::int64_t> &steps, const contiguous<double> &values,
             const std::optional<spike_rows> &rows, std::int64_t period) {
            return self.editable().add_timetable(named(target),
                                                 taken(steps, values, rows, period, 0));
          },
          py::arg("target"), py::arg("steps"), py::arg("values"), py::arg("rows") = py::none(),
          py::arg("period") = 0)
      .def(
          "set_timetable",
          [](python_network &self, int id, const contiguous<std::int64_t> &steps,
             const contiguous<double> &values, const std::optional<spike_rows> &rows,
             std::int64_t period, std::int64_t origin) {
            self.editable().timetable_at(id).set(taken(steps, values, rows, period, origin));
          },
          py::arg("id"), py::arg("steps"), py::arg("values"), py::arg("rows") = py::none(),
          py::arg("period") = 0, py::arg("origin") = 0);
}

}  // namespace annarchy_ml::bindings
