"""Switches of a projection: whether it transmits, whether its synapses change, and how often."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.synapse_types import PLASTIC
from annarchy_ml.importers.equations.values import quantity_of_time, steps, time_of

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.network import Network
    from annarchy_ml.importers.equations.synapse import Synapse


class Learning(ABC):
    """What a projection does.

    Attributes:
        net, name: those of the projection.
    """

    net: Network
    name: str
    _kind: Synapse | None
    _transmission: bool = True
    _update: bool = True
    _plasticity: bool = True
    _moments: tuple[int, int] = (1, 0)

    @property
    @abstractmethod
    def _one_by_one(self) -> bool:
        """Whether its spiking synapses have all values their own."""

    def _is_switched(self) -> bool:
        """Whether anything is not as `compile` makes it."""
        return (self._transmission, self._update, self._plasticity, self._moments) != (
            True, True, True, (1, 0),
        )  # fmt: skip

    @property
    def transmission(self) -> bool:
        """Whether anything is delivered; without it, equations are not computed either."""
        return self._transmission

    @transmission.setter
    def transmission(self, on: bool) -> None:
        self._transmission = bool(on)
        self.apply_switches()

    @property
    def update(self) -> bool:
        """Whether the equations of the synapses are computed."""
        return self._update

    @update.setter
    def update(self, on: bool) -> None:
        synapse = self._kind
        steady = synapse is not None and len(synapse.event_driven) < len(synapse.equations)
        if not on and steady and not self._is_rate() and not self._steps_alone():
            raise ANNarchyException(
                f"'{self.name}': equations of spiking synapses cannot be switched off yet"
            )
        self._update = bool(on)
        self.apply_switches()

    @property
    def plasticity(self) -> bool:
        """Whether ``w`` changes; everything else goes on."""
        return self._plasticity

    @plasticity.setter
    def plasticity(self, on: bool) -> None:
        self._plasticity = bool(on)
        self.apply_switches()

    def _steps_alone(self) -> bool:
        """Whether its synapses move in every step, and none of their variables at spikes only."""
        return self._kind is not None and self._one_by_one and not self._kind.event_driven

    def _is_rate(self) -> bool:
        from annarchy_ml.importers.equations import pairs

        made: Any = self
        return pairs.is_rate(made)

    def apply_switches(self) -> None:
        """Tells the engine."""
        running = self.net.running
        if running is None:
            return
        if self.name in running.coupled:
            period, first = self._moments
            learns = self._transmission and self._update
            running.switch(
                self.name, self._transmission, learns=learns, period=period, first_step=first
            )
        else:
            running.switch(self.name, self._transmission)
        if running.keeps(self.name, PLASTIC):
            running.put_synapses(self.name, PLASTIC, float(self._plasticity))

    def disable_learning(self) -> None:
        """From now on rate-coded synapses have no equations, weights of spiking ones stay."""
        if self._is_rate():
            self.update = False
        else:
            self.plasticity = False

    def enable_learning(self, period: Any = None, offset: Any = None) -> None:
        """Undoes `disable_learning`.

        Args:
            period: equations of rate-coded synapses are computed only so often [ms].
            offset: so long after the call for the first time [ms].
        """
        if not self._is_rate():
            if period is not None or offset is not None:
                raise ANNarchyException(
                    f"'{self.name}': spiking synapses learn at spikes, not every period"
                )
            self.plasticity = True
            return
        h = self.net.dt
        every = 1 if period is None else max(1, steps(time_of(period, "the period"), h))
        shift = 0 if offset is None else steps(quantity_of_time(offset, "the offset"), h)
        self._moments = (every, self.net.current_step + shift % every)
        self.update = True
