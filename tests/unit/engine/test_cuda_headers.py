"""Our own declarations of the driver and of NVRTC against the headers of NVIDIA, by the compiler.

Each function that is looked up must be declared under the very name that is asked for, with as many
arguments, each passed alike; each number must be that of the header.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[3] / "cpp" / "src" / "cuda"
NUMBERS = {
    "non_blocking": "CU_STREAM_NON_BLOCKING",
    "out_of_memory": "CUDA_ERROR_OUT_OF_MEMORY",
    "compilation_failed": "NVRTC_ERROR_COMPILATION",
    "multiprocessors": "CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT",
    "capability_major": "CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR",
    "capability_minor": "CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR",
    "cooperative_launch": "CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH",
    "shared_bytes": "CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES",
    "local_bytes": "CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES",
    "registers": "CU_FUNC_ATTRIBUTE_NUM_REGS",
}
COMPARED = """
#include <cstddef>
#include <cstdint>
#include <type_traits>
#define __CUDA_API_VERSION_INTERNAL  // all versions under their own names, as the library has them
#include "%s"

using status = int;
using result = int;
using device_handle = int;
using device_address = std::uint64_t;
struct context_object;
struct module_object;
struct function_object;
struct stream_object;
struct program_object;

template <class T>
constexpr bool is_whole = std::is_integral_v<T> || std::is_enum_v<T>;
template <class T, bool = std::is_enum_v<T>>
struct number_of {
  using type = T;
};
template <class T>
struct number_of<T, true> {
  using type = std::underlying_type_t<T>;
};
template <class A, class B>
constexpr bool alike() {
  if constexpr (std::is_pointer_v<A> && std::is_pointer_v<B>) {
    using To = std::remove_pointer_t<A>;
    using Other = std::remove_pointer_t<B>;
    if (std::is_const_v<To> != std::is_const_v<Other>) return false;
    if constexpr (std::is_class_v<To> || std::is_void_v<To>) {
      return std::is_class_v<Other> == std::is_class_v<To>;
    } else {
      return alike<std::remove_cv_t<To>, std::remove_cv_t<Other>>();
    }
  } else if constexpr (is_whole<A> && is_whole<B>) {
    // An enumeration of the header has no number below 0, and is passed as an int.
    const bool sign = std::is_signed_v<typename number_of<A>::type> ==
                      std::is_signed_v<typename number_of<B>::type>;
    return sizeof(A) == sizeof(B) && (sign || std::is_enum_v<B>);
  } else {
    return std::is_same_v<A, B>;
  }
}
template <class A, class B>
struct same_call : std::false_type {};
template <class A, class B, class... As, class... Bs>
struct same_call<A (*)(As...), B (*)(Bs...)> {
  static constexpr bool value = [] {
    if constexpr (sizeof...(As) == sizeof...(Bs)) {
      return alike<A, B>() && (alike<As, Bs>() && ...);
    } else {
      return false;
    }
  }();
};
%s
"""


def header(name: str) -> Path:
    """A header of a wheel of NVIDIA."""
    wheel = find_spec("nvidia")
    folders = [] if wheel is None else list(wheel.submodule_search_locations or ())
    found = [path for folder in folders for path in Path(folder).glob(f"*/include/{name}")]
    if not found:
        pytest.skip(f"needs {name} of nvidia-cuda-runtime-cu12 or nvidia-cuda-nvrtc-cu12")
    return found[0]


def text_of(*names: str) -> str:
    return "\n".join((SOURCES / name).read_text(encoding="utf-8") for name in names)


def pointers(text: str) -> dict[str, str]:
    """The declared pointers to functions: their types by their names."""
    found = re.findall(r"([\w *]+?)\(\*(\w+)\)\(([^;]*?)\) = nullptr;", text)
    return {name: f"{kind.strip()} (*)({given})" for kind, name, given in found}


def calls(text: str) -> dict[str, str]:
    """What is looked up: names of pointers by those of functions of the library."""
    pairs = re.findall(r'library_\.find\((\w+), "(\w+)"\)', text)
    assert len(pairs) == text.count("library_.find(")
    return {symbol: name for name, symbol in pairs}


def refused(path: Path, checks: list[str], folder: Path) -> str:
    """What the compiler says against some checks."""
    compiler = next(filter(None, map(shutil.which, ("c++", "g++", "clang++"))), None)
    if compiler is None:
        pytest.skip("needs a C++ compiler")
    text = folder / "checks.cpp"
    text.write_text(COMPARED % (path, "\n".join(checks)), encoding="utf-8")
    command = [compiler, "-std=c++20", "-fsyntax-only", "-w", str(text)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.stderr


def call_checks(known: dict[str, str], asked: dict[str, str]) -> list[str]:
    return [
        f'static_assert(same_call<{known[name]}, decltype(&{symbol})>::value, "{symbol}");'
        for symbol, name in asked.items()
    ]


def number_checks(text: str) -> list[str]:
    found = re.findall(r"\b(\w+) = (\d+)\b", text)
    known = {name: value for name, value in found if name in NUMBERS}
    return [f'static_assert({NUMBERS[k]} == {known[k]}, "{k}");' for k in known]


LIBRARIES = {
    "cuda.h": ("driver.hpp", "driver.cpp", "device.cpp"),
    "nvrtc.h": ("runtime_compiler.hpp", "runtime_compiler.cpp"),
}


@pytest.mark.parametrize("name", LIBRARIES)
def test_declarations(tmp_path: Path, name: str) -> None:
    text = text_of(*LIBRARIES[name])
    known, asked, numbers = pointers(text), calls(text), number_checks(text)
    assert len(asked) == {"cuda.h": 28, "nvrtc.h": 13}[name]
    assert len(numbers) == {"cuda.h": 9, "nvrtc.h": 1}[name]
    assert refused(header(name), call_checks(known, asked) + numbers, tmp_path) == ""


WRONG = {
    "cuMemAlloc": "status (*)(device_address *, std::size_t)",  # the version before the second one
    "cuMemGetInfo_v2": "status (*)(unsigned *, std::size_t *)",
    "cuMemcpyHtoDAsync_v2": "status (*)(device_address, void *, std::size_t, stream_object *)",
    "cuLaunchCooperativeKernel": "status (*)(function_object *, unsigned, unsigned, void **)",
    "cuStreamCreate": "status (*)(stream_object *, unsigned)",
    "cuNothing": "status (*)(int)",
}


@pytest.mark.parametrize("symbol", WRONG)
def test_a_wrong_declaration_is_seen(tmp_path: Path, symbol: str) -> None:
    said = refused(header("cuda.h"), call_checks({"it": WRONG[symbol]}, {symbol: "it"}), tmp_path)
    assert symbol in said


def test_a_wrong_number_is_seen(tmp_path: Path) -> None:
    assert "registers" in refused(header("cuda.h"), number_checks("registers = 5"), tmp_path)
