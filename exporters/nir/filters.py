"""What events do to neurons: steps of the potential, or currents through leaky integrators.

I += w at an event, dI/dt = -I / tau        one integrator, w * tau of charge
A += w, dA/dt = -A / tau, dI/dt = (A - I) / tau      two of them, one behind the other
v += w                                      none: the charge is that which moves v by w
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.exporters.nir.cells import Cell
from annarchy_ml.exporters.nir.linear import Equations
from annarchy_ml.exporters.nir.wanted import refused
from annarchy_ml.expr import Expr, Number, Symbol, free_symbols, substitute
from annarchy_ml.expr.arrays import evaluate_arrays
from annarchy_ml.kernels.nodes import Role, Set

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

WEIGHT = "weight"
"""The property that differs between connections."""


@dataclass(frozen=True, slots=True)
class Filter:
    """The way from a port to the current of neurons.

    Attributes:
        equations: of the neurons, or of the synapses on them.
        taus: time constants of integrators, the first one first, shape (n,) each.
        scale: what the change at an event is multiplied by to be a charge, shape (n,).
        change: what an event adds to the state that it changes.
        weight: the name of the weight in it.
    """

    equations: Equations
    taus: tuple[Numbers, ...]
    scale: Numbers
    change: Expr
    weight: str

    def charges(self, weights: Numbers, which: NDArray[np.int64]) -> Numbers:
        """The charge of an event of each connection.

        Args:
            weights: of the connections, shape (m,).
            which: the instance that each one leads to, shape (m,).
        """
        own = self.equations
        values = {name: np.broadcast_to(one, own.size)[which] for name, one in own.values.items()}
        values[self.weight] = weights
        found = np.asarray(evaluate_arrays(self.change, values), float)
        return np.array(np.broadcast_to(found, weights.shape)) * self.scale[which]


def at_cell(cell: Cell, port: str, dt: float) -> Filter:
    """What events at a port of neurons do.

    Raises:
        UsageError: If that is no current through integrators.
    """
    own = cell.equations
    state, change = _changed(own, port)
    weight = own.formed.group.root.qualified(WEIGHT)
    if state == cell.potential:
        return Filter(own, (), 1.0 / cell.gain, change, weight)
    read = own.rates[cell.potential]
    return _filter(own, state, (read, cell.gain), (change, weight, dt))


def at_synapse(own: Equations, variable: str, port: str, dt: float) -> Filter:
    """What events do at synapses that neurons add up.

    Args:
        own: the equations of the synapses.
        variable: what the neurons add up.
        port: where the events arrive.
        dt: the step.

    Raises:
        UsageError: If that is no current through integrators.
    """
    state, change = _changed(own, port)
    weight = own.formed.group.root.qualified(WEIGHT)
    read = own.known.get(variable, Symbol(variable))
    if free_symbols(read) & {item.name for item in own.system.foreign}:
        raise refused(
            own.label,
            "currents that depend on the potential of the neuron, such as those of conductances",
            "take a synapse whose current does not, such as expCurrSynapse",
        )
    if own.conditions:
        raise refused(own.label, "conditions of synapses, such as bounds of their current")
    own.check_quiet(read)
    outside = [name for name, item in own.system.variables.items() if item.role is Role.STATE]
    if np.any(own.rest(read, outside) != 0.0):
        raise refused(own.label, "a current that flows without events")
    return _filter(own, state, (read, np.ones(own.size)), (change, weight, dt))


def _changed(own: Equations, port: str) -> tuple[str, Expr]:
    """The state that an event changes, and what it adds to it."""
    bodies = [body for name, body in own.system.handlers if name == port]
    body = bodies[0] if bodies else ()
    if len(body) != 1 or not isinstance(body[0], Set):
        raise refused(
            own.label, f"what an event at '{port}' does, but the sum of one state and a number"
        )
    state, value = body[0].name, own.whole(body[0].value)
    slope = own.slope(value, state)
    if slope is None or np.any(slope != 1.0):
        raise refused(own.label, f"that an event at '{port}' sets '{state}' and adds nothing to it")
    change = substitute(value, {state: Number(0.0)})
    extra = free_symbols(change) - own.values.keys()
    extra -= {own.formed.group.root.qualified(WEIGHT)}
    if extra:
        raise refused(own.label, f"changes at events that depend on '{min(extra)}'")
    return state, change


def _filter(
    own: Equations, state: str, read: tuple[Expr, Numbers], event: tuple[Expr, str, float]
) -> Filter:
    """The way from a state that events change to a current.

    Args:
        own: the equations.
        state: which events change.
        read: where the current is, and what it is divided by to be one.
        event: what an event adds, the name of the weight, and the step.
    """
    change, weight, dt = event
    taus: list[Numbers] = []
    scale = np.ones(own.size)
    seen: list[str] = []
    while True:
        seen.append(state)
        if state in own.cleared:  # a pulse that lasts for a step
            scale = scale * dt
        else:
            taus.append(_time_constant(own, state))
            scale = scale * taus[-1]
        ends = own.slope(read[0], state)
        following = [
            name
            for name, rate in own.rates.items()
            if name not in seen and rate is not read[0] and state in free_symbols(rate)
        ]
        if ends is not None and not following:
            return Filter(own, tuple(taus), scale * ends / read[1], change, weight)
        if ends is not None or len(following) != 1:
            raise refused(own.label, f"that '{state}' acts on several others, or on none")
        slope = own.slope(own.rates[following[0]], state)
        scale, state = scale * (0.0 if slope is None else slope), following[0]


def _time_constant(own: Equations, state: str) -> Numbers:
    """That with which a state decays."""
    rate = own.rates.get(state)
    leaving = None if rate is None else own.slope(rate, state)
    if leaving is None or not np.all(leaving < 0.0):
        raise refused(own.label, f"that '{state}' does not decay")
    return -1.0 / leaving
