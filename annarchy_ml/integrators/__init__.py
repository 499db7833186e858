"""Integration methods: each turns the equations of a system into the statements of one step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from annarchy_ml.kernels.nodes import Statement
    from annarchy_ml.model.system import EquationSystem

    Phase: TypeAlias = tuple[Statement, ...]
    Step: TypeAlias = Callable[[EquationSystem], tuple[Phase, ...]]
    """Gives the statements of one step of a system: all of it, or before and after the solution of
    the cells whose compartments its instances are."""

METHODS = (
    "reference",
    "auto",
    "euler",
    "rk2",
    "rk4",
    "exponential_euler",
    "crank_nicolson",
    "neuron",
)
NEURON = "neuron"
"""What jNeuroML's export does in NEURON: for whole cells, their synapses and their events."""
EULER = "euler"
"""Explicit, all equations at once: as PyLEMS, and as jNeuroML's scripts for Brian 2."""
AS_EXPORTED = ("reference", NEURON)
"""Methods whose compartments, and what is attached to them, step as mechanisms of jNeuroML do."""
SECOND_ORDER = "crank_nicolson"
"""Takes compartments of cells by a step of second order; all else as ``exponential_euler``."""


def method_step(name: str) -> Step:
    """The function that gives the statements of a step.

    Raises:
        ValueError: If there is no method of this name.
    """
    one_phase = _one_phase(name)

    def step(system: EquationSystem) -> tuple[Phase, ...]:
        if not system.potential:
            return (one_phase(system),)
        if system.point is not None:
            from annarchy_ml.integrators.point_cells import point_step

            return point_step(system)
        from annarchy_ml.integrators.cable import cable_step, exported_cable_step

        if name in AS_EXPORTED:
            return exported_cable_step(system, shut=name == NEURON)
        return cable_step(system)

    return step


def _one_phase(name: str) -> Callable[[EquationSystem], Phase]:
    """The statements of a step of anything but compartments."""
    from annarchy_ml.integrators import attached, reference, simultaneous

    if name not in AS_EXPORTED:
        other = simultaneous.step_of(name)
        return lambda system: (reference.step if _in_blocks(system) else other)(system)

    def step(system: EquationSystem) -> Phase:
        """As jLEMS, except for the systems that bring a method of their own."""
        if system.late and name == NEURON and attached.follows_potentials(system):
            return attached.following_step(system)
        if system.late:
            return attached.exported_step(system)
        if system.own_method:
            moved = simultaneous.step_of(system.own_method, time="t")(system)
            return attached.with_switches(system, moved) if name == NEURON else moved
        return reference.step(system)

    return step


def _in_blocks(system: EquationSystem) -> bool:
    """Whether the equations say themselves in which order and how they move."""
    return any(part.blocks for part in system.parts)
