// Python's view of what a run leaves: traces, events, and the files written from them.
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <tuple>

#include "bindings.hpp"
#include "error.hpp"
#include "event_recorder.hpp"
#include "row_measures.hpp"
#include "row_printer.hpp"
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

// Rows as Python sees them: a buffer that keeps them alive and may not be written to.
struct row_memory {
  std::shared_ptr<const double[]> numbers;
  py::ssize_t rows = 0;
  py::ssize_t length = 0;  // of a row

  [[nodiscard]] py::buffer_info buffer() const {
    static double nothing = 0;
    constexpr py::ssize_t width = sizeof(double);
    double *first = rows == 0 ? &nothing : const_cast<double *>(numbers.get());
    return {first, {rows, length}, {length * width, width}, true};
  }
};

// Shape (rows, 1 + columns), the time first in each row. Later views show the same memory.
py::memoryview view_rows(recorder &from) {
  const auto rows = static_cast<py::ssize_t>(from.rows());
  const auto length = static_cast<py::ssize_t>(from.columns()) + 1;
  return py::memoryview(py::cast(row_memory{rows == 0 ? nullptr : from.whole(), rows, length}));
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

template <class Value>
py::object copied_list(const growing_list<Value> &values, const char *format) {
  const py::bytes bytes(nullptr, values.size() * sizeof(Value));
  values.copy_to(reinterpret_cast<Value *>(PyBytes_AS_STRING(bytes.ptr())));
  return py::memoryview(bytes).attr("cast")(format);
}

py::tuple copy_events(const python_network &self, int id) {
  const event_recorder &list = self.readable().event_list(id);
  return py::make_tuple(copied_list(list.times(), "d"), copied_list(list.which(), "i"));
}

py::tuple sort_events(const contiguous<double> &times, const contiguous<std::int32_t> &which,
                      std::int64_t senders) {
  const sorted_events made = sorted_by_sender(span_of(times), span_of(which), senders);
  return py::make_tuple(copied(std::span(made.times), "d"), copied(std::span(made.offsets), "q"));
}

// Prints files while a run goes on; dropped, it leaves none.
struct python_printer {
  std::shared_ptr<row_printer> printer;
  python_network *network;
  int recording;
};

using printed_tuple = std::tuple<py::object, std::vector<std::int64_t>>;

python_printer print_rows(python_network &self, int id, const std::vector<printed_tuple> &files,
                          int helpers, const std::string &style) {
  recorder &from = self.editable().traces(id);
  auto made = std::make_shared<row_printer>(std::clamp(helpers, 0, most_printing_threads - 1),
                                            from.columns() + 1);
  for (const auto &[path, columns] : files) made->open(path_of(path), style_of(style), columns);
  from.follow(made, made->rows_at_once());
  return {std::move(made), &self, id};
}

void finish_file(const python_printer &self, int file) {
  self.network->editable().traces(self.recording).hand_over();
  const std::shared_ptr<row_printer> printer = self.printer;
  const py::gil_scoped_release release;
  printer->finish(file);
}

// Measures of the rows of a run that are not kept.
struct python_measures {
  std::shared_ptr<row_measures> measures;
  python_network *network;
  int recording;
};

py::tuple tuple_of(const row_measures &from) {
  py::tuple columns(static_cast<std::size_t>(from.columns()));
  for (std::int64_t k = 0; k < from.columns(); ++k) {
    const column_measures one = from.of(k);
    columns[static_cast<std::size_t>(k)] =
        py::make_tuple(one.least, one.largest, one.total, one.last, one.rises);
  }
  return py::make_tuple(from.rows(), std::move(columns));
}

python_measures measure_later(python_network &self, int id, double threshold) {
  recorder &from = self.editable().traces(id);
  auto made = std::make_shared<row_measures>(from.columns(), threshold);
  from.pass_on(made);
  return {std::move(made), &self, id};
}

py::tuple taken(const python_measures &self) {
  self.network->editable().traces(self.recording).hand_over();
  return tuple_of(*self.measures);
}

py::tuple measure_rows(const contiguous<double> &rows, std::int64_t length, double threshold) {
  require(length >= 1, "rows", "a row has at least one number");
  row_measures made(length - 1, threshold);
  made.take(rows.data(), static_cast<std::int64_t>(rows.size()) / length);
  return tuple_of(made);
}

void write_python_table(const py::object &path, const std::vector<strided<double>> &columns,
                        const std::string &style) {
  const std::string name = path_of(path);
  table_view table;
  constexpr py::ssize_t width = sizeof(double);
  for (const strided<double> &column : columns) {
    require(column.ndim() == 1 && column.size() == columns.front().size(), name,
            "every column must be of shape (rows,)");
    table.rows = column.size();
    table.columns.push_back({column.data(), column.stride() / width});
  }
  const number_style digits = style_of(style);
  const py::gil_scoped_release release;
  write_table(name, table, digits, std::min(usable_cores(), most_printing_threads));
}

using train_tuple = std::tuple<std::string, contiguous<double>>;

void write_python_events(const py::object &path, const std::vector<train_tuple> &trains,
                         bool time_first, const std::string &style) {
  std::vector<event_train> made;
  made.reserve(trains.size());
  for (const auto &[label, times] : trains) made.push_back({label, span_of(times)});
  const std::string name = path_of(path);
  const number_style digits = style_of(style);
  const py::gil_scoped_release release;
  write_events(name, made, time_first, digits);
}

void define_recording(network_class &type) {
  type.def("record", &record, py::arg("sources"), py::arg("interval_steps") = 1)
      .def(
          "rows",
          [](python_network &self, int id) { return view_rows(self.readable().traces(id)); },
          py::arg("id"))
      .def("print_rows", &print_rows, py::arg("id"), py::arg("files"), py::arg("helpers"),
           py::arg("style") = "float32", py::keep_alive<0, 1>())
      .def("measure_rows", &measure_later, py::arg("id"), py::arg("threshold"),
           py::keep_alive<0, 1>())
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

void define_event_recording(network_class &type) {
  type.def("record_events", &record_events, py::arg("sources"))
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
      .def(
          "drop_rows", [](python_network &self, int id) { self.editable().traces(id).clear(); },
          py::arg("id"))
      .def(
          "drop_events",
          [](python_network &self, int id) { self.editable().event_list(id).clear(); },
          py::arg("id"));
}

}  // namespace

void register_results(py::module_ &module, network_class &network_type) {
  py::class_<row_memory>(module, "Rows", py::buffer_protocol()).def_buffer(&row_memory::buffer);
  py::class_<python_printer>(module, "RowPrinter").def("finish", &finish_file, py::arg("file"));
  py::class_<python_measures>(module, "RowMeasures").def("taken", &taken);
  define_recording(network_type);
  define_event_recording(network_type);
  module.def("measure_rows", &measure_rows, py::arg("rows"), py::arg("length"),
             py::arg("threshold"));
  module.def("sort_events", &sort_events, py::arg("times"), py::arg("which"), py::arg("senders"));
  module.def("write_table", &write_python_table, py::arg("path"), py::arg("columns"),
             py::arg("style") = "float32");
  module.def("write_events", &write_python_events, py::arg("path"), py::arg("trains"),
             py::arg("time_first"), py::arg("style") = "float32");
}

}  // namespace annarchy_ml::bindings
