"""Cells that fewer than two other backends have, or have as PyNN means them, by their equations.

NEST's IF_curr_delta cannot be recorded and takes other weights; NEST has no IF_cond_exp_gsfa_grr,
and Brian 2's takes q_sfa for another unit; NEURON's GIF_cond_exp tells no spikes, and Brian 2 has
none. The equations of these, and of two more cells, are written out here and stepped 20 times as
finely.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="PyNN is not installed")

import annarchy_ml.importers.pynn as sim

FOLDER = Path(__file__).parents[1] / "reference" / "pynn"
FINE = 20
State = dict[str, float]


def _make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pynn_references", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


MAKE = _make()


@dataclass
class Cell:
    """Equations of a cell.

    Attributes:
        rates: of all states [1/ms].
        state: at the beginning.
        receives: states to which excitatory and inhibitory weights are added.
        fires: whether a step ends with a spike, of the states at its beginning and its end.
        leaves: what a spike does.
        refractory: for how long v stays after a spike [ms].
    """

    rates: Callable[[State], State]
    state: State
    receives: tuple[str, str]
    fires: Callable[[State, State], bool]
    leaves: Callable[[State], State]
    refractory: float = 0.0
    spikes: list[float] = field(default_factory=list)
    v: list[float] = field(default_factory=list)

    def run(self, weights: tuple[float, float]) -> None:
        """Steps through the inputs of the reference; arrivals count from the end of their step."""
        steps, waits = round(MAKE.DURATION / MAKE.DT), 0
        arriving = [{round((t + 1.0) / MAKE.DT) for t in times} for times in MAKE.ARRIVE]
        self.v.append(self.state["v"])
        for step in range(1, steps + 1):
            before, held = dict(self.state), waits > 0
            self._move(held)
            for name, due, weight in zip(self.receives, arriving, weights, strict=True):
                if step in due and not (held and name == "v"):
                    self.state[name] += weight
            waits = max(0, waits - 1)
            if not held and self.fires(before, self.state):
                self.spikes.append(step * MAKE.DT)
                self.state.update(self.leaves(self.state))
                waits = round(self.refractory / MAKE.DT)
            self.v.append(self.state["v"])

    def _move(self, held: bool) -> None:
        """One step by the classical Runge-Kutta method, in fine parts."""
        h = MAKE.DT / FINE
        for _ in range(FINE):
            slopes = [self._slope(self.state, held)]
            for part in (0.5, 0.5, 1.0):
                there = {k: x + h * part * slopes[-1][k] for k, x in self.state.items()}
                slopes.append(self._slope(there, held))
            for k in self.state:
                a, b, c, d = (item[k] for item in slopes)
                self.state[k] += h * (a + 2.0 * b + 2.0 * c + d) / 6.0

    def _slope(self, state: State, held: bool) -> State:
        found = self.rates(state)
        return {**found, "v": 0.0} if held else found


def _crosses(threshold: float) -> Callable[[State, State], bool]:
    return lambda before, after: after["v"] >= threshold


def _delta() -> Cell:
    return Cell(
        lambda s: {"v": (-65.0 - s["v"]) / 20.0 + 0.9},
        {"v": -65.0},
        ("v", "v"),
        _crosses(-50.0),
        lambda s: {"v": -65.0},
        2.0,
    )


def _conductances(s: State) -> State:
    return {"e": -s["e"] / 5.0, "i": -s["i"] / 5.0}


def _driven(s: State, current: float) -> float:
    """Of a cell of 1 nF with the usual conductances."""
    inputs = s["e"] * (0.0 - s["v"]) + s["i"] * (-70.0 - s["v"])
    return (-65.0 - s["v"]) / 20.0 + inputs + current


def _adapting() -> Cell:
    def rates(s: State) -> State:
        left = s["s"] * (-75.0 - s["v"]) + s["r"] * (-75.0 - s["v"])
        decays = {"s": -s["s"] / 100.0, "r": -s["r"] / 2.0}
        return {"v": _driven(s, 1.5) + left, **decays, **_conductances(s)}

    return Cell(
        rates,
        {"v": -65.0, "e": 0.0, "i": 0.0, "s": 0.0, "r": 0.0},
        ("e", "i"),
        _crosses(-50.0),
        lambda s: {"v": -65.0, "s": s["s"] + 0.015, "r": s["r"] + 3.0},
        2.0,
    )


def _generalized() -> Cell:
    """With a threshold that is next to sharp: it fires where a spike in this step is likelier."""
    taus = (1.0, 10.0, 100.0)

    def rates(s: State) -> State:
        left = s["eta0"] + s["eta1"] + s["eta2"]
        decays = {f"{k}{n}": -s[f"{k}{n}"] / t for n, t in enumerate(taus) for k in ("eta", "gam")}
        return {"v": _driven(s, 3.0) - left, **decays, **_conductances(s)}

    def fires(before: State, after: State) -> bool:
        threshold = -48.0 + sum(after[f"gam{n}"] for n in range(3))
        exponent = min((after["v"] - threshold) / 0.01, 50.0)
        return 1.0 - math.exp(-1e-3 * MAKE.DT * math.exp(exponent)) > 0.5

    left = {f"{k}{n}": 0.0 for n in range(3) for k in ("eta", "gam")}
    return Cell(
        rates,
        {"v": -65.0, "e": 0.0, "i": 0.0, **left},
        ("e", "i"),
        fires,
        lambda s: {"v": -65.0, **{k: s[k] + 1.0 for k in left}},
        4.0,
    )


def _hodgkin_huxley() -> Cell:
    def ratio(y: float) -> float:
        return y / math.expm1(y) if y else 1.0

    def rates(s: State) -> State:
        v, m, h, n = s["v"], s["m"], s["h"], s["n"]
        u = v + 63.0
        opening = {
            "m": (1.28 * ratio((13.0 - u) / 4.0), 1.4 * ratio((u - 40.0) / 5.0)),
            "n": (0.16 * ratio((15.0 - u) / 5.0), 0.5 * math.exp((10.0 - u) / 40.0)),
            "h": (0.128 * math.exp((17.0 - u) / 18.0), 4.0 / (1.0 + math.exp((40.0 - u) / 5.0))),
        }
        gates = {k: a * (1.0 - s[k]) - b * s[k] for k, (a, b) in opening.items()}
        current = 20.0 * m**3 * h * (50.0 - v) + 6.0 * n**4 * (-90.0 - v) + 0.01 * (-65.0 - v)
        current += s["e"] * (0.0 - v) + s["i"] * (-80.0 - v) + 0.7
        return {"v": current / 0.2, **gates, "e": -s["e"] / 2.0, "i": -s["i"] / 2.0}

    return Cell(
        rates,
        {"v": -65.0, "m": 0.0, "h": 1.0, "n": 0.0, "e": 0.0, "i": 0.0},
        ("e", "i"),
        lambda before, after: before["v"] <= 0.0 < after["v"],
        lambda s: {},
    )


def _izhikevich() -> Cell:
    def rates(s: State) -> State:
        v, u = s["v"], s["u"]
        return {"v": 0.04 * v * v + 5.0 * v + 140.0 - u + 7.0, "u": 0.02 * (0.2 * v - u)}

    return Cell(
        rates,
        {"v": -70.0, "u": -14.0},
        ("v", "v"),
        _crosses(30.0),
        lambda s: {"v": -65.0, "u": s["u"] + 2.0},
    )


CELLS = {
    "IF_curr_delta": (_delta, 0.0, 1e-5),
    "IF_cond_exp_gsfa_grr": (_adapting, 0.0, 1e-5),
    "GIF_cond_exp": (_generalized, 0.0, 1e-5),
    "HH_cond_exp": (_hodgkin_huxley, 0.5, 1e-5),
    "Izhikevich": (_izhikevich, 1.0, 0.05),
}
"""By name, with how much earlier or later they are at most here [steps], and how far apart [mV]:
some are stepped less finely, so that a potential on its way up is another one."""


@pytest.mark.parametrize("name", CELLS)
def test_cells_do_what_their_equations_say(name: str) -> None:
    made, late, most = CELLS[name]
    found, expected = MAKE.cell(sim, name), made()
    expected.run(MAKE.WEIGHTS.get(name, (0.02, 0.02)))
    assert len(expected.spikes) >= 5
    apart = np.abs(np.subtract(found["spikes"], expected.spikes))
    assert np.max(apart) < (MAKE.DT if late else 0.0) + 1e-6
    same = expected.spikes[np.argmax(apart > 1e-6)] if late else MAKE.DURATION
    until = int(same / (MAKE.DT * MAKE.EVERY))
    assert until > 200
    v = np.array(expected.v)
    changes = np.abs(np.diff(v, append=v[-1]))[:: MAKE.EVERY][:until]
    apart = np.abs(np.array(found["v"]) - v[:: MAKE.EVERY])[:until]
    assert np.all(apart < most + late * changes)
