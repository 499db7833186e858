// Cells of several compartments.
#include <pybind11/stl.h>

#include <bit>
#include <tuple>

#include "bindings.hpp"

namespace annarchy_ml::bindings {

namespace {

// All cells, those side by side, whether their step is of second order.
using cell_counts = std::tuple<std::int64_t, std::int64_t, bool>;
using part_tuple = std::tuple<std::int64_t, std::int64_t, std::uintptr_t, std::uintptr_t, bool>;
using field_names = std::tuple<std::string, std::string, std::string>;

template <class Number>
std::vector<Number> copied(const contiguous<Number> &given) {
  const auto values = span_of(given);
  return {values.begin(), values.end()};
}

void set_cables(python_network &self, int group_number, const cell_counts &cells,
                const contiguous<std::int32_t> &parent, const contiguous<double> &conductance,
                const contiguous<std::int32_t> &compartment, const contiguous<double> &capacitance,
                const field_names &names) {
  cable_shape shape;
  std::tie(shape.cells, shape.lanes, shape.second_order) = cells;
  shape.parent = copied(parent);
  shape.conductance = copied(conductance);
  shape.compartment = copied(compartment);
  shape.capacitance = copied(capacitance);
  const auto &[potential, rate, slope] = names;
  self.editable().set_cables(group_number, std::move(shape), {potential, rate, slope});
}

}  // namespace

void register_cables(network_class &type) {
  type.def("set_cables", &set_cables, py::arg("group"), py::arg("cells"), py::arg("parent"),
           py::arg("conductance"), py::arg("compartment"), py::arg("capacitance"),
           py::arg("fields"))
      .def(
          "set_cable_parts",
          [](python_network &self, int number, const std::vector<part_tuple> &given) {
            std::vector<cable_part> parts;
            for (const auto &[begin, end, currents, advance, steady] : given) {
              parts.push_back({begin, end, std::bit_cast<aml_update_fn>(currents),
                               std::bit_cast<aml_update_fn>(advance), steady});
            }
            self.editable().set_cable_parts(number, std::move(parts));
          },
          py::arg("group"), py::arg("parts"));
}

}  // namespace annarchy_ml::bindings
