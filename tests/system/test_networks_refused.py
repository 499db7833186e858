"""What is refused while a network is built from Python, and in which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from annarchy_ml import (
    AllToAll,
    Explicit,
    FixedIndegree,
    FixedProbability,
    ModelError,
    NetworkModel,
    Normal,
    OneToOne,
    UsageError,
)

LIF = {
    "C": "1 nF",
    "leakConductance": "0.05 uS",
    "leakReversal": "-60 mV",
    "thresh": "-50 mV",
    "reset": "-60 mV",
}


def _network() -> tuple[NetworkModel, Any]:
    net = NetworkModel("net")
    net.component("lif", "iafCell", **LIF)
    net.component("ampa", "expOneSynapse", gbase="1 nS", erev="0 mV", tauDecay="5 ms")
    net.component("plain", "alphaCurrentSynapse", ibase="1 nA", tau="2 ms")
    net.component("clamp", "pulseGeneratorDL", delay="0 s", duration="1 s", amplitude="1")
    net.component("gap", "gapJunction", conductance="1 nS")
    return net, net.population("cells", "lif", 6)


def _project(net: NetworkModel, cells: Any, rule: Any, **options: Any) -> None:
    net.projection("p", cells, cells, rule, "ampa", **options)


def _summed(net: NetworkModel, cells: Any) -> Any:
    _project(net, cells, AllToAll())
    return net.compile("0.1 ms").get("cells[0]/synapses:ampa:0/g")


def _recorded(net: NetworkModel, cells: Any, path: str) -> None:
    _project(net, cells, AllToAll())
    net.record(cells, path)
    net.compile("0.1 ms")


def _late(net: NetworkModel, cells: Any, **options: Any) -> None:
    _project(net, cells, AllToAll(), **options)
    net.compile("0.1 ms")


FAULTS: dict[str, tuple[Callable[[NetworkModel, Any], Any], str]] = {
    "type": (
        lambda net, cells: net.component("x", "iafRefCel", **LIF),
        "error[type.unknown]: there is no component type 'iafRefCel'\n"
        "  component: NetworkModel 'net', component 'x'\n"
        "  hint: did you mean 'iafRefCell' or 'iafTauRefCell'?",
    ),
    "unit": (
        lambda net, cells: net.component("x", "iafCell", **LIF | {"C": "1 mV"}),
        "error[units.mismatch]: 'C' of iafCell 'x' must be a capacitance, but '1 mV' is a voltage\n"
        "  component: NetworkModel 'net', component 'x'\n"
        "  hint: write a capacitance, such as '1 pF'",
    ),
    "attribute": (
        lambda net, cells: net.component("x", "iafCell", **LIF, thrsh="1 mV"),
        "error[attribute.unknown]: iafCell 'x' has no attribute 'thrsh'\n"
        "  component: NetworkModel 'net', component 'x'\n"
        "  note: it has: leakConductance, leakReversal, thresh, reset, C\n"
        "  hint: did you mean 'thresh'?",
    ),
    "component": (
        lambda net, cells: net.population("y", "liff", 3),
        "NetworkModel 'net' has no component 'liff'\n  hint: did you mean 'lif'?",
    ),
    "size": (
        lambda net, cells: net.population("y", "lif", 0),
        "the size of 'y' is a whole number from 1 on, not 0",
    ),
    "taken": (
        lambda net, cells: net.population("cells", "lif", 3),
        "NetworkModel 'net' has the population 'cells' already\n  hint: choose another name",
    ),
    "state": (
        lambda net, cells: cells.set(threshold=0.0),
        "iafCell 'lif' has no parameter or state 'threshold'\n  hint: did you mean 'thresh'?",
    ),
    "unit of a state": (
        lambda net, cells: cells.set(v="-50 nA"),
        "error[units.mismatch]: 'v' of iafCell 'lif' must be a voltage, but '-50 nA' is a current\n"
        "  component: NetworkModel 'net'\n"
        "  hint: write a voltage, such as '-50 mV'",
    ),
    "shape": (
        lambda net, cells: cells.set(v=np.zeros(5)),
        "'v' of iafCell 'lif' takes one value or 6, not shape (5,)",
    ),
    "deviation": (
        lambda net, cells: cells.set(v=Normal(0.0, -1.0)),
        "sigma of Normal is 0 or more, not -1.0",
    ),
    "index": (
        lambda net, cells: cells[[2, 10]],
        "<population 'cells': 6 x iafCell 'lif'> has no cell 10, only 0 to 5",
    ),
    "rule": (
        lambda net, cells: _project(net, cells, 0.1),
        "'p' needs a rule, not 0.1\n  hint: rules: AllToAll, OneToOne, FixedProbability, "
        "FixedIndegree, FixedOutdegree, FixedTotalNumber, Explicit",
    ),
    "probability": (
        lambda net, cells: _project(net, cells, FixedProbability(1.5)),
        "'p': a probability of 1.5 is none",
    ),
    "too many": (
        lambda net, cells: _project(net, cells, FixedIndegree(10**9)),
        "'p' would make about 6e+09 connections; a projection holds at most 4,294,967,295\n"
        "  hint: split it into several projections",
    ),
    "distinct": (
        lambda net, cells: _project(net, cells, FixedIndegree(6, False, multapses=False)),
        "'p': there are no 6 distinct cells, only 5",
    ),
    "one to one": (
        lambda net, cells: net.projection("p", cells[:2], cells, OneToOne(), "ampa"),
        "'p': OneToOne cannot connect 2 cells to 6",
    ),
    "pairs": (
        lambda net, cells: _project(net, cells, Explicit([0, 9], [0, 1])),
        "'p': there is no cell 9 among the 6 sources\n"
        "  hint: numbers count from the first cell of the view",
    ),
    "view": (
        lambda net, cells: net.projection("p", cells[::2], cells, AllToAll(), "ampa"),
        "the sources of 'p' must lie side by side in ascending order\n"
        "  hint: use exc[10:20], or list the pairs with Explicit on the whole population",
    ),
    "array": (
        lambda net, cells: _project(net, cells, AllToAll(), weight=[1.0, 2.0]),
        "the weight of 'p' is an array, but AllToAll says not which connections there are\n"
        "  hint: give a number or a distribution, or list the pairs with Explicit",
    ),
    "weight": (
        lambda net, cells: _project(net, cells, AllToAll(), weight="2 mV"),
        "error[units.mismatch]: the weight of 'p' must be a plain number, but '2 mV' is a voltage\n"
        "  component: NetworkModel 'net'\n"
        "  hint: write a number without a unit, such as '2'",
    ),
    "port": (
        lambda net, cells: net.projection("p", cells, cells, AllToAll(), port="in"),
        "error[port.unknown]: 'p': iafCell 'lif' has no in-port 'in'\n  hint: its in-ports: none",
    ),
    "no synapse": (
        lambda net, cells: net.projection("p", cells, cells, AllToAll(), "lif"),
        "error[attachment.none]: 'p': iafCell 'lif' takes no iafCell, so 'lif' cannot act on "
        "'cells'\n  hint: it takes: basePointCurrent",
    ),
    "input": (
        lambda net, cells: net.input("i", cells, "clamp"),
        "error[attachment.none]: 'i': iafCell 'lif' takes no pulseGeneratorDL, so 'clamp' cannot "
        "act on 'cells'\n  hint: it takes: basePointCurrent",
    ),
    "gap junction": (
        lambda net, cells: net.projection("p", cells, cells, AllToAll(), "gap"),
        "error[unsupported.construct]: 'p': gapJunction 'gap' sees the cell at its other end, "
        "which events do not lead to\n"
        "  hint: connect it with net.junctions(...)",
    ),
    "bounds": (
        lambda net, cells: (cells.set(v=Normal(0.0, 1e-3, low=1.0)), net.compile("0.1 ms")),
        "error[value.range]: 'v' of 'cells': Normal(mean=0.0, deviation=0.001, low=1.0, high=inf) "
        "hardly ever lies between its bounds",
    ),
    "others": (
        lambda net, cells: net.record(_network()[1], "v"),
        "'record' takes cells of a population of NetworkModel 'net', not <population 'cells': 6 x "
        "iafCell 'lif'>\n"
        "  hint: give what net.population() returned, or a part of it such as exc[:10]",
    ),
    "delay": (
        lambda net, cells: _late(net, cells, delay=1e-6),
        "the delay of 'p' is 1e-06 s, shorter than the step of 0.0001 s\n"
        "  hint: a connection takes one step at least",
    ),
    "path": (
        lambda net, cells: _recorded(net, cells, "u"),
        "error[path.unknown]: iafCell 'lif' has no 'u' to record\n  hint: it has: v, iSyn, iMemb",
    ),
    "summed": (
        lambda net, cells: _recorded(net, cells, "synapses:ampa:0/g"),
        "error[path.unknown]: 'cells[0]/synapses:ampa:0/g' is one of several synapses that are "
        "summed while the model runs\n"
        "  hint: to keep them apart: net.projection(..., separate=True)",
    ),
    "summed and read": (
        _summed,
        "'cells[0]/synapses:ampa:0/g' is not kept apart: linear synapses of one kind on one cell "
        "are summed while the model runs. To keep them apart ask for it: "
        "net.projection(..., separate=True)",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_refused_in_these_words(name: str) -> None:
    do, message = FAULTS[name]
    net, cells = _network()
    with pytest.raises((UsageError, ModelError)) as fault:
        do(net, cells)
    assert str(fault.value) == message


def test_a_refused_component_leaves_no_trace() -> None:
    net, _ = _network()
    with pytest.raises(ModelError):
        net.component("x", "iafCell", C="1 nF")
    assert net.component("x", "iafCell", **LIF).id == "x"
    assert net.population("more", "x", 2).size == 2
    net.compile("0.1 ms", "1 ms").run()
