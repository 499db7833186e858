"""Loops that find exponentials from one another, beside the interpreter, which finds each."""

import numpy as np
import pytest
from cable_models import SQUID

import annarchy_ml

MODEL = """<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="axon">
  @channels@
  <ionChannelHH id="leak" conductance="10pS"/>
  <pointCellCondBased id="cell" C="10 pF" v0="{v0}" thresh="0mV">
    <channelPopulation id="naChans" ionChannel="na" number="120000" erev="50mV" ion="na"/>
    <channelPopulation id="kChans" ionChannel="k" number="36000" erev="-77mV" ion="k"/>
    <channelPopulation id="lChans" ionChannel="leak" number="300" erev="-54.3mV"
                       ion="non_specific"/>
  </pointCellCondBased>
  <pulseGenerator id="drive" delay="2ms" duration="30ms" amplitude="0.2nA"/>
  <network id="net"><population id="pop" component="cell" size="19"/>
    <explicitInput target="pop[3]" input="drive"/></network></neuroml>"""
LEMS = """<Lems><Target component="sim"/><Include file="Cells.xml"/><Include file="Networks.xml"/>
  <Include file="Inputs.xml"/><Include file="Simulation.xml"/><Include file="axon.nml"/>
  <Simulation id="sim" length="30ms" step="0.01ms" target="net"><OutputFile id="f" fileName="f.dat">
  <OutputColumn id="a" quantity="pop[3]/v"/><OutputColumn id="b" quantity="pop[7]/v"/>
  <OutputColumn id="m" quantity="pop[3]/naChans/na/m/q"/></OutputFile></Simulation></Lems>"""
SCALE = "pop[{}]/naChans/na/h/forwardRate/scale"


@pytest.fixture
def compiled(tmp_path):
    def make(v0="-65mV", **options):
        (tmp_path / "axon.nml").write_text(MODEL.replace("{v0}", v0).replace("@channels@", SQUID))
        (tmp_path / "LEMS_axon.xml").write_text(LEMS)
        return annarchy_ml.load(tmp_path / "LEMS_axon.xml").compile(**options)

    return make


def traces(simulation):
    results = simulation.run()
    return np.array([np.asarray(results[path]) for path in results.signals])


def usual(simulation):
    kernels = [item for group in simulation.plan.module.groups for item in group.kernels]
    return [item.usual for item in kernels if item.usual is not None]


@pytest.mark.parametrize("method", ["reference", "auto"])
@pytest.mark.parametrize("v0", ["-65mV", "-40mV", "-55mV"])
def test_beside_the_interpreter(compiled, v0, method):
    simulation = compiled(v0, method=method)
    assert usual(simulation)
    expected = traces(compiled(v0, method=method, executor="interpreter"))
    np.testing.assert_allclose(traces(simulation), expected, rtol=1e-9, atol=1e-12)
    assert expected[0].max() > 0.02


def test_a_slope_that_is_set_is_used(compiled):
    """The relation between the slopes is gone then, and the loop says so to itself."""
    results = []
    for options in ({}, {"executor": "interpreter"}):
        simulation = compiled(**options)
        unchanged = traces(simulation)
        simulation.reset()
        simulation.set(SCALE.replace("[{}]", ""), -0.0237)
        results.append(traces(simulation))
        assert np.abs(results[-1] - unchanged).max() > 1e-3
    np.testing.assert_allclose(*results, rtol=1e-9, atol=1e-12)


def test_a_slope_of_one_cell_is_used(compiled):
    results = []
    for options in ({}, {"executor": "interpreter"}):
        simulation = compiled(**options)
        simulation.set(SCALE.format(3), -0.0237)
        results.append(traces(simulation))
    np.testing.assert_allclose(*results, rtol=1e-9, atol=1e-12)
    assert np.abs(results[0] - traces(compiled())).max() > 1e-3


def test_single_precision_shares_nothing(compiled):
    assert not usual(compiled(precision="single"))
