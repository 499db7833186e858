"""What a cell of several compartments is given: temperature, start, threshold, channels counted."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import annarchy_ml

CELL = """<neuroml id="doc">
  <ionChannelPassive id="leak" conductance="10pS"/>
  <ionChannelHH id="slow" conductance="10pS">
    <gateHHtauInf id="m" instances="1">
      <q10Settings type="q10ExpTemp" q10Factor="3" experimentalTemp="20 degC"/>
      <timeCourse type="fixedTimeCourse" tau="7ms"/>
      <steadyState type="HHSigmoidVariable" rate="1" scale="8mV" midpoint="-43mV"/>
    </gateHHtauInf>
  </ionChannelHH>
  <cell id="cell">
    <morphology id="shape">
      <segment id="0"><proximal x="0" y="0" z="0" diameter="20"/>
        <distal x="20" y="0" z="0" diameter="20"/></segment>
      <segment id="1"><parent segment="0"/><distal x="120" y="0" z="0" diameter="2"/></segment>
      <segment id="2"><parent segment="1"/><distal x="220" y="0" z="0" diameter="1"/></segment>
      <segmentGroup id="soma"><member segment="0"/></segmentGroup>
      <segmentGroup id="dendrite"><member segment="1"/><member segment="2"/></segmentGroup>
    </morphology>
    <biophysicalProperties id="bio">
      <membraneProperties>{membrane}
        <specificCapacitance value="1 uF_per_cm2"/>
      </membraneProperties>
      <intracellularProperties><resistivity value="100 ohm_cm"/></intracellularProperties>
    </biophysicalProperties>
  </cell>
  <network id="net"{network}><population id="pop" component="cell" size="1"/></network>
  <Simulation id="sim" length="5ms" step="0.025ms" target="net">
    <OutputFile id="out" fileName="v.dat">
      <OutputColumn id="v0" quantity="pop/0/cell/0/v"/>
      <OutputColumn id="v1" quantity="pop/0/cell/1/v"/>
      <OutputColumn id="v2" quantity="pop/0/cell/2/v"/>
    </OutputFile>
  </Simulation>
  <Target component="sim"/>
</neuroml>
"""
GIVEN = '<spikeThresh value="0mV"/><initMembPotential value="-60mV"/>'


def cell_file(folder: Path, membrane: str, network: str = "") -> Path:
    path = folder / "cell.nml"
    path.write_text(CELL.format(membrane=membrane, network=network), encoding="utf-8")
    return path


def traces(path: Path) -> np.ndarray:
    results = annarchy_ml.run(path, write_files=False)
    return np.array([results[f"pop/0/cell/{k}/v"].values for k in range(3)])


@pytest.mark.parametrize("celsius", [6.3, 37.0])
def test_rates_take_the_temperature_of_the_network(tmp_path: Path, celsius: float) -> None:
    density = (
        '<channelDensity id="many" ionChannel="slow" condDensity="1 mS_per_cm2" erev="-90mV" '
        'ion="k"/>'
    )
    network = f' type="networkWithTemperature" temperature="{celsius} degC"'
    simulation = annarchy_ml.load(cell_file(tmp_path, density + GIVEN, network)).compile(
        record=["pop/0/cell/1/bio/membraneProperties/many/slow/m/tau"]
    )
    tau = simulation.run()["pop/0/cell/1/bio/membraneProperties/many/slow/m/tau"].values
    np.testing.assert_allclose(tau, 7e-3 / 3 ** ((celsius - 20) / 10), rtol=1e-7)


def test_parts_of_a_cell_start_at_their_own_potential(tmp_path: Path) -> None:
    """Of several values the last one counts; what none is for starts at NEURON's -65 mV."""
    membrane = (
        '<spikeThresh value="-10mV" segmentGroup="soma"/>'
        '<initMembPotential value="-70mV" segmentGroup="soma"/>'
        '<initMembPotential value="-50mV" segmentGroup="dendrite"/>'
        '<initMembPotential value="-40mV" segment="2"/>'
    )
    path = cell_file(tmp_path, membrane)
    np.testing.assert_allclose(traces(path)[:, 0], [-0.070, -0.050, -0.040])
    values = annarchy_ml.load(path).compile().get("pop/bio/membraneProperties/spikeThresh/value")
    np.testing.assert_allclose(values, [-0.010, 0.0, 0.0])


def test_channels_that_are_counted_spread_over_the_membrane(tmp_path: Path) -> None:
    """So many channels of 10 pS are a density of all their conductance over all their membrane."""
    begin = np.pi * (10 + 1) * np.hypot(100, 9)  # the frusta of segments 1 and 2 [um2]
    area = begin + np.pi * (1 + 0.5) * np.hypot(100, 0.5)
    siemens = 5000 * 10e-12 / (area * 1e-12)
    whole = 'erev="-90mV" ion="k" segmentGroup="dendrite"/>'
    counted = f'<channelPopulation id="p" ionChannel="slow" number="5000" {whole}'
    dense = f'<channelDensity id="p" ionChannel="slow" condDensity="{siemens} S_per_m2" {whole}'
    leaks = (
        '<channelDensity id="l" ionChannel="leak" condDensity="1 S_per_m2" erev="-40mV" ion="x"/>'
    )
    found, expected = (
        traces(
            cell_file(
                tmp_path,
                leaks + item + GIVEN,
                ' type="networkWithTemperature" temperature="20 degC"',
            )
        )
        for item in (counted, dense)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert found[2, -1] < traces(cell_file(tmp_path, leaks + GIVEN))[2, -1] - 1e-4


def test_cells_without_start_and_threshold_take_those_of_neuron(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model = annarchy_ml.load(cell_file(tmp_path, ""))
        simulation = model.compile()
    results = simulation.run()
    assert [results[f"pop/0/cell/{k}/v"].values[0] for k in range(3)] == [-0.065] * 3
    thresholds = simulation.get("pop/bio/membraneProperties/spikeThresh/value")
    np.testing.assert_array_equal(thresholds, 0.0)
    texts = " ".join([*map(str, told), *(item.message for item in annarchy_ml.check(model.path))])
    assert "no initMembPotential: it is taken to be -65 mV" in texts
    assert "no spikeThresh: it is taken to be 0 mV" in texts


def test_a_shape_alone_is_refused_once(tmp_path: Path) -> None:
    """Not by what the equations of the cell then miss."""
    text = CELL.format(membrane=GIVEN, network="")
    begin, end = text.index("<biophysicalProperties"), text.index("</biophysicalProperties>")
    path = tmp_path / "shape.nml"
    path.write_text(text[:begin] + text[end + len("</biophysicalProperties>") :], "utf-8")
    with pytest.raises(annarchy_ml.ModelError) as fault:
        annarchy_ml.run(path, write_files=False)
    assert [item.code for item in fault.value.diagnostics] == ["biophysics.missing"]
