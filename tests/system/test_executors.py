"""Compiled kernels against the NumPy interpreter, and the same bits whatever the threads.

Both executors run the same Kernel IR in double precision; they differ by the rounding of ``exp``
and its like, and by contraction, 1 or 2 units in the last place of each operation. Over the few
hundred steps compared here that stays below ``LIMIT`` of the largest value of a column, except
where cells spike within them and the difference grows: the examples of ``GROWING``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

STEPS = 300
LIMIT = 1e-12
GROWING = {"Ex22_PinskyRinzelCA3": 1e-10, "Ex8_AdEx": 1e-10}
COLUMNS = 600
MODELS = Path(__file__).with_name("models")


def example_names() -> list[str]:
    from annarchy_ml.importers.neuroml.archive import archive_names

    found = [Path(name).stem for name in archive_names() if "LEMS_NML2_Ex" in name]
    return sorted(name for name in found if "Ex25" not in name)


def run(path: Path, steps: int = STEPS, **options: Any) -> Any:
    import annarchy_ml

    simulation = annarchy_ml.load(path).compile(**options)
    return simulation.run(steps * simulation.plan.dt)


def same_bits(first: Any, second: Any) -> bool:
    """Whether all traces and events are equal to the last bit."""
    tables = zip(first.tables, second.tables, strict=True)
    return all(
        one.values.dtype == two.values.dtype and one.values.tobytes() == two.values.tobytes()
        for one, two in tables
    ) and (
        first.events.times_s.tobytes() == second.events.times_s.tobytes()
        and np.array_equal(first.events.offsets, second.events.offsets)
    )


@pytest.mark.parametrize("name", example_names())
def test_interpreter_and_compiled_kernels_agree(
    examples_folder: Path, toolchain: Any, name: str
) -> None:
    path = examples_folder / f"{name}.xml"

    compiled = run(path, executor="compiled")
    interpreted = run(path, executor="interpreter")

    assert compiled.provenance["device"] == "cpu (compiled)"
    assert interpreted.provenance["device"] == "cpu (interpreter)"
    limit = GROWING.get(name.removeprefix("LEMS_NML2_"), LIMIT)
    assert len(compiled.signals) > 0
    for column, signal in compiled.signals.items():
        scale = np.abs(signal.values).max() or 1.0
        difference = np.abs(np.asarray(signal) - np.asarray(interpreted[column])).max()
        assert difference <= limit * scale, column
    assert np.array_equal(compiled.events.times_s, interpreted.events.times_s)


@pytest.mark.parametrize("name", example_names())
def test_example_gives_the_same_bits_with_two_threads(
    examples_folder: Path, toolchain: Any, name: str
) -> None:
    path = examples_folder / f"{name}.xml"

    one, again, two = (run(path, 1000, executor="compiled", threads=n) for n in (1, 1, 2))

    assert two.provenance["threads"] == 2
    assert same_bits(one, again)
    assert same_bits(one, two)


@pytest.fixture(scope="module")
def large_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4500 cells, of which 900 are drawn to fire, in a ring of connections and across it."""
    size, rng = 4500, np.random.default_rng(3)
    targets = rng.integers(0, size, 3 * size)
    synapses = "".join(
        f'<connectionWD id="{number}" preCellId="../p[{number % size}]" '
        f'postCellId="../p[{target}]" weight="{rng.normal(2, 1):.4f}" '
        f'delay="{rng.integers(0, 6) * 0.35:.2f}ms"/>'
        for number, target in enumerate(targets)
    )
    inputs = "".join(
        f'<input id="{number}" target="../p[{5 * number}]" destination="synapses"/>'
        for number in range(size // 5)
    )
    shown = range(0, size, size // COLUMNS)
    columns = "".join(f'<OutputColumn id="c{i}" quantity="p[{i}]/v"/>' for i in shown)
    events = "".join(
        f'<EventSelection id="{i}" select="p[{i}]" eventPort="spike"/>' for i in range(size)
    )
    path = tmp_path_factory.mktemp("large") / "large.xml"
    path.write_text(
        f"""<Lems><Target component="sim"/>
        <Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
        <iafCell id="iaf" leakConductance="10nS" leakReversal="-65mV" thresh="-55mV"
            reset="-70mV" C="100pF"/>
        <expOneSynapse id="syn" gbase="1nS" erev="0mV" tauDecay="3ms"/>
        <poissonFiringSynapse id="drive" synapse="syn" averageRate="2000 Hz"
            spikeTarget="./syn"/>
        <network id="net"><population id="p" component="iaf" size="{size}"/>
        <projection id="r" presynapticPopulation="p" postsynapticPopulation="p"
            synapse="syn">{synapses}</projection>
        <inputList id="i" component="drive" population="p">{inputs}</inputList></network>
        <Simulation id="sim" length="40ms" step="0.1ms" target="net">
        <OutputFile id="o" fileName="v.dat">{columns}</OutputFile>
        <EventOutputFile id="e" fileName="s.dat" format="TIME_ID">{events}</EventOutputFile>
        </Simulation></Lems>""",
        encoding="utf-8",
    )
    return path


def test_large_network_gives_the_same_bits_with_any_threads(
    large_network: Path, toolchain: Any
) -> None:
    import annarchy_ml

    model = annarchy_ml.load(large_network)
    one, again, two, three = (
        model.compile(executor="compiled", threads=threads).run() for threads in (1, 1, 2, 3)
    )

    assert len(one.events.times_s) > 1000
    assert same_bits(one, again)
    assert same_bits(one, two)
    assert same_bits(one, three)


@pytest.mark.slow
def test_large_network_is_the_same_when_interpreted(large_network: Path, toolchain: Any) -> None:
    compiled = run(large_network, 100, executor="compiled")
    interpreted = run(large_network, 100, executor="interpreter")

    assert np.array_equal(compiled.events.times_s, interpreted.events.times_s)
    assert np.array_equal(compiled.events.offsets, interpreted.events.offsets)


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without a compiler, and without kernels that were compiled before."""
    from annarchy_ml.engine import build

    def find(_: Path) -> Any:
        raise build.NoCompiler("no C compiler was found")

    monkeypatch.setattr(build, "find_toolchain", find)
    monkeypatch.setenv("ANNARCHY_ML_CACHE", str(tmp_path / "cache"))


def test_without_a_compiler_the_interpreter_runs_and_says_so(no_compiler: None) -> None:
    import annarchy_ml

    simulation = annarchy_ml.load(MODELS / "conditions.xml").compile()
    results = simulation.run()

    assert results.provenance["device"] == "cpu (interpreter)"
    assert "compiler" in simulation.runtime.fallback
    assert "\n" not in simulation.runtime.fallback
    assert np.asarray(results["x"]).tolist() == [0, 1, 2, 0, 1, 2, 0, 1]


def test_without_a_compiler_asking_for_compiled_kernels_is_a_fault(no_compiler: None) -> None:
    import annarchy_ml

    with pytest.raises(annarchy_ml.EnvironmentFault) as caught:
        annarchy_ml.load(MODELS / "conditions.xml").compile(executor="compiled")

    assert "compiler" in str(caught.value)
