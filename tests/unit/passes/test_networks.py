"""Networks built in Python on their way to a plan: their groups, and what connects them."""

from __future__ import annotations

from annarchy_ml import Explicit, FixedProbability, NetworkModel

BLOCK = {
    "species": "mg",
    "blockConcentration": "1.2 mM",
    "scalingConc": "1.9 mM",
    "scalingVolt": "16 mV",
}


def _network(separate: bool = False) -> NetworkModel:
    net = NetworkModel("net")
    net.component(
        "lif",
        "iafCell",
        C="1 nF",
        leakConductance="1 nS",
        leakReversal="-60 mV",
        thresh="-50 mV",
        reset="-60 mV",
    )
    net.component("ampa", "expOneSynapse", gbase="1 nS", erev="0 mV", tauDecay="5 ms")
    block = net.part("blockMechanism", type="voltageConcDepBlockMechanism", **BLOCK)
    times = {"tauRise": "1 ms", "tauDecay": "9 ms"}
    net.component("nmda", "blockingPlasticSynapse", block, gbase="1 nS", erev="0 mV", **times)
    one, two = net.population("one", "lif", 40), net.population("two", "lif", 30)
    rule = FixedProbability(0.5)
    net.projection("a", one, two, rule, "ampa", weight=0.5, delay="1 ms", separate=separate)
    net.projection("b", two[10:], two, rule, "ampa", delay="2 ms")
    net.projection("c", one, two, Explicit([1, 2, 2], [5, 5, 6]), "nmda", delay="2 ms")
    net.record_spikes(one[3:5])
    return net


def _lines(text: str, *starts: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(starts)]


def test_linear_synapses_become_a_sum_per_cell_and_others_one_per_connection() -> None:
    assert _lines(_network().show("plan"), "group", "events", "block", "record") == [
        "group one: 40 instances, kernel 0",
        "group two: 30 instances, kernel 0",
        "group two/synapses:ampa: 30 instances, kernel 1, host two",
        "group two/synapses:nmda: 3 instances, kernel 2, host two",
        "events one:spike -> two/synapses:ampa:in: FixedProbability",
        "events two:spike -> two/synapses:ampa:in: FixedProbability",
        "events one:spike -> two/synapses:nmda:in: 3 connections",
        "block one[0:40]",
        "block two[0:30]",
        "record events one:spike, 2 cells",
    ]


def test_one_separate_projection_keeps_all_of_its_kind_apart() -> None:
    shown = _lines(_network(separate=True).show("plan"), "group two/synapses:ampa", "events")
    numbers = [int(line.split(": ")[1].split()[0]) for line in shown]
    assert 400 < numbers[0] < 800 and 200 < numbers[1] < 400
    assert numbers[2:] == [*numbers[:2], 3]


def test_instances_are_shown_with_their_rules() -> None:
    shown = _lines(_network().show("instantiate"), "group", "events")
    assert shown[2] == "group two/synapses:ampa: 30 x expOneSynapse, attached to two at synapses"
    assert shown[4] == "events one:spike -> two/synapses:ampa:in: FixedProbability"
