"""Builds the instances of a network that a user made in Python: groups, and rules as wires.

Before: populations of a component and a size, projections by rule, inputs. After: one group per
population; per synapse component and population one attached group with one instance per cell,
which stands for the sum of all synapses until ``settle`` has seen its equations; one ``Wires`` per
projection, which holds the rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.expr import Symbol
from annarchy_ml.model.cable_places import placed
from annarchy_ml.model.component import Component
from annarchy_ml.model.instance import (
    Attachment,
    Container,
    Coupled,
    Group,
    Instances,
    Link,
    NetworkInstance,
    Wires,
)
from annarchy_ml.model.network import (
    Coupling,
    Input,
    Junction,
    Network,
    Population,
    Projection,
    Setting,
)
from annarchy_ml.passes.build_cables import (
    CableConnector,
    joined_at,
    refuse_cables,
    settled,
)
from annarchy_ml.passes.connect import slot_for
from annarchy_ml.passes.couple import WEIGHT, connection_node, weighted_value
from annarchy_ml.passes.instantiate import POST, TreeBuilder, first_port
from annarchy_ml.passes.join import joined
from annarchy_ml.passes.members import PRE, SENDER
from annarchy_ml.passes.places import PlaceFinder
from annarchy_ml.passes.populate import Cutter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.kernels.connectivity import Connectivity, Rows
    from annarchy_ml.passes.settle import Expand


IN, AXON, AXON_SPIKE = "in", "axon", "axon_spike"
"""Ports at which connections of couplings hear their source; the one that sends to the second."""


class NetworkMaker:
    """Makes the instances of one network; `finder` resolves paths in it."""

    def __init__(self, trees: TreeBuilder, report: Diagnostics, seed: int, expand: Expand) -> None:
        self.trees = trees
        self.report = report
        self.seed = seed
        self.dt = expand.dt
        self.rows = expand.rows
        self.network = NetworkInstance(None)
        self.finder = PlaceFinder(self.network, report)
        self._cutter = Cutter(trees.values, report)
        self._populations: dict[str, Group] = {}
        self._synapses: dict[tuple[str, str], Group] = {}
        self._late: list[Wires] = []
        self._cables = CableConnector(self.network, expand, self._attach, self._late)

    def build(self, wanted: Network) -> NetworkInstance:
        """The instances of a network."""
        top = self._container(wanted.component, None)
        self.network.top = top
        for population in wanted.populations:
            self._populate(population, top)
        for number, link in enumerate(wanted.links):
            if isinstance(link, Input):
                self._input(link)
            elif isinstance(link, Coupling):
                self._couple(link)
            elif isinstance(link, Junction):
                self._join(link, number)
            else:
                self._project(link)
        self.network.wires.extend(self._late)  # last: numbers of others key their draws
        return self.network

    def _container(self, component: Component, parent: Container | None) -> Container:
        found = self.trees.types.get(component.type)
        assert found is not None
        values = self.trees.values.of(component) if parent is None else {}
        return Container(component, found, values, parent)

    def _populate(self, population: Population, top: Container) -> None:
        name, cell = population.name, population.component
        described = {"id": name, "component": cell.id, "size": str(population.size)}
        element = Component("population", described, [], None, "population", parent=top.component)
        container = self._container(element, top)
        group = Group(name, self.trees.tree(cell), population.size, inside=container)
        self._cutter.cut(group)
        group.count_compartments()
        container.items = Instances(group, 0, population.size)
        container.members[cell.id] = (group, 0)
        top.items.append(container)
        top.members[name] = container
        self._set(group, population.settings, name)
        self._populations[name] = group
        self.network.groups.append(group)

    def _set(self, group: Group, settings: list[Setting], owner: str) -> None:
        """Parameters and start values of the instances; later settings win."""
        for item in settings:
            found = group.root.owner_of(item.name)
            assert found is not None  # checked when it was set
            name = f"{found[0].path}/{found[1]}" if found[0].path else found[1]
            kept = group.starts if item.is_state else group.properties
            column = kept.get(name)
            if column is None:
                default = np.nan if item.is_state else found[0].values.get(found[1], 0.0)
                column = kept[name] = np.full(group.size, default)
            try:
                where, values = settled(group, item, (self.seed, f"{owner}/{item.name}"))
                column[where] = values
            except ValueError as fault:
                self.report.error("value.range", f"'{item.name}' of '{owner}': {fault}")

    def _attach(self, host: Group, component: Component) -> Group:
        tree = self.trees.tree(component)
        slot = slot_for(host.root.type, tree.type)
        group = Group(f"{host.name}/{slot}:{component.id}", tree)
        group.attachment = Attachment(host, host.root, slot)
        group.inside = host.inside
        self.network.groups.append(group)
        return group

    def _input(self, item: Input) -> None:
        target, host = item.target, self._populations[item.target.population.name]
        group = self._attach(host, item.component)
        self._hang(group, placed(host, target.cells, target.at))
        self._set(group, item.settings, item.name)
        self.network.links.append(Link(item.name, group=group))

    def _hang(self, group: Group, hosts: NDArray[np.int64]) -> None:
        group.hosts, group.size = hosts, len(hosts)

    def _project(self, item: Projection) -> None:
        source = self._populations[item.source.population.name]
        target = self._populations[item.target.population.name]
        if source.cable is not None or target.cable is not None:
            self._cables.project(item, (source, target), self._delayed(item.connectivity))
            return
        if item.synapse is not None:
            target = self._synapse(target, item.synapse)
            target.apart |= item.separate
        assert item.source.span is not None and item.target.span is not None
        wires = Wires(source, source.root, item.out, target, target.root, item.into)
        wires.connectivity = self._delayed(item.connectivity)
        wires.number = len(self.network.wires)
        wires.heard_after = item.heard_after
        wires.source_range, wires.target_range = item.source.span, item.target.span
        self.network.wires.append(wires)
        self.network.links.append(Link(item.name, wires))

    def _delayed(self, made: Connectivity) -> Connectivity:
        """The same connections, with one step for no delay."""
        at_once = isinstance(made.delay, float) and made.delay == 0.0
        return replace(made, delay=self.dt) if at_once else made

    def _couple(self, item: Coupling) -> None:
        assert item.source.span is not None and item.target.span is not None
        source = self._populations[item.source.population.name]
        target = self._populations[item.target.population.name]
        refuse_cables((source, target), item.name, self.report)
        made = Coupled(
            item.name,
            source,
            weighted_value(item.psp) or "",
            target,
            item.into,
            item.operation,
            self._delayed(item.connectivity),
            item.source.span,
            item.target.span,
            len(self.network.couplings),
        )
        if item.synapse is not None or not made.read:
            made = self._expanded(made, item)
        self.network.couplings.append(made)

    def _expanded(self, made: Coupled, item: Coupling) -> Coupled:
        """The coupling over one instance per connection."""
        if item.synapse is None:
            tree = connection_node(item, made.source.root, made.target.root)
            terms, own = tree.type.exposures[0].name, WEIGHT
        else:
            tree = self.trees.tree(item.synapse)
            assert isinstance(item.psp, Symbol)
            terms, own = item.psp.name, "weight"
        ends = (made.source_range, made.target_range)
        rows = self.rows(made.connectivity, ends, made.source is made.target, made.number)
        group = Group(f"{made.target.name}/{made.name}", tree, len(rows.targets), terms=terms)
        group.attachment = Attachment(made.target, made.target.root, "")
        group.inside, group.hosts = made.target.inside, rows.targets
        group.others.update(dict.fromkeys((PRE, SENDER), (made.source, rows.sources)))
        if any(part.name == own for part in tree.type.parameters):
            group.properties[own] = rows.weights
        self.network.groups.append(group)
        self.network.links.append(Link(item.name, group=group))
        self._late.extend(self._heard(made, group, rows))
        return replace(made, synapses=group, delays=rows.delays)

    def _heard(self, made: Coupled, group: Group, rows: Rows) -> Iterator[Wires]:
        """Events of both cells, for connections that hear them; those of the target at once."""
        ports = {item.name for item in group.root.type.ports if item.direction == "in"}
        sent = first_port(made.source.root, "out")
        ends = {
            IN: (made.source, rows.sources, sent),
            AXON: (made.source, rows.sources, AXON_SPIKE),
            POST: (made.target, rows.targets, first_port(made.target.root, "out")),
        }
        for port in sorted(ports & ends.keys()):
            cells, which, out = ends[port]
            if out not in {item.name for item in cells.root.type.ports}:
                continue  # its source sends no such events
            wires = Wires(cells, cells.root, out, group, group.root, port)
            wires.sources, wires.targets = np.asarray(which), np.arange(group.size)
            steps = np.broadcast_to(np.asarray(rows.delays, float), (group.size,))
            wires.delays = np.zeros(group.size) if port == POST else steps * self.dt
            wires.whole_steps = port != POST
            yield wires

    def _join(self, item: Junction, number: int) -> None:
        assert item.source.span is not None and item.target.span is not None
        hosts = [self._populations[end.population.name] for end in (item.source, item.target)]
        ends = (item.source.span, item.target.span)
        connectivity = replace(item.connectivity, delay=self.dt)
        rows = self.rows(connectivity, ends, hosts[0] is hosts[1], number)
        rows = rows._replace(
            sources=joined_at(hosts[0], item.source, rows.sources),
            targets=joined_at(hosts[1], item.target, rows.targets),
        )
        trees = [self.trees.tree(made) for made in (item.at_source, item.at_target)]
        self.network.groups.extend(joined(hosts, trees, rows))

    def _synapse(self, host: Group, component: Component) -> Group:
        """The synapses of one kind on a population: for now one that stands for all of a cell."""
        key = (host.name, component.id)
        group = self._synapses.get(key)
        if group is None:
            group = self._synapses[key] = self._attach(host, component)
            self._hang(group, np.arange(host.size))
        return group
