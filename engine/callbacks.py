"""Interpreted kernels as C function pointers, so that the core drives them like compiled ones."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.engine.past import Past
from annarchy_ml.kernels.interpret import Storage, bind
from annarchy_ml.kernels.nodes import Kernel, KernelKind
from annarchy_ml.kernels.plan import SimulationPlan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.engine import _core


Emitted = ctypes.POINTER(ctypes.POINTER(ctypes.c_int64))


class Context(ctypes.Structure):
    """``aml_context`` of ``kernel_abi.h``; interpreted kernels use only the scalars and events."""

    _fields_ = [
        ("t", ctypes.c_double),
        ("t_prev", ctypes.c_double),
        ("dt", ctypes.c_double),
        ("seed", ctypes.c_uint64),
        ("stream", ctypes.c_uint64),
        ("step", ctypes.c_uint64),
        ("fields", ctypes.c_void_p),
        ("externals", ctypes.c_void_p),
        ("indices", ctypes.c_void_p),
        ("emitted", Emitted),
        ("size", ctypes.c_int64),
        ("row_length", ctypes.c_int64),
    ]


_Update = ctypes.CFUNCTYPE(None, ctypes.POINTER(Context), ctypes.c_int64, ctypes.c_int64)


class Run(ctypes.Structure):
    """``aml_run`` of ``kernel_abi.h``: connections that follow each other."""

    _fields_ = [
        ("targets", ctypes.c_void_p),
        ("weights", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("first", ctypes.c_int64),
    ]


class Events(ctypes.Structure):
    """``aml_events`` of ``kernel_abi.h``: what arrives together over one projection."""

    _fields_ = [
        ("runs", ctypes.POINTER(Run)),
        ("n_runs", ctypes.c_int64),
        ("layout", ctypes.c_int32),
        ("ahead", ctypes.c_int32),
        ("weight", ctypes.c_double),
        ("constant", ctypes.c_uint32),
        ("consecutive", ctypes.c_uint32),
        ("along_index", ctypes.c_int32),
        ("along", ctypes.c_void_p),
    ]


WIDE_TARGETS, FLOAT_WEIGHTS, DOUBLE_WEIGHTS, CONSECUTIVE = 1, 2, 4, 8
"""Bits of a layout, as in ``kernel_abi.h``."""

_Event = ctypes.CFUNCTYPE(None, ctypes.POINTER(Context), ctypes.POINTER(Events))


def events_of(events: Any) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Targets and weights of all events, run after run, shape (n_events,)."""
    narrow = events.layout & WIDE_TARGETS == 0
    runs = [events.runs[number] for number in range(events.n_runs)]
    if events.layout & CONSECUTIVE:
        targets = np.concatenate([np.arange(run.first, run.first + run.count) for run in runs])
    else:
        targets = _values(ctypes.c_uint16 if narrow else ctypes.c_int32, runs, "targets")
    if events.layout & FLOAT_WEIGHTS:
        weights = _values(ctypes.c_float, runs, "weights")
    elif events.layout & DOUBLE_WEIGHTS:
        weights = _values(ctypes.c_double, runs, "weights")
    else:
        weights = np.full(len(targets), events.weight)
    return targets.astype(np.int32), weights


def _values(kind: Any, runs: list[Any], name: str) -> NDArray[Any]:
    """An array of all runs, behind each other."""
    pointer = ctypes.POINTER(kind)
    arrays = [
        np.ctypeslib.as_array(ctypes.cast(getattr(run, name), pointer), shape=(run.count,))
        for run in runs
    ]
    return np.concatenate(arrays) if arrays else np.zeros(0, kind)


class Callbacks:
    """All kernels of a plan over the arrays of a network.

    Attributes:
        fault: the first exception that a kernel raised; the run stops after it.
    """

    def __init__(self, plan: SimulationPlan, network: _core.Network) -> None:
        self.plan = plan
        self.network = network
        self.fault: Exception | None = None
        self._kept: list[Any] = []

    def addresses(self, group: int) -> tuple[int, dict[str, int]]:
        """Addresses of the update kernel of a group, and of its event kernels by in-port."""
        kernel = self.plan.module.groups[self.plan.groups[group].kernel]
        update = 0
        events: dict[str, int] = {}
        for item in kernel.kernels:
            if item.kind is KernelKind.UPDATE:
                update = self._update(group, item)
            elif item.kind is KernelKind.EVENT:
                events[item.port] = self._event(group, item)
        return update, events

    def also(self, group: int, kind: KernelKind, part: int) -> int:
        """Address of a kernel of a group by its kind and part."""
        kernel = self.plan.module.groups[self.plan.groups[group].kernel]
        found = (item for item in kernel.kernels if (item.kind, item.part) == (kind, part))
        return self._update(group, next(found))

    def _bound(self, group: int, item: Kernel, context: Context, past: Past) -> Callable[..., None]:
        """The kernel over the arrays of its group; sent events are where the core keeps them."""
        plan = self.plan.groups[group]
        kernel = self.plan.module.groups[plan.kernel]
        network = self.network
        storage = Storage(
            fields={item.name: network.field(group, item.name) for item in kernel.fields},
            externals={
                name: network.field(binding.group, binding.field)
                for name, binding in plan.externals.items()
            }
            | past.arrays,
            indices={name: np.asarray(value) for name, value in plan.indices.items()}
            | past.indices,
            emitted={
                port: np.ctypeslib.as_array(context.emitted[number], shape=(plan.size,))
                for number, port in enumerate(kernel.out_ports)
            },
            seed=self.plan.seed,
            stream=int(context.stream),
            single=self.plan.module.precision == "single",
        )
        return bind(item, kernel, storage)

    def _guarded(
        self, group: int, item: Kernel, call: Callable[[Callable[..., None], Any, Any], None]
    ) -> Callable[..., None]:
        """A callback that binds on its first call and keeps what goes wrong for the caller."""
        bound: list[Callable[..., None]] = []
        past = Past(self.plan, group)

        def run(context: Any, *arguments: Any) -> None:
            if self.fault is not None:
                return
            try:
                if not bound:
                    bound.append(self._bound(group, item, context.contents, past))
                past.fetch(context.contents.externals)
                call(bound[0], context.contents, arguments)
            except Exception as fault:
                self.fault = fault

        return run

    def _update(self, group: int, item: Kernel) -> int:
        def call(function: Callable[..., None], c: Any, given: Any) -> None:
            function(c.t, c.t_prev, c.dt, c.step, *given)

        return self._keep(_Update(self._guarded(group, item, call)))

    def _event(self, group: int, item: Kernel) -> int:
        real = np.float32 if self.plan.module.precision == "single" else np.float64

        def call(function: Callable[..., None], c: Any, given: Any) -> None:
            targets, weights = events_of(given[0].contents)
            function(c.t, c.t_prev, c.dt, c.step, targets, weights.astype(real, copy=False))

        return self._keep(_Event(self._guarded(group, item, call)))

    def _keep(self, callback: Any) -> int:
        self._kept.append(callback)
        return int(ctypes.cast(callback, ctypes.c_void_p).value or 0)
