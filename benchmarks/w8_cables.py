"""W8: a ring of cells of 106 compartments, with passive or spiking dendrites.

    python benchmarks/w8_cables.py [--cells 100] [--ms 1000] [--dendrites passive,spiking]
                                   [--threads 1,2] [--runs 3] [--method reference]

Each cell has a Hodgkin-Huxley soma (20 um) and a binary tree of 15 branches in 4 levels (70 um
long, 1 um thick, 7 compartments), and 10 exponential synapses on the middle of the first branch:
one from the cell before it in the ring, 9 of weight 0 from others. Every tenth cell is started at
1 ms.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from pathlib import Path
from statistics import median

import measure
from squid_channels import HODGKIN_HUXLEY

BRANCHES, PARTS, BRANCH_UM, SOMA_UM = 15, 7, 70, 20
STEP_MS = 0.025
NAME = "ring_cell"

CHANNELS = f"""
  <ionChannelHH id="leak" conductance="10pS"/>
  {HODGKIN_HUXLEY}
  <expOneSynapse id="syn" gbase="10nS" erev="0mV" tauDecay="2ms"/>
  <timedSynapticInput id="start" synapse="syn" spikeTarget="./syn">
    <spike id="0" time="1.1ms"/>
  </timedSynapticInput>
"""


def density(name: str, channel: str, figures: str, group: str) -> str:
    """One channel density; figures are its conductance [mS/cm2] and reversal [mV]."""
    conductance, reversal = figures.split()
    return (
        f'<channelDensity id="{name}_{group}" ionChannel="{channel}" segmentGroup="{group}" '
        f'condDensity="{conductance} mS_per_cm2" erev="{reversal}mV" ion="non_specific"/>'
    )


def spiking(group: str) -> str:
    """The densities of the squid axon."""
    rows = (("na", "na", "120 50"), ("k", "k", "36 -77"), ("l", "leak", "0.3 -54.3"))
    return "".join(density(*row, group) for row in rows)


def compartments(branches: int = BRANCHES) -> int:
    """How many compartments a cell has."""
    return 1 + branches * PARTS


def pairs(cells: int) -> list[tuple[int, int, float]]:
    """Source, target and weight of each connection, by target: the one of the ring first."""
    draws = random.Random(1)
    found = []
    for k in range(cells):
        found.append(((k - 1) % cells, k, 1.0))
        found.extend((draws.randrange(cells), k, 0.0) for _ in range(9))
    return found


def cell(dendrites: str, branches: int = BRANCHES) -> str:
    """The cell as NeuroML."""
    shape = [
        f'<segment id="0" name="soma_0"><proximal x="0" y="0" z="0" diameter="{SOMA_UM}"/>'
        f'<distal x="{SOMA_UM}" y="0" z="0" diameter="{SOMA_UM}"/></segment>'
    ]
    groups = [
        '<segmentGroup id="body" neuroLexId="sao864921383"><member segment="0"/></segmentGroup>'
        '<segmentGroup id="soma"><include segmentGroup="body"/></segmentGroup>'
    ]
    for k in range(branches):
        parent = 0 if k == 0 else (k - 1) // 2 + 1
        begin = SOMA_UM + ((k + 1).bit_length() - 1) * BRANCH_UM
        shape.append(
            f'<segment id="{k + 1}" name="branch_{k}"><parent segment="{parent}"/>'
            f'<proximal x="{begin}" y="0" z="0" diameter="1"/>'
            f'<distal x="{begin + BRANCH_UM}" y="0" z="0" diameter="1"/></segment>'
        )
        groups.append(
            f'<segmentGroup id="b{k}" neuroLexId="sao864921383">'
            f'<property tag="numberInternalDivisions" value="{PARTS}"/>'
            f'<member segment="{k + 1}"/></segmentGroup>'
        )
    included = "".join(f'<include segmentGroup="b{k}"/>' for k in range(branches))
    groups.append(f'<segmentGroup id="dendrites">{included}</segmentGroup>')
    passive = density("pas", "leak", "1 -65", "dendrites")
    outside = spiking("dendrites") if dendrites == "spiking" else passive
    return (
        f'<cell id="{NAME}"><morphology id="shape">{"".join(shape)}{"".join(groups)}</morphology>'
        f'<biophysicalProperties id="bio"><membraneProperties>{spiking("soma")}{outside}'
        '<spikeThresh value="-10mV"/><specificCapacitance value="1 uF_per_cm2"/>'
        '<initMembPotential value="-65mV"/></membraneProperties><intracellularProperties>'
        '<resistivity value="100 ohm_cm"/></intracellularProperties></biophysicalProperties></cell>'
    )


def network(folder: Path, cells: int, ms: float, dendrites: str, branches: int = BRANCHES) -> Path:
    """Writes the model; gives its LEMS file."""
    rows = "\n".join(
        f'<connectionWD id="{number}" preCellId="../pop/{a}/{NAME}" postCellId="../pop/{b}/{NAME}" '
        f'preSegmentId="0" postSegmentId="1" weight="{weight}" delay="5ms"/>'
        for number, (a, b, weight) in enumerate(pairs(cells))
    )
    starts = "\n".join(
        f'<input id="{k}" target="../pop/{k}/{NAME}" segmentId="1" destination="synapses"/>'
        for k in range(0, cells, 10)
    )
    places = "".join(
        f'<instance id="{k}"><location x="0" y="0" z="0"/></instance>' for k in range(cells)
    )
    (folder / f"w8_{dendrites}.nml").write_text(
        f'<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="w8">{CHANNELS}'
        f'{cell(dendrites, branches)}<network id="net" type="networkWithTemperature" '
        f'temperature="6.3degC"><population id="pop" component="{NAME}" '
        f'size="{cells}" type="populationList">{places}</population>'
        '<projection id="ring" presynapticPopulation="pop" postsynapticPopulation="pop" '
        f'synapse="syn">{rows}</projection>'
        f'<inputList id="starts" component="start" population="pop">{starts}</inputList></network>'
        "</neuroml>",
        encoding="utf-8",
    )
    return simulation(folder, f"w8_{dendrites}.nml", (NAME, cells), ms)


def simulation(folder: Path, included: str, cells: tuple[str, int], ms: float) -> Path:
    """Writes the LEMS file that runs the cells (their type, their number) of ``net``."""
    chosen = "".join(
        f'<EventSelection id="{k}" select="pop/{k}/{cells[0]}" eventPort="spike"/>'
        for k in range(cells[1])
    )
    path = folder / f"LEMS_{Path(included).stem}.xml"
    path.write_text(
        '<Lems><Target component="sim"/><Include file="Cells.xml"/><Include file="Networks.xml"/>'
        f'<Include file="Simulation.xml"/><Include file="{included}"/>'
        f'<Simulation id="sim" length="{ms}ms" step="{STEP_MS}ms" target="net">'
        '<OutputFile id="v" fileName="v.dat"><OutputColumn id="v0" '
        f'quantity="pop/0/{cells[0]}/0/v"/></OutputFile>'
        f'<EventOutputFile id="spikes" fileName="spikes.dat" format="ID_TIME">{chosen}'
        "</EventOutputFile></Simulation></Lems>",
        encoding="utf-8",
    )
    return path


def measured(path: Path, threads: int, method: str) -> dict[str, float]:
    """One run, kernels known."""
    import annarchy_ml

    begin = time.perf_counter()
    simulation = annarchy_ml.load(path).compile(threads=threads, method=method)
    ready = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    results = simulation.run()
    end = time.perf_counter()
    return {
        "setup_s": ready - begin,
        "sim_s": end - ready,
        "sim_cpu_s": resource.getrusage(resource.RUSAGE_SELF).ru_utime - before,
        "n_spikes": sum(len(train) for train in results.events),
    }


def main() -> None:
    """Measures the network."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cells", type=int, default=100)
    arguments.add_argument("--ms", type=float, default=1000.0)
    arguments.add_argument("--dendrites", default="passive,spiking")
    arguments.add_argument("--threads", default="1,2")
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--method", default="reference")
    chosen = arguments.parse_args()
    for dendrites in chosen.dendrites.split(","):
        with tempfile.TemporaryDirectory() as name:
            path = network(Path(name), chosen.cells, chosen.ms, dendrites)
            measured(path, 1, chosen.method)
            for threads in map(int, chosen.threads.split(",")):
                runs = [measured(path, threads, chosen.method) for _ in range(chosen.runs)]
                figures = {key: median(run[key] for run in runs) for key in runs[0]}
                work = chosen.cells * compartments() * chosen.ms / STEP_MS
                figures["ns_per_compartment_step"] = figures["sim_cpu_s"] / work * 1e9
                measure.report(
                    f"W8_{dendrites}",
                    measure.OURS,
                    threads=threads,
                    bio_s=chosen.ms / 1000,
                    **figures,
                )


if __name__ == "__main__":
    main()
