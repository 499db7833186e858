// Python's view of a network: building it, its fields, running it.
#include <pybind11/stl.h>

#include <bit>
#include <map>
#include <optional>
#include <tuple>

#include "bindings.hpp"
#include "error.hpp"

namespace annarchy_ml::bindings {

namespace {

using field_tuple_ref = std::tuple<int, std::string>;  // group, name
using field_tuple = std::tuple<std::string, std::string, bool, bool>;
struct port_names {
  std::vector<std::string> in;
  std::vector<std::string> out;
};
using block_tuple = std::tuple<int, std::int64_t, std::int64_t>;

bool is_single(const std::string &precision) {
  require(precision == "single" || precision == "double", precision,
          "the precision is 'single' or 'double'");
  return precision == "single";
}

group_spec make_spec(std::string name, std::int64_t size, const std::vector<field_tuple> &fields) {
  group_spec spec{std::move(name), size, {}, {}, {}, 0};
  for (const auto &[field_name, type, per_instance, check_finite] : fields) {
    require(type == "real" || type == "int", field_name, "the type is 'real' or 'int'");
    spec.fields.push_back({field_name, type == "real", per_instance, check_finite});
  }
  return spec;
}

py::array view_field(const py::object &self, int group_number, const std::string &name) {
  const group &owner = self.cast<python_network &>().model.at(group_number);
  const field &item = owner.fields[static_cast<std::size_t>(owner.field_position(name))];
  const char *format = item.type == value_type::real64   ? "f8"
                       : item.type == value_type::real32 ? "f4"
                                                         : "i4";
  return {py::dtype(format), {item.size}, {}, item.values.data(), self};
}

void set_field(python_network &self, int group_number, const std::string &name,
               const contiguous<double> &values) {
  group &owner = self.editable().at(group_number);
  owner.assign(owner.field_position(name), span_of(values));
}

void set_kernels(python_network &self, int group_number, std::uintptr_t update,
                 const std::map<std::string, std::uintptr_t> &events, bool emits_on_event) {
  network &model = self.editable();
  group &owner = model.at(group_number);
  owner.update = std::bit_cast<aml_update_fn>(update);
  owner.family = nullptr;
  for (const auto &[port, address] : events) {
    const auto position = static_cast<std::size_t>(owner.in_port_position(port));
    owner.events[position] = std::bit_cast<aml_event_fn>(address);
  }
  owner.emits_on_event = emits_on_event;
  model.touch();
}

void bind_external(python_network &self, int reader, int position, int other,
                   const std::string &field_name, std::optional<int> index) {
  network &model = self.editable();
  const int field_number = model.at(other).field_position(field_name);
  model.bind_external(reader, position, {other, field_number, index.value_or(-1)});
}

void set_schedule(python_network &self, const std::vector<block_tuple> &blocks) {
  std::vector<block_spec> made;
  made.reserve(blocks.size());
  for (const auto &[owner, begin, end] : blocks) made.push_back({owner, {begin, end}});
  self.editable().set_schedule(std::move(made));
}

void add_reduction(python_network &self, int attached, const std::string &source,
                   const std::string &target, const std::string &operation) {
  require(operation == "add" || operation == "multiply", operation,
          "the operation of a reduction is 'add' or 'multiply'");
  self.editable().add_reduction(
      attached, source, target,
      operation == "add" ? reduction_kind::add : reduction_kind::multiply);
}

// Whether a raised Python exception means that the user asked to stop.
bool is_interrupt(py::error_already_set &fault) { return fault.matches(PyExc_KeyboardInterrupt); }

bool poll_python(python_network &self, const py::object &poll, std::int64_t done) {
  const py::gil_scoped_acquire hold;
  const raised_flag mark(self.polling);
  try {
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (poll.is_none()) return true;
    self.interrupted = poll(done).is(py::bool_(false));
  } catch (py::error_already_set &fault) {
    if (!is_interrupt(fault)) throw;
    self.interrupted = true;
  }
  return !self.interrupted;
}

std::int64_t run(python_network &self, std::int64_t steps, const py::object &poll,
                 double poll_every, const std::vector<field_tuple_ref> &until, bool all) {
  const network &model = self.editable();
  stop_rule stop{{}, all};
  for (const auto &[number, name] : until) stop.fields.push_back(model.place_of({number, name}));
  const raised_flag mark(self.running);
  self.interrupted = false;
  const py::gil_scoped_release release;
  return self.engine.run(
      steps, [&](std::int64_t done) { return poll_python(self, poll, done); }, poll_every, stop);
}

int add_group(python_network &self, std::string name, std::int64_t size,
              const std::vector<field_tuple> &fields, port_names ports, std::uint64_t stream) {
  group_spec spec = make_spec(std::move(name), size, fields);
  spec.in_ports = std::move(ports.in);
  spec.out_ports = std::move(ports.out);
  spec.stream = stream;
  return self.editable().add_group(spec);
}

void define_groups(network_class &type) {
  type.def(
          "add_group",
          [](python_network &self, std::string name, std::int64_t size,
             const std::vector<field_tuple> &fields, std::vector<std::string> in_ports,
             std::vector<std::string> out_ports, std::uint64_t stream) {
            port_names ports{std::move(in_ports), std::move(out_ports)};
            return add_group(self, std::move(name), size, fields, std::move(ports), stream);
          },
          py::arg("name"), py::arg("size"), py::arg("fields"), py::arg("in_ports") = py::list(),
          py::arg("out_ports") = py::list(), py::arg("stream") = 0)
      .def(
          "set_terms",
          [](python_network &self, int number, std::uintptr_t address) {
            self.editable().at(number).terms = std::bit_cast<aml_update_fn>(address);
            self.model.touch();
          },
          py::arg("group"), py::arg("address"))
      .def("set_kernels", &set_kernels, py::arg("group"), py::arg("update_address"),
           py::arg("event_addresses") = py::dict(), py::arg("emits_on_event") = false)
      .def(
          "widen_field",
          [](python_network &self, int group_number, const std::string &name) {
            group &owner = self.editable().at(group_number);
            owner.widen(owner.field_position(name));
            self.model.touch();
          },
          py::arg("group"), py::arg("name"))
      .def("set_field", &set_field, py::arg("group"), py::arg("name"), py::arg("values"))
      .def("field", &view_field, py::arg("group"), py::arg("name"));
}

// What kernels may do with a group, and how threads share it.
void define_uses(network_class &type) {
  type.def(
          "set_serial",
          [](python_network &self, int group_number, bool serial) {
            self.editable().at(group_number).serial = serial;
            self.model.touch();
          },
          py::arg("group"), py::arg("serial") = true)
      .def(
          "set_owner",
          [](python_network &self, int group_number, int index, int owner) {
            self.editable().set_owner(group_number, index, owner);
          },
          py::arg("group"), py::arg("index"), py::arg("owner"))
      .def(
          "set_event_reads",
          [](python_network &self, int group_number, const std::string &port,
             std::vector<int> externals, bool may_wait) {
            self.editable().set_event_reads(group_number, port, std::move(externals), may_wait);
          },
          py::arg("group"), py::arg("port"), py::arg("externals"), py::arg("may_wait"))
      .def(
          "set_passing",
          [](python_network &self, int group_number, const std::string &name) {
            self.editable().set_passing(group_number, name);
          },
          py::arg("group"), py::arg("name"))
      .def("set_interpreted",
           [](python_network &self) {
             self.editable().parts().interpreted = true;
             self.model.touch();
           })
      .def(
          "set_family",
          [](python_network &self, int host, std::vector<int> members, std::uintptr_t address) {
            const auto kernel = std::bit_cast<aml_family_fn>(address);
            self.editable().set_family(host, std::move(members), kernel);
          },
          py::arg("host"), py::arg("members"), py::arg("address"));
}

void define_wiring(network_class &type) {
  type.def("bind_external", &bind_external, py::arg("group"), py::arg("position"),
           py::arg("other_group"), py::arg("other_field"), py::arg("index") = py::none())
      .def(
          "set_index",
          [](python_network &self, int reader, int position,
             const contiguous<std::int32_t> &values) {
            self.editable().set_index(reader, position, span_of(values));
          },
          py::arg("group"), py::arg("position"), py::arg("index"))
      .def(
          "set_host",
          [](python_network &self, int attached, int host,
             const contiguous<std::int32_t> &host_index) {
            self.editable().set_host(attached, host, span_of(host_index));
          },
          py::arg("group"), py::arg("host_group"), py::arg("host_index"))
      .def("add_reduction", &add_reduction, py::arg("group"), py::arg("source_field"),
           py::arg("target_field"), py::arg("operation") = "add")
      .def("set_schedule", &set_schedule, py::arg("blocks"));
}

void define_running(network_class &type) {
  type.def(
          "refresh_reductions",
          [](python_network &self, int host) { self.editable().refresh_reductions(host); },
          py::arg("group"))
      .def("run", &run, py::arg("steps"), py::arg("poll") = py::none(),
           py::arg("poll_every") = 0.05, py::arg("until") = py::list(), py::arg("until_all") = true)
      .def("reset", [](python_network &self) { self.editable().reset(); })
      .def(
          "show_later",
          [](python_network &self, std::int64_t steps) { self.editable().show_later(steps); },
          py::arg("steps"))
      .def(
          "draw_later",
          [](python_network &self, std::int64_t steps) { self.editable().draw_later(steps); },
          py::arg("steps"))
      .def(
          "count_half_steps",
          [](python_network &self, double half_ms) {
            self.editable().parts().time.count_half_steps(half_ms);
          },
          py::arg("half_ms"))
      .def_property_readonly("t",
                             [](const python_network &self) { return self.model.parts().time.t(); })
      .def_property_readonly(
          "step", [](const python_network &self) { return self.model.parts().time.step(); })
      .def_property_readonly(
          "dt", [](const python_network &self) { return self.model.parts().time.dt(); })
      .def_property_readonly("threads",
                             [](const python_network &self) { return self.engine.threads(); })
      .def_property_readonly("deferring",
                             [](const python_network &self) { return self.engine.deferring(); })
      .def_property_readonly("precision",
                             [](const python_network &self) {
                               return self.model.parts().single_precision ? "single" : "double";
                             })
      .def_readonly("interrupted", &python_network::interrupted);
}

}  // namespace

network &python_network::editable() {
  if (running) throw engine_error(error_code::state, "run", "not possible during a run");
  return model;
}

const network &python_network::readable() const {
  if (running && !polling) {
    throw engine_error(error_code::state, "run", "not possible during a run but in its poll");
  }
  return model;
}

network_class register_network(py::module_ &module) {
  network_class type(module, "Network");
  type.def(py::init([](double dt, std::uint64_t seed, const std::string &precision, int threads) {
             return std::make_unique<python_network>(dt, seed, is_single(precision), threads);
           }),
           py::arg("dt"), py::arg("seed") = 0, py::arg("precision") = "double",
           py::arg("threads") = 1);
  define_groups(type);
  define_uses(type);
  define_wiring(type);
  define_running(type);
  return type;
}

}  // namespace annarchy_ml::bindings
