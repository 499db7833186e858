"""Monitors of the BOLD signal as a network makes and finds them."""

from __future__ import annotations

from typing import Any

from annarchy_ml.importers.equations.base import NetworkBase
from annarchy_ml.importers.equations.bold.monitor import BoldMonitor
from annarchy_ml.importers.equations.bold.slices import BoldMonitorFromSlices


class Extended(NetworkBase):
    """What a network has besides its neurons and synapses."""

    def boldmonitor(self, populations: Any, **options: Any) -> BoldMonitor:
        """A monitor of the BOLD signal of populations of this network."""
        return BoldMonitor(populations, net=self, **options)

    def boldmonitor_from_slices(
        self, population: Any, slices: Any, **options: Any
    ) -> BoldMonitorFromSlices:
        """A monitor of the BOLD signals of parts of a population, see `BoldMonitorFromSlices`.

        Args:
            population: the whole one.
            slices: a list of ranks for each part; the signals are the columns of what is recorded.
            options: ``bold_model mapping normalize_input recorded_variables start``.
        """
        return BoldMonitorFromSlices(population, slices, net=self, **options)
