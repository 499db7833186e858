"""Runs the models and scripts of `examples/`."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml

EXAMPLES = Path(__file__).parents[2] / "examples"
MODELS = sorted(path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.glob("*/LEMS_*.xml"))


@pytest.mark.parametrize("name", MODELS)
def test_model_is_without_fault(name: str) -> None:
    assert annarchy_ml.check(EXAMPLES / name) == []


def test_synapse_of_pair_grows_until_the_second_cell_fires(tmp_path: Path) -> None:
    results = annarchy_ml.run(EXAMPLES / "pair" / "LEMS_pair.xml", out=tmp_path)
    first, second = results.events["first[0]"].times_s, results.events["second[0]"].times_s
    assert len(first) > len(second) > 0
    assert second[0] > first[2]
    assert (tmp_path / "pair.dat").exists()


def test_scan_gives_more_spikes_for_more_current() -> None:
    rates = runpy.run_path(str(EXAMPLES / "scan" / "scan.py"))["rates_hz"]([0.4, 1.0, 2.0])
    assert rates[0] == 0 < rates[1] < rates[2]


def test_hello_world_leaves_its_plot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    annarchy_ml.clear()
    try:
        script = runpy.run_path(str(EXAMPLES / "hello_world.py"))
    finally:
        annarchy_ml.clear()
    assert (tmp_path / "hello_world.png").stat().st_size > 10_000
    assert script["v"].shape == (1000, 1000)
    assert len(script["fr"]) == 1000
    counts = np.bincount(script["n"], minlength=1000)
    assert 7.5 < counts[:800].mean() < 10.5
    assert 7.0 < counts[800:].mean() < 12.5


def test_noisy_cells_fire_irregularly() -> None:
    pytest.importorskip("neo")
    pytest.importorskip("elephant")
    script = runpy.run_path(str(EXAMPLES / "neo" / "spike_statistics.py"))
    block = annarchy_ml.run(script["MODEL"], write_files=False).to_neo()
    found = np.array(script["statistics"](block.segments[0].spiketrains))
    assert found.shape == (20, 2)
    assert 2 < found[:, 0].mean() < 100
    assert 0.2 < found[:, 1].mean() < 1.5


def test_balanced_network_fires_irregularly(tmp_path: Path) -> None:
    script = runpy.run_path(str(EXAMPLES / "balanced" / "balanced.py"))
    results = script["network"](500).compile(dt="0.1 ms", duration="200 ms", seed=1).run()
    rates = script["rates_hz"](results)
    assert set(rates) == {"exc", "inh"}
    assert all(5 < rate < 100 for rate in rates.values())
    pytest.importorskip("matplotlib")
    script["draw"](results, str(tmp_path / "raster.png"))
    assert (tmp_path / "raster.png").stat().st_size > 10_000


def test_gallery_runs(tmp_path: Path) -> None:
    results = annarchy_ml.run(EXAMPLES / "gallery" / "LEMS_gallery.xml", out=tmp_path)
    assert results["pools[0]/v"].values.max() > 0
    assert results["pools[0]/caConc2"].values.max() > 1e-4
    clamped = results["points[0]/v"]
    during = (clamped.times_s > 0.02) & (clamped.times_s < 0.06)
    assert np.allclose(clamped.values[during], -0.04, atol=2e-4)


def test_cables_fire_and_are_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    script = runpy.run_path(str(EXAMPLES / "cables" / "cables.py"))
    script["main"](tmp_path)
    spikes, _, _, cells, _ = capsys.readouterr().out.split()
    assert 40 < int(spikes) < 200
    assert int(cells) == 20
    assert all((tmp_path / name).stat().st_size > 20_000 for name in ("cables.png", "spike.png"))


def test_a_spike_travels_to_the_second_cell(tmp_path: Path) -> None:
    pytest.importorskip("pyNN")
    pytest.importorskip("neuroml")
    import annarchy_ml.importers.pynn as sim

    script = runpy.run_path(str(EXAMPLES / "multicompartment" / "branched.py"))
    data = script["run"](sim)
    first, second = (train.magnitude for train in data.spiketrains)
    assert len(first) == len(second) == 1
    assert 26.0 < second[0] - first[0] + 21.0 < 32.0  # a delay of 5 ms, then the branch
    script["draw"](data, str(tmp_path / "branched.png"))
    assert (tmp_path / "branched.png").stat().st_size > 20_000


def _pynn(name: str) -> dict[str, Any]:
    pytest.importorskip("pyNN", reason="PyNN is not installed")
    return runpy.run_path(str(EXAMPLES / "pynn" / f"{name}.py"))


@pytest.mark.parametrize(("kind", "least", "most"), [("coba", 3.0, 40.0), ("cuba", 3.0, 12.0)])
def test_balanced_pynn_networks_go_on_by_themselves(kind: str, least: float, most: float) -> None:
    import annarchy_ml.importers.pynn as sim

    found = _pynn("balanced")["run"](sim, kind, n=2000, duration=300.0)
    assert least < min(found["rates"]) <= max(found["rates"]) < most
    last = max(float(train[-1]) for train in found["data"].spiketrains if len(train))
    assert last > 280.0


def test_the_brunel_network_fires_irregularly() -> None:
    import annarchy_ml.importers.pynn as sim

    found = _pynn("brunel")["run"](sim, n=1250, duration=200.0)
    assert 25.0 < found["rate"] < 60.0


def test_synapses_of_stdp_compete() -> None:
    import annarchy_ml.importers.pynn as sim

    found = _pynn("stdp")["run"](sim, duration=60000.0)
    middle = np.mean((found["weights"] > 0.3) & (found["weights"] < 0.7))
    assert middle < 0.3
    assert np.mean(found["weights"] < 0.2) > 0.2
    assert np.mean(found["weights"] > 0.8) > 0.05


def test_four_currents_make_four_cells_fire() -> None:
    import annarchy_ml.importers.pynn as sim

    found = _pynn("current_injection")["run"](sim)
    assert found["spikes"] == [4, 4, 5, found["spikes"][3]]


def test_the_hodgkin_huxley_network_goes_on_by_itself() -> None:
    import annarchy_ml.importers.pynn as sim

    found = _pynn("hh_network")["run"](sim, n=800, duration=150.0)
    assert 5.0 < min(found["rates"]) <= max(found["rates"]) < 150.0


def test_pynn_examples_take_their_backend_and_draw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyNN", reason="PyNN is not installed")
    import annarchy_ml.importers.pynn as sim

    folder, picture = EXAMPLES / "pynn", tmp_path / "potentials.png"
    monkeypatch.setitem(sys.modules, "pyNN.annarchy", sim)
    monkeypatch.setattr(sys, "argv", ["current_injection.py", "annarchy", str(picture)])
    monkeypatch.syspath_prepend(folder)
    runpy.run_path(str(folder / "current_injection.py"), run_name="__main__")
    assert capsys.readouterr().out.startswith("spikes: [4, 4, 5, ")
    assert picture.stat().st_size > 20_000
