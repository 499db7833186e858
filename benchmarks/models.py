"""NeuroML models that the benchmarks run, written as text: cells, populations, random networks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

AREA_DIAMETER_UM = 17.841241161527712  # a cylinder as long as wide, of 1000 square micrometres

_GATES = {
    ("na", "m", 3): (("HHExpLinearRate", 1, -40, 10), ("HHExpRate", 4, -65, -18)),
    ("na", "h", 1): (("HHExpRate", 0.07, -65, -20), ("HHSigmoidRate", 1, -35, 10)),
    ("k", "n", 4): (("HHExpLinearRate", 0.1, -55, 10), ("HHExpRate", 0.125, -65, -80)),
}
_DENSITIES = (("na", 120, 50, "na"), ("k", 36, -77, "k"), ("leak", 0.3, -54.3, "non_specific"))


def _channels() -> Iterator[str]:
    yield '<ionChannelHH id="leak" conductance="10pS"/>'
    for channel in ("na", "k"):
        yield f'<ionChannelHH id="{channel}" conductance="10pS" species="{channel}">'
        for (owner, gate, power), rates in _GATES.items():
            if owner != channel:
                continue
            yield f'<gateHHrates id="{gate}" instances="{power}">'
            for tag, (kind, rate, midpoint, scale) in zip(
                ("forwardRate", "reverseRate"), rates, strict=True
            ):
                yield (
                    f'<{tag} type="{kind}" rate="{rate}per_ms" midpoint="{midpoint}mV" '
                    f'scale="{scale}mV"/>'
                )
            yield "</gateHHrates>"
        yield "</ionChannelHH>"


def hh_cell() -> str:
    """The squid axon's channels on one compartment of 1000 square micrometres (6.3 degC)."""
    d = AREA_DIAMETER_UM
    densities = "\n".join(
        f'<channelDensity id="{name}_all" ionChannel="{name}" condDensity="{g} mS_per_cm2" '
        f'erev="{e}mV" ion="{ion}"/>'
        for name, g, e, ion in _DENSITIES
    )
    return (
        "\n".join(_channels())
        + f"""
<cell id="hhcell"><morphology id="one"><segment id="0" name="soma">
<proximal x="0" y="0" z="0" diameter="{d}"/><distal x="{d}" y="0" z="0" diameter="{d}"/>
</segment></morphology>
<biophysicalProperties id="bio"><membraneProperties>{densities}
<spikeThresh value="-10mV"/><specificCapacitance value="1 uF_per_cm2"/>
<initMembPotential value="-65mV"/></membraneProperties>
<intracellularProperties><resistivity value="100 ohm_cm"/></intracellularProperties>
</biophysicalProperties></cell>
"""
    )


def _simulation(network: str, length_ms: float, step_ms: float, outputs: str) -> str:
    return f"""<Lems><Target component="sim"/>
<Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
{network}
<Simulation id="sim" length="{length_ms:g}ms" step="{step_ms:g}ms" target="net" seed="1">
{outputs}
</Simulation></Lems>
"""


def hh_population(folder: Path, size: int) -> Path:
    """Independent cells, each driven by a constant current; one trace is recorded."""
    network = f"""{hh_cell()}
<pulseGenerator id="drive" delay="0ms" duration="1e6ms" amplitude="0.1nA"/>
<network id="net" type="networkWithTemperature" temperature="6.3degC">
<population id="cells" component="hhcell" size="{size}"/>
<explicitInput target="cells[0]" input="drive"/></network>"""
    outputs = (
        '<OutputFile id="v" fileName="v.dat"><OutputColumn id="v" quantity="cells[0]/v"/>'
        "</OutputFile>"
    )
    path = folder / f"LEMS_hh_{size}.xml"
    path.write_text(_simulation(network, 1000, 0.01, outputs))
    return path


class _Network:
    """The text of the random network, part by part."""

    def __init__(self, cells: int) -> None:
        self.cells = cells
        self.excitatory = cells * 4 // 5
        self.sizes = {"pe": self.excitatory, "pi": cells - self.excitatory}

    def place(self, index: int) -> tuple[str, str]:
        """Population and path of a cell."""
        if index < self.excitatory:
            return "pe", f"pe/{index}/hhcell"
        return "pi", f"pi/{index - self.excitatory}/hhcell"

    def components(self) -> Iterator[str]:
        """Synapses and the ten classes of currents."""
        yield '<expTwoSynapse id="exc" gbase="0.005nS" erev="0mV" tauRise="0.5ms" tauDecay="2ms"/>'
        yield '<expTwoSynapse id="inh" gbase="0.02nS" erev="-80mV" tauRise="1ms" tauDecay="8ms"/>'
        for level in range(10):
            yield (
                f'<pulseGenerator id="pg{level}" delay="0ms" duration="1e5ms" '
                f'amplitude="{60 + 14 * level}pA"/>'
            )

    def populations(self) -> Iterator[str]:
        """Populations with a place for every cell."""
        for name, size in self.sizes.items():
            yield f'<population id="{name}" component="hhcell" size="{size}" '
            yield 'type="populationList">'
            for i in range(size):
                yield f'<instance id="{i}"><location x="{20 * i}" y="0" z="0"/></instance>'
            yield "</population>"

    def projections(self, synapses: int) -> Iterator[str]:
        """Connections drawn at random, with a fixed seed."""
        draw = random.Random(7)
        rows: dict[tuple[str, str], list[str]] = {
            (a, b): [] for a in self.sizes for b in self.sizes
        }
        for _ in range(synapses):
            source, pre = self.place(draw.randrange(self.cells))
            target, post = self.place(draw.randrange(self.cells))
            row = rows[source, target]
            row.append(
                f'<connectionWD id="{len(row)}" preCellId="../{pre}" postCellId="../{post}" '
                'weight="1.0" delay="1ms"/>'
            )
        for (source, target), row in rows.items():
            synapse = "exc" if source == "pe" else "inh"
            yield (
                f'<projection id="{source}_{target}" presynapticPopulation="{source}" '
                f'postsynapticPopulation="{target}" synapse="{synapse}">'
            )
            yield from row
            yield "</projection>"

    def inputs(self) -> Iterator[str]:
        """One constant current for every cell."""
        for name, size in self.sizes.items():
            for level in range(10):
                yield f'<inputList id="{name}{level}" component="pg{level}" population="{name}">'
                for number, i in enumerate(range(level, size, 10)):
                    target = f"../{name}/{i}/hhcell"
                    yield f'<input id="{number}" target="{target}" destination="synapses"/>'
                yield "</inputList>"

    def outputs(self) -> Iterator[str]:
        """One trace, and the spikes of all cells."""
        yield '<OutputFile id="v" fileName="v.dat">'
        yield '<OutputColumn id="v" quantity="pe/0/hhcell/v"/></OutputFile>'
        yield '<EventOutputFile id="s" fileName="spikes.dat" format="ID_TIME">'
        for i in range(self.cells):
            yield f'<EventSelection id="{i}" select="{self.place(i)[1]}" eventPort="spike"/>'
        yield "</EventOutputFile>"


def hh_network(folder: Path, cells: int, synapses: int, length_ms: float) -> Path:
    """A random network: 80 % excitatory cells, double-exponential synapses, delay 1 ms.

    Ten classes of constant currents (60 to 186 pA); excitatory 0.005 nS (0.5/2 ms, 0 mV),
    inhibitory 0.02 nS (1/8 ms, -80 mV); step 0.025 ms. Sources and targets are drawn with a fixed
    seed.
    """
    parts = _Network(cells)
    network = [
        hh_cell(),
        *parts.components(),
        '<network id="net" type="networkWithTemperature" temperature="6.3degC">',
        *parts.populations(),
        *parts.projections(synapses),
        *parts.inputs(),
        "</network>",
    ]
    path = folder / f"LEMS_hhnet_{cells}_{synapses}.xml"
    outputs = "\n".join(parts.outputs())
    path.write_text(_simulation("\n".join(network), length_ms, 0.025, outputs))
    return path
