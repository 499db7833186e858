"""Dynamics with other expressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from annarchy_ml.expr import Expr
from annarchy_ml.model.dynamics import (
    Action,
    Dynamics,
    HostAddition,
    Move,
    MoveBlock,
    StateAssignment,
)

Change = Callable[[Expr], Expr]


def mapped_dynamics(dynamics: Dynamics, change: Change) -> Dynamics:
    """Blocks, conditions and events with changed expressions."""
    conditions = [
        replace(item, test=change(item.test), actions=_actions(item.actions, change))
        for item in dynamics.conditions
    ]
    events = [replace(item, actions=_actions(item.actions, change)) for item in dynamics.events]
    blocks = [
        MoveBlock(tuple(_move(item, change) for item in block.moves)) for block in dynamics.blocks
    ]
    return replace(
        dynamics, conditions=tuple(conditions), events=tuple(events), blocks=tuple(blocks)
    )


def _move(move: Move, change: Change) -> Move:
    return replace(
        move,
        value=change(move.value),
        slopes=tuple((name, change(slope)) for name, slope in move.slopes),
        draws=tuple((name, change(draw)) for name, draw in move.draws),
        low=None if move.low is None else change(move.low),
        high=None if move.high is None else change(move.high),
        test=None if move.test is None else change(move.test),
    )


def _actions(actions: tuple[Action, ...], change: Change) -> tuple[Action, ...]:
    return tuple(
        replace(item, value=change(item.value))
        if isinstance(item, StateAssignment | HostAddition)
        else item
        for item in actions
    )
