"""What the parts of a network know of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.bold.monitor import BoldMonitor
    from annarchy_ml.importers.equations.monitor import Monitor
    from annarchy_ml.importers.equations.population import Population
    from annarchy_ml.importers.equations.projection import Projection
    from annarchy_ml.importers.equations.running import Running


class NetworkBase(ABC):
    """A network, as its parts see it.

    Attributes:
        dt: the step [ms].
        seed: of all that is random.
        populations, projections, monitors: in the order in which they were made.
        extensions: monitors of BOLD signals.
    """

    dt: float
    seed: int
    populations: list[Population]
    projections: list[Projection]
    monitors: list[Monitor]
    extensions: list[BoldMonitor]

    @abstractmethod
    def needed(self) -> Running:
        """The compiled network, for what needs it.

        Raises:
            ANNarchyException: If it is not compiled yet.
        """

    @abstractmethod
    def check_open(self, what: str) -> None:
        """Refuses changes of the structure after `compile`."""
