// The Python module annarchy_ml.engine._core: errors, kernel libraries, and the parts below.
#include "annarchy_ml/kernel_abi.h"
#include "bindings.hpp"
#include "error.hpp"
#include "kernel_library.hpp"
#include "thread_team.hpp"

namespace annarchy_ml::bindings {

namespace {

// Exception types live as long as the interpreter.
PyObject *engine_error_type = nullptr;
PyObject *non_finite_error_type = nullptr;

py::object make_error(PyObject *type, const engine_error &fault) {
  py::object error = py::reinterpret_borrow<py::object>(type)(fault.what());
  error.attr("code") = name_of(fault.code());
  error.attr("place") = fault.place();
  return error;
}

void raise_non_finite(const non_finite_error &fault) {
  const non_finite_value &value = fault.value();
  py::object error = make_error(non_finite_error_type, fault);
  error.attr("group") = value.group;
  error.attr("field") = value.field;
  error.attr("index") = value.index;
  error.attr("time") = value.time;
  error.attr("last") = py::cast(value.last.value_or(0.0));
  if (!value.last) error.attr("last") = py::none();
  PyErr_SetObject(non_finite_error_type, error.ptr());
}

void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const non_finite_error &fault) {
    raise_non_finite(fault);
  } catch (const engine_error &fault) {
    PyErr_SetObject(engine_error_type, make_error(engine_error_type, fault).ptr());
  } catch (const std::bad_alloc &) {
    const engine_error fault(error_code::memory, "", "no memory left");
    PyErr_SetObject(engine_error_type, make_error(engine_error_type, fault).ptr());
  }
}

}  // namespace

void register_errors(py::module_ &module) {
  const auto add = [&](const char *name, PyObject *base) {
    const std::string full = std::string("annarchy_ml.engine._core.") + name;
    PyObject *type = PyErr_NewException(full.c_str(), base, nullptr);
    module.add_object(name, py::reinterpret_borrow<py::object>(type));
    return type;
  };
  engine_error_type = add("EngineError", PyExc_RuntimeError);
  non_finite_error_type = add("NonFiniteError", engine_error_type);
  py::register_exception_translator(&translate);
}

void register_kernel_library(py::module_ &module) {
  py::class_<kernel_library>(module, "KernelLibrary")
      .def(py::init([](const py::object &path) {
             return kernel_library(py::str(py::module_::import("os").attr("fspath")(path)));
           }),
           py::arg("path"))
      .def_property_readonly("path", &kernel_library::path)
      .def_property_readonly("abi_version", &kernel_library::abi_version)
      .def_property_readonly("real_size", &kernel_library::real_size)
      .def("has", &kernel_library::has, py::arg("symbol"))
      .def("address", &kernel_library::address, py::arg("symbol"));
}

}  // namespace annarchy_ml::bindings

PYBIND11_MODULE(_core, module) {
  using namespace annarchy_ml;
  module.doc() = "The native engine: networks of groups whose kernels are generated code.";
  module.attr("ABI_VERSION") = AML_ABI_VERSION;
  module.def("usable_cores", &usable_cores, "Cores that this process may use.");
  bindings::register_errors(module);
  bindings::register_kernel_library(module);
  auto network_type = bindings::register_network(module);
  bindings::register_projections(network_type);
  bindings::register_couplings(network_type);
  bindings::register_cables(network_type);
  bindings::register_device(network_type);
  bindings::register_timetables(network_type);
  bindings::register_results(module, network_type);
  bindings::register_cuda(module);
}
