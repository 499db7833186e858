"""Events that may wait: they change nothing that anybody else reads, and read what can be kept.

Such as the events of a cell that change the weights of its plastic synapses: the engine lets them
wait until the source of a synapse fires, when the weight is read and written anyway.
"""

from __future__ import annotations

from annarchy_ml.kernels.nodes import Kernel, KernelKind, Let, Set, Store, When
from annarchy_ml.kernels.plan import SimulationPlan
from annarchy_ml.kernels.uses import used_symbols, walk

_OF_THE_MOMENT = frozenset({"t", "t_prev", "weight"})


def deferrable_events(plan: SimulationPlan) -> tuple[tuple[int, str, tuple[str, ...]], ...]:
    """Such events of a plan with kernel bodies, as (group, in-port, externals that they read)."""
    found = []
    for position, group in enumerate(plan.groups):
        if group.owner is None:
            continue
        kernel = plan.module.groups[group.kernel]
        for item in kernel.kernels:
            if _may_wait(item):
                used = used_symbols(item.body)
                read = tuple(other.name for other in kernel.externals if other.name in used)
                found.append((position, item.port, read))
    return tuple(found)


def _may_wait(kernel: Kernel) -> bool:
    if kernel.kind is not KernelKind.EVENT or not kernel.apart or not kernel.body:
        return False
    changes_itself = all(isinstance(item, Let | Set | Store | When) for item in walk(kernel.body))
    return changes_itself and not used_symbols(kernel.body) & _OF_THE_MOMENT
