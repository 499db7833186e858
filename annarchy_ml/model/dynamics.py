"""Dynamics of a component type, as its author wrote them: LEMS elements with parsed expressions.

Field names follow the LEMS elements of the same name (LEMS 0.7.6, ``Dynamics``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from annarchy_ml.diagnostics.origin import Origin
from annarchy_ml.expr.nodes import Expr


@dataclass(frozen=True, slots=True)
class StateVariable:
    """A quantity that lives from step to step."""

    name: str
    dimension: str
    exposure: str = ""
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class DerivedVariable:
    """A quantity computed in every step: by ``value``, or selected from other components.

    Attributes:
        select: path to a variable of child components; ``a/b/x`` or ``list[*]/x``.
        reduce: ``add`` or ``multiply``, for a path that names several.
    """

    name: str
    dimension: str
    value: Expr | None = None
    select: str = ""
    reduce: str = ""
    exposure: str = ""
    required: bool = True
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Case:
    """One case; without a condition the default."""

    condition: Expr | None
    value: Expr
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ConditionalDerivedVariable:
    """A derived variable that takes the value of the first case whose condition holds."""

    name: str
    dimension: str
    cases: tuple[Case, ...]
    exposure: str = ""
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class TimeDerivative:
    """d(variable)/dt = value."""

    variable: str
    value: Expr
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class StateAssignment:
    """variable = value, at once."""

    variable: str
    value: Expr
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class EventOut:
    """Sends an event through an out-port."""

    port: str
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class HostAddition:
    """Adds to a state of the component that this one is attached to, at an event."""

    variable: str
    value: Expr
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Transition:
    """Makes another regime the active one."""

    regime: str
    origin: Origin | None = field(default=None, compare=False)


Action = StateAssignment | EventOut | Transition | HostAddition


@dataclass(frozen=True, slots=True)
class OnCondition:
    """Actions of a step in which ``test`` holds."""

    test: Expr
    actions: tuple[Action, ...]
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class OnEvent:
    """Actions for an event that arrives at an in-port."""

    port: str
    actions: tuple[Action, ...]
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Move:
    """How one equation of a block changes a state: an assignment, or a rate with its method.

    Attributes:
        value: what is assigned, or the rate.
        method: ``assign``, or one of ``integrators.blocks.METHODS``.
        slopes: of the rate, its derivatives by the states of the block for which it was asked
            (its own for ``exponential`` and ``semiimplicit``, all implicit ones for ``implicit``
            and ``newton``).
        low, high: bounds of the new value.
        test: the state keeps its value where this does not hold.
        draws: random numbers that both the rate and its slopes use: their names there, and how
            they are drawn.
    """

    variable: str
    value: Expr
    method: str = "assign"
    slopes: tuple[tuple[str, Expr], ...] = ()
    low: Expr | None = None
    high: Expr | None = None
    test: Expr | None = None
    draws: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class MoveBlock:
    """Equations whose changes are all computed from the values before, then applied in order."""

    moves: tuple[Move, ...]
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Regime:
    """One of several alternative dynamics, exactly one of which is active."""

    name: str
    initial: bool
    states: tuple[StateVariable, ...] = ()
    derived: tuple[DerivedVariable | ConditionalDerivedVariable, ...] = ()
    derivatives: tuple[TimeDerivative, ...] = ()
    on_entry: tuple[Action, ...] = ()
    conditions: tuple[OnCondition, ...] = ()
    events: tuple[OnEvent, ...] = ()
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class KineticScheme:
    """Occupancies of the children in list ``nodes``, moved along those in list ``edges``."""

    name: str
    nodes: str
    state_variable: str
    edges: str
    edge_source: str
    edge_target: str
    forward_rate: str
    reverse_rate: str
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Dynamics:
    """All of the above; ``simultaneous`` marks a system that is meant to be solved as one.

    Attributes:
        blocks: equations that are worked off in the order in which they are written, each with a
            method of its own, before the conditions.
        in_order: whether the equations are such; then expressions may use the step ``dt`` and the
            time at its start ``t_prev``, and their front end has checked names and units.
    """

    states: tuple[StateVariable, ...] = ()
    derived: tuple[DerivedVariable | ConditionalDerivedVariable, ...] = ()
    derivatives: tuple[TimeDerivative, ...] = ()
    on_start: tuple[Action, ...] = ()
    conditions: tuple[OnCondition, ...] = ()
    events: tuple[OnEvent, ...] = ()
    regimes: tuple[Regime, ...] = ()
    schemes: tuple[KineticScheme, ...] = ()
    simultaneous: bool = False
    extends_super: bool = False
    blocks: tuple[MoveBlock, ...] = ()
    in_order: bool = False
    origin: Origin | None = field(default=None, compare=False)
