"""A network as a graph of the Neuromorphic Intermediate Representation (NIR).

    neurons               LIF or IF; CubaLIF where all that acts on them passes one integrator
    synapses              Linear, LI before the neurons where they have several time constants
    delays                Delay, one for each that differs
    spikes at given times, currents        Input, and what comes in as NIRData in a file beside it

NIR (Pedersen et al. 2024, doi:10.1038/s41467-024-52259-9) says equations in continuous time: spikes
are impulses of one, so weights are charges. Numbers are in SI units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import EnvironmentFault
from annarchy_ml.exporters.atomic import replacing
from annarchy_ml.exporters.nir.cells import read_cell
from annarchy_ml.exporters.nir.graph import Graph
from annarchy_ml.exporters.nir.linear import Equations
from annarchy_ml.exporters.nir.links import Current, Way, current_into, way_of
from annarchy_ml.exporters.nir.sources import spikes_of
from annarchy_ml.exporters.nir.targets import DIRECT, Target
from annarchy_ml.exporters.nir.wanted import Wanted, refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.model.instance import Group

    Numbers = NDArray[np.float64]

_NEAR = 1e-9
"""Of a step, that a time may be off from a whole one."""


def write_nir(wanted: Wanted, path: Path) -> list[Path]:
    """Writes the graph, and what comes in as ``NAME.data.nir`` beside it.

    Returns:
        The files; the graph comes last.

    Raises:
        UsageError: If NIR cannot say something of it.
        EnvironmentFault: If nir is not installed, or a file cannot be written.
    """
    if find_spec("nir") is None:
        raise EnvironmentFault(
            "nir, which writes such graphs, is not installed",
            hint='pip install "annarchy-ml[nir]"',
        )
    import nir

    made = _Network(wanted, Graph(nir))
    graph = made.graph()
    files = []
    if made.data:
        files.append(path.with_name(f"{path.name.removesuffix('.nir')}.data.nir"))
        with replacing(files[0]) as temporary:
            nir.write_data(temporary, nir.NIRGraphData(made.data))
    with replacing(path) as temporary:
        nir.write(temporary, graph)
    return [*files, path]


@dataclass(slots=True)
class _Network:
    """What is known of a network while its graph is made.

    Attributes:
        made: the nodes.
        trains: times of spikes [s] by group that sends such.
        targets: neurons by group.
        names: of nodes that send spikes, by group.
        data: what comes in, by node.
    """

    wanted: Wanted
    made: Graph
    trains: dict[int, list[Numbers]] = field(default_factory=dict)
    targets: dict[int, Target] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)

    def graph(self) -> Any:
        """The graph."""
        self._check()
        for formed in self.wanted.groups:
            if formed.group.attachment is None:
                self._sort(formed.group)
        ways = [self._way(wires) for wires in self.wanted.network.wires]
        currents = self._currents()
        for way in ways:
            way.target.chains[way.chain] = None
        for item in currents:
            item.target.chains[DIRECT] = None
        for key, trains in self.trains.items():
            self.names[key] = self._spikes(self._group(key), trains)
        for key, target in self.targets.items():
            target.make(self.made, self.wanted.second)
            self.names[key] = target.node
        for way in ways:
            self._connect(way)
        for item in currents:
            self._feed(item)
        self.made.settle()
        self._ends()
        return self.made.whole(self._metadata())

    def _check(self) -> None:
        network = self.wanted.network
        if network.couplings:
            name = network.couplings[0].name
            raise refused(f"'{name}'", "sums of values that pass in every step")
        for formed in self.wanted.groups:
            group = formed.group
            if group.far is not None or group.others or group.cable is not None:
                what = "cells with morphology" if group.cable is not None else "gap junctions"
                raise refused(f"'{group.name}'", what)

    def _group(self, key: int) -> Group:
        return next(item.group for item in self.wanted.groups if id(item.group) == key)

    def _sort(self, group: Group) -> None:
        """Tells neurons from spikes at given times."""
        formed = self.wanted.of(group)
        trains = self.wanted.trains.get(group.name)
        if trains is None:
            times = spikes_of(Equations(formed))
            if times is not None:
                trains = [item / self.wanted.second for item in times]
        if trains is not None:
            self.trains[id(group)] = trains
        else:
            self.targets[id(group)] = Target(read_cell(formed))

    def _way(self, wires: Any) -> Way:
        target = wires.target.attachment.host if wires.target.attachment else wires.target
        source = self.targets.get(id(wires.source))
        if id(target) not in self.targets:
            raise refused(f"'{target.name}'", "events to what sends spikes at given times")
        if source is not None and source.cell.threshold is None:
            raise refused(f"'{wires.source.name}'", "events of neurons without a threshold")
        return way_of(wires, self.targets[id(target)], self.wanted)

    def _currents(self) -> list[Current]:
        heard = {id(wires.target) for wires in self.wanted.network.wires}
        found = []
        for formed in self.wanted.groups:
            place = formed.group.attachment
            if place is None or id(formed.group) in heard:
                continue
            if formed.system.handlers and not formed.group.size:
                continue
            target = self.targets.get(id(place.host))
            if target is None:
                raise refused(f"'{place.host.name}'", "inputs of what sends spikes at given times")
            found.append(current_into(formed, target, self.wanted))
        return found

    def _spikes(self, group: Group, trains: list[Numbers]) -> str:
        """The input of a group that sends spikes at given times."""
        nir, duration = self.made.nir, self.wanted.duration / self.wanted.second
        name = self.made.add(group.name, nir.Input(np.array([group.size])))
        times = _on_grid(np.concatenate([*trains, np.zeros(0)]), self.wanted)
        cells = np.repeat(np.arange(len(trains)), [len(item) for item in trains])
        order = np.lexsort((cells, times))
        order = order[times[order] < duration]
        events = nir.EventData(cells[order][None], times[order][None], group.size, duration)
        self.data[name] = nir.NIRNodeData({"spikes": events})
        return name

    def _connect(self, way: Way) -> None:
        """The weights of connections, delay by delay."""
        source, size = self.names[id(way.source)], way.source.size
        entry, second = way.target.entries[way.chain], self.wanted.second
        for delay in np.unique(way.delays).tolist():
            rows = np.flatnonzero(way.delays == delay)
            before = self.made.delay(source, delay / second, size)
            pairs = (way.pairs[0][rows], way.pairs[1][rows])
            sizes = (size, way.target.size)
            self.made.weigh((before, entry), sizes, pairs, way.charges[rows] / second)

    def _feed(self, item: Current) -> None:
        """A current that comes in; one where all that flow are the same."""
        nir, values = self.made.nir, item.values
        same = bool(np.all(values == values[:, :1]))
        values = values[:, :1] if same else values
        name = self.made.add(item.name, nir.Input(np.array([values.shape[1]])))
        dt = self.wanted.dt / self.wanted.second
        course = nir.TimeGriddedData(np.ascontiguousarray(values)[None], dt)
        self.data[name] = nir.NIRNodeData({"current": course})
        which = np.zeros(len(item.hosts), np.int64) if same else np.arange(len(item.hosts))
        ends, sizes = (name, item.target.entries[DIRECT]), (values.shape[1], item.target.size)
        self.made.weigh(ends, sizes, (which, item.hosts), np.ones(len(item.hosts)))

    def _ends(self) -> None:
        """An input where nothing comes in; outputs of neurons that no others hear."""
        nir, made = self.made.nir, self.made
        if not self.data:
            for target in self.targets.values():
                given = made.add(f"input_{target.node}", nir.Input(np.array([target.size])))
                made.edges.append((given, target.node))
        nodes = [item.node for item in self.targets.values()]
        last = [name for name in nodes if not made.sends(name)] or nodes
        for target in self.targets.values():
            if target.node in last:
                made.add(f"output_{target.node}", nir.Output(np.array([target.size])), target.node)

    def _metadata(self) -> dict[str, Any]:
        second = self.wanted.second
        return {
            "units": "SI",
            "spikes": "impulses of one: weights are charges",
            "dt": self.wanted.dt / second,
            "duration": self.wanted.duration / second,
        }


def _on_grid(times: Numbers, wanted: Wanted) -> Numbers:
    """Times [s] such that whole steps stay whole where they are divided by the step.

    Readers round what is left down; 0.0123 / 0.0001 is a little less than 123.
    """
    dt = wanted.dt / wanted.second
    steps = np.round(times / dt)
    short = (np.floor(times / dt) < steps) & (np.abs(times / dt - steps) < _NEAR)
    while np.any(short):
        times = np.where(short, np.nextafter(times, np.inf), times)
        short = (np.floor(times / dt) < steps) & (np.abs(times / dt - steps) < _NEAR)
    return times
