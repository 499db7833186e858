"""Cells without morphology by the method ``neuron``, against jNeuroML's export in NEURON 8.2.6.

A cell of an own type with two states, one that integrates and fires, and one with a refractory
regime; a synapse with a delay, one without, a gap junction, pulses. The stored values are those of
the scripts that ``jnml -neuron`` has written for this model, every 10 ms, in mV. What is left comes
from parameters, which the export rounds to seven digits.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import annarchy_ml

MODEL = """\
<Lems>
    <Target component="sim"/>
    <Include file="Cells.xml"/>
    <Include file="Networks.xml"/>
    <Include file="Simulation.xml"/>
    <ComponentType name="quadraticCell" extends="baseCellMembPotCap">
        <Parameter name="k" dimension="conductance_per_voltage"/>
        <Parameter name="low" dimension="voltage"/>
        <Parameter name="high" dimension="voltage"/>
        <Parameter name="peak" dimension="voltage"/>
        <Parameter name="tau" dimension="time"/>
        <Parameter name="jump" dimension="current"/>
        <Parameter name="drive" dimension="current"/>
        <Attachments name="synapses" type="basePointCurrent"/>
        <Exposure name="w" dimension="current"/>
        <Dynamics>
            <StateVariable name="v" dimension="voltage" exposure="v"/>
            <StateVariable name="w" dimension="current" exposure="w"/>
            <DerivedVariable name="iSyn" dimension="current" exposure="iSyn"
            select="synapses[*]/i" reduce="add"/>
            <DerivedVariable name="iMemb" dimension="current" exposure="iMemb"
            value="k * (v - low) * (v - high) - w + drive + iSyn"/>
            <TimeDerivative variable="v" value="iMemb / C"/>
            <TimeDerivative variable="w" value="-w / tau"/>
            <OnStart>
                <StateAssignment variable="v" value="low"/>
                <StateAssignment variable="w" value="0"/>
            </OnStart>
            <OnCondition test="v .gt. peak">
                <StateAssignment variable="v" value="low"/>
                <StateAssignment variable="w" value="w + jump"/>
                <EventOut port="spike"/>
            </OnCondition>
        </Dynamics>
    </ComponentType>
    <quadraticCell id="own" k="0.9 nS_per_mV" low="-61mV" high="-43mV" peak="21mV" tau="37ms"
            jump="73pA" drive="110pA" C="83pF"/>
    <iafCell id="leaky" leakConductance="3nS" leakReversal="-60mV" thresh="-52mV" reset="-67mV"
            C="47pF"/>
    <iafRefCell id="resting" leakConductance="3nS" leakReversal="-60mV" thresh="-52mV"
            reset="-67mV" C="47pF" refract="3.3ms"/>
    <expTwoSynapse id="ampa" gbase="2nS" erev="0mV" tauRise="0.5ms" tauDecay="3ms"/>
    <gapJunction id="gap" conductance="400pS"/>
    <pulseGenerator id="pulse" delay="3ms" duration="100ms" amplitude="0.09nA"/>
    <network id="net">
        <population id="first" component="leaky" size="1"/>
        <population id="second" component="own" size="2"/>
        <population id="third" component="resting" size="1"/>
        <projection id="p" presynapticPopulation="first" postsynapticPopulation="second"
            synapse="ampa">
            <connectionWD id="0" preCellId="../first[0]" postCellId="../second[0]" weight="1.5"
            delay="1.1ms"/>
        </projection>
        <projection id="q" presynapticPopulation="second" postsynapticPopulation="third"
            synapse="ampa">
            <connectionWD id="0" preCellId="../second[0]" postCellId="../third[0]" weight="2"
            delay="0ms"/>
        </projection>
        <electricalProjection id="e" presynapticPopulation="first"
            postsynapticPopulation="second">
            <electricalConnection id="0" preCell="0" postCell="1" synapse="gap"/>
        </electricalProjection>
        <explicitInput target="first[0]" input="pulse"/>
        <explicitInput target="third[0]" input="pulse"/>
    </network>
    <Simulation id="sim" length="120ms" step="0.01ms" target="net">
        <OutputFile id="o" fileName="results/own.dat">
            <OutputColumn id="a" quantity="first[0]/v"/>
            <OutputColumn id="b" quantity="second[0]/v"/>
            <OutputColumn id="c" quantity="second[1]/v"/>
            <OutputColumn id="d" quantity="third[0]/v"/>
        </OutputFile>
    </Simulation>
</Lems>
"""
PATHS = ("first[0]/v", "second[0]/v", "second[1]/v", "third[0]/v")
NEURON_MV = [
    (-60.00000000, -61.00000000, -61.00000000, -60.00000000),
    (-62.12506074, -52.26643044, -53.76270281, -66.99999981),
    (-57.97234415, -23.13768835, -49.47198503, -66.99999981),
    (-54.01552012, -52.35404816, -41.49283323, -63.25115592),
    (-63.77772188, -42.78324065, -59.83142744, -64.91544091),
    (-60.01552547, -57.01290288, -57.66443107, -65.67449629),
    (-56.58171657, -51.28172167, -56.10991943, -62.42808421),
    (-53.47702826, -44.47118420, -54.63735355, -65.33610039),
    (-64.65535395, -60.71098633, -53.13571805, -66.99999928),
    (-60.20063452, -53.49081322, -51.37708852, -61.60778861),
    (-56.20795033, -47.38320627, -48.71820679, -64.15325076),
    (-63.01401567, -26.56750467, -42.39752410, -58.83889738),
    (-60.04657063, -60.59745925, -60.30751099, -63.05448972),
]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "LEMS_own.xml"
    path.write_text(MODEL, encoding="utf-8")
    return path


def test_traces_are_those_of_neuron(model: Path) -> None:
    results = annarchy_ml.run(model, method="neuron", write_files=False)
    found = np.array([results[path].values for path in PATHS])[:, ::1000].T * 1e3
    np.testing.assert_allclose(found, NEURON_MV, rtol=0.0, atol=1e-3)


def test_other_methods_are_not_as_close(model: Path) -> None:
    results = annarchy_ml.run(model, write_files=False)
    found = np.array([results[path].values for path in PATHS])[:, ::1000].T * 1e3
    assert np.abs(found - NEURON_MV).max() > 0.1


def test_the_order_of_populations_changes_nothing(model: Path) -> None:
    expected = annarchy_ml.run(model, method="neuron", write_files=False)
    lines = MODEL.splitlines(keepends=True)
    places = [k for k, line in enumerate(lines) if "<population " in line]
    for k, line in zip(places, [lines[k] for k in reversed(places)], strict=True):
        lines[k] = line
    model.write_text("".join(lines), encoding="utf-8")
    found = annarchy_ml.run(model, method="neuron", write_files=False)
    for path in PATHS:
        np.testing.assert_allclose(found[path].values, expected[path].values, atol=1e-12)


def test_what_is_recorded_is_the_value_before_the_reset(model: Path) -> None:
    values = np.asarray(
        annarchy_ml.run(model, method="neuron", write_files=False)["second[0]/v"].values
    )
    assert values.max() > 21e-3  # the peak; other methods reset within the step


REGIMES = """\
<Lems><Target component="sim"/><Include file="Cells.xml"/><Include file="Networks.xml"/>
<Include file="Simulation.xml"/>
<ComponentType name="twice" extends="baseCellMembPotCap"><Parameter name="tau" dimension="time"/>
<Parameter name="lo" dimension="voltage"/><Parameter name="hi" dimension="voltage"/>
<Parameter name="drive" dimension="current"/><Dynamics>
<StateVariable name="v" dimension="voltage" exposure="v"/>
<DerivedVariable name="iSyn" dimension="current" exposure="iSyn" value="0 * drive"/>
<DerivedVariable name="iMemb" dimension="current" exposure="iMemb" value="drive + iSyn"/>
<OnStart><StateAssignment variable="v" value="lo"/></OnStart>
<Regime name="slow" initial="true"><TimeDerivative variable="v" value="iMemb / C"/>@reset@
<OnCondition test="t .gt. 10 * tau"><Transition regime="fast"/></OnCondition></Regime>
<Regime name="fast"><TimeDerivative variable="v" value="2 * iMemb / C"/>@reset@</Regime>
</Dynamics></ComponentType>
<twice id="c" tau="2ms" lo="-60mV" hi="-40mV" drive="0.2nA" C="83pF"/>
<network id="net"><population id="pop" component="c" size="1"/></network>
<Simulation id="sim" length="100ms" step="0.01ms" target="net"><OutputFile id="o" fileName="o.dat">
<OutputColumn id="a" quantity="pop[0]/v"/></OutputFile></Simulation></Lems>
"""
RESET = (
    '<OnCondition test="v .gt. hi"><StateAssignment variable="v" value="lo"/>'
    '<EventOut port="spike"/></OnCondition>'
)


@pytest.mark.parametrize("method", ["neuron", "reference"])
def test_regimes_with_equal_conditions(method: str, tmp_path: Path) -> None:
    """v climbs 20 mV in 8.3 ms, and in half of that after 20 ms: 2 and 19 resets in 100 ms."""
    path = tmp_path / "LEMS_twice.xml"
    path.write_text(REGIMES.replace("@reset@", RESET), encoding="utf-8")
    v = np.asarray(annarchy_ml.run(path, write_files=False, method=method)["pop[0]/v"])
    assert v.max() < -0.0395
    assert np.count_nonzero(np.diff(v) < -0.01) == 21
