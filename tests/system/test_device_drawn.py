"""Drawn networks on a device of warps of 32 lanes against the CPU engine.

Point cells, cells of compartments with gates and kinetic schemes, plastic synapses, junctions;
relays; rates and spikes of equations that learn; spiking synapses that come and go. What is drawn
does not depend on the device; who goes on first, and how threads lie, are drawn too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from changing_synapses import KINDS, Script
from drawn_networks import Drawn, equations, relays

import annarchy_ml as aml
from annarchy_ml.engine.cuda import emulated
from annarchy_ml.engine.cuda.lanes import LaneDevice, Lanes

pytestmark = pytest.mark.filterwarnings("ignore:.*no equation of")
LIMIT = 1e-12
DRAWN, USUAL = 15, 2
"""Networks of each kind, and how many of them are not slow."""


def seeds(usual: int) -> list[Any]:
    """Of all drawn networks of a kind; the first ones are not slow."""
    return [pytest.param(k, marks=[] if k < usual else pytest.mark.slow) for k in range(DRAWN)]


SEEDS = seeds(USUAL)


Chosen = Callable[..., list[LaneDevice]]


@pytest.fixture
def lanes_of(monkeypatch: pytest.MonkeyPatch, toolchain: Any) -> Chosen:
    """Makes the emulated device one of lanes, drawn from a seed; gives those that were made.

    Accesses are looked at where the seed is one of the first.
    """

    def choose(seed: int, looked_at: int = USUAL) -> list[LaneDevice]:
        rng, made = np.random.default_rng([seed, 99]), []
        blocks, warps = int(rng.integers(1, 4)), int(rng.integers(1, 4))
        shape = Lanes(blocks, warps, seed + 1, seed < looked_at)

        def make(_: int) -> LaneDevice:
            made.append(LaneDevice(shape))
            return made[-1]

        monkeypatch.setattr(emulated, "EmulatedDevice", make)
        return made

    return choose


def near(found: Any, expected: Any, limit: float = LIMIT) -> None:
    scale = np.abs(expected).max(initial=0.0) or 1.0
    assert np.abs(np.asarray(found) - expected).max(initial=0.0) <= limit * scale


@pytest.mark.parametrize("seed", SEEDS)
def test_cells_and_what_connects_them(lanes_of: Chosen, tmp_path: Path, seed: int) -> None:
    expected = Drawn(seed, tmp_path).seen("cpu")
    made = lanes_of(seed)
    found = Drawn(seed, tmp_path).seen("emulated")
    assert made
    for one, other in zip(found[0], expected[0], strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(found[1], expected[1], strict=True):
        near(one, other, 10 * LIMIT)  # a spike that begins enlarges what is rounded
        assert np.isfinite(other).all()
    assert sum(map(len, expected[0])) > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_relays(lanes_of: Chosen, tmp_path: Path, seed: int) -> None:
    path = relays(seed, tmp_path)
    expected = aml.load(path).compile(device="cpu").run()["end[0]/n"].values
    lanes_of(seed)
    found = aml.load(path).compile(device="emulated").run()["end[0]/n"].values
    np.testing.assert_array_equal(found, expected)
    assert expected[-1] > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_rates_and_spikes_of_equations(lanes_of: Chosen, seed: int) -> None:
    expected = equations(seed, "cpu")
    lanes_of(seed)
    for one, other in zip(equations(seed, "emulated"), expected, strict=True):
        near(one, other)
    assert np.ptp(np.concatenate(expected)) > 0.1


@pytest.mark.parametrize("seed", seeds(len(KINDS)))
def test_synapses_that_come_and_go(lanes_of: Chosen, seed: int) -> None:
    """Of all kinds in turn; events that are under way find those that stay."""
    kind = [*KINDS][seed % len(KINDS)]
    expected = Script(kind, seed, 40, device="cpu", num_threads=1).go()
    made = lanes_of(seed, len(KINDS))
    found = Script(kind, seed, 40, device="emulated", num_threads=1).go()
    assert made
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        near(one, other)
