// The CUDA driver, its devices and the compiler, all opened at run time.
#include <pybind11/stl.h>

#include <cstddef>
#include <memory>
#include <span>

#include "bindings.hpp"
#include "cuda/device.hpp"
#include "cuda/runtime_compiler.hpp"

namespace annarchy_ml::bindings {

namespace {

using cuda::device;
using cuda::device_facts;
using cuda::driver;
using cuda::function_facts;
using cuda::memory;
using cuda::program;
using cuda::runtime_compiler;
using without_lock = py::call_guard<py::gil_scoped_release>;

// Contiguous memory of any object, held for as long as this lives.
class host_bytes {
 public:
  host_bytes(const py::object &owner, int flags) {
    if (PyObject_GetBuffer(owner.ptr(), &view_, flags) != 0) throw py::error_already_set();
  }
  ~host_bytes() { PyBuffer_Release(&view_); }
  host_bytes(const host_bytes &) = delete;
  host_bytes &operator=(const host_bytes &) = delete;

  [[nodiscard]] std::span<std::byte> bytes() const noexcept {
    return {static_cast<std::byte *>(view_.buf), static_cast<std::size_t>(view_.len)};
  }

 private:
  Py_buffer view_{};
};

void write(const memory &to, const py::object &values, std::size_t offset) {
  const host_bytes taken(values, PyBUF_C_CONTIGUOUS);
  const py::gil_scoped_release unlocked;
  to.write(taken.bytes(), offset);
}

void read(const memory &from, const py::object &values, std::size_t offset) {
  const host_bytes taken(values, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE);
  const py::gil_scoped_release unlocked;
  from.read(taken.bytes(), offset);
}

std::shared_ptr<program> load(const std::shared_ptr<device> &on, const py::object &image) {
  const host_bytes taken(image, PyBUF_C_CONTIGUOUS);
  const py::gil_scoped_release unlocked;
  return std::make_shared<program>(on, taken.bytes());
}

py::tuple compile(const runtime_compiler &with, const std::string &source, const std::string &name,
                  const std::vector<std::string> &options) {
  cuda::compiled_text made;
  {
    const py::gil_scoped_release unlocked;
    made = with.compile(source, name, options);
  }
  return py::make_tuple(py::bytes(made.code), py::str(made.log));
}

void register_driver(py::module_ &module) {
  py::class_<device_facts>(module, "CudaDeviceFacts")
      .def_readonly("name", &device_facts::name)
      .def_readonly("memory_bytes", &device_facts::memory_bytes)
      .def_readonly("capability", &device_facts::capability)
      .def_readonly("multiprocessors", &device_facts::multiprocessors)
      .def_readonly("cooperative", &device_facts::cooperative);
  py::class_<driver, std::shared_ptr<driver>>(module, "CudaDriver")
      .def(py::init<const std::string &>(), py::arg("library"), without_lock())
      .def_property_readonly("version", &driver::version)
      .def_property_readonly("device_count", &driver::device_count)
      .def("facts", &cuda::facts_of, py::arg("number"));
}

void register_devices(py::module_ &module) {
  py::class_<device, std::shared_ptr<device>>(module, "CudaDevice")
      .def(py::init([](const std::shared_ptr<driver> &with, int number) {
             return std::make_shared<device>(with, number);
           }),
           py::arg("driver"), py::arg("number"), without_lock())
      .def_property_readonly("facts", &device::facts, py::return_value_policy::reference_internal)
      .def("memory",
           [](const device &self) {
             const auto found = self.memory();
             return py::make_tuple(found.free, found.total);
           })
      .def(
          "allocate",
          [](const std::shared_ptr<device> &self, std::size_t bytes) {
            return std::make_shared<memory>(self, bytes);
          },
          py::arg("nbytes"), without_lock())
      .def("load", &load, py::arg("image"))
      .def("wait", &device::wait, without_lock());
  py::class_<memory, std::shared_ptr<memory>>(module, "CudaMemory")
      .def_property_readonly("address", &memory::address)
      .def_property_readonly("nbytes", &memory::bytes)
      .def("write", &write, py::arg("values"), py::arg("offset") = 0)
      .def("read", &read, py::arg("values"), py::arg("offset") = 0)
      .def("clear", &memory::clear, without_lock());
}

void register_program(py::module_ &module) {
  py::class_<function_facts>(module, "CudaFunctionFacts")
      .def_readonly("registers", &function_facts::registers)
      .def_readonly("local_bytes", &function_facts::local_bytes)
      .def_readonly("shared_bytes", &function_facts::shared_bytes);
  py::class_<program, std::shared_ptr<program>>(module, "CudaProgram")
      .def("facts", &program::facts, py::arg("entry"))
      .def("resident_blocks", &program::resident_blocks, py::arg("entry"), py::arg("threads"))
      .def("launch", &program::launch, py::arg("entry"), py::arg("blocks"), py::arg("threads"),
           py::arg("arguments"), without_lock());
  py::class_<runtime_compiler>(module, "Nvrtc")
      .def(py::init<const std::string &>(), py::arg("library"), without_lock())
      .def_property_readonly("version", &runtime_compiler::version)
      .def_property_readonly("architectures", &runtime_compiler::architectures)
      .def("compile", &compile, py::arg("source"), py::arg("name"), py::arg("options"));
}

}  // namespace

void register_cuda(py::module_ &module) {
  register_driver(module);
  register_devices(module);
  register_program(module);
}

}  // namespace annarchy_ml::bindings
