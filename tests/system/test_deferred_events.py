"""Events of cells that wait at plastic synapses: the same bits as without waiting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml
from annarchy_ml.engine import runtime

LEMS = Path(__file__).parents[2] / "benchmarks" / "lems"
SOURCES, CELLS = 900, 600
PIECES = (0.05, 0.0003, 0.2107, 0.039)
"""Seconds of the pieces of a run; more moments than are kept pass in the third."""


@pytest.fixture(autouse=True)
def _needs_compiler(toolchain: Any) -> None:
    """Interpreted events do not wait."""


def network(folder: Path, post: str = "") -> aml.NetworkModel:
    """Some sources are all but silent, some fire often, as some cells do.

    Args:
        folder: for the component types.
        post: what an event of a cell does to the weight, if something else.
    """
    net = aml.NetworkModel("stdp")
    text = (LEMS / "w5_stdp.xml").read_text()
    if post:
        text = text.replace("min(1, w + potentiation * x)", post)
        assert post in text
    (folder / "types.xml").write_text(text)
    net.include(folder / "types.xml")
    sources = net.population("sources", "source", SOURCES)
    cells = net.population("cells", "cell", CELLS)
    sources.set(averageRate=np.where(np.arange(SOURCES) % 3 == 0, 0.5, 40.0))
    cells.set(thresh=np.where(np.arange(CELLS) % 5 == 0, 0.004, 0.012))
    net.projection(
        "p", sources, cells, aml.AllToAll(), "stdp", weight=aml.Uniform(0.0, 1.0), delay="0.1 ms"
    )
    net.record_spikes(cells)
    return net


def outcome(
    net: aml.NetworkModel, monkeypatch: pytest.MonkeyPatch, waits: bool = True, **options: Any
) -> tuple[list[np.ndarray], int]:
    """Weights after each piece, spikes, and how many projections had events that wait."""
    given: dict[str, Any] = {"dt": "0.1 ms", "duration": "300 ms", "seed": 5, **options}
    with monkeypatch.context() as patch:
        if not waits:
            patch.setattr(runtime, "set_event_reads", lambda *_: None)
        sim = net.compile(**given)
    found = []
    (number,) = (k for k, g in enumerate(sim.plan.groups) if g.name.endswith("connections"))
    for piece in PIECES:
        results = sim.run(piece)
        found.append(np.array(sim.runtime.field(number, "w")))
    found += [np.asarray(item) for item in results.spikes("cells")]
    return found, sim.runtime.network.deferring


@pytest.mark.parametrize("precision", ["double", "single"])
def test_waiting_changes_no_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    plain, none = outcome(network(tmp_path), monkeypatch, waits=False, precision=precision)
    assert none == 0
    assert len(plain[-1]) > 2000  # spikes of cells
    assert len(np.unique(plain[0])) > 1000
    for threads in (1, 2, 3, 7):
        waited, one = outcome(network(tmp_path), monkeypatch, threads=threads, precision=precision)
        assert one == 1
        for expected, got in zip(plain, waited, strict=True):
            np.testing.assert_array_equal(got, expected)


def test_reset_leaves_nothing_waiting(tmp_path: Path) -> None:
    sim = network(tmp_path).compile(dt="0.1 ms", duration="300 ms", seed=5)
    first = [np.array(item) for item in sim.run(0.1).spikes("cells")]
    assert len(first[0]) > 200
    sim.reset()
    for got, expected in zip(sim.run(0.1).spikes("cells"), first, strict=True):
        np.testing.assert_array_equal(got, expected)


def test_what_cannot_be_kept_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace of the cell itself is known only when the event arrives."""
    post = "min(1, w + potentiation * x * y)"
    found, count = outcome(network(tmp_path, post), monkeypatch)
    assert count == 0
    plain, _ = outcome(network(tmp_path, post), monkeypatch, waits=False, threads=2)
    for got, expected in zip(found, plain, strict=True):
        np.testing.assert_array_equal(got, expected)
