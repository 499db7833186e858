"""What NEURON is asked about cells with morphology: one small model for each construct."""

from __future__ import annotations

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


CASES: dict[str, CableCase] = {
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
}
CASES |= cable_cases_channels.CASES | cable_cases_inputs.CASES
