"""Monitors of the BOLD signal of parts of a population: one neuron that is the model for each."""

from __future__ import annotations

from typing import Any

import numpy as np

from annarchy_ml.importers.equations.bold.monitor import (
    BoldMonitor,
    MeanActivity,
    chosen,
    parts_of,
)
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.population import Population
from annarchy_ml.importers.equations.settings import check_options
from annarchy_ml.importers.equations.synapse import Synapse


class BoldMonitorFromSlices(BoldMonitor):
    """Records the BOLD signal of parts of a population, a column for each."""

    def __init__(
        self,
        population: Any = None,
        slices: Any = None,
        bold_model: Any = None,
        mapping: dict[str, str] | None = None,
        normalize_input: Any = 0,
        **options: Any,
    ) -> None:
        """A monitor, made before `compile`.

        Args:
            population: the whole one.
            slices: a list of ranks for each part; the mean over these is what its model gets.
            bold_model: as for `BoldMonitor`.
            mapping: as for `BoldMonitor`.
            normalize_input: time of the baseline [ms]; 0: none.
            options: as for `BoldMonitor`.
        """
        check_options("BoldMonitorFromSlices", options, ("recorded_variables", "start", "net"))
        if not isinstance(population, Population):
            raise ANNarchyException(f"slices are parts of one population, not of {population!r}")
        ranks = _ranks(slices, population)
        model, kept = chosen(bold_model, mapping, [population])
        net = options.get("net") or population.net
        parts = parts_of(kept, [population], [1.0], [normalize_input])
        self._begin(net, model, parts, len(ranks))
        sizes = np.array([len(part) for part in ranks])
        pre, post = np.concatenate(ranks), np.repeat(np.arange(len(ranks)), sizes)
        for name, variable in kept.items():
            reads = Synapse(psp=f"w * pre.{variable}")
            made = MeanActivity(population, self.population, parts[name][0].target, reads, net=net)
            made._listed(pre, post, 1.0 / sizes[post], 0.0)
        self._record(model, options)


def _ranks(slices: Any, population: Population) -> list[list[int]]:
    """The neurons of each part.

    Raises:
        ANNarchyException: If one has none, one twice, or one that there is not.
    """
    if slices is None or not len(slices):
        raise ANNarchyException("slices are lists of ranks: give one at least")
    found = []
    for given in slices:
        part = [int(rank) for rank in np.atleast_1d(np.asarray(given))]
        if not part or len(set(part)) < len(part):
            raise ANNarchyException(f"a slice has ranks, each once, not {given!r}")
        if min(part) < 0 or max(part) >= population.size:
            raise ANNarchyException(f"'{population.name}' has no neurons {given!r}")
        found.append(part)
    return found
