"""Synapses and inputs of types of one's own as graphs of NIR, and those that are refused."""

from __future__ import annotations

from pathlib import Path

import nir
import pytest

import annarchy_ml
from annarchy_ml import UsageError

OTHER = """<ComponentType name="other" extends="baseCurrentBasedSynapse">
  <Parameter name="tau" dimension="time"/><Parameter name="ib" dimension="current"/>
  <Dynamics><StateVariable name="I" dimension="current"/>
    <DerivedVariable name="i" exposure="i" dimension="current" value="I"/>
    <TimeDerivative variable="I" value="-I / tau"/>
    {more}
    <OnEvent port="in"><StateAssignment variable="I" value="I + ib"/></OnEvent>
  </Dynamics></ComponentType>"""
FILE = """<Lems><Target component="sim"/>
<Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Inputs.xml"/>
<Include file="Synapses.xml"/><Include file="Simulation.xml"/>
{types}
<other id="syn" tau="5ms" ib="0.1nA"/>
<iafCell id="lif" C="200pF" leakConductance="10nS" leakReversal="-60mV" thresh="-50mV"
  reset="-65mV"/>
<spikeArray id="train"><spike id="0" time="3ms"/></spikeArray>
<timedSynapticInput id="timed" synapse="syn" spikeTarget="./syn">
  <spike id="0" time="3ms"/></timedSynapticInput>
<network id="net"><population id="p" component="train" size="1"/>
  <population id="q" component="lif" size="1"/>
{end}
</network>
<Simulation id="sim" length="20ms" step="0.1ms" target="net"/></Lems>"""
BY_EVENTS = '<synapticConnection from="p[0]" to="q[0]" synapse="syn" destination="synapses"/>'
TIMED = '<explicitInput target="q[0]" input="timed" {}/>'
LISTED = """<inputList id="list" component="timed" population="q">
  <input id="0" target="../q[0]" destination="synapses"/></inputList>"""


def _export_types(folder: Path, more: str, end: str) -> Path:
    """A file with a synapse of a type of its own, as a graph."""
    file = folder / "model.xml"
    file.write_text(FILE.format(types=OTHER.format(more=more), end=end))
    return annarchy_ml.export(file, "nir", folder / "net.nir")[-1]


def test_currents_of_types_of_ones_own_become_nodes(tmp_path: Path) -> None:
    read = nir.read(_export_types(tmp_path, "", BY_EVENTS))
    kinds = sorted(type(node).__name__ for node in read.nodes.values())
    assert kinds == ["CubaLIF", "Input", "Linear", "Output"]


@pytest.mark.parametrize(
    ("more", "end", "text"),
    [
        ('<OnCondition test="I .gt. 2*ib"><StateAssignment variable="I" value="2*ib"/>'
         "</OnCondition>",
         BY_EVENTS, r"\(other\): NIR cannot say conditions of synapses"),
        ('<OnStart><StateAssignment variable="I" value="5*ib"/></OnStart>', BY_EVENTS,
         r"\(other\): NIR cannot say that 'I' starts away from 0"),
        ("", TIMED.format('destination="synapses"'), r"\(timedSynapticInput\): NIR cannot say"),
        ("", TIMED.format(""), r"\(timedSynapticInput\): NIR cannot say"),
        ("", LISTED, r"\(timedSynapticInput\): NIR cannot say"),
    ],
)  # fmt: skip
def test_synapses_that_act_without_spikes_are_refused_by_name(
    tmp_path: Path, more: str, end: str, text: str
) -> None:
    with pytest.raises(UsageError, match=text):
        _export_types(tmp_path, more, end)
    assert not list(tmp_path.glob("*.nir"))
