"""Runs that the model stops: what is said of the cause, and what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

import annarchy_ml

TESTS = Path(__file__).parents[1]
SOUND = TESTS / "diagnostics" / "broken" / "connection_to_no_cell.fixed.xml"
CAUSES = {
    "the cell": ('C="0.2nF"', 'C="0nF"', "'C' of pop is 0, and something is divided by it"),
    "a synapse on it": (
        'tauDecay="3ms"',
        'tauDecay="0ms"',
        "'tauDecay' of pop/synapses:syn is 0, and something is divided by it",
    ),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_a_divisor_that_is_zero_is_named(cause: str, executor: str, tmp_path: Path) -> None:
    right, wrong, note = CAUSES[cause]
    text = SOUND.read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "model.xml").write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(annarchy_ml.NonFiniteError) as caught:
        annarchy_ml.run(tmp_path / "model.xml", write_files=False, executor=executor)
    (found,) = caught.value.diagnostics
    assert found.notes[1:] == (note,)
    assert found.hint == "give this parameter another value"


def test_a_step_that_is_too_long_is_not_blamed_on_a_parameter() -> None:
    with pytest.raises(annarchy_ml.NonFiniteError) as caught:
        annarchy_ml.run(TESTS / "models" / "LEMS_diverging.xml", write_files=False)
    (found,) = caught.value.diagnostics
    assert len(found.notes) == 1 and "smaller step" in found.hint


SCHEME = """<neuroml id="doc">
  <ComponentType name="falling" extends="baseVoltageDepRate">
    <Constant name="unit" dimension="voltage" value="1 mV"/>
    <Constant name="time" dimension="time" value="100 ms"/>
    <Dynamics><DerivedVariable name="r" exposure="r" dimension="per_time"
      value="(v/unit + {offset})/time"/></Dynamics>
  </ComponentType>
  <ionChannelKS id="ks" conductance="10pS"><gateKS id="n" instances="1">
    <closedState id="c1"/><openState id="o1"/>
    <forwardTransition id="f" from="c1" to="o1"><rate type="falling"/></forwardTransition>
    <reverseTransition id="r" from="c1" to="o1"><rate type="HHExpRate" rate="{reverse}per_ms"
      midpoint="-35mV" scale="10mV"/></reverseTransition></gateKS></ionChannelKS>
  <cell id="cell">
    <morphology id="m"><segment id="0"><proximal x="0" y="0" z="0" diameter="10"/>
      <distal x="10" y="0" z="0" diameter="10"/></segment>{further}</morphology>
    <biophysicalProperties id="b"><membraneProperties>
      <channelDensity id="d" ionChannel="ks" condDensity="0.1 mS_per_cm2" erev="-80mV" ion="k"/>
      <spikeThresh value="0mV"/><specificCapacitance value="1 uF_per_cm2"/>
      <initMembPotential value="-55mV"/></membraneProperties>
      <intracellularProperties><resistivity value="100 ohm_cm"/></intracellularProperties>
    </biophysicalProperties></cell>
  <network id="net"><population id="pop" component="cell" size="1"/></network>
  <Simulation id="s" length="20ms" step="0.01ms" target="net"/><Target component="s"/>
</neuroml>"""
SECOND = """<segment id="1"><parent segment="0"/><proximal x="10" y="0" z="0" diameter="2"/>
  <distal x="110" y="0" z="0" diameter="2"/></segment>"""


@pytest.mark.parametrize("further", ["", SECOND], ids=["one compartment", "two"])
@pytest.mark.parametrize(("offset", "reverse"), [(56, 0.05), (60, -0.05), (54, 0.05)])
def test_a_negative_rate_of_a_kinetic_scheme_stops_the_run(
    offset: int, reverse: float, further: str, executor: str, tmp_path: Path
) -> None:
    """The forward rate falls below 0 while the potential falls; the others are so at once."""
    text = SCHEME.format(offset=offset, reverse=reverse, further=further)
    (tmp_path / "model.nml").write_text(text, encoding="utf-8")
    with pytest.raises(annarchy_ml.NonFiniteError) as caught:
        annarchy_ml.run(tmp_path / "model.nml", write_files=False, executor=executor)
    (found,) = caught.value.diagnostics
    assert any("'b/membraneProperties/d/ks/n'" in note for note in found.notes)
    assert any("negative" in note for note in found.notes)


@pytest.mark.parametrize("further", ["", SECOND], ids=["one compartment", "two"])
def test_rates_that_stay_above_zero_do_not(further: str, executor: str, tmp_path: Path) -> None:
    text = SCHEME.format(offset=81, reverse=0.05, further=further)
    (tmp_path / "model.nml").write_text(text, encoding="utf-8")
    results = annarchy_ml.run(tmp_path / "model.nml", write_files=False, executor=executor)
    assert results.provenance["stopped_at"] == pytest.approx(0.02)


def test_files_hold_what_came_before_an_endless_circle_of_events(tmp_path: Path) -> None:
    with pytest.raises(annarchy_ml.StoppedError) as caught:
        annarchy_ml.run(TESTS / "system" / "models" / "event_loop.xml", out=tmp_path)
    rows = (tmp_path / "o.dat").read_text(encoding="utf-8").splitlines()
    assert len(rows) == len(caught.value.partial.times) >= 1
