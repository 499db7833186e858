"""Long runs of alike elements are columns: the same network and the same messages as one by one."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annarchy_ml.diagnostics import Diagnostics, ModelError
from annarchy_ml.diagnostics.render import render_all
from annarchy_ml.importers.neuroml import xml_reader
from annarchy_ml.model.component import Component
from annarchy_ml.model.rows import Rows
from annarchy_ml.options import CompileOptions, ReadOptions
from annarchy_ml.session.lowering import Lowered, lower_model
from annarchy_ml.session.model import Model

MANY = 300
PARTS = """
<iafCell id="iaf" leakReversal="-60mV" thresh="-50mV" reset="-70mV" C="0.2nF"
         leakConductance="0.01uS"/>
<expOneSynapse id="syn" gbase="1nS" erev="0mV" tauDecay="3ms"/>
<expTwoSynapse id="fast" gbase="1nS" erev="0mV" tauRise="1ms" tauDecay="2ms"/>
<gapJunction id="gj" conductance="1nS"/>
<silentSynapse id="silent"/>
<gradedSynapse id="graded" conductance="1nS" delta="5mV" Vth="-55mV" k="0.025per_ms" erev="0mV"/>
<pulseGenerator id="pulse" delay="1ms" duration="50ms" amplitude="0.25nA"/>
"""
DRAW = np.random.default_rng(7)


def population(name: str, cells: int, ids: str = "{}") -> str:
    listed = "".join(
        f'\n  <instance id="{ids.format(i)}">\n    <location x="{i}" y="{i / 8}" z="-1e-3"/>\n'
        "  </instance>"
        for i in range(cells)
    )
    kind = f'type="populationList" size="{cells}"'
    return f'<population id="{name}" component="iaf" {kind}>{listed}\n</population>'


def sized(name: str, cells: int) -> str:
    return f'<population id="{name}" component="iaf" size="{cells}"/>'


def projection(rows: list[str], attributes: str = "", tag: str = "projection") -> str:
    ends = 'presynapticPopulation="p" postsynapticPopulation="q"'
    inside = "".join(f"\n  {row}" for row in rows)
    return f'<{tag} id="r" {ends} {attributes}>{inside}\n</{tag}>'


def weighted(path_p: str = "../p/{}/iaf", path_q: str = "../q/{}/iaf") -> list[str]:
    return [
        f'<connectionWD id="{i}" preCellId="{path_p.format(i % 40)}" '
        f'postCellId="{path_q.format(i * 7 % 50)}" weight="{i / 7:.4f}" delay="{1 + i % 3}.5 ms"/>'
        for i in range(MANY)
    ]


def listed(what: str) -> list[str]:
    """Rows with the number of the row, and two cells, in the place of ``{i}``, ``{a}``, ``{b}``."""
    return [what.format(i=i, a=i % 40, b=i * 7 % 50) for i in range(MANY)]


def write(folder: Path, network: str, quantity: str = "q[3]/v") -> str:
    (folder / "net.nml").write_text(
        f'<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="d">{PARTS}\n'
        f'<network id="net">\n{network}\n</network>\n</neuroml>\n',
        encoding="utf-8",
    )
    (folder / "LEMS.xml").write_text(
        f"""<Lems><Target component="sim"/><Include file="net.nml"/>
<Include file="Simulation.xml"/><Simulation id="sim" length="1ms" step="0.1ms" target="net">
<OutputFile id="o" fileName="o.dat"><OutputColumn id="v" quantity="{quantity}"/></OutputFile>
</Simulation></Lems>""",
        encoding="utf-8",
    )
    return "LEMS.xml"


def count_of(component: Component) -> int:
    """How many components are in rows."""
    own = component.count if component.many else 0
    return own + sum(map(count_of, component.children))


def lowered(entry: str, as_rows: bool, monkeypatch: pytest.MonkeyPatch) -> Lowered:
    monkeypatch.setattr(xml_reader, "LARGE_BYTES", 0 if as_rows else 1 << 40)
    model = Model(entry, ReadOptions())
    assert (sum(map(count_of, model.document.components)) > 0) == as_rows
    return lower_model(model, CompileOptions())


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two plans differ."""
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and np.array_equal(one, other)
        return [] if same else [path]
    if isinstance(one, dict):
        assert list(one) == list(other)
        return [x for name in one for x in differences(one[name], other[name], f"{path}/{name}")]
    if isinstance(one, (list, tuple)):
        assert len(one) == len(other), path
        pairs = enumerate(zip(one, other, strict=True))
        return [x for i, (a, b) in pairs for x in differences(a, b, f"{path}[{i}]")]
    if is_dataclass(one):
        names = [item.name for item in fields(one)]
        return [
            x
            for name in names
            for x in differences(getattr(one, name), getattr(other, name), f"{path}.{name}")
        ]
    return [] if one == other else [path]


TWO = population("p", 40) + population("q", 50)
INPUT = '<inputList id="i" component="pulse" population="p">{}</inputList>'
NETWORKS = {
    "listed": TWO + projection(weighted(), 'synapse="syn"'),
    "numbered": sized("p", 40)
    + sized("q", 50)
    + projection(weighted("../p[{}]", "../q[{}]"), 'synapse="syn"'),
    "named cells": population("p", 40, "a{}x")
    + population("q", 50)
    + projection(weighted("../p/a{}x/iaf"), 'synapse="fast"'),
    "cells from 100 on": population("p", 40, "1{:02}")
    + population("q", 50)
    + projection(
        listed('<connection id="{i}" preCellId="../p/1{a:02}/iaf" postCellId="../q[{b}]"/>'),
        'synapse="syn"',
    ),
    "recurrent": population("p", 60)
    + population("q", 50)
    + projection(
        listed('<connection id="{i}" preCellId="../p/{a}/iaf" postCellId="../p/{b}/iaf"/>'),
        'synapse="syn"',
    ),
    "gap junctions": TWO
    + projection(
        listed(
            '<electricalConnectionInstanceW id="{i}" preCell="../p/{a}/iaf" '
            'postCell="../q/{b}/iaf" synapse="gj" weight="0.{i}"/>'
        ),
        tag="electricalProjection",
    ),
    "gap junctions by index": sized("p", 40)
    + sized("q", 50)
    + projection(
        listed('<electricalConnection id="{i}" preCell="{a}" postCell="{b}" synapse="gj"/>'),
        tag="electricalProjection",
    ),
    "gap junctions within": population("p", 60)
    + population("q", 50)
    + projection(
        listed(
            '<electricalConnectionInstance id="{i}" preCell="../p/{a}/iaf" '
            'postCell="../p/{b}/iaf" synapse="gj"/>'
        ),
        tag="electricalProjection",
    ),
    "graded": TWO
    + projection(
        listed(
            '<continuousConnectionInstanceW id="{i}" preCell="../p/{a}/iaf" '
            'postCell="../q/{b}/iaf" preComponent="silent" postComponent="graded" weight="{b}"/>'
        ),
        tag="continuousProjection",
    ),
    "inputs": TWO
    + INPUT.format("\n".join(listed('<inputW id="{i}" target="../p/{a}/iaf" weight="{b}.25"/>'))),
    "inputs without places": TWO
    + INPUT.format(
        "\n".join(listed('<input id="{i}" target="../p/{a}/iaf" destination="synapses"/>'))
    ),
    "explicit": TWO
    + "\n".join(listed('<explicitInput target="p[{a}]" input="pulse" destination="synapses"/>')),
    "synapses of two kinds by turns": TWO
    + "\n".join(
        f'<synapticConnectionWD from="{"pq"[i % 2]}[{i % 40}]" to="q[{i * 7 % 50}]" '
        f'synapse="{("syn", "fast")[i // 3 % 2]}" destination="synapses" weight="1" delay="1ms"/>'
        for i in range(MANY)
    ),
    "interrupted": TWO
    + projection(
        [
            row if i % 90 else f"<!-- {i} -->\n\n" + row.replace('"', "'")
            for i, row in enumerate(weighted())
        ],
        'synapse="syn"',
    ),
    "other spelling": TWO
    + projection(
        [
            row.replace(' delay="', "\n      delay=' ").replace(' ms"', " ms'") if i > 200 else row
            for i, row in enumerate(weighted())
        ],
        'synapse="syn"',
    ),
    "entities": TWO
    + projection(
        [row.replace('id="', 'id="&lt;') if i == 250 else row for i, row in enumerate(weighted())],
        'synapse="syn"',
    ),
    "an id that is no number": population("p", 40)
    + population("q", 90).replace('instance id="70"', 'instance id="x"')
    + projection(weighted(), 'synapse="syn"'),
    "up and down": TWO + projection(weighted(path_q="../q/{}/../7/iaf"), 'synapse="syn"'),
    "with notes": TWO
    + projection(
        [row.replace("/>", "><notes>a</notes></connectionWD>") for row in weighted()],
        'synapse="syn"',
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_same_plan_as_one_by_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    entry = write(tmp_path, NETWORKS[name])
    one, other = (lowered(entry, as_rows, monkeypatch) for as_rows in (True, False))
    assert differences(one.plan, other.plan) == []
    assert differences(one.starts, other.starts) == []


def test_carriage_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    entry = write(tmp_path, NETWORKS["listed"])
    unchanged = lowered(entry, True, monkeypatch)
    text = (tmp_path / "net.nml").read_bytes()
    (tmp_path / "net.nml").write_bytes(text.replace(b"\n", b"\r\n"))
    assert differences(lowered(entry, True, monkeypatch).plan, unchanged.plan) == []


@pytest.mark.parametrize("quantity", ["p/299/iaf/v", "p[299]/v", "p/299/other/v"])
def test_listed_cell_is_found(
    quantity: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    entry = write(tmp_path, population("p", MANY), quantity)
    one, other = (lowered(entry, as_rows, monkeypatch) for as_rows in (True, False))
    assert one.plan.recordings[0].index == other.plan.recordings[0].index == 299
    assert render_all(one.warnings) == render_all(other.warnings)


FAULTS = {
    "no such cell": (250, "../q/", "../q/9"),
    "almost such a cell": (250, "../p/", "../p/1"),
    "another population": (250, "../q/", "../p/"),
    "no such population": (250, "../p/", "../pp/"),
    "unknown unit": (250, " ms", " mz"),
    "another dimension": (250, " ms", " mV"),
    "no number": (250, 'weight="', 'weight="x'),
    "too large": (250, 'weight="', 'weight="1e999'),
    "negative delay": (250, 'delay="', 'delay="-'),
    "unknown entity": (250, 'id="', 'id="&x;'),
    "markup in a value": (250, 'id="', 'id="<'),
    "never closed": (250, "/>", ">"),
    "control character": (250, 'id="', 'id="\x01'),
    "unknown attribute": (None, "weight=", "waight="),
    "unknown attribute of all": (None, " id=", ' idd="1" id='),
    "place along a segment": (None, " id=", ' postFractionAlong="1.5" id='),
    "places along a segment": (250, " id=", ' postFractionAlong="2" id='),
    "segment": (None, " id=", ' postSegmentId="x" id='),
    "unknown element": (None, "connectionWD", "connectionWX"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_same_messages_as_one_by_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with all rows alike is said of those that are read one by one and once more."""
    monkeypatch.chdir(tmp_path)
    at, before, after = FAULTS[name]
    rows = [
        row.replace(before, after, 1) if at in (None, i) else row
        for i, row in enumerate(weighted())
    ]
    entry = write(tmp_path, TWO + projection(rows, 'synapse="syn"'))
    one, other = (messages(entry, as_rows, monkeypatch) for as_rows in (True, False))
    assert other
    if at is not None:
        assert one == other
    else:
        assert 0 < len(one) <= len(other)
        assert set(one) <= set(other)


AMISS = {
    "another cell": TWO + projection(weighted(path_q="../q/{}/other"), 'synapse="syn"'),
    "a place": population("p", 90).replace('x="70"', 'x="a"') + sized("q", 9),
    "negative delays": TWO
    + projection([row.replace('delay="', 'delay="-') for row in weighted()], 'synapse="syn"'),
    "the same id in two runs": population("q", 200)
    .replace('<instance id="90"', '<!-- -->\n  <instance id="90"')
    .replace('instance id="150"', 'instance id="x"')
    .replace('instance id="151"', 'instance id="30"'),
}


@pytest.mark.parametrize("name", AMISS)
def test_same_messages_of_many_rows(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    entry = write(tmp_path, AMISS[name])
    one, other = (messages(entry, as_rows, monkeypatch) for as_rows in (True, False))
    assert one == other != []


def messages(entry: str, as_rows: bool, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All messages, each with its place in the file."""
    monkeypatch.setattr(xml_reader, "LARGE_BYTES", 0 if as_rows else 1 << 40)
    try:
        found = lower_model(Model(entry, ReadOptions()), CompileOptions()).warnings
    except ModelError as fault:
        found = fault.diagnostics
    return sorted(render_all([item]) for item in found)


@pytest.mark.parametrize("ids", ["{}", "a{}x"])
@pytest.mark.parametrize("first", [5, 150])
def test_id_of_two_cells(
    ids: str, first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one may be read by itself, or in a row."""
    monkeypatch.chdir(tmp_path)
    text = population("p", MANY, ids).replace(f'"{ids.format(200)}"', f'"{ids.format(first)}"')
    entry = write(tmp_path, text, "p[3]/v")
    one, other = (messages(entry, as_rows, monkeypatch) for as_rows in (True, False))
    assert one == other
    assert [item.startswith("error[component.duplicate]") for item in one] == [True]


def test_projections_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two projections onto the same synapses, of which the second one is asked for."""
    monkeypatch.chdir(tmp_path)
    second = projection(weighted()[::-1], 'synapse="syn"').replace('id="r"', 'id="s"')
    entry = write(tmp_path, TWO + projection(weighted(), 'synapse="syn"') + second)
    found = []
    for as_rows in (True, False):
        links = lowered(entry, as_rows, monkeypatch).links
        assert links is not None
        found.append([links.listed(name) for name in "rs"])
    for one, other in zip(*found, strict=True):
        assert len(one.sources) == MANY
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_what_does_not_connect_is_read_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spikes of a spike array, and columns of an output file."""
    monkeypatch.chdir(tmp_path)
    spikes = "\n".join(f'<spike id="{i}" time="{i / 10:g}ms"/>' for i in range(MANY))
    entry = write(tmp_path, population("p", MANY))
    text = (tmp_path / "net.nml").read_text().replace("<network", "{}<network")
    array = f'<spikeArray id="array">\n{spikes}\n</spikeArray>'
    (tmp_path / "net.nml").write_text(text.format(array))
    columns = "\n".join(f'<OutputColumn id="c{i}" quantity="p[{i}]/v"/>' for i in range(MANY))
    text = (tmp_path / "LEMS.xml").read_text().replace("</OutputFile>", f"{columns}</OutputFile>")
    (tmp_path / "LEMS.xml").write_text(text.replace('"q[3]/v"', '"p[3]/v"'))
    model = lowered(entry, True, monkeypatch)
    assert [item.index for item in model.plan.recordings] == [3, *(set(range(MANY)) - {3})]
    found = Model(entry, ReadOptions()).tables.components.by_id["array"]
    assert [child.attributes["time"] for child in found.children][-1] == "29.9ms"
    assert not any(child.many for child in found.children)


def test_rows_stand_for_their_elements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row as a component is what expat reads, its place included."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, NETWORKS["listed"])
    content = (tmp_path / "net.nml").read_bytes()
    monkeypatch.setattr(xml_reader, "LARGE_BYTES", 0)
    one = xml_reader.parse_bytes(content, "net.nml", Diagnostics(), "net.nml")
    other = xml_reader.parse_bytes(content, "net.nml", Diagnostics())
    assert one is not None
    assert other is not None
    assert count_of(one) > MANY / 2
    assert list(flat(one)) == list(flat(other))


def flat(component: Component) -> Any:
    """Tag, attributes and place of a component and all inside of it."""
    yield component.tag, component.attributes, component.origin
    for child in component.children:
        for item in child.each() if isinstance(child, Rows) else (child,):
            yield from flat(item)
