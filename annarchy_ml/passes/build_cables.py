"""Projections of a network built in Python that begin or end at compartments.

Before: a rule over cells, and places along them. After: event connections listed one by one between
the instances that are these compartments, with one more synapse for each of them, as those of a
file; linear ones are summed per compartment later (``lump``). Events that go straight to cells
without compartments stay a rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.kernels.connectivity import Explicit
from annarchy_ml.model.cable_places import instances_of, owners, placed
from annarchy_ml.model.instance import Group, Link, Wires
from annarchy_ml.passes.classify_synapses import WEIGHT
from annarchy_ml.passes.draws import drawn
from annarchy_ml.passes.instantiate import POST, first_port
from annarchy_ml.passes.settle import heard_delays, order_made

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from annarchy_ml.diagnostics import Diagnostics
    from annarchy_ml.kernels.connectivity import Connectivity
    from annarchy_ml.model.component import Component
    from annarchy_ml.model.instance import NetworkInstance
    from annarchy_ml.model.network import At, Cells, Projection, Setting
    from annarchy_ml.passes.settle import Expand

    Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """The connections of a projection one by one, by source, then target.

    Attributes:
        sources, targets: cells, shape (n,).
        source_at, target_at: places along them; None for none in particular.
        weights: in SI units, shape (n,).
        delays: [s], shape (n,).
    """

    sources: Integers
    targets: Integers
    source_at: At | None
    target_at: At | None
    weights: NDArray[np.float64]
    delays: NDArray[np.float64]


def listed(item: Projection, rule: Connectivity, number: int, expand: Expand) -> Listed:
    """Carries out the rule of a projection.

    Args:
        item: the projection.
        rule: its connectivity, with a delay.
        number: of the projection in its network.
        expand: carries out rules.
    """
    assert item.source.span is not None and item.target.span is not None
    ends = (item.source.span, item.target.span)
    same = item.source.population is item.target.population
    made = expand(rule, ends, same, number)
    order = np.argsort(order_made(rule, made.sources, made.targets, expand.dt))
    given: Integers = np.zeros(0, np.int64)
    if item.source_at is not None or item.target_at is not None:
        given = np.asarray(expand(rule.numbered(), ends, same, 0).weights)[order].astype(np.int64)
    sources, targets = made.sources[order], made.targets[order]
    return Listed(
        sources,
        targets,
        _at_each(item.source, sources, item.source_at, given),
        _at_each(item.target, targets, item.target_at, given),
        made.weights[order],
        made.delays[order],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Connected:
    """The connections of a projection between instances, as `Listed` has them between cells."""

    sources: Integers
    targets: Integers
    weights: NDArray[np.float64]
    delays: NDArray[np.float64]


@dataclass(slots=True)
class CableConnector:
    """Makes the projections of one network that begin or end at compartments.

    Attributes:
        attach: makes the empty group of a synapse on the cells of a population.
        late: connections that are made last.
    """

    network: NetworkInstance
    expand: Expand
    attach: Callable[[Group, Component], Group]
    late: list[Wires]
    _synapses: dict[tuple[int, int, bool], Group] = field(default_factory=dict)

    def project(self, item: Projection, ends: tuple[Group, Group], rule: Connectivity) -> None:
        """Makes one projection.

        Args:
            item: as it was described.
            ends: sources and targets.
            rule: its connectivity, with a delay.
        """
        found = listed(item, rule, len(self.network.wires), self.expand)
        made = _Connected(
            placed(ends[0], found.sources, found.source_at),
            placed(ends[1], found.targets, found.target_at),
            found.weights,
            found.delays,
        )
        if item.synapse is None:
            wires = self._straight(item, ends, made)
        else:
            wires = self._onto(item, ends, made, item.synapse)
        self.network.wires.append(wires)
        self.network.links.append(Link(item.name, wires))

    def _straight(self, item: Projection, ends: tuple[Group, Group], made: _Connected) -> Wires:
        """Events of compartments to a port of cells without any."""
        source, target = ends
        assert target.cable is None
        pairs = Explicit(made.sources, made.targets)
        wires = Wires(source, source.root, item.out, target, target.root, item.into)
        wires.connectivity = replace(
            item.connectivity, rule=pairs, weight=made.weights, delay=made.delays
        )
        wires.number = len(self.network.wires)
        wires.source_range, wires.target_range = (0, source.size), (0, target.size)
        return wires

    def _onto(
        self, item: Projection, ends: tuple[Group, Group], made: _Connected, synapse: Component
    ) -> Wires:
        """One more synapse for each connection."""
        source, host = ends
        group = self._group(host, synapse, item.separate)
        begin, count = group.size, len(made.targets)
        group.hosts = np.concatenate((np.asarray(group.hosts, np.int64), made.targets))
        group.size += count
        _add_weights(group, begin, made.weights)
        wires = Wires(source, source.root, item.out, group, group.root, item.into)
        wires.sources, wires.targets = made.sources, np.arange(begin, group.size)
        wires.delays, wires.whole_steps = made.delays, True
        self._hear(item, host, wires)
        return wires

    def _group(self, host: Group, synapse: Component, apart: bool) -> Group:
        key = (id(host), id(synapse), apart)
        group = self._synapses.get(key)
        if group is None:
            group = self._synapses[key] = self.attach(host, synapse)
            group.hosts, group.apart = np.zeros(0, np.int64), apart
        return group

    def _hear(self, item: Projection, host: Group, wires: Wires) -> None:
        """The events of the cell on which a synapse acts, if it has a port for them."""
        group = wires.target
        if POST not in [port.name for port in group.root.type.ports if port.direction == "in"]:
            return
        heard = Wires(host, host.root, first_port(host.root, "out"), group, group.root, POST)
        targets = np.asarray(wires.targets, np.int64)
        cells = owners(host, np.asarray(group.hosts)[targets])
        heard.sources, heard.targets = placed(host, cells, None), targets
        heard.delays = np.zeros(len(targets))
        if any(item.heard_after):
            heard.delays = heard_delays(item.heard_after, wires.delays, self.expand.dt)
            heard.whole_steps = True
        self.late.append(heard)


def _at_each(end: Cells, cells: Integers, at: At | None, given: Integers) -> At | None:
    """The place along the cell at one end of each connection.

    Args:
        end: the cells of the view, with a place for each.
        cells: of the connections, shape (n,).
        at: a place for each connection, as they were listed.
        given: which of the listed ones each connection is, shape (n,).
    """
    return end.at_of(cells) if at is None else at.chosen(given)


def _add_weights(group: Group, begin: int, weights: NDArray[np.float64]) -> None:
    """Weights of more synapses, if their type has them."""
    declared = group.root.type.parameters
    if not any(item.name == WEIGHT and item.kind == "property" for item in declared):
        return
    known = np.asarray(group.properties.get(WEIGHT, np.zeros(0)), float)
    assert len(known) == begin
    group.properties[WEIGHT] = np.concatenate((known, weights))


def settled(
    group: Group, item: Setting, key: tuple[int, str]
) -> tuple[Integers, float | NDArray[np.float64]]:
    """The instances that a setting is for, and their values, which go together in shape.

    Args:
        group: the cells.
        item: the setting.
        key: seed of the network, and what tells its draws from all others.

    Raises:
        ValueError: If hardly any number of a distribution lies between its bounds.
    """
    cable = group.cable
    count = group.size if cable is None else cable.cells
    cells = np.arange(count) if item.cells is None else item.cells
    if item.over is not None and isinstance(item.value, np.ndarray):
        compartments, number = _covered(group, item.over)
        return _all_of(group, cells, compartments), item.value[number]
    values = drawn(item.value, cells, *key)
    if cable is None or item.at is not None:
        return placed(group, cells, item.at), values
    within = np.arange(cable.compartments)
    if item.over is not None:
        within = _covered(group, item.over)[0]
    spread = np.reshape(values, (-1, 1)) if isinstance(values, np.ndarray) else values
    return _all_of(group, cells, within), spread


def _all_of(group: Group, cells: Integers, compartments: Integers) -> Integers:
    """Some compartments of some cells, shape (n_cells, n_compartments)."""
    if group.cable is None:
        return np.repeat(np.asarray(cells)[:, None], len(compartments), axis=1)
    return instances_of(group.cable, np.asarray(cells)[:, None], compartments)


def _covered(group: Group, segments: Integers) -> tuple[Integers, Integers]:
    """The compartments that some segments are most of, and which of the segments each is.

    Args:
        group: the cells; those of one compartment have it for every segment.
        segments: shape (k,).
    """
    if group.cable is None:
        return np.zeros(1, np.int64), np.full(1, len(segments) - 1)
    number = {segment: place for place, segment in enumerate(segments.tolist())}
    most = [max(piece.shares, key=lambda share: share[1])[0] for piece in group.cable.tree.pieces]
    found = [(k, number[segment]) for k, segment in enumerate(most) if segment in number]
    table = np.array(found, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def joined_at(group: Group, end: Cells, cells: Integers) -> Integers:
    """The instances that junctions join, shape (n,)."""
    return placed(group, cells, end.at_of(cells))


def refuse_cables(groups: tuple[Group, ...], name: str, report: Diagnostics) -> None:
    """Reports couplings of cells of several compartments."""
    for group in groups:
        if group.cable is not None:
            report.error(
                "unsupported.morphology",
                f"the coupling '{name}' leads to or from '{group.name}', whose cells have several "
                "compartments, which is not supported",
                hint="join compartments with net.junctions(...), or connect them with "
                "net.projection(...)",
            )
