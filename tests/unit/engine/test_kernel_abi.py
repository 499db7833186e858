"""kernel_abi.h: valid C11 and C++20 without warnings; its functions equal the interpreter's."""

import ctypes
import subprocess

import numpy as np
import pytest

from annarchy_ml.engine.build import contract_text
from annarchy_ml.kernels.random import Stream, uniform
from annarchy_ml.kernels.schemes import propagate

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]

EXPORTS = """
double t_uniform(uint64_t seed, uint64_t stream, uint64_t step, uint32_t index, uint32_t ordinal) {
  aml_context context = {0};
  context.seed = seed; context.stream = stream; context.step = step;
  return aml_uniform(&context, index, ordinal);
}
float t_uniformf(uint64_t seed, uint64_t stream, uint64_t step, uint32_t index, uint32_t ordinal) {
  aml_context context = {0};
  context.seed = seed; context.stream = stream; context.step = step;
  return aml_uniformf(&context, index, ordinal);
}
double t_event_uniform(uint64_t seed, uint64_t stream, uint32_t n, uint32_t i, uint32_t ordinal) {
  aml_context context = {0};
  context.seed = seed; context.stream = stream; context.step = 77;
  return aml_event_uniform(&context, i, n, ordinal);
}
float t_event_uniformf(uint64_t seed, uint64_t stream, uint32_t n, uint32_t i, uint32_t ordinal) {
  aml_context context = {0};
  context.seed = seed; context.stream = stream; context.step = 77;
  return aml_event_uniformf(&context, i, n, ordinal);
}
double t_power(double x, double p) { return aml_power(x, p); }
double t_exp(double x) { return aml_exp(x); }
float t_expf(float x) { return aml_expf(x); }
double t_factorial(double x) { return aml_factorial(x); }
void t_propagate(int n, double *x, int m, const int *source, const int *target,
                 const double *forward, const double *reverse, double dt) {
  aml_propagate(n, x, m, source, target, forward, reverse, dt);
}
"""


@pytest.mark.parametrize(("language", "standard"), [("c", "c11"), ("c++", "c++20")])
def test_no_warnings(language, standard, toolchain, tmp_path):
    (tmp_path / "kernel_abi.h").write_text(contract_text())
    (tmp_path / "unit.x").write_text('#include "kernel_abi.h"\n')
    command = [*toolchain.command, "-x", language, f"-std={standard}", *WARNINGS, "-c", "unit.x"]
    done = subprocess.run(
        [*command, "-o", "unit.o"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def library(toolchain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("abi")
    (folder / "unit.c").write_text(contract_text() + EXPORTS)
    flags = ["-x", "c", "-std=c11", "-O2", "-fPIC", "-shared", "unit.c", "-o", "unit.so", "-lm"]
    subprocess.run([*toolchain.command, *flags], cwd=folder, check=True, capture_output=True)
    library = ctypes.CDLL(str(folder / "unit.so"))
    library.t_power.restype = library.t_factorial.restype = ctypes.c_double
    library.t_power.argtypes = [ctypes.c_double] * 2
    library.t_factorial.argtypes = [ctypes.c_double]
    counters = [ctypes.c_uint64] * 3 + [ctypes.c_uint32] * 2
    library.t_uniform.argtypes = library.t_uniformf.argtypes = counters
    library.t_uniform.restype, library.t_uniformf.restype = ctypes.c_double, ctypes.c_float
    counters = [ctypes.c_uint64] * 2 + [ctypes.c_uint32] * 3
    library.t_event_uniform.argtypes = library.t_event_uniformf.argtypes = counters
    library.t_event_uniform.restype = ctypes.c_double
    library.t_event_uniformf.restype = ctypes.c_float
    return library


@pytest.mark.parametrize("single", [False, True])
def test_draws_of_events_are_equal_bit_for_bit(library, single):
    random = np.random.default_rng(1)
    function = library.t_event_uniformf if single else library.t_event_uniform
    for _ in range(300):
        seed = int(random.integers(0, 2**63))
        stream, index, ordinal = (int(value) for value in random.integers(0, 2**31, 3))
        event = int(random.integers(0, 2**32))
        numbers = np.array([event], np.uint32)
        words = Stream(seed, stream).event_words(np.array([index]), numbers, ordinal)
        drawn = uniform(words, single)[0]
        assert function(seed, stream, event, index, ordinal) == drawn


@pytest.mark.parametrize("single", [False, True])
def test_draws_are_equal_bit_for_bit(library, single):
    random = np.random.default_rng(0)
    function = library.t_uniformf if single else library.t_uniform
    for _ in range(300):
        seed, step = (int(value) for value in random.integers(0, 2**63, 2))
        stream, index, ordinal = (int(value) for value in random.integers(0, 2**31, 3))
        words = Stream(seed, stream).words(np.array([index]), step, ordinal)
        drawn = uniform(words, single)[0]
        assert function(seed, stream, step, index, ordinal) == drawn


@pytest.mark.parametrize("p", [0.0, 1.0, 2.0, 3.0, 7.0, 15.0, 16.0, -1.0, 0.5, np.inf, np.nan])
def test_power(library, p):
    for x in (-2.0, -0.3, 0.0, 0.7, 1.0, 3.5, np.inf, np.nan):
        with np.errstate(all="ignore"):
            expected = float(np.power(x, p))
        if p in (0.0,) or x == 1.0:
            expected = 1.0
        assert library.t_power(x, p) == pytest.approx(expected, rel=2e-15, nan_ok=True), x


def test_exp(library):
    library.t_exp.restype, library.t_exp.argtypes = ctypes.c_double, [ctypes.c_double]
    library.t_expf.restype, library.t_expf.argtypes = ctypes.c_float, [ctypes.c_float]
    random = np.random.default_rng(4)
    for scale in (1e-300, 1e-9, 0.3, 1.0, 20.0, 700.0):
        for x in random.uniform(-scale, scale, 200):
            assert library.t_exp(x) == pytest.approx(np.exp(x), rel=4.5e-16)
    for x in random.uniform(-80, 80, 400).astype(np.float32):
        assert library.t_expf(x) == pytest.approx(np.exp(np.float64(x)), rel=2.5e-7)
    assert library.t_exp(708.99) == pytest.approx(np.exp(708.99), rel=4.5e-16)
    assert library.t_exp(-707.99) == pytest.approx(np.exp(-707.99), rel=4.5e-16, abs=0.0)
    assert (library.t_exp(709.01), library.t_exp(-708.01)) == (np.inf, 0.0)
    for function in (library.t_exp, library.t_expf):
        assert [function(x) for x in (0.0, -0.0, np.inf, -np.inf)] == [1.0, 1.0, np.inf, 0.0]
        assert [function(x) for x in (1e3, -1e3, 1e300, -1e300)] == [np.inf, 0.0, np.inf, 0.0]
        assert np.isnan(function(np.nan))


def test_factorial(library):
    assert [library.t_factorial(float(n)) for n in range(6)] == [1, 1, 2, 6, 24, 120]
    assert library.t_factorial(20.0) == 2432902008176640000.0
    assert library.t_factorial(171.0) == library.t_factorial(1e300) == np.inf
    for x in (-1.0, 0.5, np.nan):
        assert np.isnan(library.t_factorial(x))


def test_schemes_agree(library):
    random = np.random.default_rng(2)
    for n in (2, 3, 8, 64):
        flows = [(k, k + 1) for k in range(n - 1)] + [(0, n - 1)] * (n > 2)
        forward = random.exponential(1e3, len(flows))
        reverse = random.exponential(1e3, len(flows))
        start = random.dirichlet(np.ones(n))
        for dt in (1e-6, 1e-4, 1e-2, 1.0, 1e3):
            x = start.copy()
            sources, targets = (np.array(ends, np.int32) for ends in zip(*flows, strict=True))
            arrays = (sources, targets, forward, reverse)
            library.t_propagate(
                n, ctypes.c_void_p(x.ctypes.data), len(flows),
                *(ctypes.c_void_p(array.ctypes.data) for array in arrays), ctypes.c_double(dt),
            )  # fmt: skip
            assert x == pytest.approx(propagate(start, flows, forward, reverse, dt), rel=1e-9)
            assert x.sum() == pytest.approx(1.0, rel=1e-14)


@pytest.mark.parametrize("rate", [np.nan, np.inf])
def test_faulty_rates_are_visible(library, rate):
    x, ends = np.array([1.0, 0.0]), np.array([0, 1], np.int32)
    rates = np.array([rate, 1.0])
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in (ends, ends[1:], rates, rates[1:])]
    library.t_propagate(2, ctypes.c_void_p(x.ctypes.data), 1, *pointers, ctypes.c_double(1e-3))
    assert np.isnan(x).all()
