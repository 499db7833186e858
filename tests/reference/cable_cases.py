"""What NEURON is asked about cells with morphology: one small model for each construct."""

from __future__ import annotations

import math
from dataclasses import replace

import cable_cases_channels
import cable_cases_inputs
from cable_models import LEAKS, RESISTIVITY, SQUID, SQUIDS, STRONG, CableCase, applied

SLOW = """<ionChannelHH id="slow" conductance="10pS" species="ca">
    <gateHHtauInf id="m" instances="2"><timeCourse type="fixedTimeCourse" tau="4ms"/>
      <steadyState type="HHSigmoidVariable" rate="1" midpoint="-45mV" scale="9mV"/></gateHHtauInf>
  </ionChannelHH>"""
SHIFTED = """<ionChannelHH id="slow" conductance="10pS" species="ca">
    <gateHHtauInf id="m" instances="2"><timeCourse type="fixedTimeCourse" tau="4ms"/>
      <steadyState type="shifted"/></gateHHtauInf>
  </ionChannelHH>
  <ComponentType name="shifted" extends="baseVoltageDepVariable">
    <Requirement name="vShift" dimension="voltage"/>
    <Constant name="half" dimension="voltage" value="-45mV"/>
    <Constant name="scale" dimension="voltage" value="9mV"/>
    <Dynamics><DerivedVariable name="x" dimension="none" exposure="x"
        value="1/(1 + exp((half + vShift - v)/scale))"/></Dynamics>
  </ComponentType>"""
POOL = """<decayingPoolConcentrationModel id="pool" restingConc="1e-4 mM" decayConstant="10 ms"
    shellThickness="0.1um" ion="ca"/>"""
FIXED_FACTOR = """<fixedFactorConcentrationModel id="pool" ion="ca" restingConc="1e-4 mM"
    decayConstant="10 ms" rho="1e-6 mol_per_m_per_A_per_s"/>"""
SPECIES = f"""{RESISTIVITY}<species id="ca" ion="ca" concentrationModel="pool"
    initialConcentration="2e-4 mM" initialExtConcentration="2 mM"/>"""
GRADIENT = """\
<inhomogeneousParameter id="away" variable="p" metric="Path Length from root">{}
</inhomogeneousParameter>"""
VARIED = """<variableParameter parameter="{}" segmentGroup="dendrites">\
<inhomogeneousValue inhomogeneousParameter="away" value="{}"/></variableParameter>"""
VOLTAGES = ("0/v", "1/v", "3/v", "4/v")
GATE = "2/bio/membraneProperties/d/slow/m/q"


def density(form: str, attributes: str, inside: str = "") -> str:
    """The leak, and a density with calcium channels."""
    body = f'<{form} id="d" ionChannel="slow" ion="ca" {attributes}>{inside}</{form}>'
    return f"{LEAKS}{body}"


def form(name: str, attributes: str, inside: str = "", **more: str) -> CableCase:
    """A form of a density, with a pool of calcium."""
    return CableCase(
        (*VOLTAGES, GATE, "2/caConc"),
        membrane=density(name, attributes, inside),
        top=f"{SLOW}{POOL}",
        inside=SPECIES,
        **more,
    )


TRAUB = """<fixedFactorConcentrationModelTraub id="pool" restingConc="1e-4 mM" beta="0.1per_ms"
    phi="5e5 mol_per_m_per_A_per_s" species="ca" ion="ca"/>"""
OTHER = """<concentrationModel id="other" type="secondPool" ion="ca2" rest="1e-4 mM" tau="4ms"
    rho="1e-6 mol_per_m_per_A_per_s"/>
  <ComponentType name="secondPool" extends="concentrationModel">
    <Parameter name="rest" dimension="concentration"/>
    <Parameter name="tau" dimension="time"/>
    <Parameter name="rho" dimension="rho_factor"/>
    <Requirement name="iCa2" dimension="current"/>
    <Text name="ion"/>
    <Dynamics>
      <StateVariable name="concentration" exposure="concentration" dimension="concentration"/>
      <StateVariable name="extConcentration" exposure="extConcentration" dimension="concentration"/>
      <TimeDerivative variable="concentration"
        value="iCa2/surfaceArea * rho - (concentration - rest)/tau"/>
      <OnStart>
        <StateAssignment variable="concentration" value="initialConcentration"/>
        <StateAssignment variable="extConcentration" value="initialExtConcentration"/>
      </OnStart>
    </Dynamics>
  </ComponentType>
  <ionChannelHH id="second" conductance="10pS" species="ca2">
    <gateHHtauInf id="m" instances="1"><timeCourse type="fixedTimeCourse" tau="2ms"/>
      <steadyState type="HHSigmoidVariable" rate="1" midpoint="-50mV" scale="7mV"/></gateHHtauInf>
  </ionChannelHH>"""
CONES = ((4, 3, 100.0), (3, 2, math.hypot(100, 30)), (1.5, 1, math.hypot(100, 100)))
ROD_UM2 = math.pi * 1.2 * math.hypot(140, 100, 40)
MEMBRANE_UM2 = ROD_UM2 + sum(
    math.pi * (a + b) / 2 * math.hypot(length, (a - b) / 2) for a, b, length in CONES
)
"""The frusta of segments 1 to 3, the cylinder of segment 4."""
SPHERE = """<morphology id="shape">
      <segment id="0" name="part0"><proximal x="0" y="0" z="0" diameter="16"/>
        <distal x="0" y="0" z="0" diameter="16"/></segment>
      <segment id="1" name="part1"><parent segment="0" fractionAlong="0.5"/>
        <proximal x="0" y="8" z="0" diameter="2"/><distal x="0" y="98" z="0" diameter="2"/>
      </segment>
      <segment id="2" name="part2"><parent segment="1"/>
        <distal x="40" y="168" z="0" diameter="2"/></segment>
      <segment id="3" name="part3"><parent segment="1" fractionAlong="0.5"/>
        <proximal x="0" y="53" z="0" diameter="1"/><distal x="-80" y="53" z="9" diameter="1"/>
      </segment>
      <segment id="4" name="part4"><parent segment="0" fractionAlong="0"/>
        <proximal x="0" y="-8" z="0" diameter="1"/><distal x="0" y="-150" z="0" diameter="1"/>
      </segment>
    </morphology>"""
"""A sphere, and cylinders that are a compartment each; the export turns frusta around here."""
CHANNELS = 40000
"""Each has 10 pS."""
SODIUM = SLOW.replace('"slow"', '"own"').replace('species="ca"', 'species="na"')
SPREAD = CableCase(
    (*VOLTAGES, GATE.replace("/slow/", "/own/")),
    membrane=f"""{LEAKS}<channelDensity id="d" ionChannel="own" erev="40mV" ion="na"
      condDensity="{CHANNELS * 10 / MEMBRANE_UM2!r} S_per_m2" segmentGroup="dendrites"/>""",
    top=SODIUM,
)
COUNTED = replace(
    SPREAD,
    membrane=f"""{LEAKS}<channelPopulation id="d" ionChannel="own" number="{CHANNELS}"
      erev="40mV" ion="na" segmentGroup="dendrites"/>""",
    asked=SPREAD,
)
CASES: dict[str, CableCase] = {
    "segments": CableCase(VOLTAGES, shape=SPHERE, network=applied("pulse", 3, 0.9)),
    "passive": CableCase(VOLTAGES, network=applied("pulse", 3, 0.9)),
    "squid": CableCase(
        (*VOLTAGES, "0/bio/membraneProperties/nas/na/m/q"),
        membrane=LEAKS + SQUIDS.format(group="all"),
        top=SQUID + STRONG,
        network=applied("strong", 2, 0.7),
        temperature="6.3 degC",
    ),
    "squid soma": CableCase(
        (*VOLTAGES, "0/bio/membraneProperties/ks/k/n/q"),
        membrane=LEAKS + SQUIDS.format(group="soma_group"),
        top=SQUID + STRONG,
        network=applied("strong", 0),
        temperature="6.3 degC",
    ),
    "fixed reversal": form("channelDensity", 'condDensity="1 S_per_m2" erev="40mV"'),
    "nernst": form("channelDensityNernst", 'condDensity="0.2 S_per_m2"'),
    "ghk": form("channelDensityGHK", 'permeability="1e-8 m_per_s"'),
    "ghk2": form("channelDensityGHK2", 'condDensity="0.2 S_per_m2"'),
    "shift": CableCase(
        (*VOLTAGES, GATE),
        membrane=density(
            "channelDensityVShift", 'condDensity="1 S_per_m2" erev="-90mV" vShift="5mV"'
        ),
        top=SHIFTED,
    ),
    "varying": form(
        "channelDensityNonUniform",
        'erev="40mV"',
        VARIED.format("condDensity", "0.003 * p"),
        gradient=GRADIENT.format(""),
    ),
    "varying from 0": form(
        "channelDensityNonUniform",
        'erev="40mV"',
        VARIED.format("condDensity", "0.9 * exp(-p/50)"),
        gradient=GRADIENT.format('<proximal translationStart="0"/>'),
    ),
    "varying from 0 to 1": form(
        "channelDensityNonUniform",
        'erev="40mV"',
        VARIED.format("condDensity", "0.9 * p^2"),
        gradient=GRADIENT.format('<proximal translationStart="0"/><distal normalizationEnd="1"/>'),
    ),
    "varying nernst": form(
        "channelDensityNonUniformNernst",
        "",
        VARIED.format("condDensity", "0.001 * p"),
        gradient=GRADIENT.format(""),
    ),
    "varying ghk": form(
        "channelDensityNonUniformGHK",
        "",
        VARIED.format("permeability", "1e-10 * p"),
        gradient=GRADIENT.format(""),
    ),
    "fixed factor": CableCase(
        (*VOLTAGES, GATE, "2/caConc"),
        membrane=density("channelDensityNernst", 'condDensity="0.2 S_per_m2"'),
        top=f"{SLOW}{FIXED_FACTOR}",
        inside=SPECIES,
    ),
    "traub pool": CableCase(
        (*VOLTAGES, GATE, "2/caConc"),
        membrane=density("channelDensityNernst", 'condDensity="0.2 S_per_m2"'),
        top=f"{SLOW}{TRAUB}",
        inside=SPECIES,
    ),
    "two pools": CableCase(
        (*VOLTAGES, "2/caConc"),
        membrane=density("channelDensityNernst", 'condDensity="0.2 S_per_m2"')
        + """<channelDensityNernstCa2 id="e" ionChannel="second" condDensity="0.1 S_per_m2"
          ion="ca2"/>""",
        top=f"{SLOW}{POOL}{OTHER}",
        inside=SPECIES
        + """<species id="ca2" ion="ca2" concentrationModel="other"
    initialConcentration="3e-4 mM" initialExtConcentration="1.5 mM"/>""",
        pools="2CaPools",
    ),
    "counted channels": COUNTED,
}
CASES |= cable_cases_channels.CASES | cable_cases_inputs.CASES
