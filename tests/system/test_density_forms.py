"""The forms of a channel density on a cable, against their formulas.

Concentrations are those of calcium, the only ion that the core types have reversal potentials of.
What is recorded with a step has charged the membrane in that step: it follows from the potential
and the gate at its start.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import annarchy_ml

MODEL = """<neuroml id="doc">
  <ionChannelHH id="slow" conductance="10pS">
    <gateHHtauInf id="m" instances="2">
      <timeCourse type="fixedTimeCourse" tau="7ms"/>
      {steady}
    </gateHHtauInf>
  </ionChannelHH>
  <ComponentType name="shifted" extends="baseVoltageDepVariable">
    <Requirement name="vShift" dimension="voltage"/>
    <Constant name="half" dimension="voltage" value="-40mV"/>
    <Constant name="scale" dimension="voltage" value="9mV"/>
    <Dynamics>
      <DerivedVariable name="x" dimension="none" exposure="x"
        value="1/(1 + exp((half + vShift - v)/scale))"/>
    </Dynamics>
  </ComponentType>
  <ionChannelPassive id="leak" conductance="10pS"/>
  <fixedFactorConcentrationModel id="pool" ion="ca" restingConc="1e-4 mM" decayConstant="30 ms"
    rho="1e-5 mol_per_m_per_A_per_s"/>
  <cell id="cell">
    <morphology id="shape">
      <segment id="0"><proximal x="0" y="0" z="0" diameter="20"/>
        <distal x="20" y="0" z="0" diameter="20"/></segment>
      <segment id="1"><parent segment="0"/><proximal x="20" y="0" z="0" diameter="2"/>
        <distal x="120" y="0" z="0" diameter="2"/></segment>
      <segment id="2"><parent segment="1"/><distal x="220" y="0" z="0" diameter="2"/></segment>
      <segmentGroup id="dendrite"><member segment="1"/><member segment="2"/>
        <inhomogeneousParameter id="away" variable="p" metric="Path Length from root"/>
      </segmentGroup>
    </morphology>
    <biophysicalProperties id="bio">
      <membraneProperties>
        <channelDensity id="leaks" ionChannel="leak" condDensity="0.3 S_per_m2" erev="-60mV"
          ion="non_specific"/>
        {density}
        <spikeThresh value="0mV"/><initMembPotential value="-50mV"/>
        <specificCapacitance value="1 uF_per_cm2"/>
      </membraneProperties>
      <intracellularProperties><resistivity value="100 ohm_cm"/>
        <species id="ca" ion="ca" concentrationModel="pool" initialConcentration="2e-4 mM"
          initialExtConcentration="2 mM"/>
      </intracellularProperties>
    </biophysicalProperties>
  </cell>
  <pulseGenerator id="pulse" delay="1ms" duration="9ms" amplitude="0.1nA"/>
  <network id="net" type="networkWithTemperature" temperature="32 degC">
    <population id="pop" component="cell" size="1"/>
    <inputList id="in" component="pulse" population="pop">
      <input id="0" target="../pop/0/cell" segmentId="2" destination="synapses"/></inputList>
  </network>
  <Simulation id="sim" length="20ms" step="0.025ms" target="net"/>
  <Target component="sim"/>
</neuroml>
"""
GAS, FARADAY, KELVIN = 8.3144621, 96485.3, 305.15
SEGMENT = 2
MIDDLE_UM = 20 + 100 + 50
"""Path length from the root to the middle of the segment that is looked at."""
Values = np.ndarray


def nernst(inner: Values, outer: float) -> Values:
    return GAS * KELVIN / (2 * FARADAY) * np.log(outer / inner)


def goldman(v: Values, inner: Values, outer: float) -> Values:
    """Flux of calcium by its concentrations, per permeability [A/m2 per m/s], inward positive."""
    x = 2 * v * FARADAY / (GAS * KELVIN)
    return -2 * FARADAY * x * (inner - outer * np.exp(-x)) / (1 - np.exp(-x))


def goldman2(v: Values, inner: Values, outer: float) -> Values:
    """Driving force of the form with a conductance [V], with kT/2e taken as 12.5 mV at 20 degC."""
    half = 0.0125 * KELVIN / 293.15
    x = v / half
    return -half * (1 - inner / outer * np.exp(x)) * np.where(x == 0, 1.0, -x / np.expm1(x))


SHIFTED = '<steadyState type="shifted"/>'
PLAIN = '<steadyState type="HHSigmoidVariable" rate="1" midpoint="-40mV" scale="9mV"/>'
VARIED = """<variableParameter parameter="{}" segmentGroup="dendrite"><inhomogeneousValue
    inhomogeneousParameter="away" value="{} * p"/></variableParameter>"""
FORMS = {
    "channelDensity": ('condDensity="3 S_per_m2" erev="-90mV"', "", 3.0),
    "channelDensityVShift": ('condDensity="3 S_per_m2" erev="-90mV" vShift="6mV"', "", 3.0),
    "channelDensityNernst": ('condDensity="3 S_per_m2"', "", 3.0),
    "channelDensityGHK": ('permeability="2e-7 m_per_s"', "", 2e-7),
    "channelDensityGHK2": ('condDensity="3 S_per_m2"', "", 3.0),
    "channelDensityNonUniform": (
        'erev="-90mV"',
        VARIED.format("condDensity", 0.02),
        0.02 * MIDDLE_UM,
    ),
    "channelDensityNonUniformNernst": (
        "",
        VARIED.format("condDensity", 0.02),
        0.02 * MIDDLE_UM,
    ),
    "channelDensityNonUniformGHK": (
        "",
        VARIED.format("permeability", 1e-9),
        1e-9 * MIDDLE_UM,
    ),
}


def driving(form: str, v: Values, inner: Values) -> Values:
    """What a form multiplies its conductance or permeability by."""
    if "GHK2" in form:
        return goldman2(v, inner, 2.0)
    if "GHK" in form:
        return goldman(v, inner, 2.0)
    return (nernst(inner, 2.0) if "Nernst" in form else -0.090) - v


@pytest.mark.parametrize("form", FORMS)
def test_currents_follow_their_formulas(tmp_path: Path, form: str) -> None:
    attributes, inside, amount = FORMS[form]
    density = f'<{form} id="d" ionChannel="slow" ion="ca" {attributes}>{inside}</{form}>'
    path = tmp_path / "forms.nml"
    steady = SHIFTED if "VShift" in form else PLAIN
    path.write_text(MODEL.format(density=density, steady=steady), encoding="utf-8")
    cell = f"pop/0/cell/{SEGMENT}"
    names = {
        "v": f"{cell}/v",
        "q": f"{cell}/bio/membraneProperties/d/slow/m/q",
        "inf": f"{cell}/bio/membraneProperties/d/slow/m/inf",
        "i": f"{cell}/bio/membraneProperties/d/iDensity",
        "inner": f"{cell}/bio/intracellularProperties/ca/pool/concentration",
    }
    results = annarchy_ml.load(path).compile(method="auto", record=list(names.values())).run()
    v, q, inf, i, inner = (np.asarray(results[name].values) for name in names.values())
    np.testing.assert_allclose(
        i[1:], amount * q[:-1] ** 2 * driving(form, v[:-1], inner[:-1]), rtol=1e-5
    )
    shift = 0.006 if "VShift" in form else 0.0
    np.testing.assert_allclose(inf[1:], 1 / (1 + np.exp((-0.040 + shift - v[1:]) / 0.009)), 1e-6)
    rate = 1e-5 * i[1:] - (inner[:-1] - 1e-4) / 0.030
    moved = np.diff(inner) / 2.5e-5
    np.testing.assert_allclose(moved[1:], rate[1:], rtol=2e-3, atol=1e-3 * np.abs(rate).max())
    assert np.ptp(v) > 1e-3


@pytest.mark.parametrize("form", ["channelDensity", "channelDensityGHK", "channelDensityGHK2"])
def test_a_bending_current_leaves_passive_parts_steady(tmp_path: Path, form: str) -> None:
    """The pool and its channel are in the soma; the dendrite's answer to its potential stays."""
    attributes, inside, _ = FORMS[form]
    density = (
        f'<{form} id="d" segment="0" ionChannel="slow" ion="ca" {attributes}>{inside}</{form}>'
    )
    text = MODEL.replace('<species id="ca"', '<species id="ca" segment="0"')
    path = tmp_path / "forms.nml"
    path.write_text(text.format(density=density, steady=PLAIN), encoding="utf-8")

    for method in ("auto", "reference"):
        simulation = annarchy_ml.load(path).compile(method=method)
        cable = next(item.cable for item in simulation.plan.groups if item.cable is not None)
        assert (cable.parts, cable.steady) == (((0, 1), (1, 3)), {1})
