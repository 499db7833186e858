"""Cells with morphology of networks from Python as NeuroML files: run again, valid, refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cable_models import SQUID

import annarchy_ml as ann
from annarchy_ml import AllToAll, Explicit, FixedProbability, NetworkModel, Normal, Uniform

STEP = 2.0**-15  # s, so that sums of steps are exact
CELLS = """<neuroml id="library">
  <ionChannelPassive id="leak" conductance="10pS"/>
  @channels@
  <cell id="neuron">
    <morphology id="shape">
      <segment id="0" name="soma">
        <proximal x="0" y="0" z="0" diameter="20"/><distal x="20" y="0" z="0" diameter="20"/>
      </segment>
      <segment id="1" name="dendrite"><parent segment="0"/>
        <proximal x="20" y="0" z="0" diameter="2"/><distal x="320" y="0" z="0" diameter="2"/>
      </segment>
      <segment id="2" name="axon"><parent segment="0" fractionAlong="0"/>
        <proximal x="0" y="0" z="0" diameter="1"/><distal x="-200" y="0" z="0" diameter="1"/>
      </segment>
      <segmentGroup id="cable" neuroLexId="sao864921383">
        <property tag="numberInternalDivisions" value="5"/><member segment="1"/>
      </segmentGroup>
      <segmentGroup id="excitable"><member segment="0"/><member segment="2"/></segmentGroup>
    </morphology>
    <biophysicalProperties id="bio">
      <membraneProperties>
        <channelDensity id="leaks" ionChannel="leak" condDensity="0.1 mS_per_cm2" erev="-65mV"
          ion="non_specific"/>
        <channelDensity id="sodium" ionChannel="na" condDensity="1 mS_per_cm2" erev="50mV"
          ion="na" segmentGroup="excitable"/>
        <spikeThresh value="-50mV"/>
        <specificCapacitance value="1 uF_per_cm2"/>
        <initMembPotential value="-65mV"/>
      </membraneProperties>
      <intracellularProperties><resistivity value="150 ohm_cm"/></intracellularProperties>
    </biophysicalProperties>
  </cell>
  <iafCell id="point" C="0.2 nF" leakConductance="10 nS" leakReversal="-70 mV" thresh="-55 mV"
    reset="-70 mV"/>
  <expOneSynapse id="ampa" gbase="1nS" erev="0mV" tauDecay="3ms"/>
  <gapJunction id="gap" conductance="1nS"/>
  <spikeArray id="src"><spike id="0" time="5ms"/><spike id="1" time="12ms"/></spikeArray>
  <pulseGenerator id="pulse" delay="2ms" duration="20ms" amplitude="0.2nA"/>
</neuroml>""".replace("@channels@", SQUID)
SODIUM = "bio/membraneProperties/sodium/condDensity"


@pytest.fixture
def net(tmp_path: Path) -> NetworkModel:
    (tmp_path / "library.nml").write_text(CELLS, encoding="utf-8")
    made = NetworkModel("net")
    made.include(tmp_path / "library.nml")
    return made


def connected(net: NetworkModel) -> None:
    """Populations of all kinds, connected in all ways."""
    sources, cells = net.population("sources", "src", 3), net.population("cells", "neuron", 4)
    points = net.population("points", "point", 5)
    cells.set(v=-0.066)
    cells.over(["soma", "axon"]).set(**{SODIUM: [12.0, 25.0]})
    points.set(C="0.25 nF")
    net.input("stimulus", cells[1:3].at("dendrite", [0.2, 0.9]), "pulse")
    pairs, places = Explicit([0, 1, 2], [3, 0, 0]), (["axon", 1, 0], [0.7, 0.3, 0.5])
    values = {"weight": [2.0, 1.0, 0.5], "delay": 32 * STEP, "double_weights": True}
    net.projection("listed", sources, cells, pairs, "ampa", **values, target_at=places)
    by_rule = {"weight": Uniform(20.0, 40.0), "delay": 40 * STEP, "double_weights": True}
    rule = FixedProbability(0.6)
    net.projection("tips", sources, cells.at(1, 0.95), rule, "ampa", **by_rule)
    net.projection("out", cells.at("axon", 1.0), points, AllToAll(), "ampa", **by_rule)
    net.junctions("gaps", cells[0].at(1, 0.9), cells[1:], AllToAll(), "gap")
    net.record(cells, "v", "1@0.9/v", "2/v")
    net.record(points, "v")
    net.record_spikes(points)


def test_a_network_that_is_run_again_gives_the_same(net: NetworkModel, tmp_path: Path) -> None:
    connected(net)
    times = {"dt": STEP, "duration": 800 * STEP, "seed": 3}
    files = ann.export(net, "neuroml", tmp_path / "made.nml", **times)
    assert [item.name for item in files] == ["made.nml", "LEMS_made.xml"]
    expected = net.compile(**times).run()
    assert ann.check(files[1]) == []
    found = ann.run(files[1], out=tmp_path)
    assert len(expected.signals) == 17
    for path in expected.signals:
        values = expected[path].values
        assert np.allclose(found[path].values, values, rtol=1e-12, atol=1e-15), path
        assert np.ptp(values) > 1e-4
    times, who = expected.spikes("points")
    assert len(times) > 0
    for cell in range(5):
        assert np.array_equal(found.events[f"points[{cell}]"].times_s, times[who == cell])
    assert list(tmp_path.glob("*.cells.v.dat"))


def test_the_file_fits_the_schema(net: NetworkModel, tmp_path: Path) -> None:
    neuroml = pytest.importorskip("neuroml")
    from neuroml.loaders import read_neuroml2_file

    connected(net)
    path, _ = ann.export(net, "neuroml", tmp_path / "made.nml", dt=STEP, duration=STEP)
    document = read_neuroml2_file(str(path))
    document.validate(recursive=True)
    (network,) = document.networks
    assert len(network.projections[0].connection_wds) == 3
    assert network.projections[0].connection_wds[0].post_segment_id == 2
    (cell,) = document.cells
    densities = cell.biophysical_properties.membrane_properties.channel_densities
    assert [item.cond_density for item in densities][1:] == ["12.0 S_per_m2", "25.0 S_per_m2"]
    assert isinstance(cell, neuroml.Cell)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda net, cells: cells.set(v=Normal(-0.06, 0.001)), "differs between cells"),
        (lambda net, cells: cells[0].set(v=-0.06), "for some cells"),
        (lambda net, cells: cells.over([0]).set(v=-0.06), "a part of its cells"),
        (lambda net, cells: cells.at(1).set(v=-0.06), "for some cells or places"),
    ],
)
def test_what_neuroml_cannot_say_is_refused(
    net: NetworkModel, tmp_path: Path, change: Any, message: str
) -> None:
    cells = net.population("cells", "neuron", 2)
    with pytest.raises((ann.UsageError, ann.ModelError), match=message):
        change(net, cells)
        ann.export(net, "neuroml", tmp_path / "made.nml", dt=STEP, duration=STEP)
    assert not (tmp_path / "made.nml").exists()
