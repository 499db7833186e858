"""Units of names: what they say of equations.

As soon as a neuron or a synapse declares a unit, its equations are checked. A name without one
takes what the first place asks for at which this is clear; a bare number is in the native scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics.core import Diagnostic, Span
from annarchy_ml.expr import (
    Binary,
    Call,
    Conditional,
    Expr,
    Number,
    Symbol,
    Unary,
    is_constant,
    map_bottom_up,
)
from annarchy_ml.expr.dimensions import infer
from annarchy_ml.expr.nodes import COMPARISONS
from annarchy_ml.importers.equations.faults import Section, fault
from annarchy_ml.importers.equations.units import SCALES
from annarchy_ml.units import DIMENSIONLESS, NAMED_DIMENSIONS, Dimension, with_article

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.statements import Equation

TIME = NAMED_DIMENSIONS["time"]
_OF = {
    "ms": TIME,
    "mV": NAMED_DIMENSIONS["voltage"],
    "nA": NAMED_DIMENSIONS["current"],
    "uS": NAMED_DIMENSIONS["conductance"],
    "nF": NAMED_DIMENSIONS["capacitance"],
    "MOhm": NAMED_DIMENSIONS["resistance"],
    "Hz": NAMED_DIMENSIONS["per_time"],
    "1": DIMENSIONLESS,
}
"""Dimensions of the units of the native scale."""
_ANY = "number#"
_JOINING = COMPARISONS | {"+", "-"}


def declared(unit: str, section: Section, where: Span | None) -> Dimension:
    """The dimension of a unit that a name has.

    Raises:
        EquationError: If it is none of the native scale.
    """
    found = _OF.get(unit)
    if found is not None:
        return found
    text = f"'{unit}' is no unit of the native scale" if unit in SCALES else f"'{unit}' is no unit"
    hint = f"write one of: {', '.join(_OF)}"
    raise fault("equation.unit", text, section, where, hint)


class Dimensioned:
    """What may have units.

    Attributes:
        units: dimensions of names that have one.
    """

    units: dict[str, Dimension]

    def note_unit(self, name: str, unit: str, section: Section, where: Span | None) -> None:
        """A name has a unit.

        Raises:
            EquationError: If it is none of the native scale.
        """
        self.units[name] = declared(unit, section, where)

    def check_units(
        self, equations: Iterable[Equation], tests: Iterable[tuple[Expr, Section]] = ()
    ) -> None:
        """Checks equations and conditions, if any name has a unit.

        Raises:
            EquationError: Where units do not fit.
        """
        if self.units:
            _check(self.units, list(equations), tests)


class _Known(Mapping[str, Dimension | None]):
    """The dimensions of names; any name may be asked for."""

    def __init__(self, known: dict[str, Dimension]) -> None:
        self.known = known

    def __getitem__(self, name: str) -> Dimension | None:
        return self.known.get(name)

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


def _check(
    units: dict[str, Dimension],
    equations: list[Equation],
    tests: Iterable[tuple[Expr, Section]],
) -> None:
    """Checks the equations of what declares units.

    Args:
        units: dimensions of names.
        equations: all of them, those of spikes and resets included.
        tests: conditions, and where they stand.

    Raises:
        EquationError: At the first inconsistency.
    """
    known = _Known({**units, "t": TIME, "dt": TIME})
    _settle(known, equations)
    for item in equations:
        section = item.section
        found = _of(item.value, known, section)
        wanted = known[item.name]
        if item.is_rate and wanted is not None:
            wanted = wanted / TIME
        if found is not None and wanted is not None and found != wanted:
            what = f"the rate of '{item.name}'" if item.is_rate else f"'{item.name}'"
            text = f"{what} is {with_article(wanted)}, but gets {with_article(found)}"
            raise fault("equation.unit", text, section, item.span)
        for bound in (item.flags.low, item.flags.high):
            if bound is not None:
                _of(Binary("<", Symbol(item.name), bound), known, section)
    for test, section in tests:
        _of(test, known, section)


def _settle(known: _Known, equations: list[Equation]) -> None:
    """Names without a unit take what they are assigned, or stand beside."""
    size = -1
    while size != len(known):
        size = len(known)
        for item in equations:
            _take(item.value, known)
        for item in equations:
            found = infer(_open(item.value), known, _ignore)
            if found is not None and known[item.name] is None and not is_constant(item.value):
                known.known[item.name] = found * TIME if item.is_rate else found


def _take(e: Expr, known: _Known) -> None:
    """Names without a unit take that of what they are added to or compared with."""
    for operand in e.operands:
        _take(operand, known)
    if not isinstance(e, Binary) or e.op not in _JOINING:
        return
    sides = [infer(_open(item), known, _ignore) for item in e.operands]
    for own, other in ((0, 1), (1, 0)):
        name, wanted = e.operands[own], sides[other]
        if not isinstance(name, Symbol) or known[name.name] is not None:
            continue
        if wanted is not None and not is_constant(e.operands[other]):
            known.known[name.name] = wanted


def _of(e: Expr, known: _Known, section: Section) -> Dimension | None:
    """The dimension of an expression; None for any."""

    def refuse(item: Diagnostic) -> None:
        raise fault("equation.unit", item.message, section, item.span, item.hint)

    found = infer(_open(e), known, refuse)
    return None if is_constant(e) else found


def _ignore(_: Diagnostic) -> None:
    """Faults are told when all names are known."""


def _open(e: Expr) -> Expr:
    """Bare numbers that are added or compared have the unit that they need."""

    def change(node: Expr) -> Expr:
        joins = isinstance(node, Conditional) or (isinstance(node, Binary) and node.op in _JOINING)
        if not joins and not (isinstance(node, Call) and node.function in ("min", "max")):
            return node
        return node.with_operands(
            tuple(Symbol(_ANY, item.span) if _is_bare(item) else item for item in node.operands)
        )

    return map_bottom_up(e, change)


def _is_bare(e: Expr) -> bool:
    while isinstance(e, Unary) and e.op == "-":
        e = e.operand
    return isinstance(e, Number)
