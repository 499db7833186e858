"""Synapses that come and go by rules while a network runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.expr import free_symbols
from annarchy_ml.expr.arrays import evaluate_arrays
from annarchy_ml.importers.equations.ends import end_of
from annarchy_ml.importers.equations.starts import start_value
from annarchy_ml.importers.equations.structure.changes import CREATING, PRUNING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.projection import Projection
    from annarchy_ml.importers.equations.structure.rules import Rule

AT_ONCE = 1_000_000
"""Pairs that are looked at together."""


@dataclass(frozen=True, eq=False)
class Due:
    """A rule that is carried out now and then.

    Attributes:
        kind: ``creating`` or ``pruning``.
        first, every: the step of the first time, and steps from time to time.
    """

    projection: Projection
    kind: str
    first: int
    every: int

    def after(self, step: int) -> int:
        """The first step from this one on after which it is carried out."""
        since = max(0, step - self.first)
        return self.first + -(-since // self.every) * self.every


class Growth:
    """All rules of a network that are carried out while it runs."""

    def __init__(self) -> None:
        self._due: list[Due] = []

    def start(self, projection: Any, kind: str, first: int, every: int) -> None:
        """Carries out a rule from a step on."""
        self.stop(projection, kind)
        self._due.append(Due(projection, kind, first, every))

    def stop(self, projection: Any, kind: str) -> None:
        """Does not carry out a rule any more."""
        self._due = [
            item for item in self._due if item.projection is not projection or item.kind != kind
        ]

    def pieces(self, step: int, count: int) -> Iterator[tuple[int, list[Due]]]:
        """A run as numbers of steps, and what is to be done after each.

        Args:
            step: steps done before.
            count: of steps of the run.
        """
        end = step + count
        while step < end:
            ahead = [(item.after(step), item) for item in self._due]
            stop = min((at + 1 for at, _ in ahead if at < end), default=end)
            now = [item for at, item in ahead if at + 1 == stop]
            yield stop - step, sorted(now, key=lambda item: item.kind != CREATING)
            step = stop

    def carry_out(self, item: Due, step: int) -> None:
        """Does what a rule says after a step; draws depend on seed, projection and step."""
        net = item.projection.net
        number = net.projections.index(item.projection)
        kind = (PRUNING, CREATING).index(item.kind)
        rng = np.random.default_rng([net.seed, number, step, kind])
        (_create if item.kind == CREATING else _prune)(item.projection, rng)


def _prune(projection: Projection, rng: np.random.Generator) -> None:
    rule = _rule(projection, PRUNING)
    pre, post, _, _ = projection.pairs()
    known = {name: projection.flat(name) for name in free_symbols(rule.condition)
             if end_of(name) is None and name in projection.attributes}  # fmt: skip
    gone = _holds(projection, rule, (pre, post), known) & (rng.random(len(pre)) < rule.proba)
    if gone.any():
        none = np.zeros(0)
        projection._restructure(gone, (none.astype(int), none.astype(int), none, none))


def _create(projection: Projection, rng: np.random.Generator) -> None:
    rule = _rule(projection, CREATING)
    pre, post, _, _ = projection.pairs()
    sources, targets = np.asarray(projection.pre.ranks), np.unique(post)
    none = np.zeros(0, np.int64)
    found: list[tuple[NDArray[Any], NDArray[Any]]] = [(none, none)]
    rows = max(1, AT_ONCE // max(1, len(sources)))
    for begin in range(0, len(targets), rows):
        some = targets[begin : begin + rows]
        there = np.zeros((len(some), len(sources)), bool)
        mine = np.isin(post, some)
        there[np.searchsorted(some, post[mine]), np.searchsorted(sources, pre[mine])] = True
        where = np.nonzero(~there)
        ends = (sources[where[1]], some[where[0]])
        known = {name: projection.get(name) for name in free_symbols(rule.condition)
                 if end_of(name) is None and name in projection.attributes}  # fmt: skip
        new = _holds(projection, rule, ends, known) & (rng.random(len(ends[0])) < rule.proba)
        found.append((ends[0][new], ends[1][new]))
    new_pre, new_post = (np.concatenate([item[k] for item in found]) for k in range(2))
    if len(new_pre) == 0:
        return
    values = np.broadcast_to(start_value(rule.w, {}, len(new_pre), projection.net), new_pre.shape)
    late = np.full(len(new_pre), 0.0 if rule.d is None else rule.d)
    projection._restructure(np.zeros(len(pre), bool), (new_pre, new_post, values, late))


def _rule(projection: Projection, kind: str) -> Rule:
    rule: Rule = getattr(projection.definition, kind)
    return rule


def _holds(
    projection: Projection, rule: Rule, ends: tuple[Any, Any], known: dict[str, Any]
) -> NDArray[np.bool_]:
    """Whether the condition of a rule holds, for pairs of neurons."""
    from annarchy_ml.importers.equations.projection import population_of

    values: dict[str, Any] = {**projection.net.constant_values(), **known}
    values["t"] = (projection.net.current_step - 1) * projection.net.dt
    values["dt"] = projection.net.dt
    for name in free_symbols(rule.condition):
        place = end_of(name)
        if place is None:
            continue
        which = 0 if place[0] == "pre" else 1
        population = population_of((projection.pre, projection.post)[which])
        values[name] = neuron_values(population, place[1])[ends[which]]
    found = evaluate_arrays(rule.condition, values)
    return np.broadcast_to(np.asarray(found, bool), ends[0].shape)


def neuron_values(population: Any, name: str) -> NDArray[np.float64]:
    """Values of all neurons, one each."""
    given = population.sum(name[4:-1]) if name.startswith("sum(") else population.get(name)
    return np.broadcast_to(np.ravel(given), (population.size,))
