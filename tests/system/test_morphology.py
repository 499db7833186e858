"""Cells with morphology: analytic solutions, the standard's example, threads, executors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cable_models import AXON, LEAK, SQUID

import annarchy_ml

CABLE = """<neuroml id="cable">
  {leak}
  {axon}
  <pulseGenerator id="pulse" delay="0ms" duration="1s" amplitude="0.1nA"/>
  <network id="net">
    <population id="pop" component="axon" size="{cells}"/>
    <inputList id="stimulus" component="pulse" population="pop">{inputs}</inputList>
  </network>
  <Simulation id="sim" length="{length}ms" step="{step}ms" target="net">
    <OutputFile id="out" fileName="v.dat">
      <OutputColumn id="v" quantity="pop/0/axon/0/v"/>
      <OutputColumn id="last" quantity="pop/{last}/axon/0/v"/>
    </OutputFile>
  </Simulation>
  <Target component="sim"/>
</neuroml>
"""


def cable_file(
    folder: Path, divisions: int = 101, step: float = 0.05, cells: int = 1, length: float = 100.0
) -> Path:
    inputs = "".join(
        f'<input id="{k}" target="../pop/{k}/axon" segmentId="0" fractionAlong="0"/>'
        for k in range(cells)
    )
    axon = AXON.format(divisions=divisions, leak="0.25 S_per_m2")
    parts = {"leak": LEAK, "axon": axon, "cells": cells, "inputs": inputs, "last": cells - 1}
    text = CABLE.format(**parts, step=step, length=length)
    path = folder / f"cable_{divisions}_{step}_{cells}.nml"
    path.write_text(text, encoding="utf-8")
    return path


def sealed_cable(x: float, t: float) -> float:
    """Potential [V] of a sealed cable at rest that gets a current at one end from time 0 on.

    Rallpack 1 (Bhalla, Bilitch and Bower 1992, doi:10.1016/0166-2236(92)90009-W): 1 mm long, 1 um
    wide, membrane 4 ohm m2 and 0.01 F/m2, 1 ohm m inside, 0.1 nA. Separation of variables; see
    Rall 1977, eq. 5.22.
    """
    length, diameter, membrane, inside, current = 1e-3, 1e-6, 4.0, 1.0, 1e-10
    tau = membrane * 0.01
    space = np.sqrt(membrane * diameter / (4 * inside))
    electrotonic = length / space
    scale = current * inside * space / (np.pi * diameter**2 / 4)
    n = np.arange(1, 20_000)
    decays = 1 + (n * np.pi / electrotonic) ** 2
    steady = np.cosh((length - x) / space) / np.sinh(electrotonic)
    waves = np.cos(n * np.pi * x / length) / decays * np.exp(-decays * t / tau)
    fading = np.exp(-t / tau) / electrotonic + 2 / electrotonic * np.sum(waves)
    return float(-0.065 + scale * (steady - fading))


def voltage(path: Path, **options: object) -> np.ndarray:
    results = annarchy_ml.run(path, write_files=False, **options)
    return np.asarray(results["pop/0/axon/0/v"].values)


def test_cable_follows_the_analytic_solution(tmp_path: Path) -> None:
    """Rallpack 1 in the middle: backward Euler at 0.05 ms is within 0.15 % of the response."""
    trace = voltage(cable_file(tmp_path))
    exact = np.array([sealed_cable(0.5e-3, k * 5e-5) for k in range(1, len(trace))])
    error = np.sqrt(np.mean((trace[1:] - exact) ** 2)) / np.ptp(exact)
    assert error < 1.5e-3


def test_order_in_time_is_one(tmp_path: Path) -> None:
    """Half the step, half the difference to a much smaller one."""
    fine = voltage(cable_file(tmp_path, step=0.003125, length=50))[::64]
    errors = [
        np.max(
            np.abs(voltage(cable_file(tmp_path, step=step, length=50))[:: int(0.2 / step)] - fine)
        )
        for step in (0.2, 0.1, 0.05)
    ]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.all(np.abs(orders - 1) < 0.2)


def test_order_in_space_is_two(tmp_path: Path) -> None:
    """With an odd number of compartments the middle one lies in the middle of the cable."""
    fine = voltage(cable_file(tmp_path, divisions=729, length=20))
    errors = [
        np.max(np.abs(voltage(cable_file(tmp_path, divisions=n, length=20)) - fine))
        for n in (3, 9, 27)
    ]
    orders = np.log(np.array(errors[:-1]) / errors[1:]) / np.log(3)
    assert np.all(np.abs(orders - 2) < 0.3)


@pytest.mark.parametrize("cells", [3, 21])
def test_identical_cells_have_one_potential(tmp_path: Path, cells: int) -> None:
    """Whichever lane they lie in, and however many lie beside them."""
    path = cable_file(tmp_path, divisions=31, cells=cells, length=10)
    results = annarchy_ml.run(path, write_files=False)
    first, last = results["pop/0/axon/0/v"].values, results[f"pop/{cells - 1}/axon/0/v"].values
    np.testing.assert_allclose(first, last, rtol=1e-13)
    assert first[-1] > -0.064


def test_threads_leave_no_trace(tmp_path: Path) -> None:
    path = cable_file(tmp_path, divisions=61, cells=37, length=10)
    one, two, five = (voltage(path, threads=threads) for threads in (1, 2, 5))
    assert one.tobytes() == two.tobytes() == five.tobytes()


def test_interpreted_and_compiled_kernels_agree(tmp_path: Path) -> None:
    path = cable_file(tmp_path, divisions=11, cells=2, length=5)
    compiled = voltage(path)
    interpreted = annarchy_ml.load(path).compile(executor="interpreter").run()
    found = interpreted["pop/0/axon/0/v"].values
    np.testing.assert_allclose(found, compiled, rtol=1e-12)


def test_single_precision_is_close(tmp_path: Path) -> None:
    path = cable_file(tmp_path, divisions=31, length=10)
    np.testing.assert_allclose(voltage(path, precision="single"), voltage(path), rtol=0, atol=2e-6)


PUBLISHED_25 = {
    "0/MultiCompCell/0": (0.0, [20.705, 30.095, 38.815, 47.485]),
    "0/MultiCompCell/2": (
        0.0,
        [21.57, 31.445, 40.4, 49.125, 57.775, 66.4, 75.02, 83.635, 92.25, 100.86, 109.475, 118.09],
    ),
    "0/MultiCompCell/3": (
        0.0,
        [
            22.55,
            32.68,
            41.765,
            50.53,
            59.195,
            67.825,
            76.445,
            85.065,
            93.675,
            102.29,
            110.905,
            119.52,
        ],
    ),
    "1/MultiCompCell/0": (-0.064, [20.825, 40.21, 56.065, 73.22, 90.46, 107.715, 128.62]),
    "1/MultiCompCell/3": (-0.064, [20.87, 38.6, 53.68, 67.65, 85.175, 102.83, 120.505]),
}


def crossings(times: np.ndarray, trace: np.ndarray, level: float) -> np.ndarray:
    before = np.flatnonzero((trace[1:] >= level) & (trace[:-1] < level))
    rise = (level - trace[before]) / (trace[before + 1] - trace[before])
    return np.asarray(times[before] + rise * (times[before + 1] - times[before]))


def test_example_25_has_the_published_spikes(examples_folder: Path) -> None:
    """Three cells of eleven compartments, AMPA and NMDA synapses along them.

    Spike times [ms] of NEURON through jNeuroML, from the example's own test (OMV, .mep of the
    NeuroML2 repository), whose tolerance is 0: the same row of the table.
    """
    path = examples_folder / "LEMS_NML2_Ex25_MultiComp.xml"
    results = annarchy_ml.run(path, write_files=False)
    for name, (level, spikes) in PUBLISHED_25.items():
        above = np.asarray(results[f"pop0/{name}/v"].values) > level
        rows = np.flatnonzero(above[1:] & ~above[:-1]) + 1
        np.testing.assert_array_equal(rows, np.round(np.array(spikes) / 0.005))


def test_exponential_euler_converges_to_the_same(examples_folder: Path) -> None:
    """Gates by exponential Euler, without the delay of the export: 0.3 % apart at this step."""
    path = examples_folder / "LEMS_NML2_Ex25_MultiComp.xml"
    name = "pop0/0/MultiCompCell/0/v"
    times = np.arange(28001) * 5e-6
    one, other = (
        crossings(
            times,
            np.asarray(annarchy_ml.run(path, write_files=False, method=method)[name].values),
            0.0,
        )
        for method in ("reference", "auto")
    )
    np.testing.assert_allclose(one, other, rtol=3e-3)


START, END = '<proximal translationStart="{}"/>', '<distal normalizationEnd="{}"/>'


@pytest.mark.parametrize(
    ("given", "along"),
    [
        (START.format(0) + END.format(1), [0.1, 0.3, 0.5, 0.7, 0.9]),
        (START.format(2) + END.format(4), [2.2, 2.6, 3.0, 3.4, 3.8]),
        (START.format(1) + END.format(0), [0.9, 0.7, 0.5, 0.3, 0.1]),
        (START.format(50), [150, 350, 550, 750, 950]),
        (END.format(0.5), [0.05, 0.15, 0.25, 0.35, 0.45]),
        ("", [100, 300, 500, 700, 900]),
    ],
)
def test_a_gradient_is_a_value_in_each_compartment(
    tmp_path: Path, given: str, along: list[float]
) -> None:
    """``value`` in SI units over the path length in micrometers, shifted and scaled.

    The group's ends are what is given, and the middles of five compartments lie between them.
    """
    text = cable_file(tmp_path, divisions=5).read_text(encoding="utf-8")
    text = text.replace(
        '<member segment="0"/>',
        '<member segment="0"/><inhomogeneousParameter id="away" variable="r" '
        f'metric="Path Length from root">{given}</inhomogeneousParameter>',
    ).replace(
        '<channelDensity id="leaks" ionChannel="leak" condDensity="0.25 S_per_m2" erev="-65mV"\n'
        '          ion="non_specific"/>',
        '<channelDensityNonUniform id="leaks" ionChannel="leak" erev="-65mV" ion="non_specific">'
        '<variableParameter parameter="condDensity" segmentGroup="cable"><inhomogeneousValue '
        'inhomogeneousParameter="away" value="1 + 2 * r"/></variableParameter>'
        "</channelDensityNonUniform>",
    )
    path = tmp_path / "gradient.nml"
    path.write_text(text, encoding="utf-8")
    simulation = annarchy_ml.load(path).compile()
    found = simulation.get("pop/bio/membraneProperties/leaks/condDensity")
    np.testing.assert_allclose(np.asarray(found), 1 + 2 * np.array(along))


TWO_KINDS = """
        <channelDensity id="leaks" ionChannel="leak" condDensity="0.25 S_per_m2" erev="-65mV"
          ion="non_specific"/>
        <channelDensity id="sodium" ionChannel="na" condDensity="1200 S_per_m2" erev="50mV"
          ion="na" segmentGroup="{group}"/>
        <channelDensity id="potassium" ionChannel="k" condDensity="360 S_per_m2" erev="-77mV"
          ion="k" segmentGroup="{group}"/>"""
SOMA = """<segment id="0">
        <proximal x="0" y="0" z="0" diameter="20"/>
        <distal x="20" y="0" z="0" diameter="20"/>
      </segment>
      <segment id="1">
        <parent segment="0"/>
        <proximal x="20" y="0" z="0" diameter="2"/>
        <distal x="320" y="0" z="0" diameter="2"/>
      </segment>
      <segmentGroup id="soma"><member segment="0"/></segmentGroup>
      <segmentGroup id="cable" neuroLexId="sao864921383">
        <property tag="numberInternalDivisions" value="{divisions}"/>
        <member segment="1"/>
      </segmentGroup>"""


def spiking_file(folder: Path, group: str, cells: int = 1) -> Path:
    """A soma and a dendrite with sodium and potassium channels in one group."""
    text = cable_file(folder, divisions=9, cells=cells, length=20, step=0.025).read_text("utf-8")
    begin, end = text.index('<segment id="0">'), text.index("</segmentGroup>")
    text = text[:begin] + SOMA.format(divisions=9) + text[end + len("</segmentGroup>") :]
    begin, end = text.index("        <channelDensity"), text.index("        <spikeThresh")
    text = text[:begin] + TWO_KINDS.format(group=group) + text[end:]
    text = text.replace('  <cell id="axon">', f'  {SQUID}\n  <cell id="axon">')
    text = text.replace('amplitude="0.1nA"', 'amplitude="0.5nA"')
    path = folder / f"spiking_{group}_{cells}.nml"
    path.write_text(text, "utf-8")
    return path


def test_channels_of_the_soma_alone_are_stepped_there_alone(tmp_path: Path) -> None:
    """The soma fires; what the dendrite lacks keeps its start value and can be seen nowhere."""
    path = spiking_file(tmp_path, "soma")
    simulation = annarchy_ml.load(path).compile()
    results = simulation.run()
    trace = np.asarray(results["pop/0/axon/0/v"].values)
    assert trace.max() > 0.0
    gate = "bio/membraneProperties/sodium/na/m/q"
    values = np.asarray(simulation.get(f"pop/{gate}"))
    assert np.count_nonzero(values != values[-1]) == 1
    with pytest.raises(annarchy_ml.UsageError, match="no 'sodium' in segment 1"):
        simulation.get(f"pop/0/axon/1/{gate}")


@pytest.mark.parametrize("group", ["soma", "all"])
def test_spiking_cells_have_the_same_bits_on_several_threads(tmp_path: Path, group: str) -> None:
    path = spiking_file(tmp_path, group, cells=45)
    one, two = (voltage(path, threads=threads) for threads in (1, 3))
    assert one.tobytes() == two.tobytes()
    alone = voltage(spiking_file(tmp_path, group))
    np.testing.assert_allclose(one, alone, rtol=1e-9)


@pytest.mark.parametrize("method", ["reference", "auto"])
def test_interpreter_steps_kinds_of_compartments(tmp_path: Path, method: str) -> None:
    path = spiking_file(tmp_path, "soma", cells=2)
    compiled = voltage(path, method=method)
    results = annarchy_ml.load(path).compile(executor="interpreter", method=method).run()
    np.testing.assert_allclose(results["pop/0/axon/0/v"].values, compiled, rtol=1e-7)


def test_segment_0_is_meant_where_none_is_named(tmp_path: Path) -> None:
    """As the schema of NeuroML says, also where another segment is the root."""
    text = cable_file(tmp_path, divisions=1, length=1).read_text(encoding="utf-8")
    root = '<segment id="7"><proximal x="-9" y="0" z="0" diameter="9"/><distal x="0" y="0" z="0" '
    text = text.replace('<segment id="0">', f'{root}diameter="9"/></segment><segment id="0">')
    text = text.replace('<proximal x="0" y', '<parent segment="7"/><proximal x="0" y')
    column = '<OutputColumn id="{}" quantity="pop/0/axon{}/v"/>'
    columns = column.format("none", "") + column.format("root", "/7")
    path = tmp_path / "other_root.nml"
    path.write_text(text.replace("</OutputFile>", f"{columns}</OutputFile>"), encoding="utf-8")
    results = annarchy_ml.run(path, write_files=False)
    none, zero, root_of = (results[f"pop/0/axon{at}/v"].values for at in ("", "/0", "/7"))
    assert none.tobytes() == zero.tobytes() != root_of.tobytes()


@pytest.mark.parametrize(
    "path",
    [
        "pop/surfaceArea",
        "pop/bio/membraneProperties/specificCapacitances/value",
        "pop/0/axon/1/surfaceArea",
        "pop/bio/membraneProperties/sodium/covered",
    ],
)
def test_what_the_tree_is_made_with_cannot_be_set(tmp_path: Path, path: str) -> None:
    """The capacitances in the tree would stay as they were."""
    simulation = annarchy_ml.load(spiking_file(tmp_path, "soma")).compile()
    with pytest.raises(annarchy_ml.UsageError, match="the tree of the cell is made with"):
        simulation.set(path, 2.0)
    simulation.set("pop/bio/membraneProperties/sodium/condDensity", 2.0)


POOL = """<decayingPoolConcentrationModel id="pool" restingConc="1e-4 mM" ion="ca"
    decayConstant="20ms" shellThickness="0.1um"/>
  <cell id="axon">"""


def test_a_pool_has_the_volume_of_its_own_compartment(tmp_path: Path) -> None:
    """A shell of a sphere with the area of the compartment, not of the first one."""
    path = spiking_file(tmp_path, "soma")
    species = """<species id="ca" ion="ca" concentrationModel="pool"
      initialConcentration="1e-4 mM" initialExtConcentration="2 mM"/></intracellularProperties>"""
    text = path.read_text("utf-8").replace("</intracellularProperties>", species)
    path.write_text(text.replace('<cell id="axon">', POOL), "utf-8")
    simulation = annarchy_ml.load(path).compile()
    for segment, area in ((0, np.pi * 20 * 20), (1, np.pi * 2 * 300 / 9)):
        found = simulation.get(
            f"pop/0/axon/{segment}/bio/intracellularProperties/ca/concentrationModel/shellVolume"
        )
        radius = np.sqrt(area / (4 * np.pi)) * 1e-6
        expected = 4 / 3 * np.pi * (radius**3 - (radius - 1e-7) ** 3)
        assert float(np.asarray(found)) == pytest.approx(expected, rel=1e-5)
