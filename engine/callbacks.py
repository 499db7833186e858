"""Interpreted kernels as C function pointers, so that the core drives them like compiled ones."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np

from annarchy_ml.kernels.interpret import Storage, bind
from annarchy_ml.kernels.nodes import KernelKind
from annarchy_ml.kernels.plan import SimulationPlan


class _Context(ctypes.Structure):
    """The scalar head of ``aml_context``; arrays are known to the kernels already."""

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
        ("emitted", ctypes.POINTER(ctypes.POINTER(ctypes.c_int32))),
    ]


_Update = ctypes.CFUNCTYPE(
    None, ctypes.POINTER(_Context), ctypes.c_int64, ctypes.c_int64
)
_Event = ctypes.CFUNCTYPE(
    None,
    ctypes.POINTER(_Context),
    ctypes.POINTER(ctypes.c_int32),
    ctypes.c_void_p,
    ctypes.c_int64,
)


class Callbacks:
    """All kernels of a plan over the arrays of a network."""

    def __init__(self, plan: SimulationPlan, network: Any) -> None:
        self.plan = plan
        self.network = network
        self._kept: list[Any] = []

    def addresses(self, group: int) -> tuple[int, dict[str, int]]:
        """Addresses of the update and event kernels of a group."""
        plan = self.plan.groups[group]
        kernel = self.plan.module.groups[plan.kernel]
        emitted: dict[str, Any] = {}
        storage = Storage(
            fields={item.name: self.network.field(group, item.name) for item in kernel.fields},
            externals={
                name: self.network.field(binding.group, binding.field)
                for name, binding in plan.externals.items()
            },
            indices={name: np.asarray(value) for name, value in plan.indices.items()},
            emitted=emitted,
            seed=self.plan.seed,
            stream=group,
            single=self.plan.module.precision == "single",
        )
        see = _emitted_reader(emitted, kernel.out_ports, plan.size)
        update = 0
        events: dict[str, int] = {}
        for item in kernel.kernels:
            if item.kind is KernelKind.UPDATE:
                update = self._update(item, kernel, storage, see)
            elif item.kind is KernelKind.EVENT:
                events[item.port] = self._event(item, kernel, storage, see)
        return update, events

    def _update(self, item: Any, kernel: Any, storage: Storage, see: Callable[[Any], None]) -> int:
        function = bind(item, kernel, storage)

        def call(context: Any, begin: int, end: int) -> None:
            c = context.contents
            see(c)
            function(c.t, c.t_prev, c.dt, c.step, begin, end)

        return self._keep(_Update(call))

    def _event(self, item: Any, kernel: Any, storage: Storage, see: Callable[[Any], None]) -> int:
        function = bind(item, kernel, storage)
        real = np.float32 if storage.single else np.float64

        def call(context: Any, targets: Any, weights: int | None, count: int) -> None:
            c = context.contents
            see(c)
            reached = np.ctypeslib.as_array(targets, shape=(count,))
            given = None
            if weights:
                kind = ctypes.c_float if real is np.float32 else ctypes.c_double
                pointer = ctypes.cast(weights, ctypes.POINTER(kind))
                given = np.ctypeslib.as_array(pointer, shape=(count,))
            function(c.t, c.t_prev, c.dt, c.step, reached, given)

        return self._keep(_Event(call))

    def _keep(self, callback: Any) -> int:
        self._kept.append(callback)
        return int(ctypes.cast(callback, ctypes.c_void_p).value or 0)


def _emitted_reader(
    emitted: dict[str, Any], ports: tuple[str, ...], size: int
) -> Callable[[Any], None]:
    """Fills the arrays of sent events from the first context seen: they stay where they are."""

    def see(context: Any) -> None:
        if emitted or not ports:
            return
        for number, port in enumerate(ports):
            emitted[port] = np.ctypeslib.as_array(context.emitted[number], shape=(size,))

    return see
