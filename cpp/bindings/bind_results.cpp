// Python's view of what a run leaves: traces, events, and the files written from them.
#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "bindings.hpp"
#include "error.hpp"
#include "table_writer.hpp"
#include "thread_team.hpp"

namespace annarchy_ml::bindings {

namespace {

constexpr int most_printing_threads = 4;  // beyond, the disk is the limit

using trace_tuple = std::tuple<int, std::string, std::int64_t>;
using event_tuple = std::tuple<int, std::string, std::int32_t>;

number_style style_of(const std::string &name) {
  require(name == "float32" || name == "float64", name, "the style is 'float32' or 'float64'");
  return name == "float32" ? number_style::float32 : number_style::float64;
}

std::string path_of(const py::object &path) {
  return py::str(py::module_::import("os").attr("fspath")(path));
}

// Views of all rows: times (rows,), values (rows, columns). They keep the memory alive and may not
// be written to: later views show the same memory.
py::tuple view_rows(recorder &from) {
  const auto rows = static_cast<py::ssize_t>(from.rows());
  const auto columns = static_cast<py::ssize_t>(from.columns());
  using shared = std::shared_ptr<const double[]>;
  auto kept = std::make_unique<shared>(rows == 0 ? nullptr : from.whole());
  const double *numbers = kept->get();
  const py::capsule owner(kept.get(), [](void *held) { delete static_cast<shared *>(held); });
  static_cast<void>(kept.release());
  constexpr py::ssize_t width = sizeof(double);
  const py::ssize_t row = (columns + 1) * width;
  const std::vector<py::ssize_t> table{rows, columns}, steps{row, width};
  const py::array_t<double> times({rows}, {row}, numbers, owner);
  const py::array_t<double> values(table, steps, numbers == nullptr ? nullptr : numbers + 1, owner);
  times.attr("setflags")(py::arg("write") = false);
  values.attr("setflags")(py::arg("write") = false);
  return py::make_tuple(times, values);
}

int record(python_network &self, const std::vector<trace_tuple> &sources, std::int64_t interval) {
  std::vector<trace_source> made;
  made.reserve(sources.size());
  for (const auto &[owner, name, index] : sources) made.push_back({owner, name, index});
  return self.editable().record(made, interval);
}

int record_events(python_network &self, const std::vector<event_tuple> &sources) {
  std::vector<event_source> made;
  made.reserve(sources.size());
  for (const auto &[owner, port, index] : sources) {
    made.push_back({owner, self.model.at(owner).out_port_position(port), index});
  }
  return self.editable().record_events(made);
}

// Events of many instances at once; each is known by its place among `cells`.
int record_group_events(python_network &self, int owner, const std::string &port,
                        const contiguous<std::int32_t> &cells) {
  const int position = self.model.at(owner).out_port_position(port);
  std::vector<event_source> made;
  made.reserve(static_cast<std::size_t>(cells.size()));
  for (const std::int32_t cell : span_of(cells)) made.push_back({owner, position, cell});
  return self.editable().record_events(made);
}

py::tuple copy_events(const python_network &self, int id) {
  const event_recorder &list = self.readable().event_list(id);
  const auto count = static_cast<py::ssize_t>(list.times().size());
  return py::make_tuple(py::array_t<double>(count, list.times().data()),
                        py::array_t<std::int32_t>(count, list.which().data()));
}

void write_python_table(const py::object &path, const std::vector<strided<double>> &columns,
                        const std::string &style) {
  const std::string name = path_of(path);
  table_view table;
  for (const strided<double> &column : columns) {
    require(column.ndim() == 1 && column.size() == columns.front().size(), name,
            "every column must be of shape (rows,)");
    require(column.size() < 2 || column.strides(0) % py::ssize_t{sizeof(double)} == 0, name,
            "a column must lie on whole numbers");
    table.rows = column.size();
    table.columns.push_back({column.data(), column.strides(0) / py::ssize_t{sizeof(double)}});
  }
  const number_style digits = style_of(style);
  const py::gil_scoped_release release;
  write_table(name, table, digits, std::min(usable_cores(), most_printing_threads));
}

void write_python_events(const py::object &path, const contiguous<double> &times,
                         const contiguous<std::int32_t> &ids, bool time_first,
                         const std::optional<std::vector<std::string>> &labels,
                         const std::string &style) {
  const std::string name = path_of(path);
  event_view events{span_of(times), span_of(ids), {}};
  if (labels) events.labels = *labels;
  require(!labels || !labels->empty() || ids.size() == 0, name, "an event has no label");
  const number_style digits = style_of(style);
  const py::gil_scoped_release release;
  write_events(name, events, time_first, digits);
}

void define_recording(network_class &type) {
  type.def("record", &record, py::arg("sources"), py::arg("interval_steps") = 1)
      .def(
          "recorded",
          [](python_network &self, int id) { return view_rows(self.readable().traces(id)); },
          py::arg("id"))
      .def(
          "complete_file",
          [](python_network &self, int id) { return self.readable().traces(id).complete_file(); },
          py::arg("id"))
      .def(
          "stream_to",
          [](python_network &self, int id, const py::object &path, std::size_t budget_bytes) {
            self.editable().traces(id).stream_to(path_of(path), budget_bytes);
          },
          py::arg("id"), py::arg("path"), py::arg("budget_bytes"))
      .def("record_events", &record_events, py::arg("sources"))
      .def(
          "record_all_events",
          [](python_network &self, int owner, const std::string &port) {
            const int position = self.model.at(owner).out_port_position(port);
            return self.editable().record_all_events(owner, position);
          },
          py::arg("group"), py::arg("port"))
      .def("record_group_events", &record_group_events, py::arg("group"), py::arg("port"),
           py::arg("cells"))
      .def("events", &copy_events, py::arg("id"))
      .def_property_readonly("memory_bytes",
                             [](const python_network &self) { return self.readable().bytes(); })
      .def(
          "estimate_bytes",
          [](const python_network &self, std::int64_t steps) {
            const network &model = self.readable();
            return model.bytes() + model.estimate_records(steps);
          },
          py::arg("steps"));
}

}  // namespace

void register_results(py::module_ &module, network_class &network_type) {
  define_recording(network_type);
  module.def("write_table", &write_python_table, py::arg("path"), py::arg("columns"),
             py::arg("style") = "float32");
  module.def("write_events", &write_python_events, py::arg("path"), py::arg("times"),
             py::arg("ids"), py::arg("time_first"), py::arg("labels") = py::none(),
             py::arg("style") = "float32");
}

}  // namespace annarchy_ml::bindings
