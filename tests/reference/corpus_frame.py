"""What the models of the corpus of equation networks are, and what is looked at in them.

A model is a function ``(ann, net, n)`` of a package, a network of it and a number of neurons. It
builds its part of the network and returns what to look at: names with a population and variables,
or with a projection, whose weights after the run count. The package is annarchy_ml or ANNarchy 5:
where a model says nothing else, both run it, and draw no numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Seen = dict[str, tuple[Any, tuple[str, ...]]]
"""What a model wants to be looked at: label, population and its variables; projections: none."""


@dataclass(frozen=True)
class Model:
    """A model of the corpus.

    Attributes:
        build: makes its part of a network.
        dt: its step [ms].
        duration: for how long it runs [ms].
        random: whether it draws numbers.
        only_ours: why ANNarchy does not run it; empty where it does.
        differs: why ANNarchy's numbers are others; empty where they are the same.
        after: what is done when the network is compiled.
    """

    build: Callable[[Any, Any, int], Seen]
    dt: float = 1.0
    duration: float = 60.0
    random: bool = False
    only_ours: str = ""
    differs: str = ""
    after: Callable[[Any], None] | None = None


CORPUS: dict[str, Model] = {}


def model(**given: Any) -> Callable[[Callable[..., Seen]], Callable[..., Seen]]:
    """Adds a function to the corpus, by its name."""

    def add(build: Callable[..., Seen]) -> Callable[..., Seen]:
        CORPUS[build.__name__] = Model(build, **given)
        return build

    return add


def ramp(n: int, low: float, high: float) -> np.ndarray:
    """Values for each neuron, all different."""
    return low + (high - low) * (np.arange(n) + 0.5) / n


def matrix(post: int, pre: int) -> np.ndarray:
    """Weights that differ, of both signs, shape (post, pre)."""
    return np.cos(1.0 + 3.7 * np.arange(post)[:, None] + 1.9 * np.arange(pre)[None, :])


def waves(ann: Any, net: Any, n: int) -> Any:
    """Rates that change in every step, below and above zero."""
    cells = net.create(n, ann.Neuron(parameters="k = 1.0", equations="r = sin(0.3*t*k) + 0.2"))
    cells.k = ramp(n, 0.5, 1.5)
    return cells


def clocks(ann: Any, net: Any, n: int) -> Any:
    """Each neuron spikes with a period of its own, 7 steps and more."""
    rule = ann.Neuron(
        parameters="every = 7.0",
        equations="count = count + 1.0",
        spike="count >= every",
        reset="count = 0.0",
    )
    cells = net.create(n, rule)
    cells.every = 7.0 + 4.0 * np.arange(n)
    return cells


def listener(ann: Any) -> Any:
    """Keeps what arrives."""
    return ann.Neuron(equations="x = g_exc", spike="x > 1e9")


@dataclass(frozen=True)
class Watch:
    """Monitors of one model in one network."""

    seen: Seen
    monitors: dict[str, Any]

    @classmethod
    def of(cls, net: Any, seen: Seen) -> Watch:
        """Watches what a model wants to be looked at."""
        made = {
            label: net.monitor(one, list(names)) for label, (one, names) in seen.items() if names
        }
        return cls(seen, made)

    def values(self) -> dict[str, np.ndarray]:
        """All that was seen: (steps, neurons), (spikes, 2) of steps and neurons, weights."""
        found: dict[str, np.ndarray] = {}
        for label, (one, names) in self.seen.items():
            for name in names:
                found[f"{label} {name}"] = _series(self.monitors[label].get(name), name == "spike")
            if not names:
                rows = [np.asarray(row, float) for row in one.w]
                found[label] = np.concatenate(rows) if rows else np.zeros(0)
        return found


def _series(values: Any, spikes: bool) -> np.ndarray:
    if spikes:
        pairs = sorted((step, rank) for rank, steps in values.items() for step in steps)
        return np.array(pairs, float).reshape(-1, 2)
    array = np.asarray(values, float)
    return array.reshape(len(array), math.prod(array.shape[1:]))
