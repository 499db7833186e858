"""Populations as LEMS elements: neurons that lie side by side and share their values are one.

A neuron of LEMS has the values of its component; where those of a population differ, it becomes
several populations: ``p`` with ten different neurons is ``p_0`` to ``p_9``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.exporters.lems.expressions import refused
from annarchy_ml.exporters.lems.types import Clock, Kind, add, start_of
from annarchy_ml.model.network import Population


@dataclass(slots=True)
class Placed:
    """Where the neurons of a population are.

    Attributes:
        begins: the first neuron of each of its parts.
        names: of its parts.
        first: number of its first neuron in the file.
    """

    begins: list[int]
    names: list[str]
    components: list[Element] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    first: int = 0

    def path(self, cell: int) -> str:
        """The path of a neuron."""
        part = self._place(cell)
        return f"{self.names[part]}[{cell - self.begins[part]}]"

    def part(self, cell: int) -> str:
        """The part that a neuron is in."""
        return self.names[self._place(cell)]

    def _place(self, cell: int) -> int:
        return int(np.searchsorted(self.begins, cell, side="right")) - 1


def place(
    item: Population,
    kind: Kind | None,
    trains: list[NDArray[np.int64]] | None,
    clock: Clock,
) -> Placed:
    """The parts of a population and their components."""
    if trains is not None:
        return _spikes(item, trains, clock)
    assert kind is not None
    values = _values(item, kind)
    table = np.column_stack([*values.values(), np.zeros(item.size)])
    changes = np.any(table[1:] != table[:-1], axis=1)
    made = _parts(item, [0, *(np.flatnonzero(changes) + 1).tolist()])
    for begin, name in zip(made.begins, made.names, strict=True):
        texts = {own: repr(float(column[begin])) for own, column in values.items()}
        made.components.append(Element(kind.type.name, {"id": f"{name}_cell", **texts}))
    return made


def _parts(item: Population, begins: list[int]) -> Placed:
    """The populations of a population, from where their neurons begin."""
    alone = len(begins) == 1
    names = [item.name if alone else f"{item.name}_{number}" for number in range(len(begins))]
    made = Placed(begins, names)
    for begin, end, name in zip(begins, [*begins[1:], item.size], names, strict=True):
        given = {"id": name, "component": f"{name}_cell", "size": str(end - begin)}
        made.elements.append(Element("population", given))
    return made


def _values(item: Population, kind: Kind) -> dict[str, NDArray[np.float64]]:
    """Values of all neurons by parameter, as the file calls them; shape (size,) each."""
    parameters = [one for one in kind.type.parameters if one.kind == "parameter"]
    found = {
        kind.names.of[one.name]: np.full(item.size, float(one.default or 0.0)) for one in parameters
    }
    starts = {name: kind.names.of[start_of(name)] for name in kind.started}
    found.update({own: np.zeros(item.size) for own in starts.values()})
    known = {one.name for one in parameters}
    for setting in item.settings:
        if setting.is_state and setting.name not in starts:
            continue  # nothing but what it is assigned in each step
        if not setting.is_state and setting.name not in known:
            raise refused(f"'{item.name}'", f"the value of '{setting.name}'")
        own = starts[setting.name] if setting.is_state else kind.names.of[setting.name]
        if not isinstance(setting.value, (int, float, np.ndarray)):
            raise refused(f"'{item.name}'", f"values of '{setting.name}' that are drawn")
        cells = slice(None) if setting.cells is None else setting.cells
        found[own][cells] = setting.value
    return found


def _spikes(item: Population, trains: list[NDArray[np.int64]], clock: Clock) -> Placed:
    """Neurons that spike in given steps: half a step before the simulator's clock says so."""
    made = _parts(item, list(range(item.size)))
    for name, train in zip(made.names, trains, strict=True):
        source = Element("spikeArray", id=f"{name}_cell")
        for number, step in enumerate(train.tolist()):
            time = f"{(step + 0.5) * clock.dt:.12g}{clock.unit}"
            add(source, "spike", id=str(number), time=time)
        made.components.append(source)
    return made
