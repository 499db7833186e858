"""Cases for NEURON: gates and channels of every kind on a cable, pools and membranes."""

from __future__ import annotations

from cable_models import LEAKS, RESISTIVITY, CableCase

VOLTAGES = ("0/v", "3/v")
OPENS = '<forwardRate type="HHExpLinearRate" rate="0.2per_ms" midpoint="-45mV" scale="10mV"/>'
CLOSES = '<reverseRate type="HHExpRate" rate="0.2per_ms" midpoint="-50mV" scale="-20mV"/>'
TAU = '<timeCourse type="fixedTimeCourse" tau="4ms"/>'
STEADY = '<steadyState type="HHSigmoidVariable" rate="1" midpoint="-45mV" scale="9mV"/>'
Q10 = '<q10Settings type="q10ExpTemp" q10Factor="3" experimentalTemp="24 degC"/>'
GATES = {
    "rates": ("gateHHrates", OPENS + CLOSES),
    "rates q10": ("gateHHrates", Q10 + OPENS + CLOSES),
    "rates q10 fixed": (
        "gateHHrates",
        f'<q10Settings type="q10Fixed" fixedQ10="2.5"/>{OPENS}{CLOSES}',
    ),
    "tau inf q10": ("gateHHtauInf", Q10 + TAU + STEADY),
    "rates tau": ("gateHHratesTau", OPENS + CLOSES + TAU),
    "rates inf": ("gateHHratesInf", OPENS + CLOSES + STEADY),
    "rates tau inf": ("gateHHratesTauInf", OPENS + CLOSES + TAU + STEADY),
    "instantaneous": ("gateHHInstantaneous", STEADY),
}
"""Type and content of a gate, by what a case is called."""
KINETIC = """<gateKS id="m" instances="1">
      <closedState id="c1"/><closedState id="c2"/><openState id="o1"/>
      <forwardTransition id="a" from="c1" to="c2">
        <rate type="HHExpLinearRate" rate="0.4per_ms" midpoint="-45mV" scale="10mV"/>
      </forwardTransition>
      <reverseTransition id="b" from="c1" to="c2">
        <rate type="HHExpRate" rate="0.3per_ms" midpoint="-50mV" scale="-20mV"/>
      </reverseTransition>
      <forwardTransition id="c" from="c2" to="o1">
        <rate type="HHExpLinearRate" rate="0.2per_ms" midpoint="-45mV" scale="10mV"/>
      </forwardTransition>
      <reverseTransition id="d" from="c2" to="o1">
        <rate type="HHExpRate" rate="0.1per_ms" midpoint="-50mV" scale="-20mV"/>
      </reverseTransition>
    </gateKS>"""
TENDING = f"""<gateKS id="m" instances="2">
      <closedState id="c1"/><openState id="o1"/>
      <tauInfTransition id="a" from="c1" to="o1">{STEADY}{TAU}</tauInfTransition></gateKS>"""
CALCIUM = """<ionChannelHH id="cas" conductance="10pS" species="ca">
    <gateHHtauInf id="m" instances="2"><timeCourse type="fixedTimeCourse" tau="4ms"/>
      <steadyState type="HHSigmoidVariable" rate="1" midpoint="-45mV" scale="9mV"/></gateHHtauInf>
  </ionChannelHH>
  <ComponentType name="bound" extends="baseVoltageConcDepVariable">
    <Constant name="half" dimension="concentration" value="1e-3 mM"/>
    <Constant name="scale" dimension="voltage" value="30mV"/>
    <Dynamics><DerivedVariable name="x" dimension="none" exposure="x"
        value="caConc/(caConc + half * exp(-v/scale))"/></Dynamics>
  </ComponentType>
  <ComponentType name="slower" extends="baseVoltageConcDepTime">
    <Constant name="half" dimension="concentration" value="1e-3 mM"/>
    <Constant name="tau" dimension="time" value="6 ms"/>
    <Dynamics><DerivedVariable name="t" dimension="time" exposure="t"
        value="tau/(1 + caConc/half)"/></Dynamics>
  </ComponentType>
  <ionChannelHH id="kca" conductance="10pS" species="k">
    <gateHHtauInf id="m" instances="1"><timeCourse type="slower"/><steadyState type="bound"/>
    </gateHHtauInf>
  </ionChannelHH>"""
POOL = """<decayingPoolConcentrationModel id="pool" restingConc="1e-4 mM" decayConstant="10 ms"
    shellThickness="0.1um" ion="ca"/>"""
OWN_POOL = """<concentrationModel id="pool" type="saturating" ion="ca" rest="1e-4 mM" tau="8ms"
    most="4e-3 mM" depth="0.2um"/>
  <ComponentType name="saturating" extends="concentrationModel">
    <Parameter name="rest" dimension="concentration"/>
    <Parameter name="tau" dimension="time"/>
    <Parameter name="most" dimension="concentration"/>
    <Parameter name="depth" dimension="length"/>
    <Constant name="F" dimension="charge_per_mole" value="96485.3C_per_mol"/>
    <Requirement name="iCa" dimension="current"/>
    <Text name="ion"/>
    <Dynamics>
      <StateVariable name="concentration" exposure="concentration" dimension="concentration"/>
      <StateVariable name="extConcentration" exposure="extConcentration" dimension="concentration"/>
      <DerivedVariable name="room" dimension="none" value="1 - concentration/most"/>
      <TimeDerivative variable="concentration"
        value="room * iCa/(2 * F * surfaceArea * depth) - (concentration - rest)/tau"/>
      <OnStart>
        <StateAssignment variable="concentration" value="initialConcentration"/>
        <StateAssignment variable="extConcentration" value="initialExtConcentration"/>
      </OnStart>
    </Dynamics>
  </ComponentType>"""
SPECIES = f"""{RESISTIVITY}<species id="ca" ion="ca" concentrationModel="pool"
    initialConcentration="2e-4 mM" initialExtConcentration="2 mM" segmentGroup="dendrites"/>"""
TWO = f"""{LEAKS}<channelDensityNernst id="d" ionChannel="cas" condDensity="0.3 S_per_m2" ion="ca"
          segmentGroup="dendrites"/>
        <channelDensity id="kcas" ionChannel="kca" condDensity="2 S_per_m2" erev="-85mV" ion="k"
          segmentGroup="dendrites"/>"""
POTASSIUM = """<channelDensity id="d" ionChannel="own" condDensity="{}" erev="-85mV" ion="k"/>"""


def gated(gates: str, seen: str, scaling: str = "", kind: str = "ionChannelHH") -> CableCase:
    """A potassium channel with some gates."""
    channel = f'<{kind} id="own" conductance="10pS" species="k">{scaling}{gates}</{kind}>'
    return CableCase(
        (*VOLTAGES, *(f"2/bio/membraneProperties/d/own/{item}" for item in seen.split())),
        membrane=LEAKS + POTASSIUM.format("2 S_per_m2"),
        top=channel,
    )


CASES: dict[str, CableCase] = {
    **{
        f"gate {name}": gated(
            f'<{kind} id="m" instances="2">{inside}</{kind}>',
            "" if kind == "gateHHInstantaneous" else "m/q",
        )
        for name, (kind, inside) in GATES.items()
    },
    "gate fractional": gated(
        f"""<gateFractional id="m" instances="1">
      <subGate id="fast" fractionalConductance="0.7">{STEADY}{TAU}</subGate>
      <subGate id="slow" fractionalConductance="0.3">
        <steadyState type="HHSigmoidVariable" rate="1" midpoint="-50mV" scale="5mV"/>
        <timeCourse type="fixedTimeCourse" tau="9ms"/></subGate></gateFractional>""",
        "",
    ),
    "scaled conductance": gated(
        f'<gateHHtauInf id="m" instances="2">{TAU}{STEADY}</gateHHtauInf>',
        "m/q",
        '<q10ConductanceScaling q10Factor="1.5" experimentalTemp="22 degC"/>',
    ),
    "kinetic scheme": gated(
        KINETIC, "m/c1/occupancy m/c2/occupancy m/o1/occupancy", kind="ionChannelKS"
    ),
    "kinetic scheme that tends": gated(TENDING, "m/o1/occupancy", kind="ionChannelKS"),
    "calcium dependent": CableCase(
        (*VOLTAGES, "2/caConc", "2/bio/membraneProperties/kcas/kca/m/q"),
        membrane=TWO,
        top=CALCIUM + POOL,
        inside=SPECIES,
    ),
    "own pool": CableCase(
        (*VOLTAGES, "2/caConc", "2/bio/membraneProperties/kcas/kca/m/q"),
        membrane=TWO,
        top=CALCIUM + OWN_POOL,
        inside=SPECIES,
    ),
    "by group": CableCase(
        ("0/v", "1/v", "3/v", "4/v"),
        inside="""<resistivity value="100 ohm_cm" segmentGroup="soma_group"/>
          <resistivity value="250 ohm_cm" segmentGroup="dendrites"/>""",
        start="""<initMembPotential value="-55mV" segmentGroup="dendrites"/>
          <specificCapacitance value="0.8 uF_per_cm2" segmentGroup="soma_group"/>
          <specificCapacitance value="1.7 uF_per_cm2" segmentGroup="dendrites"/>""",
    ),
}
