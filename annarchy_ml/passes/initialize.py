"""The order in which start values are found: several passes over the tree, as in jLEMS.

An ``OnStart`` may use a derived variable of a child, which may need a state of the parent that its
own ``OnStart`` sets. So the tree is walked first from the top with ``OnStart`` alone (``start``),
then up (``up``) and down (``down``) with derived variables; the engine repeats the last two until
they have passed through every level.

A kinetic scheme starts in its first state, as in jLEMS; in a compartment of a cell with morphology
in the steady state of its rates, as in the mechanisms that jNeuroML writes for NEURON.
"""

from __future__ import annotations

from annarchy_ml.expr import Number
from annarchy_ml.integrators.reference import publish, sets
from annarchy_ml.kernels.nodes import Set, Statement
from annarchy_ml.model.system import EquationSystem, Part

START, UP, DOWN = "start", "up", "down"
ROUNDS = 3


def start_statements(system: EquationSystem) -> dict[str, tuple[Statement, ...]]:
    """Statements of the three kinds of pass, by name."""
    down = [system.parts[position] for position in system.start_order]
    settle = bool(system.potential)
    last: tuple[Statement, ...] = ()
    if system.point is not None:
        from annarchy_ml.integrators.point_cells import point_start

        last = point_start(system)
    return {
        START: tuple(item for part in down for item in _start(part, False, settle)),
        UP: tuple(item for part in system.parts for item in _start(part, True, settle)),
        DOWN: (*(item for part in down for item in _start(part, True, settle)), *last),
    }


def _start(part: Part, derived: bool, settle: bool) -> list[Statement]:
    result: list[Statement] = list(sets(part.requirements))
    if part.scheme is not None and not derived:
        first, *others = part.scheme.occupancies
        result.append(Set(first, Number(1.0), "everything starts in the first state"))
        result.extend(Set(name, Number(0.0)) for name in others)
    if part.scheme is not None and derived and settle:
        result.append(part.scheme)
    if derived:
        result.extend(sets(part.derived))
    result.extend(part.on_start)
    result.extend(part.on_regime_start)
    result.extend(publish(part))
    return result
