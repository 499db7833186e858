"""What neurons do while a network runs: whether they are stepped, and how often they fire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.neuron import reduced
from annarchy_ml.importers.equations.neuron_types import COUNTED, RATE, STOP, STOPPED
from annarchy_ml.importers.equations.types import engine_name
from annarchy_ml.importers.equations.values import steps, time_of

if TYPE_CHECKING:
    from annarchy_ml.expr import Expr
    from annarchy_ml.importers.equations.network import Network
    from annarchy_ml.importers.equations.neuron import Neuron


class Activity:
    """Switches of a population, and its firing rate."""

    net: Network
    neuron_type: Neuron
    name: str
    _window: float
    _reductions: tuple[str, ...]
    _stop: tuple[Expr, bool] | None
    _stands_still = False
    """Whether its neurons stand still from the beginning."""

    def enable(self) -> None:
        """Its equations are computed again."""
        self._switch(True)

    def disable(self) -> None:
        """From now on its neurons stand still, and send no spikes."""
        self._switch(False)

    def hand_over(self) -> None:
        """After `compile`: what is computed over all neurons in every step."""
        running = self.net.running
        assert running is not None
        if self._stands_still:
            self._switch(False)
        for item in self._reductions:
            kind = item.partition("(")[0]
            running.reduce(self.name, kind, engine_name(reduced(item)), item)
        if self._stop is not None:
            running.reduce(self.name, "max" if self._stop[1] else "min", STOP, STOPPED)

    def began_again(self) -> None:
        """The time of the network is 0 again."""

    def clear(self) -> None:
        """Spikes that are under way never arrive, and the firing rate begins to count anew."""
        running = self.net.running
        if running is None or not self.neuron_type.spiking:
            return
        running.forget_spikes(self.name)
        for name in (COUNTED, RATE) if self._window else ():
            running.put(self.name, name, 0.0)

    def _switch(self, on: bool) -> None:
        self.__dict__["_stands_still"] = not on
        if self.net.running is not None:
            self.net.running.step_neurons(self.name, on)

    def compute_firing_rate(self, window: Any) -> None:
        """``r`` is from now on the number of spikes in the last ``window`` ms, in Hz.

        Raises:
            ANNarchyException: If the neurons do not spike, or the network is compiled already.
        """
        if not self.neuron_type.spiking:
            raise ANNarchyException(f"the neurons of '{self.name}' do not spike")
        wanted = time_of(window, "the window")
        if steps(wanted, self.net.dt) < 1:
            raise ANNarchyException(f"the window {window!r} is shorter than a step")
        if wanted != self._window:
            self.net.check_open("compute_firing_rate")
        self._window = wanted
