"""Networks drawn from a seed: cells of compartments and points, junctions, relays, equations.

What is drawn does not depend on the device; a test runs the same network on two of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from cable_models import LEAK, SQUID
from changing_synapses import KINDS

import annarchy_ml as aml

MODELS = Path(__file__).parents[1] / "system" / "models"
SODIUM = SQUID[: SQUID.index("</ionChannelHH>")]
LIBRARY = f"""<neuroml id="library">
  {SODIUM}</ionChannelHH>{LEAK}"""
LIBRARY += """
  <ionChannelKS id="k" conductance="10pS" species="k">
    <gateKS id="n" instances="4">
      <closedState id="c1"/><openState id="o1"/>
      <forwardTransition id="a" from="c1" to="o1">
        <rate type="HHExpLinearRate" rate="0.1per_ms" midpoint="-55mV" scale="10mV"/>
      </forwardTransition>
      <reverseTransition id="b" from="c1" to="o1">
        <rate type="HHExpRate" rate="0.125per_ms" midpoint="-65mV" scale="-80mV"/>
      </reverseTransition>
    </gateKS>
  </ionChannelKS>
  <cell id="tree">
    <morphology id="shape">
      <segment id="0" name="soma">
        <proximal x="0" y="0" z="0" diameter="20"/><distal x="20" y="0" z="0" diameter="20"/>
      </segment>
      <segment id="1" name="dendrite"><parent segment="0"/>
        <proximal x="20" y="0" z="0" diameter="2"/><distal x="320" y="0" z="0" diameter="2"/>
      </segment>
      <segment id="2" name="branch"><parent segment="0" fractionAlong="0"/>
        <proximal x="0" y="0" z="0" diameter="1"/><distal x="-200" y="0" z="0" diameter="1"/>
      </segment>
      <segmentGroup id="cable" neuroLexId="sao864921383">
        <property tag="numberInternalDivisions" value="{parts}"/><member segment="1"/>
      </segmentGroup>
    </morphology>
    <biophysicalProperties id="bio">
      <membraneProperties>
        <channelDensity id="leaks" ionChannel="leak" condDensity="0.3 mS_per_cm2" erev="-54.3mV"
          ion="non_specific"/>
        <channelDensity id="nas" ionChannel="na" condDensity="{sodium} mS_per_cm2" erev="50mV"
          ion="na"/>
        <channelDensity id="ks" ionChannel="k" condDensity="36 mS_per_cm2" erev="-77mV" ion="k"/>
        <spikeThresh value="-20mV"/>
        <specificCapacitance value="1 uF_per_cm2"/>
        <initMembPotential value="-65mV"/>
      </membraneProperties>
      <intracellularProperties><resistivity value="150 ohm_cm"/></intracellularProperties>
    </biophysicalProperties>
  </cell>
  <iafCell id="lif" thresh="-50mV" reset="-62mV" C="0.05nF" leakConductance="5nS"
    leakReversal="-60mV"/>
  <izhikevich2007Cell id="izh" v0="-60mV" C="100pF" k="0.7nS_per_mV" vr="-60mV" vt="-40mV"
    vpeak="35mV" a="0.03per_ms" b="-2nS" c="-50mV" d="100pA"/>
  <expOneSynapse id="fast" gbase="2nS" erev="0mV" tauDecay="3ms"/>
  <expTwoSynapse id="slow" gbase="3nS" erev="-80mV" tauRise="1ms" tauDecay="6ms"/>
  <blockingPlasticSynapse id="plastic" gbase="4nS" erev="0mV" tauRise="0.5ms" tauDecay="4ms">
    <plasticityMechanism type="tsodyksMarkramDepFacMechanism" initReleaseProb="0.4" tauRec="30ms"
      tauFac="15ms"/>
  </blockingPlasticSynapse>
  <gapJunction id="gap" conductance="1nS"/>
  <pulseGenerator id="pulse" delay="0.3ms" duration="40ms" amplitude="0.12nA"/>
  <poissonFiringSynapse id="noise" averageRate="600Hz" synapse="fast" spikeTarget="./fast"/>
  <spikeGeneratorPoisson id="source" averageRate="900Hz"/>
</neuroml>"""
RELAYS = """<Lems><Include file="common.xml"/><Target component="sim"/>
<network id="net"><population id="source" component="at2" size="1"/>{populations}
<population id="end" component="count" size="1"/>{wires}</network>
<Simulation id="sim" length="12ms" step="1ms" target="net"><OutputFile id="f" fileName="o.dat">
<OutputColumn id="n" quantity="end[0]/n"/></OutputFile></Simulation></Lems>"""
STEPS, DT_MS = 120, 0.05
NOTHING = np.zeros(0)


class Drawn:
    """A network of cells and all that connects them, drawn from a seed."""

    def __init__(self, seed: int, folder: Path) -> None:
        rng = self.rng = np.random.default_rng([seed, 7])
        library = folder / "library.nml"
        parts, sodium = int(rng.integers(1, 6)), int(rng.choice([0, 120]))
        library.write_text(LIBRARY.format(parts=parts, sodium=sodium), encoding="utf-8")
        net = self.net = aml.NetworkModel("net")
        net.include(library)
        self.cells = {
            f"p{k}": net.population(f"p{k}", str(kind), int(rng.integers(1, 40)))
            for k, kind in enumerate(rng.choice(["tree", "lif", "izh"], rng.integers(2, 4)))
        }
        self.source = net.population("s", "source", int(rng.integers(1, 30)))
        self._connect()
        for name, item in self.cells.items():
            net.input(f"drive_{name}", item, "pulse")
            if rng.random() < 0.4:
                net.input(f"noise_{name}", item, "noise")
            net.record_spikes(item)
        net.record_spikes(self.source)

    def _connect(self) -> None:
        rng, names = self.rng, list(self.cells)
        for number in range(int(rng.integers(2, 6))):
            to = self.cells[str(rng.choice(names))]
            of = self.source if rng.random() < 0.4 else self.cells[str(rng.choice(names))]
            synapse = str(rng.choice(["fast", "slow", "plastic"]))
            given = {"weight": self._weight(), "delay": self._delay()}
            self.net.projection(f"c{number}", of, to, self._rule(), synapse, **given)
        if rng.random() < 0.5:
            one, other = (self.cells[str(rng.choice(names))] for _ in range(2))
            self.net.junctions("g", one, other, aml.FixedProbability(0.3), "gap")

    def _rule(self) -> Any:
        some = aml.FixedProbability(float(self.rng.uniform(0.1, 0.9)))
        count = int(self.rng.integers(1, 9))
        rules = [aml.AllToAll(), some, aml.FixedIndegree(count), aml.FixedOutdegree(count),
                 aml.FixedTotalNumber(5 * count)]  # fmt: skip
        return rules[self.rng.integers(len(rules))]

    def _weight(self) -> Any:
        return self.rng.choice(np.array([0.8, aml.Uniform(0.2, 1.5), aml.Normal(1.0, 0.2)], object))

    def _delay(self) -> Any:
        step = DT_MS * 1e-3
        law = aml.Uniform(step, 30 * step)
        return self.rng.choice(np.array([0.0, step, 9 * step, 1.3e-3, law], object))

    def seen(self, device: str) -> tuple[list[Any], list[Any]]:
        """Spikes, and values of cells at the end."""
        duration = f"{STEPS * DT_MS} ms"
        simulation = self.net.compile(dt=f"{DT_MS} ms", duration=duration, seed=5, device=device)
        results = simulation.run()
        trains = [np.array(part) for name in [*self.cells, "s"] for part in results.spikes(name)]
        return trains, [np.array(simulation.get(f"{name}/v")) for name in self.cells]


def relays(seed: int, folder: Path) -> Path:
    """Relays in layers; wires without a delay lead to later layers, others to all."""
    rng = np.random.default_rng([seed, 11])
    layers = int(rng.integers(2, 5))
    sizes = rng.integers(1, 4, layers)
    cells = [("source", 0), *((f"r{k}", i) for k in range(layers) for i in range(sizes[k]))]
    layer = [-1, *(k for k in range(layers) for _ in range(sizes[k]))]
    wires = []
    for _ in range(int(rng.integers(4, 14))):
        one, other = rng.integers(len(cells)), rng.integers(1, len(cells))
        delay = int(rng.integers(1, 4)) if layer[other] <= layer[one] else int(rng.integers(0, 3))
        wires.append((cells[one], cells[other], delay))
    wires += [(cells[0], cells[1], 0), *((item, ("end", 0), 0) for item in cells[1:])]
    order = rng.permutation(len(wires))
    text = RELAYS.format(
        populations="".join(
            f'<population id="r{k}" component="pass" size="{size}"/>'
            for k, size in enumerate(sizes)
        ),
        wires="".join(
            f'<wire from="{a}[{i}]" to="{b}[{j}]" delay="{delay}ms"/>'
            for (a, i), (b, j), delay in (wires[k] for k in order)
        ),
    )
    (folder / "common.xml").write_text((MODELS / "common.xml").read_text(), encoding="utf-8")
    path = folder / "relays.xml"
    path.write_text(text, encoding="utf-8")
    return path


RATE = aml.Neuron(
    parameters="tau = 9.0\nbase = 0.2",
    equations="tau*dr/dt = -r + base + tanh(sum(exc)) - 0.3*sum(inh)",
)
SPIKING = aml.Neuron(
    parameters="drive = 0.12",
    equations="dv/dt = drive - 0.04*v + 0.1*g_exc - 0.1*g_inh + 0.02*Normal(0.0, 1.0)\ntau = 4.0\n"
    "tau*dg_exc/dt = -g_exc\ntau*dg_inh/dt = -g_inh",
    spike="v > 1.0",
    reset="v = 0.0",
)
LEARNING = {
    RATE: {"equations": "8.0*dw/dt = 0.2*pre.r*post.r - 0.1*w*post.r^2 : min=0.0"},
    SPIKING: KINDS["traces"],
}


def equations(seed: int, device: str) -> list[Any]:
    """Values and spikes of a drawn network of rates and spikes."""
    rng = np.random.default_rng([seed, 13])
    net = aml.Network(dt=0.5, seed=seed)
    net.config(device=device)
    kinds = [RATE, SPIKING, (RATE, SPIKING)[rng.integers(2)]]
    groups = [net.create(int(rng.integers(1, 40)), kind) for kind in kinds]
    projections = []
    for _ in range(int(rng.integers(3, 6))):
        one = int(rng.integers(3))
        other = int(rng.choice([k for k in range(3) if kinds[k] is kinds[one]]))
        learns = rng.random() < 0.5
        target = "exc" if learns or rng.random() < 0.6 else "inh"
        synapse = aml.Synapse(**LEARNING[kinds[one]]) if learns else None
        delay = [0.5, 2.0, aml.Uniform(0.5, 4.0)][rng.integers(3)]
        made = net.connect(groups[one], groups[other], target, synapse)
        projections.append(made)
        if rng.random() < 0.5:
            made.all_to_all(aml.Uniform(0.0, 0.4), delays=delay)
        else:
            made.fixed_probability(float(rng.uniform(0.2, 0.8)), 0.3, delays=delay)
    for item, kind in zip(groups, kinds, strict=True):
        size = item.size
        if kind is RATE:
            item.base = rng.uniform(0.0, 0.8, size)
        else:
            item.drive = rng.uniform(0.05, 0.3, size)
    net.compile()
    net.simulate(25.0)
    values = [
        np.array(item.r if kind is RATE else item.v)
        for item, kind in zip(groups, kinds, strict=True)
    ]
    return values + [np.concatenate([NOTHING, *map(np.ravel, item.w)]) for item in projections]
