"""A value that every connection of a projection or coupling has: read and set by path."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.session.account import checked_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.session.simulation import Simulation

SHORTEST = 1.0 - 1e-9  # steps: of delays that count steps, as when a network is built


@dataclass(frozen=True, slots=True)
class LinkValue(ABC):
    """One value of all connections, or of one of them.

    Attributes:
        path: for messages.
        name: of the projection or coupling.
        kind: last part of the path.
        index: of the one; None for all.
    """

    simulation: Simulation
    path: str
    name: str
    kind: str
    index: int | None

    @abstractmethod
    def _read(self) -> NDArray[np.float64]:
        """What all have now, shape (n_connections,), SI units; a copy."""

    @abstractmethod
    def _write(self, values: NDArray[np.float64], given: NDArray[np.float64]) -> None:
        """Let all have these values, of which some were ``given`` just now.

        Raises:
            UsageError: If they cannot have them.
        """

    def get(self) -> Any:
        """The values, shape (n_connections,), or that of the one."""
        values = self._all()
        return values if self.index is None else float(values[self.index])

    def set(self, value: Any) -> None:
        """Gives one number to all, or one to each.

        Raises:
            UsageError: If these are no numbers that they can have.
        """
        after = self._all()
        given = checked_numbers(self.path, value, len(after) if self.index is None else 1)
        after[slice(None) if self.index is None else self.index] = given
        self._write(after, given)

    def _all(self) -> NDArray[np.float64]:
        values = self._read()
        if self.index is not None and self.index >= len(values):
            raise UsageError(
                f"'{self.path}': '{self.name}' has {len(values)} connections, from 0 on"
            )
        return values

    def _refuse_below_a_step(self, delays: NDArray[np.float64], hint: str) -> None:
        dt = self.simulation.plan.dt
        least = float(np.min(delays, initial=np.inf))
        if least < dt * SHORTEST:
            raise UsageError(
                f"'{self.path}' takes delays of one step or more ({dt:g} s), not {least:g} s",
                hint=hint,
            )
