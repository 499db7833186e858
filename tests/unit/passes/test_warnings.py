"""Doubts about models that run: noise within derivatives, delays below zero, weights unread."""

from __future__ import annotations

from pathlib import Path

import pytest

from annarchy_ml.diagnostics import Diagnostic
from annarchy_ml.options import ReadOptions
from annarchy_ml.session.inspection import check_file

TYPE = (
    '<Lems><Include file="Cells.xml"/><ComponentType name="noisy" extends="baseCell">'
    '<Constant name="s" dimension="per_time" value="1 per_s"/>'
    '<Dynamics><StateVariable name="x" dimension="none"/>{}</Dynamics></ComponentType></Lems>'
)
DRAWING = '<DerivedVariable name="{}" dimension="none" value="{}"/>'
NETWORK = """<Lems><Include file="Networks.xml"/><Include file="Synapses.xml"/>
<Include file="Inputs.xml"/>
<spikeGenerator id="g" period="1ms"/>
<alphaSynapse id="s" tau="1ms" gbase="1nS" erev="0mV"/>
<network id="net"><population id="p" component="g" size="2"/>{}</network></Lems>"""


def warnings_of(tmp_path: Path, text: str) -> list[Diagnostic]:
    path = tmp_path / "model.xml"
    path.write_text(text, encoding="utf-8")
    return check_file(str(path), ReadOptions())


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ('<TimeDerivative variable="x" value="random(1) * s"/>', 1),
        ('<TimeDerivative variable="x" value="2 * s"/>' + DRAWING.format("n", "random(1)"), 0),
        (
            '<TimeDerivative variable="x" value="m * s"/>'
            + DRAWING.format("m", "2 * n")
            + DRAWING.format("n", "random(1)"),
            1,
        ),
        ('<OnStart><StateAssignment variable="x" value="random(1)"/></OnStart>', 0),
    ],
)
def test_noise_in_a_derivative(tmp_path: Path, body: str, count: int) -> None:
    found = [i for i in warnings_of(tmp_path, TYPE.format(body)) if i.code == "run.noise-step"]
    assert len(found) == count
    assert all(item.severity == "warning" and item.span is not None for item in found)


def test_delays_below_zero(tmp_path: Path) -> None:
    line = '<synapticConnectionWD from="p[0]" to="p[1]" synapse="s" weight="1" delay="{}ms"/>'
    (found,) = warnings_of(tmp_path, NETWORK.format(line.format(-1) * 3))
    assert (found.code, found.severity) == ("value.range", "warning")
    assert "negative" in found.message and found.span is not None
    assert not warnings_of(tmp_path, NETWORK.format(line.format(0)))


def test_weights_that_are_not_read(tmp_path: Path) -> None:
    line = '<synapticConnection from="p[0]" to="p[1]" synapse="s" {}/>'
    for given in ('weight="2"', 'delay="1ms"'):
        (found,) = warnings_of(tmp_path, NETWORK.format(line.format(given)))
        assert found.code == "attribute.unknown"
        assert found.hint == "use synapticConnectionWD"


CABLES = """<neuroml id="doc"><ionChannelPassive id="leak" conductance="10pS"/>
<cell id="cell"><morphology id="m">
  <segment id="0"><proximal x="0" y="0" z="0" diameter="20"/>
    <distal x="{root}" y="0" z="0" diameter="20"/></segment>
  <segment id="1"><parent segment="0"/><proximal x="0" y="0" z="0" diameter="2"/>
    <distal x="{end}" y="0" z="0" diameter="2"/></segment>
  <segmentGroup id="g"{marked}><property tag="numberInternalDivisions" value="{cuts}"/>
    <member segment="1"/></segmentGroup>
</morphology><biophysicalProperties id="b"><membraneProperties>
  <channelDensity id="l" ionChannel="leak" condDensity="3 S_per_m2" erev="-60mV"
    ion="non_specific"/><spikeThresh value="0mV"/><initMembPotential value="-65mV"/>
  <specificCapacitance value="1 uF_per_cm2"/></membraneProperties>
  <intracellularProperties><resistivity value="1 ohm_m"/></intracellularProperties>
</biophysicalProperties></cell>
<network id="net"><population id="p" component="cell" size="1"/></network>
<Simulation id="s" length="1ms" step="0.1ms" target="net"/><Target component="s"/></neuroml>"""


@pytest.mark.parametrize(
    ("root", "end", "marked", "cuts", "told"),
    [
        (0, 9, ' neuroLexId="sao864921383"', 5, []),
        (5, 9, "", 1, []),
        (5, 9, "", 5, ["numberInternalDivisions of segmentGroup 'g' is not read"]),
        (5, 0, "", 1, ["segment 1 hangs on segment 0 and has no length"]),
    ],
)
def test_shapes_that_are_read_otherwise(
    tmp_path: Path, root: int, end: int, marked: str, cuts: int, told: list[str]
) -> None:
    found = warnings_of(tmp_path, CABLES.format(root=root, end=end, marked=marked, cuts=cuts))
    assert [item.message[: len(text)] for item, text in zip(found, told, strict=True)] == told
    assert all(item.severity == "warning" and item.span is not None for item in found)
