"""Values of earlier steps that interpreted kernels of couplings read."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.kernels.plan import SynapticCouplingPlan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.kernels.plan import SimulationPlan


class Past:
    """The values that the connections of a coupling see of their sources, if they are delayed.

    Attributes:
        arrays: by name of the external; filled anew before each call of a kernel.
        indices: by name, where they lead into several steps.
    """

    def __init__(self, plan: SimulationPlan, group: int) -> None:
        self.arrays: dict[str, NDArray[Any]] = {}
        self.indices: dict[str, NDArray[np.int32]] = {}
        self._places: list[tuple[int, NDArray[Any]]] = []
        for item in plan.couplings:
            if isinstance(item, SynapticCouplingPlan) and item.synapses == group:
                self._add(plan, item)

    def _add(self, plan: SimulationPlan, item: SynapticCouplingPlan) -> None:
        longest = int(np.max(item.delays, initial=1))
        if longest == 1:
            return
        group = plan.groups[item.synapses]
        steps = longest if np.ndim(item.delays) else 1
        index = past_index(plan, item)
        if index is not None:
            self.indices[item.sources] = index
        real = np.float32 if plan.module.precision == "single" else np.float64
        for number, external in enumerate(plan.module.groups[group.kernel].externals):
            if external.index == item.sources:
                size = plan.groups[group.externals[external.name].group].size
                self.arrays[external.name] = np.zeros(steps * size, real)
                self._places.append((number, self.arrays[external.name]))

    def fetch(self, externals: int) -> None:
        """Copies the values as they are now; ``externals`` is that of the kernel's context."""
        pointers = ctypes.cast(externals, ctypes.POINTER(ctypes.c_void_p))
        for number, array in self._places:
            ctypes.memmove(array.ctypes.data, pointers[number], array.nbytes)


def past_index(plan: SimulationPlan, item: SynapticCouplingPlan) -> NDArray[np.int32] | None:
    """Where sources and their delays lead, shape (size,); None where one delay holds for all.

    Places of the source values of the longest delay come first, then those of the steps after it.

    Raises:
        ValueError: If there are too many of them.
    """
    group = plan.groups[item.synapses]
    kernel = plan.module.groups[group.kernel]
    if item.sources not in kernel.indices or not np.ndim(item.delays):
        return None
    bound = next(e for e in kernel.externals if e.index == item.sources)
    size = plan.groups[group.externals[bound.name].group].size
    longest = int(np.max(item.delays, initial=1))
    if size * longest > np.iinfo(np.int32).max:
        raise ValueError("sources times the longest delay in steps must stay below 2^31")
    past = group.indices[item.sources] + (longest - np.asarray(item.delays)) * size
    return np.asarray(past, np.int32)
