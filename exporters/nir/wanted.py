"""What a graph is made of: groups of a network with their equations, and how they are wired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.model.instance import Group, NetworkInstance
from annarchy_ml.model.system import EquationSystem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from annarchy_ml.kernels.connectivity import Connections, Connectivity, Span

    Numbers = NDArray[np.float64]

_SAYS = (
    "it has integrators, leaky or not, with a threshold and a reset, currents that spikes start "
    "and that decay, weights and delays"
)


class Expand(Protocol):
    """Carries out the rule of a projection, as the engine would."""

    def __call__(
        self, rule: Connectivity, ends: tuple[Span, Span], same: bool, number: int, /
    ) -> Connections:
        """The connections: of (begin, end) of sources and of targets."""


@dataclass(frozen=True, slots=True)
class Formed:
    """A group with its equations.

    Attributes:
        group: the instances.
        system: their equations, before synapses are added up.
        values: gives the values of the parameters by their name in the equations, shape (size,) or
            (1,).
    """

    group: Group
    system: EquationSystem
    values: Callable[[], Mapping[str, Numbers]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A network to be written.

    Attributes:
        groups: all that have equations.
        network: the wires between them.
        expand: carries out rules of connections.
        dt, duration: of its simulation, in its own unit of time.
        second: how many of these a second has.
        trains: times of the spikes [s] of the cells of groups that send such, by name of the group.
    """

    groups: tuple[Formed, ...]
    network: NetworkInstance
    expand: Expand
    dt: float
    duration: float
    second: float = 1.0
    trains: Mapping[str, list[Numbers]] = field(default_factory=dict)

    def of(self, group: Group) -> Formed:
        """A group with its equations."""
        return next(item for item in self.groups if item.group is group)


def refused(what: str, why: str, hint: str = _SAYS) -> UsageError:
    """The fault of what NIR has no node for."""
    return UsageError(f"{what}: NIR cannot say {why}", code="unsupported.construct", hint=hint)
