"""Mistakes that were silent, or that only the engine noticed: refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annarchy_ml import (
    AllToAll,
    Explicit,
    FixedIndegree,
    FixedProbability,
    FixedTotalNumber,
    ModelError,
    NetworkModel,
    UsageError,
)

TYPES = """<Lems>
<Include file="Cells.xml"/><Include file="Synapses.xml"/>
<ComponentType name="hearing" extends="baseCurrentBasedSynapse">
  <Property name="weight" dimension="none" defaultValue="1"/>
  <EventPort name="post" direction="in"/>
  <Exposure name="w" dimension="none"/>
  <Dynamics>
    <StateVariable name="w" dimension="none" exposure="w"/>
    <DerivedVariable name="i" exposure="i" dimension="current" value="0"/>
    <OnEvent port="post"><StateAssignment variable="w" value="w + 1"/></OnEvent>
    <OnEvent port="in"><StateAssignment variable="w" value="w + 100"/></OnEvent>
  </Dynamics>
</ComponentType>
<ComponentType name="mute" extends="baseCellMembPot">
  <Attachments name="synapses" type="basePointCurrent"/>
  <EventPort name="in" direction="in"/>
  <Property name="weight" dimension="voltage" defaultValue="1 mV"/>
  <Dynamics>
    <StateVariable name="v" dimension="voltage" exposure="v"/>
    <OnEvent port="in"><StateAssignment variable="v" value="v + weight"/></OnEvent>
  </Dynamics>
</ComponentType>
<mute id="mute"/><hearing id="hearing"/>
<spikeArray id="once"><spike id="0" time="2.05 ms"/></spikeArray>
</Lems>"""


class Parts:
    """A network with cells that send and cells that do not."""

    def __init__(self, net: NetworkModel, cells: Any, folder: Path) -> None:
        self.net, self.cells = net, cells
        (folder / "types.xml").write_text(TYPES)
        net.include(folder / "types.xml")
        self.mute = net.population("mutes", "mute", 3)
        self.once = net.population("once", "once", 2)

    def project(self, rule: Any, **options: Any) -> Any:
        self.net.projection("p", self.cells, self.cells, rule, "ampa", **options)
        return self.net.compile("0.1 ms", "1 ms")

    def twice(self, path: str) -> Any:
        for name in ("first", "second"):
            self.net.input(name, self.cells, "pulse")
            self.net.projection(f"from_{name}", self.once, self.cells, AllToAll(), "hearing")
        return self.net.compile("0.1 ms", "1 ms").get(path)

    def recorded(self, path: str) -> Any:
        self.net.projection("p", self.once, self.cells, AllToAll(), "hearing")
        self.net.record(self.cells, path)
        return self.net.compile("0.1 ms", "1 ms")

    def weighted(self) -> Any:
        self.mute[0].set(weight="2 mV")
        self.net.projection("p", self.once, self.mute, AllToAll(), port="in")
        return self.net.compile("0.1 ms", "1 ms")


FAULTS: dict[str, tuple[Callable[[Parts], Any], str]] = {
    "a synapse that hears a mute cell": (
        lambda a: a.net.projection("p", a.once, a.mute, AllToAll(), "hearing"),
        "'p': hearing 'hearing' hears its cell at the port 'post', but the cells of 'mutes' (mute "
        "'mute') send no events",
    ),
    "an input that hears its cell": (
        lambda a: a.net.input("i", a.cells, "hearing"),
        "'i': hearing 'hearing' hears its cell at the port 'post', but only synapses of "
        "projections do",
    ),
    "one path for two projections": (
        lambda a: a.twice("cells/synapses:hearing/w"),
        "'cells/synapses:hearing/w' may mean 2 groups of 'hearing': write from_first/w or "
        "from_second/w",
    ),
    "one path for two inputs": (
        lambda a: a.twice("cells/pulse/amplitude"),
        "'cells/pulse/amplitude' may mean 2 groups of 'pulse': write first/amplitude or "
        "second/amplitude",
    ),
    "one of several inputs of a cell": (
        lambda a: a.twice("cells[1]/synapses:pulse/amplitude"),
        "'cells[1]/synapses:pulse/amplitude' is one of several 'pulse' on this cell: number them, "
        "as in synapses:pulse:0",
    ),
    "one of several synapses recorded": (
        lambda a: a.recorded("synapses:hearing/w"),
        "'cells[0]/synapses:hearing/w' is one of several 'hearing' on this cell",
    ),
    "a name that is taken": (
        lambda a: a.net.projection("once", a.once, a.cells, AllToAll(), "ampa"),
        "NetworkModel 'iaf' has the population 'once' already",
    ),
    "nothing to record": (lambda a: a.net.record(a.cells), "'record' takes names of variables"),
    "a number to record": (lambda a: a.net.record(a.cells, 5), "names of variables, not 5"),  # type: ignore[arg-type]
    "no attribute": (
        lambda a: a.net.component("x", "iafCell", C=None),  # type: ignore[arg-type]
        "the attribute 'C' is a text or a number, not None",
    ),
    "no probability": (
        lambda a: a.project(FixedProbability("0.1")),  # type: ignore[arg-type]
        "'p': a probability of '0.1' is none",
    ),
    "no number": (lambda a: a.project(FixedIndegree(True)), "'p': True is no number of conn"),
    "weight of cells": (
        Parts.weighted,
        "'weight' of 'mutes' was set, but it is that of each connection",
    ),
    "a delay of nothing": (
        lambda a: a.project(Explicit([0, 1], [1, 2]), delay=[0.0, 1e-3]),
        "the delay of 'p' is 0 s, shorter than the step of 0.0001 s",
    ),
    "delays without end": (
        lambda a: a.project(Explicit([0, 1], [1, 2]), delay=[1.0, 10.0]),
        "delays that differ are at most 65535 steps long",
    ),
    "nobody else": (
        lambda a: a.net.projection(
            "p", a.cells[2], a.cells[2], FixedIndegree(1, self_connections=False), "ampa"
        ),
        "'p': there are no 1 distinct cells, only 0",
    ),
    "only itself": (
        lambda a: a.net.projection(
            "p", a.cells[2], a.cells[2], FixedTotalNumber(1, self_connections=False), "ampa"
        ),
        "'p': the only pair would be a cell with itself",
    ),
    "connections of nothing": (
        lambda a: a.project(AllToAll()).connections("q"),
        "there is no projection 'q': there are: p",
    ),
    "summed synapses": (
        lambda a: a.project(AllToAll()).get("p/g"),
        "the synapses of 'p' are summed per cell while the model runs",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_mistakes_are_refused_by_name(name: str, iaf: Callable[..., Any], tmp_path: Path) -> None:
    do, message = FAULTS[name]
    with pytest.raises((UsageError, ModelError)) as fault:
        do(Parts(*iaf(4), tmp_path))
    assert message in str(fault.value)


def test_events_of_a_source_never_go_to_the_port_of_the_cell(
    iaf: Callable[..., Any], tmp_path: Path
) -> None:
    parts = Parts(*iaf(4), tmp_path)
    parts.net.projection("p", parts.once[:1], parts.cells, AllToAll(), "hearing", delay="1 ms")
    parts.cells[3].set(v="-49 mV")  # which sends in the first step
    simulation = parts.net.compile("0.1 ms", "5 ms")
    simulation.run()
    assert simulation.get("p/w").tolist() == [100.0, 100.0, 100.0, 101.0]


def test_sources_distinct_from_those_of_another_population(iaf: Callable[..., Any]) -> None:
    net, cells = iaf(3)
    rule = FixedIndegree(3, self_connections=False, multapses=False)
    net.projection("p", cells, net.population("others", "lif", 2), rule, "ampa")
    assert net.compile("0.1 ms").connections("p").sources.tolist() == [0, 0, 1, 1, 2, 2]


def test_what_was_given_may_change_afterwards(iaf: Callable[..., Any]) -> None:
    net, cells = iaf(4)
    cells_of, weights = np.array([0, 1]), np.array([1.0, 2.0])
    net.projection("p", cells, cells, Explicit(cells_of, cells_of), "ampa", weight=weights)
    cells_of[:], weights[:] = 3, 9.0
    made = net.compile("0.1 ms").connections("p")
    assert made.sources.tolist() == [0, 1] and made.weights.tolist() == [1.0, 2.0]


def test_views_are_walked_through_and_numbers_of_numpy_are_numbers(iaf: Callable[..., Any]) -> None:
    net, cells = iaf(3)
    assert [len(cell) for cell in cells] == [1, 1, 1]
    made = net.component(
        "iz", "izhikevichCell", v0="-70 mV", thresh="30 mV", a=np.float64(0.02), b=0.2,
        c=np.int64(-50), d=2,
    )  # fmt: skip
    assert [made.attributes[key] for key in "abcd"] == ["0.02", "0.2", "-50", "2"]


@pytest.mark.parametrize("seed", [1.5, "many", True])
def test_a_seed_is_a_whole_number(seed: Any, iaf: Callable[..., Any]) -> None:
    net, _ = iaf(1)
    with pytest.raises(UsageError, match="a seed is a whole number, not"):
        net.compile("0.1 ms", seed=seed)
