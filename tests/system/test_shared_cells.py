"""One large cell on several threads: what they share, with the same bits as on one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cable_models import LEAK, SQUID, SQUIDS

from annarchy_ml import AllToAll, Explicit, NetworkModel, Uniform

BRANCHES, PARTS = 63, 11
"""A binary tree with channels, 693 compartments; the axon of 40 has a leak alone."""


def segments() -> str:
    """The soma, the axon, the tree: each branch is half as long again to the left."""
    rows = [
        '<segment id="0" name="soma"><proximal x="0" y="0" z="0" diameter="20"/>'
        '<distal x="20" y="0" z="0" diameter="20"/></segment>',
        '<segment id="100" name="axon"><parent segment="0" fractionAlong="0"/>'
        '<proximal x="0" y="0" z="0" diameter="1"/><distal x="-900" y="0" z="0" diameter="1"/>'
        "</segment>",
    ]
    for k in range(1, BRANCHES + 1):
        begin, length = 20 + 90 * k.bit_length(), 90 if k % 2 else 60
        rows.append(
            f'<segment id="{k}"><parent segment="{k // 2}"/>'
            f'<proximal x="{begin}" y="{k}" z="0" diameter="{2 - k / 64}"/>'
            f'<distal x="{begin + length}" y="{k}" z="0" diameter="1"/></segment>'
        )
    return "".join(rows)


def group(name: str, segment: int, parts: int) -> str:
    """A cable of one segment."""
    return (
        f'<segmentGroup id="{name}" neuroLexId="sao864921383"><property '
        f'tag="numberInternalDivisions" value="{parts}"/><member segment="{segment}"/>'
        "</segmentGroup>"
    )


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    groups = "".join(group(f"b{k}", k, PARTS) for k in range(1, BRANCHES + 1))
    included = "".join(f'<include segmentGroup="b{k}"/>' for k in range(1, BRANCHES + 1))
    path = tmp_path_factory.mktemp("large") / "library.nml"
    path.write_text(
        f"""<neuroml id="library">{LEAK}{SQUID}
  <cell id="neuron"><morphology id="shape">{segments()}{groups}{group("line", 100, 40)}
      <segmentGroup id="active"><member segment="0"/>{included}</segmentGroup></morphology>
    <biophysicalProperties id="bio"><membraneProperties>{SQUIDS.format(group="active")}
        <channelDensity id="leaks" ionChannel="leak" condDensity="3 S_per_m2" erev="-54.3mV"
          ion="non_specific"/>
        <spikeThresh value="-10mV"/><specificCapacitance value="1 uF_per_cm2"/>
        <initMembPotential value="-65mV"/></membraneProperties>
      <intracellularProperties><resistivity value="100 ohm_cm"/></intracellularProperties>
    </biophysicalProperties></cell>
  <expOneSynapse id="ampa" gbase="20nS" erev="0mV" tauDecay="3ms"/>
  <gapJunction id="gap" conductance="5nS"/>
</neuroml>""",
        encoding="utf-8",
    )
    return path


def compiled(library: Path, cells: int, junction: bool = False, **options: Any) -> Any:
    """Noise onto places all over the cells, which excite themselves after a while."""
    net = NetworkModel("net")
    net.include(library)
    noise = net.component("noise", "spikeGeneratorPoisson", averageRate="100 Hz")
    s, large = net.population("s", noise, 40), net.population("pop", "neuron", cells)
    large.set(v=Uniform(-0.067, -0.062))
    pairs = Explicit(np.arange(400) % 40, np.arange(400) % cells)
    places = (np.arange(400) % BRANCHES + 1, np.linspace(0.0, 1.0, 400))
    net.projection("e", s, large, pairs, "ampa", weight=Uniform(0, 1), target_at=places)
    net.projection("back", large, large.at(1, 0.5), AllToAll(), "ampa", delay="1.5 ms")
    if junction:
        net.junctions("near", large.at(2, 0.5), large.at(63, 0.5), AllToAll(), "gap")
    net.record_spikes(large)
    return net.compile(dt="0.025 ms", duration="12 ms", seed=5, **options)


@pytest.mark.parametrize(
    "options",
    [{}, {"method": "reference"}, {"method": "crank_nicolson"}, {"precision": "single"}],
    ids=lambda item: "_".join(item.values()) or "auto",
)
@pytest.mark.parametrize("junction", [False, True], ids=["apart", "joined"])
def test_a_large_cell_has_the_same_bits_on_any_threads(
    library: Path, options: dict[str, str], junction: bool
) -> None:
    found = []
    for threads in (1, 2, 3, 7):
        simulation = compiled(library, 1, junction, threads=threads, **options)
        results = simulation.run()
        found.append((simulation.get("pop/v"), [np.array(item) for item in results.events]))
    one, trains = found[0]
    assert np.ptp(one) > 1e-2
    assert any(len(item) > 0 for item in trains)
    for other, heard in found[1:]:
        assert one.tobytes() == other.tobytes()
        assert all(np.array_equal(a, b) for a, b in zip(trains, heard, strict=True))


@pytest.mark.parametrize("cells", [2, 3])
def test_runs_in_pieces_have_the_same_bits_where_threads_share_cells(
    library: Path, cells: int
) -> None:
    whole = compiled(library, cells)
    whole.run()
    parts = compiled(library, cells, threads=5)
    for duration in (2.5e-5, 3e-3, 8.975e-3):
        parts.run(duration)
    assert whole.get("pop/v").tobytes() == parts.get("pop/v").tobytes()


def test_values_recorded_in_every_step_are_those_of_one_thread(library: Path) -> None:
    found = []
    for threads in (1, 2):
        net = NetworkModel("net")
        net.include(library)
        large = net.population("pop", "neuron", 1)
        pulse = net.component(
            "pulse", "pulseGenerator", delay="1 ms", duration="9 ms", amplitude="2 nA"
        )
        net.input("push", large, pulse)
        for place in (0, 33, 63, 100):
            net.record(large.at(place), "v")
        results = net.compile(dt="0.025 ms", duration="10 ms", threads=threads).run()
        found.append(np.array([results[name].values for name in results]))
    assert found[0].tobytes() == found[1].tobytes()
    assert found[0].max() > 0.0


def test_the_interpreter_agrees(library: Path) -> None:
    found = []
    for executor in ("auto", "interpreter"):
        simulation = compiled(library, 1, threads=2, executor=executor)
        simulation.run(1e-3)
        found.append(simulation.get("pop/v"))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9)
