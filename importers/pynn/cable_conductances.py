"""Conductances and currents of receptors along cells: sums over the synapses at a place.

Synapses without a state of their own share a group with all others of their receptor; those with
one have a group for each projection. Where nothing is connected, the sum is 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from pyNN.standardmodels import receptors

from annarchy_ml.importers.pynn.cable_parts import Part
from annarchy_ml.importers.pynn.cable_synapses import shape_of_receptor

Term = tuple[float, str, str, int]
"""A factor, and a group, field and instance of the engine."""

_STATIC: tuple[tuple[Any, tuple[tuple[float, str], ...]], ...] = (
    (receptors.CurrExpPostSynapticResponse, ((1.0, "I"),)),
    (receptors.CondBetaPostSynapticResponse, ((1e-6, "B"), (-1e-6, "A"))),
)
"""Of what the components of NeuroML say, in S or nA; of all others ``g``."""
_IN_NA = 1e9


class Conductances:
    """What the synapses of one receptor of some cells give at their compartments."""

    def __init__(self, live: Any, part: Part, name: str, pieces: Iterable[str]) -> None:
        """Finds the groups of the synapses.

        Args:
            live: the groups of the engine.
            part: the cells.
            name: of the receptor.
            pieces: projections whose synapses have a receptor each.
        """
        receptor = part.receptors[name]
        known = [terms for kind, terms in _STATIC if isinstance(receptor, kind)]
        scale = 1.0 if receptor.conductance_based else _IN_NA
        own = tuple((scale * sign, f) for sign, f in shape_of_receptor(receptor).terms)
        groups = {part.receptor(name): known[0] if known else ((1.0, "g"),)}
        groups |= {f"{item}_": own for item in pieces}
        self._groups: list[tuple[str, Any, tuple[tuple[float, str], ...]]] = []
        for item, terms in groups.items():
            group = f"{part.name}/synapses:{item}"
            hosts = live.hosts(group)
            if hosts is not None:
                self._groups.append((group, np.asarray(hosts), terms))

    def at(self, instance: int) -> Iterator[Term]:
        """What is added up at a compartment."""
        for group, hosts, terms in self._groups:
            first, last = np.searchsorted(hosts, (instance, instance + 1)).tolist()
            for number in range(first, last):
                yield from ((factor, group, field, number) for factor, field in terms)


class Sums:
    """Columns that are sums of what the engine records."""

    def __init__(self, columns: Iterable[Iterable[Term]]) -> None:
        """Knows which terms belong to which column."""
        listed = [list(terms) for terms in columns]
        flat = [term for terms in listed for term in terms]
        self.count = len(listed)
        self.sources = [term[1:] for term in flat]
        self._factors = np.array([term[0] for term in flat])
        self._column = np.repeat(np.arange(self.count), [len(terms) for terms in listed])
        one_each = np.array_equal(self._column, np.arange(self.count))
        self._plain = one_each and bool(np.all(self._factors == 1.0))

    def of(self, rows: Any) -> Any:
        """The columns, shape (n_samples, count), of samples of shape (n_samples, n_terms)."""
        if self._plain:
            return rows
        found = np.zeros((self.count, len(rows)))
        np.add.at(found, self._column, (rows * self._factors).T)
        return found.T
