"""Projections and couplings as LEMS elements, and what they hang on neurons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.exporters.lems.expressions import refused
from annarchy_ml.exporters.lems.populations import Placed
from annarchy_ml.exporters.lems.sums import (
    BEFORE,
    BEHIND,
    Summed,
    attached_type,
    base_source,
    sink_element,
    source_element,
    summed,
    tunnel_type,
)
from annarchy_ml.exporters.lems.synapses import POST, synapse_element
from annarchy_ml.exporters.lems.types import WEIGHT, Acting, Kind
from annarchy_ml.exporters.lems.wanted import Wanted
from annarchy_ml.exporters.lems.wiring import (
    CONNECTION,
    Wired,
    base_type,
    connection_type,
    delta_type,
)
from annarchy_ml.model.network import Coupling, Population, Projection

if TYPE_CHECKING:
    from annarchy_ml.kernels.connectivity import Connectivity, Span


class ConnectionWriter:
    """Writes the connections of one network.

    Attributes:
        types, components, elements: what was made so far.
        recorded: paths to variables of synapses, by projection and variable.
    """

    def __init__(self, wanted: Wanted, kinds: dict[str, Kind]) -> None:
        self.wanted = wanted
        self.kinds = kinds
        self.placed: dict[str, Placed] = {}
        self.types: list[Element] = []
        self.components: list[Element] = []
        self.elements: list[Element] = []
        self.recorded: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._synapses: dict[str, Acting] = {}
        self._sums: dict[str, Summed] = {}
        self._declared: set[str] = set()

    def hang(self) -> None:
        """Notes at the neurons what hangs on them, and makes the types of it."""
        for item in self.wanted.network.links:
            if isinstance(item, Projection):
                self._project(item)
            elif isinstance(item, Coupling):
                self._sum(item)
            else:
                raise refused(f"'{item.name}'", f"a {type(item).__name__} beside equations")

    def connect(self, placed: dict[str, Placed]) -> None:
        """Makes the connections, now that it is known where neurons are."""
        self.placed = placed
        links = self.wanted.network.links
        events = [item for item in links if isinstance(item, Projection)]
        for number, item in enumerate(events):
            self._events(item, number)
        self.types += [attached_type(kind) for kind in self.kinds.values() if kind.tunnels]
        sums = [item for item in links if isinstance(item, Coupling)]
        for number, coupling in enumerate(sums):
            self._tunnels(coupling, number)

    def _kind(self, population: Population) -> Kind:
        return self.kinds[self.wanted.type_of(population).name]

    def _synapse(self, item: Projection) -> str:
        """The type of the synapses of a projection."""
        if item.synapse is not None:
            return item.synapse.type
        return f"{self._kind(item.target.population).type.name}_{item.into}"

    def _project(self, item: Projection) -> None:
        kind, name = self._kind(item.target.population), self._synapse(item)
        if name not in self._synapses:
            self._synapses[name] = self._synapse_type(item, kind, name)
        acting = self._synapses[name]
        if acting not in kind.acting:
            kind.acting.append(acting)

    def _synapse_type(self, item: Projection, kind: Kind, name: str) -> Acting:
        if not self._synapses:
            self.types.append(base_type())
        if item.synapse is None:
            made = delta_type(kind.type, item.into)
            self.components.append(Element(made.name, id=f"{made.name}_0"))
        else:
            made = self.wanted.document.types[name]
        element, acting = synapse_element(made, self.wanted.clock, self.wanted.exact)
        self.types.append(element)
        return acting

    def _sum(self, item: Coupling) -> None:
        if item.source.population.name in self.wanted.trains:
            raise refused(f"'{item.name}'", "rates of a source of spikes")
        ends = (self._kind(item.source.population), self._kind(item.target.population))
        self._sums[item.name] = made = summed(item, *ends)
        self.components.append(Element(made.sink, id=f"{made.sink}_0"))

    def _rule(self, item: Projection | Coupling) -> tuple[Connectivity, tuple[Span, Span], bool]:
        """What `Expand` needs; no delay is one step."""
        assert item.source.span is not None and item.target.span is not None
        rule = item.connectivity
        if isinstance(rule.delay, float) and rule.delay == 0.0:
            rule = replace(rule, delay=self.wanted.clock.dt)
        same = item.source.population is item.target.population
        return rule, (item.source.span, item.target.span), same

    def _ends(self, item: Projection | Coupling) -> tuple[Placed, Placed]:
        names = (item.source.population.name, item.target.population.name)
        return self.placed[names[0]], self.placed[names[1]]

    def _events(self, item: Projection, number: int) -> None:
        """Connections that spikes go over; they arrive half a step before they are due.

        So the sums of steps, by which a simulator tells the time, do not make them late.
        """
        acting, clock = self._synapses[self._synapse(item)], self.wanted.clock
        synapse = f"{acting.type}_0" if item.synapse is None else self._component(item, acting)
        made = self.wanted.expand(*self._rule(item), number)
        early = 0.5 * clock.dt if self.wanted.exact else 0.0
        pre, post = self._ends(item)
        alone = len(self._kind(item.target.population).acting) == 1
        if not alone and CONNECTION not in self._declared:
            self._declared.add(CONNECTION)
            self.types.append(connection_type())
        wired = Wired(item.name, synapse, "" if alone else acting.slot, (pre, post))
        at: dict[int, int] = {}  # synapses so far at each neuron
        for source, target, weight, delay in zip(*(part.tolist() for part in made), strict=True):
            at[target] = place = at.get(target, -1) + 1
            path = f"{post.path(target)}/{acting.slot}:{synapse}:{place}"
            self._note(item, acting, f"s{source}_{target}", path)
            values = {"weight": repr(weight), "delay": f"{delay - early:.12g}{clock.unit}"}
            wired.connect(source, target, values)
        self.elements += wired.elements

    def _note(self, item: Projection, acting: Acting, name: str, path: str) -> None:
        """Records a synapse, where this is wanted."""
        for variable in self.wanted.synapses.get(item.name, ()):
            own = acting.names.get(variable)
            if own is None:
                raise UsageError(f"'{variable}' of '{item.name}' has no value in the file")
            self.recorded.setdefault((item.name, own), []).append((name, f"{path}/{own}"))

    def _component(self, item: Projection, acting: Acting) -> str:
        """The synapse of a projection; gives its id."""
        assert item.synapse is not None
        given = item.synapse.attributes
        made = {"id": item.synapse.id}
        for name in acting.parameters:
            made[acting.names[name]] = given.get(name, "0")
        ports = self.wanted.document.types[acting.type].ports
        if any(port.name == POST for port in ports):
            made.update(heardPort="spike", ownPort=POST)
        self.components.append(Element(acting.type, made))
        return item.synapse.id

    def _tunnels(self, item: Coupling, number: int) -> None:
        made = self._sums[item.name]
        sources, targets, weights, delays = self.wanted.expand.rows(*self._rule(item), number)
        pre, post = self._ends(item)
        behind = targets + post.first > sources + pre.first
        kept = np.asarray(delays) - np.where(behind, BEHIND, BEFORE)
        if self.wanted.exact and np.any(kept < 0):
            raise refused(
                f"'{item.name}'",
                "a sum over neurons that stand behind its own, with a delay of one step",
                "give it a delay of two steps; exact=False writes it as if it had that",
            )
        kept, clock = np.maximum(kept, 0), self.wanted.clock
        self.types += [base_source(made), sink_element(made, clock), tunnel_type(made)]
        for steps in np.unique(kept).tolist():
            self.types.append(source_element(made, steps, clock))
            self.components.append(Element(made.sender(steps), id=f"{made.sender(steps)}_0"))
        columns: Any = (sources, targets, weights, kept)
        for source, target, weight, steps in zip(*(part.tolist() for part in columns), strict=True):
            ends = {"from": pre.path(source), "to": post.path(target)}
            parts = {"source": f"{made.sender(steps)}_0", "sink": f"{made.sink}_0"}
            values = {**ends, **parts, WEIGHT: repr(weight)}
            self.elements.append(Element(f"{made.name}_connection", values))
