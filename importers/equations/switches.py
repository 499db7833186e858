"""What changes a compiled network as a whole: back to the start, learning on and off."""

from __future__ import annotations

from typing import Any

import numpy as np

from annarchy_ml.importers.equations.base import NetworkBase
from annarchy_ml.importers.equations.gaps import GAP, first_gaps
from annarchy_ml.importers.equations.settings import check_options


class Switches(NetworkBase):
    """Reset and learning of a network."""

    first_values: dict[str, dict[str, Any]]

    def reset(
        self,
        populations: bool = True,
        projections: bool = False,
        synapses: bool = False,
        monitors: bool = True,
        **options: Any,
    ) -> None:
        """Back to time 0: values of the neurons as before `compile`, nothing recorded.

        Args:
            populations: whether neurons get their values from before `compile` again.
            projections: whether synapses do, except for their weights, which are kept.
            synapses: whether weights do, too.
            monitors: whether what was recorded is forgotten.
            options: ``reseed_rng``: whether random numbers start anew (the default) or go on.
        """
        check_options("reset", options, ("reseed_rng",))
        running = self.needed()
        for monitor in self.monitors if not monitors else ():
            monitor.carry_over()
        kept = [] if populations else [item.name for item in self.populations]
        reseed = bool(options.get("reseed_rng", True))
        running.begin_again(kept, *self._kept_synapses(projections, synapses), reseed)
        self._later = 0
        for one in self.projections if synapses else ():
            one.first_structure(self.first_values.get(one.name, {}))
        for item in self.populations if populations else ():
            item.restore()
            if not reseed and running.has(item.name, GAP):
                running.put(item.name, GAP, first_gaps(self, item, running.drawn))
        for one in self.projections if projections else ():
            for name, value in self.first_values.get(one.name, {}).items():
                if name != "w" and (np.ndim(value) == 0 or len(value) == one.nb_synapses):
                    one.put(name, value)
            one.draw_shared_starts()
        for item in self.populations:
            item.began_again()
        for monitor in self.monitors:
            monitor.forget()

    def _kept_synapses(self, projections: bool, synapses: bool) -> tuple[list[str], list[str]]:
        """Names of projections that keep all, and of those that keep their weights."""
        stored = [item.name for item in self.projections if item.keeps_values]
        every = [item.name for item in self.projections]
        return ([] if projections else stored), ([] if synapses else every)

    def disable_learning(self, projections: Any = None) -> None:
        """Stops the equations of the synapses of some projections, or of all."""
        for item in self.projections if projections is None else projections:
            item.disable_learning()

    def enable_learning(
        self, projections: Any = None, period: Any = None, offset: Any = None
    ) -> None:
        """Equations of synapses are computed again."""
        for item in self.projections if projections is None else projections:
            item.enable_learning(period, offset)
