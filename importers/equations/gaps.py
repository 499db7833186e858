"""Neurons that spike with the same chance in every step, by the gaps between their spikes.

    rates = 5.0                                       left = left * (1 - 0.001 * rates * dt)
    1000.0*Uniform(0.0, 1.0) < rates*dt: spike  ->    left < 1: spike, left = 1/(1 - random(1))

What is left falls by the chance of no spike in every step, from one over a uniform number: no spike
comes within n steps with the product of their chances of none. This is the law of a number drawn in
each step, and holds on if the rates are set to others while a gap lasts; but a number is drawn at a
spike only.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.expr import Binary, Call, Expr, Number, Symbol, free_symbols, is_stochastic
from annarchy_ml.importers.equations.neuron import Neuron
from annarchy_ml.importers.equations.types import ACTIVE
from annarchy_ml.importers.equations.vocabulary import ONE, ZERO
from annarchy_ml.model.component import ComponentType
from annarchy_ml.model.dynamics import (
    Dynamics,
    Move,
    MoveBlock,
    OnCondition,
    StateAssignment,
    StateVariable,
)

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.base import NetworkBase
    from annarchy_ml.importers.equations.population import Population

GAP = "gap()"
"""The state that holds what is left of a gap."""

_UNIFORM = Call("random", (ONE,))
_NEXT = Binary("/", ONE, Binary("-", ONE, _UNIFORM))


def first_gaps(net: NetworkBase, population: Population, drawn: int) -> NDArray[np.float64]:
    """What is left of the first gaps of a population.

    Args:
        net: its network.
        population: whose neurons count gaps.
        drawn: steps whose random numbers were drawn before, and do not come again.
    """
    number = next(k for k, item in enumerate(net.populations) if item is population)
    own = np.random.default_rng(np.random.SeedSequence(net.seed, spawn_key=(number, drawn)))
    return np.asarray(1.0 / (1.0 - own.random(population.size)))


def in_gaps(neuron: Neuron, made: ComponentType) -> ComponentType:
    """The type of a neuron, which counts gaps where its chance is made of parameters alone."""
    dynamics = made.dynamics
    if dynamics is None or neuron.equations or not dynamics.conditions:
        return made
    spikes, *others = dynamics.conditions
    active, test = _without_rest(spikes.test)
    chance = _chance(test)
    known = {item.name for item in made.parameters if item.kind == "parameter"} | {"dt"}
    if chance is None or not free_symbols(chance) <= known or is_stochastic(chance):
        return made
    rising = Binary(">", chance, ZERO)
    left = Binary("*", Symbol(GAP), Binary("-", ONE, chance))
    moved = rising if active is None else Binary("and", active, rising)
    ended: Expr = Binary("<", Symbol(GAP), ONE)
    ended = ended if active is None else Binary("and", active, ended)
    spike = OnCondition(ended, (StateAssignment(GAP, _NEXT), *spikes.actions))
    return replace(made, dynamics=_counted(dynamics, Move(GAP, left, test=moved), spike, others))


def _counted(dynamics: Dynamics, move: Move, spike: OnCondition, others: Any) -> Dynamics:
    return replace(
        dynamics,
        states=(*dynamics.states, StateVariable(GAP, "none", GAP)),
        blocks=(*dynamics.blocks, MoveBlock((move,))),
        conditions=(spike, *others),
    )


def _without_rest(test: Expr) -> tuple[Expr | None, Expr]:
    """Whether a neuron is not refractory, and when it spikes."""
    if isinstance(test, Binary) and test.op == "and" and ACTIVE in free_symbols(test.left):
        return test.left, test.right
    return None, test


def _chance(test: Expr) -> Expr | None:
    """What a uniform number is compared with."""
    if not isinstance(test, Binary) or test.op != "<":
        return None
    match test.left:
        case Call() if test.left == _UNIFORM:
            return test.right
        case Binary("*", Number(most), drawn) | Binary("*", drawn, Number(most)):
            if drawn == _UNIFORM and most > 0.0:
                return Binary("*", Number(1.0 / most), test.right)
    return None
