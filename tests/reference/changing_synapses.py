"""Networks whose spiking synapses come and go while events are under way.

Networks, changes and runs are drawn; what is drawn does not depend on the device.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import annarchy_ml as aml

SOURCES, CELLS, STEPS, LONGEST = 6, 5, 120, 9
NEURON = aml.Neuron(
    parameters="drive = 0.1",
    equations="""
        trace = 0.9*trace
        dv/dt = drive - 0.05*v + 0.2*g_exc
    """,
    spike="v > 1.0",
    reset="v = 0.0\ntrace += 1.0",
)
KINDS: dict[str, dict[str, str]] = {
    "plain": {},
    "traces": {
        "parameters": "tau = 6.0",
        "equations": "tau*dx/dt = -x : event-driven\ntau*dy/dt = -y : event-driven",
        "pre_spike": "g_target += w\nx += 1.0\nw -= 0.03*y",
        "post_spike": "y += 1.0\nw += 0.05*x",
    },
    "stepped": {
        "equations": "x = 0.9*x + 0.01*post.v\nw = clip(w + 0.002*x, 0.0, 1.5)",
        "pre_spike": "g_target += w*(1.0 + x)\nx += 0.5",
    },
    "reading": {
        "parameters": "tau = 9.0",
        "equations": "tau*dx/dt = -x : event-driven",
        "pre_spike": "x += 1.0\ng_target += w + 0.1*post.trace\nw = 0.8*w + 0.1*post.v",
        "post_spike": "w = clip(w + 0.1*x - 0.02*x*x, 0.0, 2.0)",
    },
    "ruled": {
        "equations": "age = age + 1.0\nx = 0.95*x",
        "pre_spike": "g_target += w\nx += 1.0\nage = 0.5*age",
        "creating": "(pre.trace > 0.3) and (post.v > 0.4) : proba = 0.2, w = Uniform(0.1, 0.9), "
        "d = 5.0",
        "pruning": "age > 14.0 : proba = 0.3",
    },
}


class Script:
    """One network and all that is done to it, drawn from a seed."""

    def __init__(self, kind: str, seed: int, steps: int = STEPS, **options: Any) -> None:
        self.steps = steps
        self.kind, self.rng = kind, np.random.default_rng([seed, *kind.encode()])
        net = self.net = aml.Network(seed=seed + 1)
        net.config(structural_plasticity=True, **options)
        sent = self.rng.random((SOURCES, STEPS)) < 0.2
        self.source = net.create(
            aml.SpikeSourceArray([[float(t) for t in np.flatnonzero(row)] for row in sent])
        )
        self.cells = net.create(CELLS, NEURON, name="cells")
        self.cells.drive = self.rng.uniform(0.05, 0.2, CELLS)
        synapse = aml.Synapse(**KINDS[kind]) if KINDS[kind] else None
        froms = [self.cells] if kind in ("reading", "ruled") else [self.source, self.cells]
        self.changing = [self._connected(pre, synapse) for pre in froms]
        if len(froms) == 1:
            fixed = net.connect(self.source, self.cells, "exc")
            fixed.fixed_probability(0.6, self.rng.uniform(0.2, 1.0), 2.0)
        self.monitor = net.monitor(self.cells, ["v", "g_exc", "trace", "spike"])
        net.compile()

    def _connected(self, pre: Any, synapse: Any) -> Any:
        size = CELLS if pre is self.cells else SOURCES
        there = self.rng.random((CELLS, size)) < 0.5
        weights = self.rng.random((CELLS, size))
        listed = [
            [float(w) if on else None for on, w in zip(*row, strict=True)]
            for row in zip(there, weights, strict=True)
        ]
        made = self.net.connect(pre, self.cells, "exc", synapse)
        if synapse is None and pre is self.cells:
            return made.fixed_probability(0.5, 0.6, float(self.rng.integers(2, LONGEST)))
        if self.rng.random() < 0.3:
            return made.from_matrix(listed, delays=float(self.rng.integers(1, LONGEST)))
        return made.from_matrix(listed, delays=self._delays((CELLS, size)))

    def _delays(self, shape: Any) -> Any:
        return self.rng.integers(1, LONGEST, shape).astype(float)

    def go(self) -> list[Any]:
        """Runs and changes in turn; gives all that can be seen."""
        if self.kind == "ruled":
            self.changing[0].start_creating(period=float(self.rng.integers(1, 6)))
            self.changing[0].start_pruning(period=float(self.rng.integers(1, 9)))
        seen: list[Any] = []
        left = self.steps
        while left > 0:
            count = min(left, int(self.rng.integers(1, 14)))
            self.net.simulate(float(count))
            left -= count
            seen += self._synapses()
            for _ in range(self.rng.integers(0, 4)):
                self._change(self.changing[self.rng.integers(len(self.changing))])
            if self.rng.random() < 0.03:
                self.net.reset(synapses=True, projections=bool(self.rng.random() < 0.5))
        found = self.monitor.get()
        trains = [np.asarray(found["spike"][cell]) for cell in range(CELLS)]
        return [*seen, *(found[name] for name in ("v", "g_exc", "trace")), *trains]

    def _synapses(self) -> list[Any]:
        rows = [
            getattr(item, name)
            for item in self.changing
            for name in item.attributes
            if name != "delay"
        ]
        values = [np.concatenate([np.zeros(0), *map(np.ravel, each)]) for each in rows]
        pairs = [np.array(item.pairs()[:2]) for item in self.changing]
        return [*pairs, *values]

    def _change(self, item: Any) -> None:
        """Some synapses go, some come, all get other delays, or other weights."""
        pre, post, _, _ = (np.asarray(part) for part in item.pairs())
        choice = self.rng.random()
        if choice < 0.45 and len(pre):
            gone = self.rng.integers(len(pre))
            also = np.flatnonzero((post == post[gone]) & (self.rng.random(len(pre)) < 0.3))
            ranks = np.unique(pre[[gone, *also]])
            item.prune_synapses(int(post[gone]), ranks.tolist())
        elif choice < 0.85:
            target = int(self.rng.integers(CELLS))
            free = np.setdiff1d(item.pre.ranks, pre[post == target])
            ranks = free[self.rng.random(len(free)) < 0.5]
            if len(ranks):
                weights = self.rng.random(len(ranks))
                item.create_synapses(target, ranks, weights, self._delays(len(ranks)))
        elif choice < 0.95 and len(pre):
            item.delay = float(self.rng.integers(1, LONGEST))
        elif len(pre):
            item.w = float(self.rng.random())
