"""Cases for NEURON: inputs, clamps and synapses at places along cables, cells that see others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cable_models import LEAKS, SQUID, SQUIDS, STRONG, CableCase, applied

VOLTAGES = ("0/v", "1/v", "3/v", "4/v")
INPUTS = {
    "sine": '<sineGenerator id="given" phase="0.5" delay="2ms" duration="14ms" amplitude="0.1nA"'
    ' period="5ms"/>',
    "ramp": '<rampGenerator id="given" delay="2ms" duration="10ms" startAmplitude="0.01nA"'
    ' finishAmplitude="0.2nA" baselineAmplitude="0nA"/>',
    "timed": """<timedSynapticInput id="given" synapse="ampa" spikeTarget="./ampa">
    <spike id="0" time="3.0025ms"/><spike id="1" time="7.5025ms"/></timedSynapticInput>""",
}
CLAMPS = {
    "clamp": '<voltageClamp id="given" delay="4ms" duration="10ms" targetVoltage="-20mV"'
    ' simpleSeriesResistance="2 Mohm"/>',
    "triple clamp": '<voltageClampTriple id="given" active="1" delay="4ms" duration="8ms"'
    ' conditioningVoltage="-70mV" testingVoltage="-20mV" returnVoltage="-60mV"'
    ' simpleSeriesResistance="2 Mohm"/>',
}
"""Inputs whose current acts in the same step here and there."""
PARTS = """<sineGenerator id="wavy" phase="0.5" delay="2ms" duration="14ms" amplitude="0.05nA"
    period="5ms"/><pulseGenerator id="push" delay="4ms" duration="6ms" amplitude="0.1nA"/>"""
CLAMP = CLAMPS["clamp"].replace('"given"', '"held"')
AMPA = '<expOneSynapse id="ampa" gbase="3 nS" erev="0mV" tauDecay="3ms"/>'
SYNAPSES = {
    "one": '<expOneSynapse id="syn" gbase="3 nS" erev="0mV" tauDecay="3ms"/>',
    "alpha": '<alphaSynapse id="syn" gbase="3 nS" erev="0mV" tau="2ms"/>',
    "two": '<expTwoSynapse id="syn" gbase="3 nS" erev="0mV" tauRise="0.5ms" tauDecay="4ms"/>',
    "three": '<expThreeSynapse id="syn" gbase1="2 nS" gbase2="1 nS" erev="0mV" tauRise="0.5ms"'
    ' tauDecay1="3ms" tauDecay2="9ms"/>',
    "current": '<alphaCurrentSynapse id="syn" tau="2ms" ibase="0.1nA"/>',
    "blocking plastic": """<blockingPlasticSynapse id="syn" gbase="40 nS" erev="0mV" tauRise="0.5ms"
      tauDecay="6ms">
    <plasticityMechanism type="tsodyksMarkramDepFacMechanism" initReleaseProb="0.4" tauRec="50 ms"
      tauFac="20 ms"/>
    <blockMechanism type="voltageConcDepBlockMechanism" species="mg" blockConcentration="1.2 mM"
      scalingConc="1.920544 mM" scalingVolt="16.129 mV"/></blockingPlasticSynapse>""",
}


def projected(kind: str, connection: str, synapse: str, name: str = "p") -> str:
    """A projection from cell 0 to cell 1 with one connection."""
    return (
        f'<{kind} id="{name}" presynapticPopulation="pop" postsynapticPopulation="pop"{synapse}>'
        f"{connection}</{kind}>"
    )


def connected(
    synapse: str, source: str = "0", group: str = "soma_group", names: Sequence[str] = ("syn",)
) -> CableCase:
    """Two cells: the first fires at 1 ms, and reaches a dendrite of the second."""
    ends = 'preCellId="../pop/0/cell" postCellId="../pop/1/cell"'
    places = f'preSegmentId="{source}" postSegmentId="3" postFractionAlong="0.6"'
    connection = f'<connectionWD id="0" {ends} {places} weight="1.5" delay="2ms"/>'
    return CableCase(
        ("0/v", "pop/1/cell/0/v", "pop/1/cell/3/v"),
        top=SQUID + synapse + STRONG,
        network="".join(
            projected("projection", connection, f' synapse="{name}"', name) for name in names
        )
        + applied("strong"),
        membrane=LEAKS + SQUIDS.format(group=group),
        cells=2,
        temperature="6.3 degC",
        length=30.0,
    )


def seen(kind: str, connection: str, top: str) -> CableCase:
    """Two cells of which one sees the other all the time; the first gets a pulse."""
    ends = (
        'preCell="../pop/0/cell" postCell="../pop/1/cell" preSegment="2" postSegment="3" '
        'preFractionAlong="0.8" postFractionAlong="0.3"'
    )
    return CableCase(
        ("0/v", "2/v", "pop/1/cell/0/v", "pop/1/cell/3/v"),
        top=top,
        network=projected(kind, connection.format(ends), "") + applied("pulse", 2, 0.7),
        cells=2,
    )


def compound(parts: str, *names: str) -> CableCase:
    """A compound input; NEURON is given its parts, whose sum the export computes a step late."""
    lists = "".join(applied(name, 2, 0.3) for name in names)
    return CableCase(
        VOLTAGES,
        top=f'<compoundInput id="given">{parts}</compoundInput>',
        network=applied("given", 2, 0.3),
        asked=CableCase(VOLTAGES, top=parts, network=lists),
    )


PAIR = """<expOneSynapse id="fast" gbase="3 nS" erev="0mV" tauDecay="3ms"/>
  <expTwoSynapse id="late" gbase="1 nS" erev="-20mV" tauRise="1ms" tauDecay="8ms"/>"""
DOUBLE = f"""{PAIR}<doubleSynapse id="syn" synapse1="fast" synapse2="late"
    synapse1Path="./fast" synapse2Path="./late"/>"""
CASES: dict[str, CableCase] = {
    **{
        f"input {name}": CableCase(VOLTAGES, top=AMPA + text, network=applied("given", 2, 0.3))
        for name, text in INPUTS.items()
    },
    **{
        name: CableCase(VOLTAGES, top=text, network=applied("given", 2, 0.3), worst=1e-6, late=0)
        for name, text in CLAMPS.items()
    },
    **{f"synapse {name}": connected(text) for name, text in SYNAPSES.items()},
    "input compound": compound(PARTS, "wavy", "push"),
    "clamp in a compound": replace(compound(CLAMP, "held"), worst=1e-6, late=0),
    "synapse double": replace(connected(DOUBLE), asked=connected(PAIR, names=("fast", "late"))),
    "synapse from a dendrite": connected(SYNAPSES["two"], "4", "all"),
    "gap junction": seen(
        "electricalProjection",
        '<electricalConnectionInstanceW id="0" {} synapse="gap" weight="1.5"/>',
        '<gapJunction id="gap" conductance="2 nS"/>',
    ),
    "graded synapse": seen(
        "continuousProjection",
        '<continuousConnectionInstanceW id="0" {} preComponent="none" postComponent="graded"'
        ' weight="1.5"/>',
        '<silentSynapse id="none"/><gradedSynapse id="graded" conductance="2 nS" delta="5mV"'
        ' Vth="-45mV" k="0.2per_ms" erev="0mV"/>',
    ),
    "linear graded synapse": seen(
        "continuousProjection",
        '<continuousConnectionInstance id="0" {} preComponent="none" postComponent="graded"/>',
        '<silentSynapse id="none"/><linearGradedSynapse id="graded" conductance="2 nS"/>',
    ),
}
