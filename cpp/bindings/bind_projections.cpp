// Python's view of projections: as arrays, as rules, and back as arrays.
#include <pybind11/stl.h>

#include <optional>
#include <tuple>

#include "bindings.hpp"
#include "error.hpp"
#include "rule_arguments.hpp"

namespace annarchy_ml::bindings {

namespace {

using port_name = std::tuple<int, std::string>;
projection_ends ends_of(const network &model, const port_name &source, const port_name &target) {
  const auto &[from, out_port] = source;
  const auto &[to, in_port] = target;
  return {from, model.at(from).out_port_position(out_port), to,
          model.at(to).in_port_position(in_port)};
}

struct array_arguments {
  contiguous<std::int64_t> row_ptr;
  contiguous<std::int32_t> targets;
  py::object weights;
  std::vector<double> delays;
  py::object delay_index;
  bool whole_steps;  // rounds the delays, which are in seconds
};

int add_rule(python_network &self, const projection_ends &ends, const rule_arguments &given) {
  const taken_rule taken(given, self.model.parts().time.dt());
  network &model = self.editable();
  const raised_flag mark(self.running);
  const py::gil_scoped_release release;
  return model.add_projection(ends, taken.rule(), self.engine.threads());
}

void make_rule(python_network &self, int number, const rule_arguments &given) {
  const taken_rule taken(given, self.model.parts().time.dt());
  network &model = self.editable();
  const raised_flag mark(self.running);
  const py::gil_scoped_release release;
  model.make_connections(number, taken.rule(), self.engine.threads());
}

const projection &projection_at(const python_network &self, int number) {
  const auto &all = self.readable().parts().projections;
  require(number >= 0 && number < std::ssize(all), std::to_string(number),
          "there is no projection of this number");
  return *all[static_cast<std::size_t>(number)];
}

// Copies: rows, targets, weights (one, or one for each), delay of each [s].
py::tuple connections_of(const python_network &self, int number) {
  const projection &item = projection_at(self, number);
  const connection_store &store = item.store();
  const std::int64_t n = item.size();
  py::array_t<std::int64_t> row_ptr(std::ssize(store.row_ptr));
  std::copy(store.row_ptr.begin(), store.row_ptr.end(), row_ptr.mutable_data());
  py::array_t<std::int32_t> targets(n);
  py::array_t<double> delays(n);
  const bool single = store.weight_bytes() == 0;
  py::array_t<double> weights(single ? 1 : n);
  if (single) weights.mutable_data()[0] = store.weight;
  for (std::int64_t c = 0; c < n; ++c) {
    targets.mutable_data()[c] = store.target(c);
    if (!single) weights.mutable_data()[c] = store.weight_of(c);
  }
  const double unit = item.whole_steps() ? self.model.parts().time.dt() : 1.0;
  const auto n_rows = static_cast<std::int32_t>(store.row_ptr.size()) - 1;
  for (std::int32_t row = 0; row < n_rows; ++row) {
    for (auto s = item.segments_begin(row); s < item.segments_end(row); ++s) {
      const connection_range range = item.segment(s);
      const double delay = item.delays()[static_cast<std::size_t>(item.delay_of(s))] * unit;
      std::fill(delays.mutable_data() + range.begin, delays.mutable_data() + range.end, delay);
    }
  }
  return py::make_tuple(row_ptr, targets, weights, delays);
}

// Arrays of Python as the network takes them, for as long as this lives.
class taken_arrays {
 public:
  taken_arrays(const array_arguments &given, double dt) : given_(given) {
    arrays_.row_ptr = span_of(given_.row_ptr);
    arrays_.targets = span_of(given_.targets);
    arrays_.delays = given_.delays;
    arrays_.whole_steps = given_.whole_steps;
    if (given_.whole_steps) {
      for (double &delay : arrays_.delays) delay = std::round(delay / dt);
    }
    if (!given_.weights.is_none()) {
      weights_ = contiguous<double>(given_.weights);
      require(weights_.size() == given_.targets.size(), "weights",
              "one value per connection is needed");
      arrays_.weights = span_of(weights_);
    }
    if (!given_.delay_index.is_none()) {
      delay_index_ = contiguous<std::int32_t>(given_.delay_index);
      arrays_.delay_index = span_of(delay_index_);
    }
  }

  [[nodiscard]] const connection_arrays &arrays() const noexcept { return arrays_; }

 private:
  array_arguments given_;
  contiguous<double> weights_;
  contiguous<std::int32_t> delay_index_;
  connection_arrays arrays_;
};

int add_arrays(python_network &self, const projection_ends &ends, const array_arguments &given) {
  const taken_arrays taken(given, self.model.parts().time.dt());
  return self.editable().add_projection(ends, taken.arrays());
}

// Numbers that may be left out.
template <class Value>
contiguous<Value> optional_numbers(const py::object &given) {
  return given.is_none() ? contiguous<Value>() : contiguous<Value>(given);
}

void set_delays(python_network &self, int number, std::vector<double> delays,
                const py::object &delay_index, const py::object &order) {
  const auto index = optional_numbers<std::int32_t>(delay_index);
  const auto from = optional_numbers<std::int64_t>(order);
  self.editable().set_delays(number, {std::move(delays), span_of(index), span_of(from)});
}

void set_weights(python_network &self, int number, const contiguous<double> &weights,
                 bool doubles) {
  self.editable().set_weights(number, span_of(weights), doubles);
}

void define_building(network_class &type) {
  type.def(
          "add_projection",
          [](python_network &self, int source, const std::string &source_port, int target,
             const std::string &target_port, contiguous<std::int64_t> row_ptr,
             contiguous<std::int32_t> targets, py::object weights, std::vector<double> delays,
             py::object delay_index, bool whole_steps) {
            return add_arrays(self,
                              ends_of(self.model, {source, source_port}, {target, target_port}),
                              {std::move(row_ptr), std::move(targets), std::move(weights),
                               std::move(delays), std::move(delay_index), whole_steps});
          },
          py::arg("source"), py::arg("source_port"), py::arg("target"), py::arg("target_port"),
          py::arg("row_ptr"), py::arg("targets"), py::arg("weights"), py::arg("delays"),
          py::arg("delay_index") = py::none(), py::arg("whole_steps") = false)
      .def(
          "add_rule_projection",
          [](python_network &self, const port_name &source, const port_name &target,
             const range_tuple &source_range, const range_tuple &target_range, pairs_tuple pairs,
             py::object weight, py::object delay, py::object pair_arrays, bool double_weights,
             std::optional<std::uint32_t> number) {
            return add_rule(self, ends_of(self.model, source, target),
                            {source_range, target_range, std::move(pairs), std::move(weight),
                             std::move(delay), std::move(pair_arrays), double_weights, number});
          },
          py::arg("source"), py::arg("target"), py::arg("source_range"), py::arg("target_range"),
          py::arg("pairs"), py::arg("weight"), py::arg("delay"),
          py::arg("pair_arrays") = py::none(), py::arg("double_weights") = false,
          py::arg("number") = py::none())
      .def(
          "make_rule_connections",
          [](python_network &self, int projection, const range_tuple &source_range,
             const range_tuple &target_range, pairs_tuple pairs, py::object weight,
             py::object delay, bool double_weights, std::optional<std::uint32_t> number) {
            make_rule(self, projection,
                      {source_range, target_range, std::move(pairs), std::move(weight),
                       std::move(delay), py::none(), double_weights, number});
          },
          py::arg("projection"), py::arg("source_range"), py::arg("target_range"), py::arg("pairs"),
          py::arg("weight"), py::arg("delay"), py::arg("double_weights"), py::arg("number"));
}

void define_changing(network_class &type) {
  type.def("set_delays", &set_delays, py::arg("projection"), py::arg("delays"),
           py::arg("delay_index") = py::none(), py::arg("order") = py::none())
      .def(
          "replace_connections",
          [](python_network &self, int number, contiguous<std::int64_t> row_ptr,
             contiguous<std::int32_t> targets, py::object weights, std::vector<double> delays,
             py::object delay_index, bool whole_steps, const contiguous<std::int64_t> &came_from,
             bool double_weights) {
            const taken_arrays taken({std::move(row_ptr), std::move(targets), std::move(weights),
                                      std::move(delays), std::move(delay_index), whole_steps},
                                     self.model.parts().time.dt());
            self.editable().replace_connections(number, taken.arrays(), double_weights,
                                                span_of(came_from));
          },
          py::arg("projection"), py::arg("row_ptr"), py::arg("targets"), py::arg("weights"),
          py::arg("delays"), py::arg("delay_index"), py::arg("whole_steps"), py::arg("came_from"),
          py::arg("double_weights") = true)
      .def("set_weights", &set_weights, py::arg("projection"), py::arg("weights"),
           py::arg("double_weights") = true)
      .def(
          "switch_projection",
          [](python_network &self, int number, bool transmits) {
            static_cast<void>(projection_at(self, number));
            self.editable().parts().projections[static_cast<std::size_t>(number)]->switch_to(
                transmits);
          },
          py::arg("projection"), py::arg("transmits"));
}

void define_looking(network_class &type) {
  type.def("connections", &connections_of, py::arg("projection"))
      .def(
          "projection_size",
          [](const python_network &self, int number) { return projection_at(self, number).size(); },
          py::arg("projection"))
      .def(
          "projection_bytes",
          [](const python_network &self, int number) {
            return projection_at(self, number).bytes();
          },
          py::arg("projection"));
}

}  // namespace

void register_projections(network_class &network_type) {
  define_building(network_type);
  define_changing(network_type);
  define_looking(network_type);
}

}  // namespace annarchy_ml::bindings
