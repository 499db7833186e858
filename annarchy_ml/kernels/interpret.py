"""Runs kernels in NumPy: the oracle of the tests, and the executor where no compiler is found.

    step = bind(kernel, group, storage)
    step(t, t_prev, dt, number, 0, 100)                  # UPDATE and INIT: instances 0 to 99
    deliver(t, t_prev, dt, number, targets, weights)     # EVENT: may name an instance repeatedly

Nothing warns: faulty values become infinities and NaN, as in compiled kernels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.expr import ieee
from annarchy_ml.expr.arrays import numpy_function
from annarchy_ml.expr.functions import FUNCTIONS
from annarchy_ml.kernels.laws import drawn, stepped
from annarchy_ml.kernels.nodes import GroupKernel, Kernel, KernelKind
from annarchy_ml.kernels.python_code import FUNCTION_NAME, PythonCode, python_code
from annarchy_ml.kernels.random import Stream
from annarchy_ml.kernels.schemes import propagate

Array = NDArray[Any]
_FEW = 8
"""Up to this many instances, plain floats one after the other beat arrays."""


@dataclass(frozen=True, slots=True)
class Storage:
    """The arrays of one group, by name.

    Attributes:
        fields: shape (size,) or (1,) for shared fields; float64 or float32, int32 for DType.INT.
        externals: fields of other groups.
        indices: shape (size,): own instance to instance of the other group.
        emitted: shape (size,) int64: events of this step by out-port.
        seed: of the random numbers of the run.
        stream: that of the group.
        single: whether real numbers are float32.
    """

    fields: Mapping[str, Array]
    externals: Mapping[str, Array] = field(default_factory=dict)
    indices: Mapping[str, Array] = field(default_factory=dict)
    emitted: Mapping[str, Array] = field(default_factory=dict)
    seed: int = 0
    stream: int = 0
    single: bool = False


class UpdateFunction(Protocol):
    """A bound kernel of kind UPDATE or INIT."""

    def __call__(self, t: float, t_prev: float, dt: float, step: int, begin: int, end: int) -> None:
        """One step of instances begin <= i < end."""


class EventFunction(Protocol):
    """A bound kernel of kind EVENT."""

    def __call__(
        self, t: float, t_prev: float, dt: float, step: int, targets: Array, weights: Array | None
    ) -> None:
        """An event reaches each of `targets`; `weights` is None where all are 1."""


def bind(kernel: Kernel, group: GroupKernel, storage: Storage) -> Callable[..., None]:
    """The kernel as a function over the given arrays, which must be there at its first call.

    Returns:
        An `EventFunction` for a kernel of kind EVENT, else an `UpdateFunction`.
    """
    forms = _Forms(kernel, group, storage)
    return _event_function(forms) if kernel.kind is KernelKind.EVENT else _update_function(forms)


@dataclass(slots=True)
class _Forms:
    """Both forms of a kernel over the same arrays, each made when it is first needed."""

    kernel: Kernel
    group: GroupKernel
    storage: Storage
    _one: Callable[..., None] | None = None
    _many: Callable[..., None] | None = None

    @property
    def real(self) -> type[np.floating[Any]]:
        return np.float32 if self.storage.single else np.float64

    def few(self, count: int) -> bool:
        """Whether one after the other is the faster way; Python has no single precision."""
        return count <= _FEW and not self.storage.single

    @property
    def one(self) -> Callable[..., None]:
        if self._one is None:
            self._one = _function(self.kernel, self.group, self.storage, vector=False)
        return self._one

    @property
    def many(self) -> Callable[..., None]:
        if self._many is None:
            self._many = _function(self.kernel, self.group, self.storage, vector=True)
        return self._many


def _update_function(forms: _Forms) -> UpdateFunction:
    real = forms.real

    def run(t: float, t_prev: float, dt: float, step: int, begin: int, end: int) -> None:
        if forms.few(end - begin):
            one = forms.one
            for i in range(begin, end):
                one(t, t_prev, dt, step, i, 1.0)
            return
        with np.errstate(all="ignore"):
            forms.many(real(t), real(t_prev), real(dt), step, slice(begin, end), real(1.0))

    return run


def _event_function(forms: _Forms) -> EventFunction:
    real = forms.real

    def run(
        t: float, t_prev: float, dt: float, step: int, targets: Array, weights: Array | None
    ) -> None:
        if forms.few(len(targets)):
            one = forms.one
            for k, i in enumerate(targets.tolist()):
                one(t, t_prev, dt, step, i, 1.0 if weights is None else float(weights[k]))
            return
        with np.errstate(all="ignore"):
            for chosen in rounds(targets):
                weight = real(1.0) if weights is None else weights[chosen]
                forms.many(real(t), real(t_prev), real(dt), step, targets[chosen], weight)

    return run


def rounds(targets: Array) -> Iterator[Array]:
    """Positions in `targets`, in rounds that name each instance once, in order of occurrence."""
    order = np.argsort(targets, kind="stable")
    ordered = targets[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    counts = np.diff(np.append(starts, len(ordered)))
    occurrence = np.arange(len(ordered)) - np.repeat(starts, counts)
    for number in range(int(counts.max(initial=0))):
        yield order[occurrence == number]


@lru_cache(maxsize=512)
def _code(kernel: Kernel, group: GroupKernel, vector: bool) -> PythonCode:
    return python_code(kernel, group, vector)


def _function(
    kernel: Kernel, group: GroupKernel, storage: Storage, vector: bool
) -> Callable[..., None]:
    compiled = _code(kernel, group, vector)
    real = np.float32 if storage.single else np.float64
    space: dict[str, Any] = {"__builtins__": {}}
    space.update(_vector_functions(real) if vector else _scalar_functions())
    space.update(_drawing(storage, vector))
    literal: Callable[[float], Any] = real if vector else float
    space.update((f"k{n}", literal(value)) for n, value in enumerate(compiled.literals))
    for prefix, names, arrays in (
        ("field", [item.name for item in group.fields], storage.fields),
        ("external", [item.name for item in group.externals], storage.externals),
        ("index", group.indices, storage.indices),
        ("emitted", group.out_ports, storage.emitted),
    ):
        for position, name in enumerate(names):
            if name in arrays:
                space[f"{prefix}_{position}"] = arrays[name]
    exec(compiled.code, space)
    function: Callable[..., None] = space[FUNCTION_NAME]
    return function


def _drawing(storage: Storage, vector: bool) -> dict[str, Callable[..., Any]]:
    stream = Stream(storage.seed, storage.stream)

    def draw(law: str, i: Any, step: int, ordinal: int, *arguments: Any) -> Any:
        words = stepped(law, stream, _instances(i), step, ordinal)
        return value(drawn(law, words, storage.single, *arguments))

    def common_draw(law: str, i: Any, step: int, ordinal: int, *arguments: Any) -> Any:
        words = stepped(law, stream, np.zeros_like(_instances(i)), step, ordinal)
        return value(drawn(law, words, storage.single, *arguments))

    def keyed_draw(law: str, of: Any, step: int, ordinal: int, *arguments: Any) -> Any:
        own = _instances(of[0])
        keys = np.broadcast_to(np.asarray(of[1]), own.shape).astype(own.dtype)
        words = stepped(law, stream, keys, step, ordinal)
        return value(drawn(law, words, storage.single, *arguments))

    def event_draw(law: str, i: Any, events: Any, ordinal: int, *arguments: Any) -> Any:
        words = stream.event_words(np.atleast_1d(np.asarray(i)), events, ordinal)
        return value(drawn(law, words, storage.single, *arguments))

    def value(values: Array) -> Any:
        return values if vector else float(values[0])

    draws = {"draw": draw, "common_draw": common_draw, "event_draw": event_draw}
    return {**draws, "keyed_draw": keyed_draw, "counted": _counted}


def _instances(i: Any) -> Array:
    return np.arange(i.start, i.stop) if isinstance(i, slice) else np.atleast_1d(np.asarray(i))


def _counted(counts: Array, i: Any) -> Array:
    """The numbers of the next events of these instances, each of which occurs once."""
    places = np.atleast_1d(np.asarray(i))
    unsigned: Array = counts.view(np.uint32)
    unsigned[places] += np.uint32(1)
    return np.asarray(unsigned[places])


def _add_at(array: Array, place: int, value: float) -> None:
    array[place] += value


def _vector_functions(real: type[np.floating[Any]]) -> dict[str, Any]:
    def load(array: Array, place: Any) -> Any:
        return np.array(array[place], real)[()]

    space: dict[str, Any] = {
        "where": np.where,
        "logical_and": np.logical_and,
        "logical_or": np.logical_or,
        "logical_not": np.logical_not,
        "any_of": np.any,
        "rounds": range,
        "propagate": propagate,
        "load": load,
        "add_at": np.add.at,
        "whole": lambda values: np.trunc(values).astype(np.int32),
        "first": lambda values: np.ravel(values)[0],
    }
    space.update((f"call_{row.name}", numpy_function(row)) for row in FUNCTIONS.values())
    return space


def _scalar_functions() -> dict[str, Any]:
    space: dict[str, Any] = {
        "logical_and": lambda a, b: a and b,
        "logical_or": lambda a, b: a or b,
        "logical_not": lambda a: not a,
        "rounds": range,
        "propagate": lambda *args: [float(value) for value in propagate(*args)],
        "load": lambda array, place: array.item(place),
        "divide": ieee.divide,
        "add_at": _add_at,
        "whole": lambda value: int(value) if math.isfinite(value) else -(2**31),
        "first": lambda value: value,
    }
    for row in FUNCTIONS.values():
        if not row.stochastic:
            space[f"call_{row.name}"] = getattr(ieee, row.ieee)
    return space
