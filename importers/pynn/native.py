"""Cell types from equations that a script gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pyNN.models import BaseCellType

from annarchy_ml.diagnostics import ModelError, UsageError
from annarchy_ml.expr import free_symbols, parse
from annarchy_ml.expr.functions import find_function
from annarchy_ml.importers.pynn.equations import BUILTIN, INJECTED, LEFT, CellEquations

_RATE = re.compile(r"d(\w+)/dt\s*=\s*(.+)")
_DEFINED = re.compile(r"(\w+)\s*=\s*(.+)")


class NativeCellType(BaseCellType):
    """A cell with equations of its own; its parameters are called as in the equations.

    Attributes:
        equations: in PyNN's units.
    """

    equations: CellEquations
    conductance_based = False
    injectable = True
    standard_receptor_type = False


def native_cell_type(
    name: str,
    equations: str,
    parameters: Mapping[str, float],
    **parts: Any,
) -> type[NativeCellType]:
    """A cell type from equations.

    Args:
        name: of the type.
        equations: lines ``dx/dt = ...`` (per ms) and ``x = ...`` for parts of others; the name
            ``i_inj`` stands for injected currents.
        parameters: defaults by name.
        parts: ``receptors``, what a spike of weight 1 adds to states by receptor; ``threshold``,
            and ``reset``, new values of states by name; ``refractory`` [ms], an expression, and
            ``held``, states that stand still meanwhile; ``initial_values``; ``units``;
            ``conductance_based``.

    Raises:
        UsageError: If there is no such part, or a name is not known.
        ModelError: If an expression cannot be read.
    """
    known = ("receptors", "threshold", "reset", "refractory", "held")
    others = ("initial_values", "units", "conductance_based")
    for item in parts:
        if item not in (*known, *others):
            raise UsageError(
                f"native_cell_type: there is no '{item}'",
                hint=f"it takes {', '.join((*known, *others))}",
            )
    rates, define = _read(name, equations)
    given = {item: parts[item] for item in known if item in parts}
    given["held"] = tuple(given.get("held", ()))
    made = CellEquations(name, tuple(parameters), rates, define=define, **given)
    _check(made)
    receptors = tuple(made.receptors)
    starts = {item: 0.0 for item in made.states} | dict(parts.get("initial_values", {}))
    for item in starts:
        _check_state(made, item)
    spikes = ["spikes"] if made.threshold else []
    members = {
        "__doc__": equations,
        "equations": made,
        "default_parameters": {item: float(value) for item, value in parameters.items()},
        "default_initial_values": {item: float(value) for item, value in starts.items()},
        "receptor_types": receptors,
        "recordable": [*spikes, *made.states],
        "units": {item: "dimensionless" for item in (*made.states, *parameters)}
        | dict(parts.get("units", {})),
        "conductance_based": bool(parts.get("conductance_based", False)),
        "injectable": any(INJECTED in text for text in (*rates.values(), *define.values())),
    }
    return type(name, (NativeCellType,), members)


def _read(name: str, equations: str) -> tuple[dict[str, str], dict[str, str]]:
    """Rates of states, and names for parts of them."""
    rates, define = {}, {}
    for line in equations.splitlines():
        text = line.partition("#")[0].strip()
        rate, defined = _RATE.fullmatch(text), _DEFINED.fullmatch(text)
        if rate is not None:
            rates[rate[1]] = rate[2]
        elif defined is not None:
            define[defined[1]] = defined[2]
        elif text:
            raise UsageError(
                f"native_cell_type: '{text}' of '{name}' is no equation",
                hint="write dx/dt = ... or x = ...",
            )
    return rates, define


def _check(made: CellEquations) -> None:
    """Refuses names that nothing stands for."""
    known = {*made.parameters, *made.states, *made.define, *BUILTIN, INJECTED, LEFT}
    texts = [*made.define.values(), *made.rates.values(), *made.reset.values()]
    texts += [item for item in (made.threshold, made.refractory) if item]
    for state in (*made.reset, *made.held):
        _check_state(made, state)
    for changes in made.receptors.values():
        texts += changes.values()
        for state in changes:
            _check_state(made, state)
    for text in texts:
        try:
            names = free_symbols(parse(text))
        except ModelError as fault:
            raise UsageError(f"native_cell_type: '{text}' of '{made.name}': {fault}") from fault
        for item in sorted(names - known):
            if find_function(item) is None:
                raise UsageError(
                    f"native_cell_type: nothing is called '{item}' in '{text}' of '{made.name}'",
                    hint="make it a parameter",
                )


def _check_state(made: CellEquations, name: str) -> None:
    """Refuses what is no state."""
    if name not in made.states:
        raise UsageError(
            f"native_cell_type: '{made.name}' has no state '{name}'",
            hint=f"its states are {', '.join(made.states)}",
        )


def check_injectable(celltype: Any) -> None:
    """Refuses cells that take no currents.

    Raises:
        TypeError: For sources of spikes, for equations without a current, and for cells of files
            that read none.
    """
    if not celltype.injectable:
        lacks = " Its equations lack i_inj." if isinstance(celltype, NativeCellType) else ""
        lacks = getattr(celltype, "no_currents", lacks)
        raise TypeError(f"Can't inject current into a {type(celltype).__name__}.{lacks}")
