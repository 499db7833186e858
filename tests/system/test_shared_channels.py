"""Densities of one channel share its gates: the same numbers, one state, every path still leads."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml

MODEL = """<neuroml id="doc">
  <ionChannelHH id="na" conductance="10pS" species="na">
    <gateHHrates id="m" instances="3">
      <forwardRate type="HHExpLinearRate" rate="1per_ms" midpoint="-40mV" scale="10mV"/>
      <reverseRate type="HHExpRate" rate="4per_ms" midpoint="-65mV" scale="-18mV"/>
    </gateHHrates>
  </ionChannelHH>
  <ionChannelKS id="ks" conductance="10pS"><gateKS id="n" instances="1">
    <closedState id="c1"/><openState id="o1"/>
    <forwardTransition id="f" from="c1" to="o1"><rate type="HHExpRate" rate="0.1per_ms"
      midpoint="-35mV" scale="10mV"/></forwardTransition>
    <reverseTransition id="r" from="c1" to="o1"><rate type="HHExpRate" rate="0.05per_ms"
      midpoint="-35mV" scale="-10mV"/></reverseTransition></gateKS></ionChannelKS>
  <ionChannelPassive id="leak" conductance="10pS"/>
  <cell id="cell">
    <morphology id="shape">
      <segment id="0"><proximal x="0" y="0" z="0" diameter="20"/>
        <distal x="20" y="0" z="0" diameter="20"/></segment>
      <segment id="1"><parent segment="0"/><proximal x="20" y="0" z="0" diameter="2"/>
        <distal x="120" y="0" z="0" diameter="2"/></segment>
      <segment id="2"><parent segment="1"/><distal x="220" y="0" z="0" diameter="2"/></segment>
    </morphology>
    <biophysicalProperties id="bio"><membraneProperties>
      <channelDensity id="leaks" ionChannel="leak" condDensity="3 S_per_m2" erev="-60mV"
        ion="non_specific"/>
      {densities}
      <spikeThresh value="0mV"/><initMembPotential value="-65mV"/>
      <specificCapacitance value="1 uF_per_cm2"/></membraneProperties>
      <intracellularProperties><resistivity value="100 ohm_cm"/></intracellularProperties>
    </biophysicalProperties>
  </cell>
  <pulseGenerator id="pulse" delay="1ms" duration="20ms" amplitude="0.1nA"/>
  <network id="net"><population id="pop" component="cell" size="1"/>
    <explicitInput target="pop[0]" input="pulse"/></network>
  <Simulation id="sim" length="20ms" step="0.01ms" target="net"/>
  <Target component="sim"/>
</neuroml>
"""
INNER = "pop/0/cell/{}/bio/membraneProperties/{}"


def density(name: str, channel: str, amount: float, further: str = 'erev="50mV"') -> str:
    kind = "channelDensityVShift" if "vShift" in further else "channelDensity"
    return (
        f'<{kind} id="{name}" ionChannel="{channel}" condDensity="{amount} S_per_m2" {further} '
        'ion="na"/>'
    )


def compiled(folder: Path, densities: str, record: list[str], method: str) -> Any:
    path = folder / "cell.nml"
    path.write_text(MODEL.format(densities=densities), encoding="utf-8")
    record = [*(f"pop/0/cell/{segment}/v" for segment in range(3)), *record]
    return annarchy_ml.load(path).compile(method=method, record=record)


def gates(simulation: Any, ending: str) -> list[str]:
    """The stored values that end so."""
    return [
        item.name
        for group in simulation.plan.module.groups
        for item in group.fields
        if item.name.endswith(ending)
    ]


@pytest.mark.parametrize("method", ["reference", "auto", "crank_nicolson"])
@pytest.mark.parametrize(("channel", "state"), [("na", "/m/q"), ("ks", "/n/o1/occupancy")])
def test_densities_that_overlap_are_as_one_of_their_sum(
    tmp_path: Path, method: str, channel: str, state: str
) -> None:
    parts = density("a", channel, 20.0) + density("b", channel, 30.0)
    apart = compiled(tmp_path, parts, [], method)
    whole = compiled(tmp_path, density("a", channel, 50.0), [], method)
    assert len(gates(apart, state)) == len(gates(whole, state)) == 1

    found, expected = apart.run(), whole.run()
    for segment in range(3):
        name = f"pop/0/cell/{segment}/v"
        np.testing.assert_allclose(found[name].values, expected[name].values, rtol=1e-11)
    assert np.ptp(found["pop/0/cell/0/v"].values) > 5e-3


@pytest.mark.parametrize("method", ["reference", "auto"])
def test_densities_of_parts_are_as_one_that_is_everywhere(tmp_path: Path, method: str) -> None:
    """Compartments with the second density alone keep the gates that are named by the first."""
    names = ("soma", "first", "second")
    parts = "".join(
        density(name, "na", 40.0, f'erev="50mV" segment="{segment}"')
        for segment, name in enumerate(names)
    )
    paths = [INNER.format(k, f"{name}/na/m/q") for k, name in enumerate(names)]
    apart = compiled(tmp_path, parts, paths, method)
    whole_paths = [INNER.format(k, "d/na/m/q") for k in range(3)]
    whole = compiled(tmp_path, density("d", "na", 40.0), whole_paths, method)
    assert len({name for name in gates(apart, "soma/na/m/q")}) == 1

    found, expected = apart.run(), whole.run()
    for k in range(3):
        name = f"pop/0/cell/{k}/v"
        np.testing.assert_allclose(found[name].values, expected[name].values, rtol=1e-11)
        gate, other = found[paths[k]].values, expected[whole_paths[k]].values
        np.testing.assert_allclose(gate, other, rtol=1e-9)
        assert np.ptp(gate) > 1e-3


def test_a_shared_gate_is_read_and_set_by_every_path(tmp_path: Path) -> None:
    parts = density("a", "na", 20.0) + density("b", "na", 30.0, 'erev="40mV"')
    simulation = compiled(tmp_path, parts, [], "auto")
    one, two = (f"pop/bio/membraneProperties/{k}/na/m/forwardRate/rate" for k in "ab")
    simulation.run(0.005)
    gate = "pop[0]/bio/membraneProperties/{}/na/m/q"
    first, second = (np.asarray(simulation.get(gate.format(name))) for name in "ab")
    assert np.all(first == second) and np.all(first > 0.0)

    with pytest.warns(UserWarning, match=r"2 densities .*'bio/.*/a/na', 'bio/.*/b/na'"):
        simulation.set(two, 2000.0)
    with pytest.warns(UserWarning, match="which share its gates"):
        simulation.set(one, 2000.0)
    for path in (one, two):
        np.testing.assert_array_equal(simulation.get(path), 2000.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        simulation.set("pop/bio/membraneProperties/b/condDensity", 10.0)
    np.testing.assert_array_equal(simulation.get("pop/bio/membraneProperties/a/condDensity"), 20.0)


def test_densities_that_shift_the_potential_keep_their_own(tmp_path: Path) -> None:
    """The channel reads the shift of its density."""
    path = tmp_path / "cell.nml"
    rate = """<ComponentType name="shifted" extends="baseVoltageDepRate">
      <Requirement name="vShift" dimension="voltage"/>
      <Constant name="scale" dimension="voltage" value="18mV"/>
      <Constant name="time" dimension="time" value="1ms"/>
      <Dynamics><DerivedVariable name="r" exposure="r" dimension="per_time"
        value="exp((v - vShift)/scale)/time"/></Dynamics></ComponentType>"""
    parts = "".join(
        density(name, "na", 20.0, f'erev="50mV" vShift="{shift}mV"')
        for name, shift in (("a", 3), ("b", 6))
    )
    text = MODEL.format(densities=parts).replace("<ionChannelHH", f"{rate}<ionChannelHH")
    old = '<forwardRate type="HHExpLinearRate" rate="1per_ms" midpoint="-40mV" scale="10mV"/>'
    path.write_text(text.replace(old, '<forwardRate type="shifted"/>'), encoding="utf-8")
    assert len(gates(annarchy_ml.load(path).compile(method="auto"), "/m/q")) == 2


def test_a_channel_with_values_of_its_own_is_not_shared(tmp_path: Path) -> None:
    path = tmp_path / "cell.nml"
    parts = density("a", "na", 20.0) + density("b", "na", 30.0)
    path.write_text(MODEL.format(densities=parts), encoding="utf-8")
    for values, count in (({}, 1), ({"b": [1.0, 2.0, 3.0]}, 2)):
        net = annarchy_ml.NetworkModel("n")
        net.include(str(path))
        cells = net.population("cells", "cell", 2)
        for name, rates in values.items():
            where = f"bio/membraneProperties/{name}/na/m/forwardRate/rate"
            cells[0].over([0, 1, 2]).set(**{where: [1e3 * rate for rate in rates]})
        net.record(cells, "v")
        assert len(gates(net.compile(dt="0.01 ms", duration="5 ms", seed=1), "/m/q")) == count
