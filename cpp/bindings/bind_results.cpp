// Python's view of what a run leaves: traces, events, and the files written from them.
#include <pybind11/stl.h>

#include <optional>
#include <tuple>

#include "bindings.hpp"
#include "error.hpp"
#include "table_writer.hpp"

namespace annarchy_ml::bindings {

namespace {

using trace_tuple = std::tuple<int, std::string, std::int64_t>;
using event_tuple = std::tuple<int, std::string, std::int32_t>;

number_style style_of(const std::string &name) {
  require(name == "float32" || name == "float64", name, "the style is 'float32' or 'float64'");
  return name == "float32" ? number_style::float32 : number_style::float64;
}

std::string path_of(const py::object &path) {
  return py::str(py::module_::import("os").attr("fspath")(path));
}

// A copy of `count` chunks from `first` on: times (rows,), values (rows, columns).
py::tuple copy_chunks(const recorder &from, std::int64_t first, std::int64_t count) {
  std::int64_t rows = 0;
  for (std::int64_t k = first; k < first + count; ++k) rows += from.chunk_rows(k);
  py::array_t<double> times(rows);
  py::array_t<double> values({rows, from.columns()});
  double *time = times.mutable_data();
  double *value = values.mutable_data();
  for (std::int64_t k = first; k < first + count; ++k) {
    from.copy_chunk(k, time, value);
    time += from.chunk_rows(k);
    value += from.chunk_rows(k) * from.columns();
  }
  return py::make_tuple(times, values);
}

// Iterates over the chunks of one recording, so that only one is in memory.
struct chunk_iterator {
  py::object owner;
  const recorder *from;
  std::int64_t next = 0;

  py::tuple advance() {
    static_cast<void>(owner.cast<const python_network &>().readable());
    if (next >= from->chunk_count()) throw py::stop_iteration();
    return copy_chunks(*from, next++, 1);
  }
};

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

py::tuple copy_events(const python_network &self, int id) {
  const event_recorder &list = self.readable().event_list(id);
  const auto count = static_cast<py::ssize_t>(list.times().size());
  return py::make_tuple(py::array_t<double>(count, list.times().data()),
                        py::array_t<std::int32_t>(count, list.which().data()));
}

void write_python_table(const py::object &path, const contiguous<double> &times,
                        const contiguous<double> &values, const std::string &style) {
  require(times.ndim() == 1 && values.ndim() == 2 && values.shape(0) == times.shape(0), "values",
          "times must be of shape (rows,), values of shape (rows, columns)");
  const std::string name = path_of(path);
  const table_view table{span_of(times), span_of(values), values.shape(1)};
  const number_style digits = style_of(style);
  const py::gil_scoped_release release;
  write_table(name, table, digits);
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
          [](const python_network &self, int id) {
            const recorder &from = self.readable().traces(id);
            return copy_chunks(from, 0, from.chunk_count());
          },
          py::arg("id"))
      .def(
          "recorded_chunks",
          [](const py::object &self, int id) {
            return chunk_iterator{self, &self.cast<python_network &>().readable().traces(id)};
          },
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
  py::class_<chunk_iterator>(module, "ChunkIterator")
      .def("__iter__", [](const py::object &self) { return self; })
      .def("__next__", &chunk_iterator::advance);
  define_recording(network_type);
  module.def("write_table", &write_python_table, py::arg("path"), py::arg("times"),
             py::arg("values"), py::arg("style") = "float32");
  module.def("write_events", &write_python_events, py::arg("path"), py::arg("times"),
             py::arg("ids"), py::arg("time_first"), py::arg("labels") = py::none(),
             py::arg("style") = "float32");
}

}  // namespace annarchy_ml::bindings
