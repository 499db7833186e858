// Python's view of couplings: built by rules, looked at as rows of their targets.
#include "bindings.hpp"
#include "error.hpp"
#include "rule_arguments.hpp"
#include "rule_words.hpp"

namespace annarchy_ml::bindings {

namespace {

using field_name = std::tuple<int, std::string>;

int add_coupling(python_network &self, const field_name &source, const field_name &target,
                 const std::tuple<std::string, std::uint32_t> &kind, const rule_arguments &given) {
  const auto &[operation, number] = kind;
  const auto &[from, source_field] = source;
  const auto &[to, target_field] = target;
  const coupling_ends ends{from, self.model.at(from).field_position(source_field), to,
                           self.model.at(to).field_position(target_field)};
  const taken_rule taken(given, self.model.parts().time.dt());
  network &model = self.editable();
  const raised_flag mark(self.running);
  const py::gil_scoped_release release;
  return model.add_coupling(ends, combination_of(operation), number, taken.rule(),
                            self.engine.threads());
}

coupling &coupling_at(const python_network &self, int number) {
  const auto &all = self.readable().parts().couplings;
  require(number >= 0 && number < std::ssize(all), std::to_string(number),
          "there is no coupling of this number");
  return *all[static_cast<std::size_t>(number)];
}

// Copies: rows of all targets, sources, delay of each [steps].
py::tuple rows_of(const python_network &self, int number) {
  const coupling &item = coupling_at(self, number);
  const weighted_rows &rows = item.rows();
  const std::int64_t n_targets = self.model.at(item.ends().target).size;
  const std::int64_t n_sources = self.model.at(item.ends().source).size;
  py::array_t<std::int64_t> row_ptr(n_targets + 1);
  py::array_t<std::int32_t> sources(rows.size());
  py::array_t<std::int32_t> delays(rows.size());
  for (std::int64_t t = 0; t <= n_targets; ++t) {
    const std::int64_t row = std::clamp<std::int64_t>(t - rows.first_target, 0, rows.n_rows);
    row_ptr.mutable_data()[t] = rows.row_begin(row);
  }
  for (std::int64_t row = 0; row < rows.n_rows; ++row) {
    for (std::int64_t c = rows.row_begin(row); c < rows.row_begin(row + 1); ++c) {
      const std::int64_t place = rows.source(row, c);
      const bool differ = rows.delay_steps == 0;
      sources.mutable_data()[c] = static_cast<std::int32_t>(differ ? place % n_sources : place);
      delays.mutable_data()[c] = static_cast<std::int32_t>(
          differ ? rows.longest_delay - place / n_sources : rows.delay_steps);
    }
  }
  return py::make_tuple(row_ptr, sources, delays);
}

// A view of the weights, in the order of the rows: one, or one for each.
py::array weights_of(const py::object &self, int number) {
  weighted_rows &rows = coupling_at(self.cast<python_network &>(), number).rows();
  if (rows.weights_as == weight_kind::real64) {
    return py::array(py::dtype("f8"), {rows.size()}, {}, rows.weights.as<double>(), self);
  }
  if (rows.weights_as == weight_kind::real32) {
    return py::array(py::dtype("f4"), {rows.size()}, {}, rows.weights.as<float>(), self);
  }
  return py::array(py::dtype("f8"), {py::ssize_t{1}}, {}, &rows.weight, self);
}

void define_building(network_class &type) {
  type.def(
          "add_coupling",
          [](python_network &self, const field_name &source, const field_name &target,
             const range_tuple &source_range, const range_tuple &target_range,
             const std::tuple<std::string, std::uint32_t> &kind, pairs_tuple pairs,
             py::object weight, py::object delay, py::object pair_arrays, bool double_weights) {
            return add_coupling(self, source, target, kind,
                                {source_range, target_range, std::move(pairs), std::move(weight),
                                 std::move(delay), std::move(pair_arrays), double_weights});
          },
          py::arg("source"), py::arg("target"), py::arg("source_range"), py::arg("target_range"),
          py::arg("kind"), py::arg("pairs"), py::arg("weight"), py::arg("delay"),
          py::arg("pair_arrays") = py::none(), py::arg("double_weights") = false)
      .def(
          "add_synaptic_coupling",
          [](python_network &self, int synapses, const std::string &term_field,
             const std::string &target_field, const std::string &operation, bool learns,
             std::tuple<int, std::int64_t> sources) {
            const group &own = self.model.at(synapses);
            synaptic_coupling made{synapses};
            if (!term_field.empty()) made.term_field = own.field_position(term_field);
            made.target_field = self.model.at(own.host).field_position(target_field);
            made.kind = combination_of(operation);
            made.learns = learns;
            std::tie(made.source_index, made.reach) = sources;
            self.editable().add_synaptic_coupling(made);
          },
          py::arg("synapses"), py::arg("term_field"), py::arg("target_field"), py::arg("operation"),
          py::arg("learns"), py::arg("sources"));
}

// What changes connections between runs.
void define_changing(network_class &type) {
  type.def(
          "replace_rows",
          [](python_network &self, int number, const contiguous<std::int64_t> &row_ptr,
             const contiguous<std::int32_t> &sources, const contiguous<std::int32_t> &delays,
             const contiguous<double> &weights, bool double_weights) {
            const row_arrays given{span_of(row_ptr), span_of(sources), span_of(delays),
                                   span_of(weights), double_weights};
            self.editable().replace_rows(number, given);
          },
          py::arg("coupling"), py::arg("row_ptr"), py::arg("sources"), py::arg("delays"),
          py::arg("weights"), py::arg("double_weights") = true)
      .def(
          "resize_group",
          [](python_network &self, int number, const contiguous<std::int32_t> &kept) {
            self.editable().resize_group(number, span_of(kept));
          },
          py::arg("group"), py::arg("kept"))
      .def(
          "set_coupling_delays",
          [](python_network &self, int number, const contiguous<std::int32_t> &steps) {
            self.editable().set_coupling_delays(number, span_of(steps));
          },
          py::arg("coupling"), py::arg("steps"))
      .def(
          "set_reach",
          [](python_network &self, int synapses, std::int64_t reach) {
            self.editable().set_reach(synapses, reach);
          },
          py::arg("synapses"), py::arg("reach"));
}

// What couplings do while a network runs.
void define_switching(network_class &type) {
  type.def(
          "switch_coupling",
          [](python_network &self, int number, bool transmits) {
            static_cast<void>(self.editable());
            coupling_at(self, number).switch_to(transmits);
          },
          py::arg("coupling"), py::arg("transmits"))
      .def(
          "switch_connections",
          [](python_network &self, int synapses, bool transmits, bool learns, std::int64_t period,
             std::int64_t first_step) {
            synaptic_coupling wanted;
            wanted.synapses = synapses;
            wanted.transmits = transmits;
            wanted.may_learn = learns;
            wanted.period = period;
            wanted.first_step = first_step;
            self.editable().switch_connections(wanted);
          },
          py::arg("synapses"), py::arg("transmits") = true, py::arg("learns") = true,
          py::arg("period") = 1, py::arg("first_step") = 0);
}

void define_looking(network_class &type) {
  type.def("coupling_rows", &rows_of, py::arg("coupling"))
      .def("coupling_weights", &weights_of, py::arg("coupling"))
      .def(
          "coupling_size",
          [](const python_network &self, int number) {
            return coupling_at(self, number).rows().size();
          },
          py::arg("coupling"))
      .def(
          "coupling_bytes",
          [](const python_network &self, int number) {
            return coupling_at(self, number).rows().bytes();
          },
          py::arg("coupling"));
}

}  // namespace

void register_couplings(network_class &network_type) {
  define_building(network_type);
  define_changing(network_type);
  define_switching(network_type);
  define_looking(network_type);
}

}  // namespace annarchy_ml::bindings
