"""What events read of other groups, and which of them may wait.

Those wait that change nothing that anybody else reads, and read what can be kept, such as the
events of a cell that change the weights of its plastic synapses: the engine lets them wait until
the source of a synapse fires, when the weight is read and written anyway.
"""

from __future__ import annotations

from annarchy_ml.kernels.nodes import Kernel, KernelKind, Let, Set, Store, When
from annarchy_ml.kernels.plan import EventReads, SimulationPlan
from annarchy_ml.kernels.uses import accumulated, used_symbols, walk

_OF_THE_MOMENT = frozenset({"t", "t_prev", "weight"})


def event_reads(plan: SimulationPlan) -> tuple[EventReads, ...]:
    """What the events of all groups read that only hear."""
    found = []
    for position, group in enumerate(plan.groups):
        if group.owner is None:
            continue
        kernel = plan.module.groups[group.kernel]
        for item in kernel.kernels:
            if item.kind is KernelKind.EVENT:
                used = used_symbols(item.body) | accumulated(item.body)
                read = tuple(other.name for other in kernel.externals if other.name in used)
                found.append(EventReads(position, item.port, read, _may_wait(item)))
    return tuple(found)


def _may_wait(kernel: Kernel) -> bool:
    if not kernel.apart or not kernel.body:
        return False
    changes_itself = all(isinstance(item, Let | Set | Store | When) for item in walk(kernel.body))
    return changes_itself and not used_symbols(kernel.body) & _OF_THE_MOMENT
