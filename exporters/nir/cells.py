"""Neurons as nodes: leaky or perfect integrators with a threshold, and what acts on them.

dv/dt = (leak - v) / tau + c * i, when v > threshold: v = reset     LIF
dv/dt = c * i, the same                                            IF
without a threshold                                                LI, I
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.exporters.nir.linear import Equations, emits
from annarchy_ml.exporters.nir.wanted import Formed, refused
from annarchy_ml.expr import Binary, Expr, Symbol, free_symbols
from annarchy_ml.kernels.nodes import Emit, Role, Set, When

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_NO_SHAPE = "other neurons than integrators, leaky or not, with a threshold"


@dataclass(slots=True)
class Cell:
    """The neurons of a group, in the unit of time of their network.

    Attributes:
        equations: of the group.
        potential: the state with the threshold.
        tau: time constant, shape (n,); None of a perfect integrator.
        gain: by how much a current of one changes the potential in a unit of time, shape (n,).
        leak: the potential without input, shape (n,).
        threshold, reset: shape (n,) each; None of neurons that send no spikes.
    """

    equations: Equations
    potential: str
    tau: Numbers | None
    gain: Numbers
    leak: Numbers
    threshold: Numbers | None = None
    reset: Numbers | None = None

    @property
    def resistance(self) -> Numbers:
        """By what a current is multiplied."""
        return self.gain if self.tau is None else self.gain * self.tau


def read_cell(formed: Formed) -> Cell:
    """The neurons of a group.

    Raises:
        UsageError: If their equations are others than those of a node of NIR.
    """
    own = Equations(formed)
    if formed.group.cable is not None:
        raise refused(own.label, "cells with morphology")
    firing = [item for item in own.conditions if emits(item)]
    if len(firing) > 1 or len(firing) != len(own.conditions) or not own.rates:
        raise refused(own.label, _NO_SHAPE)
    potential = _tested(own, firing[0]) if firing else _last(own)
    rate = own.rates[potential]
    others = _acting(own, rate, potential)
    leaving = own.slope(rate, potential)
    drift = own.rest(rate, (potential, *others))
    gain = next((own.slope(rate, name) for name in others), None)
    quiet = own.check_quiet(rate, potential)
    if leaving is None:
        if np.any(drift != 0.0):
            raise refused(own.label, "a constant current into a neuron without leak")
        made = Cell(own, potential, None, np.ones(own.size) if gain is None else gain, drift)
    else:
        if not np.all(leaving < 0.0):
            raise refused(own.label, "potentials that run away")
        tau = -1.0 / leaving
        made = Cell(own, potential, tau, -leaving if gain is None else gain, drift * tau)
    if np.any(made.gain == 0.0):
        raise refused(own.label, "neurons that nothing acts on")
    if firing:
        made.threshold, made.reset = _spike(own, firing[0], potential, quiet)
    return made


def _acting(own: Equations, rate: Expr, potential: str) -> list[str]:
    """What acts on the potential: attached components, then other states."""
    roles = {name: item.role for name, item in own.system.variables.items()}
    order = (Role.REDUCED, Role.STATE)
    found = [name for name in free_symbols(rate) - {potential} if roles.get(name) in order]
    for item in own.system.reduced:
        if item.name in found and item.operation != "add":
            raise refused(own.label, f"'{item.name}', what is attached and not added up")
    return sorted(found, key=lambda name: (order.index(roles[name]), name))


def _tested(own: Equations, firing: When) -> str:
    """The state that a spike needs to be above a threshold."""
    test = firing.test
    if isinstance(test, Binary) and test.op in (">", ">="):
        states = own.rates.keys() & free_symbols(test.left)
        if test.left == Symbol(next(iter(states), "")):
            return next(iter(states))
    raise refused(
        own.label,
        "other conditions of spikes than a potential above a threshold",
        "spikes at given times (spikeArray, SpikeSourceArray) come in through an Input",
    )


def _last(own: Equations) -> str:
    """The state that no other one depends on."""
    read = set().union(*(free_symbols(rate) - {state} for state, rate in own.rates.items()))
    found = [state for state in own.rates if state not in read]
    if len(found) != 1:
        raise refused(own.label, _NO_SHAPE)
    return found[0]


def _spike(
    own: Equations, firing: When, potential: str, quiet: set[str]
) -> tuple[Numbers, Numbers]:
    """Threshold and reset; ``quiet`` are the states that a spike has to leave alone."""
    assert isinstance(firing.test, Binary)
    threshold = own.number(firing.test.right, "thresholds that change")
    reset = None
    for item in firing.body:
        if isinstance(item, Set) and item.name == potential:
            reset = own.number(own.whole(item.value), "resets to other values than constants")
        elif isinstance(item, Set) and item.name in quiet:
            raise refused(own.label, f"that a spike changes '{item.name}'")
        elif not isinstance(item, (Emit, Set)):
            raise refused(own.label, "what a spike does beside the reset")
    if reset is None:
        raise refused(own.label, "spikes without a reset")
    return threshold, reset
