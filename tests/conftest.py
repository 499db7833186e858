"""What all tests share: golden files, and kernels compiled and called without the engine."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

GOLDEN = Path(__file__).parent / "golden"
FAKES = Path(__file__).parent / "fakes"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write tests/golden/ anew; review the diff"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with a file of tests/golden/."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path.name} is missing: run pytest --update-golden"
        assert text == path.read_text(encoding="utf-8")

    return compare


class NativeKernels:
    """A compiled module whose kernels run on the same `Storage` as the interpreter's.

    Attributes:
        size: instances of a storage that has room behind them, or -1: the kernels may not go there.
    """

    def __init__(self, path: Path, module: Any) -> None:
        self.library = ctypes.CDLL(str(path))
        self.module = module
        self.size = -1

    def call(self, symbol: str, group: int, storage: Any, scalars: tuple, *args: Any) -> None:
        """Call a kernel; scalars are t, t_prev, dt and the number of the step."""
        from annarchy_ml.engine.callbacks import Context, Emitted

        kernels = self.module.groups[group]
        names = (
            ([item.name for item in kernels.fields], storage.fields),
            ([item.name for item in kernels.externals], storage.externals),
            (kernels.indices, storage.indices),
            (kernels.out_ports, storage.emitted),
        )
        tables = [
            (ctypes.c_void_p * max(1, len(keys)))(*(arrays[key].ctypes.data for key in keys))
            for keys, arrays in names
        ]
        t, t_prev, dt, step = scalars
        *read, emitted = tables
        context = Context(t, t_prev, dt, storage.seed, storage.stream, step)
        context.fields, context.externals, context.indices = map(ctypes.addressof, read)
        context.emitted = ctypes.cast(emitted, Emitted)
        context.size = self.size
        getattr(self.library, symbol)(ctypes.byref(context), *args)

    def update(self, storage: Any, scalars: tuple, begin: int, end: int, group: int = 0) -> None:
        symbol = f"aml_{group}_update"
        self.call(symbol, group, storage, scalars, ctypes.c_int64(begin), ctypes.c_int64(end))

    def event(
        self, storage: Any, scalars: tuple, targets: Any, weights: Any, group: int = 0
    ) -> None:
        """Targets int32 or uint16; weights float64, float32, one number; None where all are 1."""
        from annarchy_ml.engine import callbacks

        layout = 0 if targets.dtype == np.uint16 else callbacks.WIDE_TARGETS
        run = callbacks.Run(targets.ctypes.data, None, len(targets))
        shared = 1.0 if weights is None else weights
        if isinstance(weights, np.ndarray):
            single = weights.dtype == np.float32
            layout |= callbacks.FLOAT_WEIGHTS if single else callbacks.DOUBLE_WEIGHTS
            run.weights, shared = weights.ctypes.data, 0.0
        events = callbacks.Events(ctypes.pointer(run), 1, layout, 1, shared, 0, 0, -1)
        arguments = (ctypes.byref(events),)
        self.call(f"aml_{group}_event_0", group, storage, scalars, *arguments)


@pytest.fixture(scope="session")
def native_kernels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Prints, compiles and loads a module; skips where there is no compiler."""
    from annarchy_ml.engine.build import KernelCache, NoCompiler, build

    cache = KernelCache(tmp_path_factory.mktemp("kernels"))

    def compile_module(module: Any) -> NativeKernels:
        try:
            return NativeKernels(build(module, cache=cache).path, module)
        except NoCompiler as error:
            pytest.skip(f"needs a compiler: {error.message}")

    yield compile_module


@pytest.fixture(scope="session")
def toolchain(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The compiler of this machine; skips where there is none."""
    from annarchy_ml.engine.build.toolchain import NoCompiler, find_toolchain

    try:
        return find_toolchain(tmp_path_factory.mktemp("toolchain"))
    except NoCompiler as error:
        pytest.skip(f"needs a compiler: {error.message}")


class FakeCuda:
    """The fake driver and compiler of tests/fakes/ as one library.

    Attributes:
        path: of the library.
    """

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._library = ctypes.CDLL(self.path)
        self._library.fake_calls.restype = ctypes.c_char_p
        self._library.fake_used.restype = ctypes.c_size_t

    def reset(self) -> None:
        self._library.fake_reset()

    def set(self, **facts: int) -> None:
        """What the device says of itself from now on."""
        for name, value in facts.items():
            self._library.fake_set(name.encode(), ctypes.c_long(value))

    def fail(self, call: str, status: int) -> None:
        """Lets a call fail from now on."""
        self._library.fake_fail(call.encode(), status)

    @property
    def calls(self) -> list[str]:
        """What was called since the last reset, with sizes and shapes."""
        return self._library.fake_calls().decode().splitlines()

    @property
    def used(self) -> int:
        """Bytes of device memory that are taken."""
        return int(self._library.fake_used())


@pytest.fixture(scope="session")
def fake_cuda_library(tmp_path_factory: pytest.TempPathFactory) -> FakeCuda:
    """Built once."""
    compiler = next(filter(None, map(shutil.which, ("c++", "g++", "clang++"))), None)
    if compiler is None:
        pytest.skip("no C++ compiler for the fake driver")
    path = tmp_path_factory.mktemp("fake_cuda") / "fake_cuda.so"
    sources = sorted(str(item) for item in FAKES.glob("*.cpp"))
    command = [compiler, "-std=c++20", "-shared", "-fPIC", *sources, "-o", str(path)]
    subprocess.run(command, check=True, timeout=120)
    return FakeCuda(path)


@pytest.fixture
def fake_cuda(fake_cuda_library: FakeCuda, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCuda]:
    """A machine with two GPUs that are none: their programs run on the CPU."""
    from annarchy_ml.engine.cuda import driver, nvrtc

    monkeypatch.setattr(driver, "LIBRARY", fake_cuda_library.path)
    monkeypatch.setattr(nvrtc, "libraries", lambda: (fake_cuda_library.path,))
    fake_cuda_library.reset()
    driver._opened.cache_clear()
    nvrtc._opened.cache_clear()
    yield fake_cuda_library
    driver._opened.cache_clear()
    nvrtc._opened.cache_clear()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C interrupts, also where the tests run in the background and began with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def without_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hides what the user's environment says of compilers and caches."""
    for name in ("CXX", "ANNARCHY_ML_CACHE"):
        if name in os.environ:
            monkeypatch.delenv(name)


@pytest.fixture
def make_storage() -> Callable[..., Any]:
    """Arrays for a group: given values, zeros elsewhere."""
    from annarchy_ml.kernels.interpret import Storage
    from annarchy_ml.kernels.nodes import DType, Placement

    def make(group: Any, size: int, values: dict[str, Any], **others: Any) -> Any:
        real = np.float32 if others.get("single") else np.float64
        fields = {}
        for item in group.fields:
            length = 1 if item.placement is Placement.SHARED else size
            kind = np.int32 if item.dtype is DType.INT else real
            value = np.asarray(values.get(item.name, 0))
            fields[item.name] = np.ascontiguousarray(np.broadcast_to(value, (length,)), kind).copy()
        emitted = {port: np.zeros(size, np.int64) for port in group.out_ports}
        return Storage(fields, emitted=emitted, **others)

    return make


_GATES = {
    "na/m": (("linear", 1e3, -0.04, 0.01), ("exponential", 4e3, -0.065, -0.018), 3),
    "na/h": (("exponential", 70.0, -0.065, -0.02), ("sigmoid", 1e3, -0.035, 0.01), 1),
    "k/n": (("linear", 1e2, -0.055, 0.01), ("exponential", 125.0, -0.065, -0.08), 4),
}
_CELL = {
    "C": 1e-11, "thresh": 0.0, "gna": 1.2e-6, "gk": 3.6e-7, "gl": 3e-9, "ena": 0.05, "ek": -0.077,
    "el": -0.0543,
}  # fmt: skip
_RATES = {
    "exponential": "rate * exp((v - midpoint) / scale)",
    "sigmoid": "rate / (1 + exp(0 - (v - midpoint) / scale))",
    "linear": "rate * x / (1 - exp(0 - x))",
}


def _gate_statements(gate: str) -> tuple[list[Any], dict[str, float]]:
    """The equations of one Hodgkin-Huxley gate as NeuroML writes them, and its parameters."""
    from annarchy_ml.expr import parse, rename
    from annarchy_ml.expr.nodes import Conditional
    from annarchy_ml.kernels.nodes import Let

    forward, reverse, instances = _GATES[gate]
    values: dict[str, float] = {f"{gate}/instances": instances}
    body: list[Any] = []
    for name, (kind, *numbers) in (("forwardRate", forward), ("reverseRate", reverse)):
        path = f"{gate}/{name}"
        keys = (f"{path}/rate", f"{path}/midpoint", f"{path}/scale")
        values |= dict(zip(keys, numbers, strict=True))
        own = {key: f"{path}/{key}" for key in ("rate", "midpoint", "scale", "x")}
        rate = parse(_RATES[kind])
        if kind == "linear":
            x = rename(parse("(v - midpoint) / scale"), own)
            body.append(Let(f"{path}/x", x, "x = (v - midpoint) / scale"))
            rate = Conditional(parse("x .neq. 0"), rate, parse("rate"))
        body.append(Let(f"{path}/r", rename(rate, own), f"r = {_RATES[kind]}"))
    own = {"alpha": f"{gate}/forwardRate/r", "beta": f"{gate}/reverseRate/r"}
    own |= {key: f"{gate}/{key}" for key in ("inf", "tau", "q", "instances")}
    for name, text in (
        ("tau", "1 / (alpha + beta)"),
        ("inf", "alpha / (alpha + beta)"),
        ("fcond", "q ^ instances"),
        ("dq", "(inf - q) / tau"),
    ):
        body.append(Let(f"{gate}/{name}", rename(parse(text), own), f"{name} = {text}"))
    return body, values


@pytest.fixture(scope="session")
def hh_values() -> dict[str, float]:
    """Parameters and start values of the cell of `hh_module`."""
    values = dict(_CELL) | {"v": -0.065, "iSyn": 1e-10, "k/n/q": 0.3, "na/m/q": 0.05, "na/h/q": 0.6}
    for gate in _GATES:
        values |= _gate_statements(gate)[1]
    return values


@pytest.fixture(scope="session")
def hh_module() -> Callable[..., Any]:
    """A Hodgkin-Huxley cell, its 3 gates written as NeuroML does, stepped by Euler's method."""
    from annarchy_ml.expr import parse, rename
    from annarchy_ml.kernels.nodes import (
        Emit,
        Field,
        GroupKernel,
        Kernel,
        KernelKind,
        KernelModule,
        Placement,
        Role,
        Store,
        When,
    )

    each, shared = Placement.PER_INSTANCE, Placement.SHARED

    def make(precision: str = "double", name: str = "hhcell") -> Any:
        body: list[Any] = []
        fields = [Field("v", each, Role.STATE, unit="V"), Field("spiking", each, Role.STATE)]
        fields += [Field("iSyn", each, Role.REDUCED, unit="A")]
        fields += [Field(key, shared, Role.PARAMETER) for key in _CELL]
        for gate in _GATES:
            statements, values = _gate_statements(gate)
            body += statements
            fields.append(Field(f"{gate}/q", each, Role.STATE))
            fields += [Field(key, shared, Role.PARAMETER) for key in values]
        text = "gna * m * h * (ena - v) + gk * n * (ek - v) + gl * (el - v) + iSyn"
        own = {gate[-1]: f"{gate}/fcond" for gate in _GATES}
        membrane = rename(parse(f"v + dt * ({text}) / C"), own)
        body.append(Store("v", membrane, "dv/dt = (iChannels + iSyn) / C"))
        for gate in _GATES:
            own = {"q": f"{gate}/q", "dq": f"{gate}/dq"}
            body.append(Store(f"{gate}/q", rename(parse("q + dt * dq"), own), "dq/dt = dq"))
        spike = (Store("spiking", parse("1")), Emit("spike"))
        body.append(When(parse("v .gt. thresh .and. spiking .lt. 0.5"), spike, "v .gt. thresh"))
        body.append(When(parse("v .lt. thresh"), (Store("spiking", parse("0")),)))
        event = (Store("iSyn", parse("iSyn + weight * 1e-12"), "iSyn = iSyn + weight * 1 pA"),)
        kernels = (
            Kernel("update", KernelKind.UPDATE, tuple(body)),
            Kernel("event in", KernelKind.EVENT, event, "in"),
        )
        group = GroupKernel(name, tuple(fields), (), (), ("spike",), ("in",), kernels)
        return KernelModule((group,), precision)

    return make
