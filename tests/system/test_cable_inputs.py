"""When inputs and synapses act on compartments: to the step, and with order 1 from there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import annarchy_ml

MODEL = """<neuroml id="doc">
  <ionChannelPassive id="leak" conductance="10pS"/>
  <cell id="neuron">
    <morphology id="shape">
      <segment id="0"><proximal x="0" y="0" z="0" diameter="10"/>
        <distal x="10" y="0" z="0" diameter="10"/></segment>
      <segment id="1"><parent segment="0"/><proximal x="10" y="0" z="0" diameter="1"/>
        <distal x="110" y="0" z="0" diameter="1"/></segment>
    </morphology>
    <biophysicalProperties id="bio">
      <membraneProperties>
        <channelDensity id="leaks" ionChannel="leak" condDensity="1 S_per_m2" erev="-65mV"
          ion="non_specific"/>
        <spikeThresh value="0mV"/><specificCapacitance value="1 uF_per_cm2"/>
        <initMembPotential value="-65mV"/>
      </membraneProperties>
      <intracellularProperties><resistivity value="1 ohm_m"/></intracellularProperties>
    </biophysicalProperties>
  </cell>
  <pulseGenerator id="pulse" delay="3ms" duration="3ms" amplitude="10pA"/>
  <compoundInput id="compound"><pulseGenerator id="part" delay="3ms" duration="3ms"
    amplitude="10pA"/></compoundInput>
  <sineGenerator id="sine" phase="0" delay="3ms" duration="3ms" amplitude="10pA" period="7ms"/>
  <expOneSynapse id="syn" gbase="1nS" erev="0mV" tauDecay="3ms"/>
  <alphaSynapse id="slow" gbase="1nS" erev="0mV" tau="1ms"/>
  <spikeArray id="src"><spike id="0" time="3ms"/></spikeArray>
  <network id="net">
    <population id="pop" component="neuron" size="1"/><population id="s" component="src" size="1"/>
    {acting}
  </network>
  <Simulation id="sim" length="12ms" step="{step}ms" target="net">
    <OutputFile id="out" fileName="v.dat"><OutputColumn id="v" quantity="pop/0/neuron/0/v"/>
    </OutputFile>
  </Simulation>
  <Target component="sim"/>
</neuroml>
"""
INPUT = """<inputList id="list" component="{name}" population="pop">
  <input id="0" target="../pop/0/neuron" destination="synapses"/></inputList>"""
SYNAPSE = """<projection id="p" presynapticPopulation="s" postsynapticPopulation="pop"
    synapse="{name}"><connection id="0" preCellId="../s/0/src" postCellId="../pop/0/neuron"/>
  </projection>"""


def potential(
    folder: Path, acting: str, name: str, step: float, method: str = "reference"
) -> np.ndarray:
    path = folder / f"{name}.nml"
    text = MODEL.format(acting=acting.format(name=name), step=step)
    path.write_text(text, encoding="utf-8")
    results = annarchy_ml.run(path, write_files=False, method=method)
    return np.asarray(results["pop/0/neuron/0/v"].values)


@pytest.mark.parametrize("method", ["reference", "auto", "crank_nicolson"])
@pytest.mark.parametrize("step", [0.1, 0.05, 0.025, 0.005, 0.003])
@pytest.mark.parametrize("name", ["pulse", "compound"])
def test_a_pulse_acts_from_its_step_to_its_last(
    tmp_path: Path, step: float, method: str, name: str
) -> None:
    """From 3 to 6 ms, however steps add up: as in NEURON, the middle of a step decides."""
    v = potential(tmp_path, INPUT, name, step, method)
    rising = np.flatnonzero(np.diff(v) > 1e-9)
    assert rising[0] == round(3 / step) and rising[-1] == round(6 / step) - 1


@pytest.mark.parametrize("name", ["syn", "slow"])
def test_an_event_acts_one_step_later_in_reference_mode(tmp_path: Path, name: str) -> None:
    """Mechanisms of jNeuroML compute a current where its states move, for the next step."""
    late, now = (
        np.flatnonzero(np.abs(potential(tmp_path, SYNAPSE, name, 0.05, method) + 0.065) > 1e-12)[0]
        for method in ("reference", "auto")
    )
    assert late == now + 1


@pytest.mark.parametrize("method", ["reference", "auto"])
@pytest.mark.parametrize(
    ("acting", "name"), [(SYNAPSE, "syn"), (SYNAPSE, "slow"), (INPUT, "sine"), (INPUT, "pulse")]
)
def test_half_the_step_is_half_the_error(
    tmp_path: Path, acting: str, name: str, method: str
) -> None:
    """Both ways lead to the same potential: that of the other method at a much smaller step."""
    other = {"reference": "auto", "auto": "reference"}[method]
    exact = potential(tmp_path, acting, name, 0.0005, other)[::200]
    errors = [
        np.sqrt(np.mean((potential(tmp_path, acting, name, step, method)[::every] - exact) ** 2))
        for step, every in ((0.02, 5), (0.01, 10))
    ]
    assert 1.7 < errors[0] / errors[1] < 2.4


POOL = """<neuroml id="doc">
  <ComponentType name="byCalcium" extends="baseVoltageConcDepRate">
    <Constant name="SCALE" dimension="concentration" value="1mM"/>
    <Constant name="PACE" dimension="per_time" value="2 per_ms"/>
    <Dynamics><DerivedVariable name="r" exposure="r" dimension="per_time"
      value="PACE * caConc / SCALE"/></Dynamics>
  </ComponentType>
  <fixedFactorConcentrationModel id="pool" ion="ca" restingConc="0mM" decayConstant="5ms"
    rho="0.01 mol_per_m_per_A_per_s"/>
  <ionChannelPassive id="calcium" conductance="10pS" species="ca"/>
  <ionChannelHH id="potassium" conductance="10pS" species="k"><gateHHrates id="z" instances="1">
    <forwardRate type="byCalcium"/>
    <reverseRate type="HHExpRate" rate="0.1per_ms" midpoint="0mV" scale="1000mV"/>
  </gateHHrates></ionChannelHH>
  <cell id="neuron">
    <morphology id="shape">
      <segment id="0"><proximal x="0" y="0" z="0" diameter="10"/>
        <distal x="10" y="0" z="0" diameter="10"/></segment>
      <segment id="1"><parent segment="0"/><proximal x="10" y="0" z="0" diameter="1"/>
        <distal x="110" y="0" z="0" diameter="1"/></segment>
    </morphology>
    <biophysicalProperties id="bio">
      <membraneProperties>
        <channelDensity id="cas" ionChannel="calcium" condDensity="1 S_per_m2" erev="60mV"
          ion="ca"/>
        <channelDensity id="ks" ionChannel="potassium" condDensity="9 S_per_m2" erev="-80mV"
          ion="k"/>
        <spikeThresh value="0mV"/><specificCapacitance value="1 uF_per_cm2"/>
        <initMembPotential value="-65mV"/>
      </membraneProperties>
      <intracellularProperties><resistivity value="1 ohm_m"/>
        <species id="ca" concentrationModel="pool" ion="ca" initialConcentration="0.1mM"
          initialExtConcentration="2mM"/>
      </intracellularProperties>
    </biophysicalProperties>
  </cell>
  <network id="net"><population id="pop" component="neuron" size="1"/></network>
  <Simulation id="sim" length="2ms" step="0.05ms" target="net">
    <OutputFile id="out" fileName="v.dat">
      <OutputColumn id="v" quantity="pop/0/neuron/0/v"/>
      <OutputColumn id="c" quantity="pop/0/neuron/0/caConc"/>
      <OutputColumn id="q" quantity=
        "pop/0/neuron/0/bio/membraneProperties/ks/potassium/z/q"/>
    </OutputFile>
  </Simulation>
  <Target component="sim"/>
</neuroml>
"""


def test_gates_see_the_concentration_that_their_step_leads_to(tmp_path: Path) -> None:
    """As in NEURON, what writes concentrations steps before what reads them."""
    path = tmp_path / "pool.nml"
    path.write_text(POOL, encoding="utf-8")
    results = annarchy_ml.run(path, write_files=False)
    v, c, q = (np.asarray(signal.values) for signal in results.signals.values())
    forward, backward = 2e3 * c, 100.0 * np.exp(v)
    rate = forward[1:] * (1 - q[:-1]) - backward[1:] * q[:-1]
    assert c[-1] < 0.7 * c[0]
    np.testing.assert_allclose(np.diff(q), 5e-5 * rate, rtol=1e-9)


def test_a_cell_whose_morphology_stands_outside_steps_as_compartments(tmp_path: Path) -> None:
    """Even if it is one: jLEMS refuses it, and its reference is NEURON."""
    shape = """<segment id="0"><proximal x="0" y="0" z="0" diameter="10"/>
        <distal x="10" y="0" z="0" diameter="10"/></segment>"""
    begin, end = POOL.index("<morphology"), POOL.index("</morphology>") + len("</morphology>")
    one = f'<morphology id="shape">{shape}</morphology>'
    inside = POOL[:begin] + one + POOL[end:]
    outside = (POOL[:begin] + POOL[end:]).replace(
        '<cell id="neuron">', f'{one}<cell id="neuron" morphology="shape">'
    )
    methods = []
    for name, text in (("inside", inside), ("outside", outside)):
        path = tmp_path / f"{name}.nml"
        path.write_text(text, encoding="utf-8")
        methods.append(annarchy_ml.run(path, write_files=False).provenance["method"])
    assert methods == ["reference", "reference (cable for pop)"]


@pytest.mark.parametrize("weighted", [False, True])
def test_an_input_does_not_hear_the_spikes_of_its_cell(tmp_path: Path, weighted: bool) -> None:
    """The potential passes the threshold while the synapse of the input is open.

    In jLEMS the spike would open the synapse once more, in NEURON it does not.
    """
    row = INPUT.replace("<input ", '<inputW weight="2" ') if weighted else INPUT
    given = """<timedSynapticInput id="timed" synapse="syn" spikeTarget="./syn">
      <spike id="0" time="3ms"/></timedSynapticInput>"""
    reached = []
    for threshold in ("-60mV", "0mV"):
        text = MODEL.replace('<spikeThresh value="0mV"/>', f'<spikeThresh value="{threshold}"/>')
        text = text.replace("<network", f"{given}<network").replace(
            "</Simulation>",
            """<EventOutputFile id="e" fileName="e.dat" format="TIME_ID">
               <EventSelection id="0" select="pop/0/neuron" eventPort="spike"/></EventOutputFile>
               </Simulation>""",
        )
        path = tmp_path / "timed.nml"
        path.write_text(text.format(acting=row.format(name="timed"), step=0.01), encoding="utf-8")
        results = annarchy_ml.run(path, write_files=False)
        reached.append(np.asarray(results["pop/0/neuron/0/v"].values))
        assert len(results.spikes("pop")[0]) == (1 if threshold == "-60mV" else 0)
    np.testing.assert_array_equal(*reached)
