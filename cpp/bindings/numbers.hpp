// Numbers that Python hands over, without NumPy where their memory can be used as it is.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace annarchy_ml::bindings {

namespace py = pybind11;

enum class spacing : std::uint8_t { none, allowed };

template <class Value>
[[nodiscard]] bool has_format(const Py_buffer &buffer) noexcept {
  static_assert(std::is_same_v<Value, double> || std::is_same_v<Value, float> ||
                std::is_signed_v<Value>);
  if (buffer.itemsize != sizeof(Value)) return false;
  constexpr char own_order = std::endian::native == std::endian::little ? '<' : '>';
  std::string_view format = buffer.format == nullptr ? "B" : buffer.format;
  if (format.starts_with('@') || format.starts_with('=') || format.starts_with(own_order)) {
    format.remove_prefix(1);
  }
  if (std::is_same_v<Value, double>) return format == "d";
  if (std::is_same_v<Value, float>) return format == "f";
  return format == "i" || format == "l" || format == "q";
}

// A view of numbers: of any object whose buffer has this type (arrays, memoryviews), else of the
// array that NumPy makes of it. It keeps the memory alive.
template <class Value, spacing Spacing>
class numbers {
 public:
  numbers() = default;
  explicit numbers(const py::object &given) {
    if (!load(given)) throw py::type_error("numbers are expected");
  }

  // False: these are no numbers.
  [[nodiscard]] bool load(py::handle given) {
    if (PyObject_CheckBuffer(given.ptr()) != 0 && view(given)) return true;
    constexpr int flags =
        Spacing == spacing::none ? py::array::c_style | py::array::forcecast : py::array::forcecast;
    const auto made = py::array_t<Value, flags>::ensure(given);
    if (!made || !keeps_whole_numbers(given, made)) return false;
    return view(made) || view(made.attr("copy")());  // an array may share memory that is no use
  }

  [[nodiscard]] const Value *data() const noexcept {
    return memory_ ? static_cast<const Value *>(buffer().buf) : nullptr;
  }
  [[nodiscard]] py::ssize_t size() const noexcept {
    return memory_ ? buffer().len / py::ssize_t{sizeof(Value)} : 0;
  }
  [[nodiscard]] py::ssize_t ndim() const noexcept { return memory_ ? buffer().ndim : 1; }
  // Bytes from one number to the next.
  [[nodiscard]] py::ssize_t stride() const noexcept {
    return memory_ ? buffer().strides[0] : py::ssize_t{sizeof(Value)};
  }

 private:
  [[nodiscard]] const Py_buffer &buffer() const noexcept {
    return *PyMemoryView_GET_BUFFER(memory_.ptr());
  }

  // NumPy cuts off what does not fit into whole numbers: fractions, and numbers that are too large.
  [[nodiscard]] static bool keeps_whole_numbers(py::handle given, const py::array &made) {
    if (!std::is_integral_v<Value>) return true;
    return py::module_::import("numpy").attr("array_equal")(made, given).template cast<bool>();
  }

  // False: this is no memory that can be used as it is.
  [[nodiscard]] bool view(py::handle given) {
    auto made = py::reinterpret_steal<py::object>(PyMemoryView_FromObject(given.ptr()));
    if (!made) {
      PyErr_Clear();
      return false;
    }
    const Py_buffer &found = *PyMemoryView_GET_BUFFER(made.ptr());
    const bool together = PyBuffer_IsContiguous(&found, 'C') != 0;
    const bool aligned = reinterpret_cast<std::uintptr_t>(found.buf) % alignof(Value) == 0;
    if (!aligned || found.suboffsets != nullptr || !has_format<Value>(found)) return false;
    if (Spacing == spacing::none ? !together : !lies_on_numbers(found)) return false;
    memory_ = std::move(made);
    return true;
  }

  // Whether its distances are whole numbers of elements.
  [[nodiscard]] static bool lies_on_numbers(const Py_buffer &found) noexcept {
    for (int k = 0; k < found.ndim; ++k) {
      if (found.strides[k] % py::ssize_t{sizeof(Value)} != 0) return false;
    }
    return true;
  }

  py::object memory_;  // a memoryview
};

template <class Value>
using contiguous = numbers<Value, spacing::none>;

// Elements may lie apart.
template <class Value>
using strided = numbers<Value, spacing::allowed>;

template <class Value>
std::span<const Value> span_of(const contiguous<Value> &array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

// A copy of numbers as a memoryview; `format` is that of the module `struct`.
template <class Value>
py::object copied(std::span<const Value> values, const char *format) {
  const py::bytes bytes(reinterpret_cast<const char *>(values.data()), values.size_bytes());
  return py::memoryview(bytes).attr("cast")(format);
}

}  // namespace annarchy_ml::bindings

namespace pybind11::detail {

template <class Value, annarchy_ml::bindings::spacing Spacing>
struct type_caster<annarchy_ml::bindings::numbers<Value, Spacing>> {
  using taken = annarchy_ml::bindings::numbers<Value, Spacing>;
  PYBIND11_TYPE_CASTER(taken, const_name("ArrayLike"));

  bool load(handle given, bool) { return !given.is_none() && value.load(given); }
};

}  // namespace pybind11::detail
