"""Spiking synapses that come and go after `compile`, against a step by step account in NumPy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

PRE, POST, STEPS = 7, 5, 60
TAU, UP, DOWN = 6.0, 0.05, 0.03
LEARNING = {
    "parameters": f"tau = {TAU}\nk = 1.0",
    "equations": "tau*dx/dt = -x : event-driven\ntau*dy/dt = -y : event-driven",
    "pre_spike": f"g_target += k*w\nx += 1.0\nw -= {DOWN}*y",
    "post_spike": f"y += 1.0\nw += {UP}*x",
}
NEURON = aml.Neuron(
    parameters="drive = 0.1",
    equations="dv/dt = drive - 0.05*v + 0.2*g_exc",
    spike="v > 1.0",
    reset="v = 0.0",
)


@dataclass
class Account:
    """The network as it should be: synapses one by one, spikes by the step of arrival."""

    spikes: list[list[int]]
    drive: np.ndarray
    learns: bool
    synapses: dict[tuple[int, int], dict[str, float]] = field(default_factory=dict)
    under_way: list[tuple[int, tuple[int, int]]] = field(default_factory=list)
    step: int = 0

    def __post_init__(self) -> None:
        self.v, self.g = np.zeros(POST), np.zeros((STEPS, POST))
        self.v_seen = np.zeros((STEPS, POST))

    def create(self, pre: int, post: int, w: float, delay: int) -> None:
        self.synapses[pre, post] = {"w": w, "d": delay, "x": 0.0, "y": 0.0}

    def prune(self, pre: int, post: int) -> None:
        del self.synapses[pre, post]
        self.under_way = [item for item in self.under_way if item[1] != (pre, post)]

    def run(self, count: int) -> None:
        for _ in range(count):
            self._one()
            self.step += 1

    def _one(self) -> None:
        now, g = self.step, np.zeros(POST)
        for place in sorted((p for at, p in self.under_way if at == now), key=lambda p: p[::-1]):
            own = self.synapses[place]
            g[place[1]] += own["w"]
            if self.learns:
                own["x"] += 1.0
                own["w"] -= DOWN * own["y"]
        self.under_way = [item for item in self.under_way if item[0] != now]
        self.v = self.v + (self.drive - 0.05 * self.v + 0.2 * g)
        fired = self.v > 1.0
        self.v[fired] = 0.0
        self.g[now], self.v_seen[now] = g, self.v
        for (pre, post), own in self.synapses.items():
            if now in self.spikes[pre]:
                self.under_way.append((now + own["d"], (pre, post)))
            if not self.learns:
                continue
            own["x"] *= np.exp(-1.0 / TAU)
            own["y"] *= np.exp(-1.0 / TAU)
            if fired[post]:
                own["y"] += 1.0
                own["w"] += UP * own["x"]


def build(rng: np.random.Generator, synapse: Any, threads: int) -> tuple[Any, Any, Account]:
    """A network, its projection, and the account of it."""
    spikes = [np.flatnonzero(rng.random(STEPS) < 0.3).tolist() for _ in range(PRE)]
    net = aml.Network(seed=3)
    net.config(num_threads=threads, structural_plasticity=True)
    source = net.create(aml.SpikeSourceArray([[float(t) for t in item] for item in spikes]))
    cells = net.create(POST, NEURON, name="cells")
    cells.drive = np.linspace(0.05, 0.2, POST)
    proj = net.connect(source, cells, "exc", synapse, name="changing")
    weights = np.where(rng.random((POST, PRE)) < 0.5, rng.random((POST, PRE)), np.nan)
    delays = rng.integers(1, 5, (POST, PRE)).astype(float)
    listed = [[None if np.isnan(w) else float(w) for w in row] for row in weights]
    proj.from_matrix(listed, delays=delays)
    account = Account(spikes, np.asarray(cells.drive), synapse is not None)
    for post, pre in zip(*np.nonzero(~np.isnan(weights)), strict=True):
        account.create(int(pre), int(post), float(weights[post, pre]), int(delays[post, pre]))
    return net, proj, account


def change(rng: np.random.Generator, proj: Any, account: Account) -> None:
    """One synapse goes and two come, where they can."""
    here = sorted(account.synapses)
    pre, post = here[rng.integers(len(here))]
    proj.dendrite(post).prune_synapse(pre)
    account.prune(pre, post)
    for _ in range(2):
        pre, post = int(rng.integers(PRE)), int(rng.integers(POST))
        if (pre, post) in account.synapses:
            continue
        w, delay = float(rng.random()), int(rng.integers(1, 7))
        proj.create_synapses(post, pre, w, float(delay))
        account.create(pre, post, w, delay)


@pytest.mark.parametrize("executor", ["compiled", "interpreter", "emulated"])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("learns", [False, True])
def test_changes_by_hand(learns: bool, threads: int, executor: str, toolchain: Any) -> None:
    """Emulated: on a device, whose events under way lie with those who sent them."""
    rng = np.random.default_rng(11)
    synapse = aml.Synapse(**LEARNING) if learns else None
    net, proj, account = build(rng, synapse, threads)
    monitor = net.monitor(net.get_population("cells"), ["v", "g_exc"])
    if executor == "emulated":
        net.config(device=executor)
        net.compile()
    else:
        net.compile(executor=executor)
    for count in (7, 1, 1, 12, 2, 1, 9, 27):
        net.simulate(float(count))
        account.run(count)
        change(rng, proj, account)
        found = {(pre, post): w for post in proj.post_ranks
                 for pre, w in zip(proj.dendrite(post).pre_ranks, proj.dendrite(post).w,
                                   strict=True)}  # fmt: skip
        expected = {place: own["w"] for place, own in account.synapses.items()}
        assert found == pytest.approx(expected, rel=1e-12)
    assert monitor.get("g_exc") == pytest.approx(account.g, rel=1e-12, abs=1e-14)
    assert account.under_way


def test_reset_brings_the_first_synapses_back(toolchain: Any) -> None:
    for synapse in (None, aml.Synapse(**LEARNING)):
        rng = np.random.default_rng(5)
        net, proj, account = build(rng, synapse, 2)
        monitor = net.monitor(net.get_population("cells"), "v")
        net.compile()
        first = (proj.pre_ranks, proj.w, proj.delay)
        net.simulate(20.0)
        begun = monitor.get("v")
        change(rng, proj, account)
        net.simulate(20.0)
        net.reset(synapses=True, projections=True)
        assert (proj.pre_ranks, proj.w, proj.delay) == first
        net.simulate(20.0)
        assert np.array_equal(monitor.get("v"), begun)
