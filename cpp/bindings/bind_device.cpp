// What a device that steps the network needs: connections as they lie in memory, and the clock.
#include <pybind11/stl.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "bindings.hpp"
#include "error.hpp"

namespace annarchy_ml::bindings {

namespace {

// Views of memory that stays where it is as long as the connections do not change.
template <class Value>
py::memoryview viewed(const Value *first, std::size_t count) {
  static const Value nothing{};
  return py::memoryview::from_memory(count == 0 ? &nothing : first,
                                     static_cast<py::ssize_t>(count * sizeof(Value)));
}

template <class Value>
py::memoryview viewed(const std::vector<Value> &values) {
  return viewed(values.data(), values.size());
}

// Layout, shared weight, whether it transmits, bytes of a delay number; then rows, targets,
// weights, segments of rows, where segments begin, their delays.
py::tuple stored_connections(const python_network &self, int number) {
  const auto &all = self.readable().parts().projections;
  require(number >= 0 && number < std::ssize(all), std::to_string(number),
          "there is no projection of this number");
  const projection &item = *all[static_cast<std::size_t>(number)];
  const connection_store &store = item.store();
  const auto size = static_cast<std::size_t>(store.size());
  const auto head = py::make_tuple(store.layout, store.weight, item.transmits(), item.whole_steps(),
                                   store.segment_delay.width());
  return py::make_tuple(
      head, viewed(store.delays), viewed(store.row_ptr),
      viewed(store.targets.as<std::uint8_t>(), size * store.target_bytes()),
      viewed(store.weights.as<std::uint8_t>(), size * store.weight_bytes()),
      viewed(store.segment_ptr), viewed(store.segment_begin),
      viewed(store.segment_delay.data(), store.segment_delay.size() * store.segment_delay.width()));
}

int number_of(const python_network &self, const group &wanted) {
  const auto &all = self.model.parts().groups;
  const auto is_it = [&](const auto &item) { return item.get() == &wanted; };
  return static_cast<int>(std::ranges::find_if(all, is_it) - all.begin());
}

py::tuple name_of(const python_network &self, const field_of &place) {
  return py::make_tuple(number_of(self, *place.owner), place.get().name);
}

// Of each: source, target (group and field), kind: mean, min, max, norm1, norm2.
py::list pools_of(const python_network &self) {
  py::list found;
  for (const pool &item : self.readable().parts().pools) {
    found.append(py::make_tuple(name_of(self, item.from()), name_of(self, item.into()),
                                static_cast<int>(item.kind())));
  }
  return found;
}

// Of each: target, (period, origin, last step), steps, values, rows, cells.
py::list timetables_of(const python_network &self) {
  py::list found;
  for (const timetable &item : self.readable().parts().timetables) {
    const timed_values &given = item.given();
    found.append(py::make_tuple(
        name_of(self, item.target()), py::make_tuple(given.period, given.origin, item.last()),
        viewed(given.steps), viewed(given.values), viewed(given.row_ptr), viewed(given.cells)));
  }
  return found;
}

// Of a coupling: kind, whether it transmits, first target, targets, whether rows are dense, first
// source, row length, whether they skip the target itself, whether sources are wide, kind of
// weights, longest delay, shared weight; then rows, sources, weights.
py::tuple stored_rows(const python_network &self, int number) {
  const auto &all = self.readable().parts().couplings;
  require(number >= 0 && number < std::ssize(all), std::to_string(number),
          "there is no coupling of this number");
  const coupling &item = *all[static_cast<std::size_t>(number)];
  const weighted_rows &rows = item.rows();
  const auto head = py::make_tuple(
      static_cast<int>(item.kind()), item.transmits(), rows.first_target, rows.n_rows, rows.dense,
      rows.first_source, rows.row_length, rows.skips_self, rows.wide_sources,
      static_cast<int>(rows.weights_as), rows.longest_delay, rows.weight);
  return py::make_tuple(head, viewed(rows.row_ptr),
                        viewed(rows.sources.as<std::uint8_t>(), rows.sources.bytes()),
                        viewed(rows.weights.as<std::uint8_t>(), rows.weights.bytes()));
}

// Of each coupling over a group: group, transmits, learns, period, first step, reach.
py::list switches_of(const python_network &self) {
  py::list found;
  for (const synaptic_coupling &item : self.readable().parts().synaptic_couplings) {
    found.append(py::make_tuple(item.synapses, item.transmits, item.may_learn, item.period,
                                item.first_step, item.reach));
  }
  return found;
}

}  // namespace

void register_device(network_class &network_type) {
  network_type.def("stored_connections", &stored_connections, py::arg("projection"))
      .def(
          "pass_time",
          [](python_network &self, std::int64_t steps) {
            step_clock &time = self.editable().parts().time;
            for (std::int64_t k = 0; k < steps; ++k) {
              for (timetable &item : self.model.parts().timetables) item.pass(time.step());
              time.advance();
            }
          },
          py::arg("steps"))
      .def_property_readonly("pools", &pools_of)
      .def_property_readonly("timetables", &timetables_of)
      .def("stored_rows", &stored_rows, py::arg("coupling"))
      .def_property_readonly("connection_switches", &switches_of)
      .def_property_readonly("times",
                             [](const python_network &self) {
                               const step_clock &time = self.model.parts().time;
                               return std::make_tuple(time.t(), time.t_prev(), time.t_before(),
                                                      time.shown(0.0), time.key(0), time.count(),
                                                      time.half_ms());
                             })
      .def_property_readonly("streams",
                             [](const python_network &self) {
                               std::vector<std::uint64_t> found;
                               for (const auto &item : self.readable().parts().groups) {
                                 found.push_back(item->stream);
                               }
                               return found;
                             })
      .def_property_readonly("version",
                             [](const python_network &self) { return self.model.version(); });
}

}  // namespace annarchy_ml::bindings
