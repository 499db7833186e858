// What a device that steps the network needs: connections as they lie in memory, and the clock.
#include <tuple>

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

}  // namespace

void register_device(network_class &network_type) {
  network_type.def("stored_connections", &stored_connections, py::arg("projection"))
      .def(
          "pass_time",
          [](python_network &self, std::int64_t steps) {
            step_clock &time = self.editable().parts().time;
            for (std::int64_t k = 0; k < steps; ++k) time.advance();
          },
          py::arg("steps"))
      .def_property_readonly(
          "has_pools", [](const python_network &self) { return !self.model.parts().pools.empty(); })
      .def_property_readonly(
          "has_timetables",
          [](const python_network &self) { return !self.model.parts().timetables.empty(); })
      .def_property_readonly("times",
                             [](const python_network &self) {
                               const step_clock &time = self.model.parts().time;
                               return std::make_tuple(time.t(), time.t_prev(), time.t_before(),
                                                      time.shown(0.0), time.key(0));
                             })
      .def_property_readonly("version",
                             [](const python_network &self) { return self.model.version(); });
}

}  // namespace annarchy_ml::bindings
