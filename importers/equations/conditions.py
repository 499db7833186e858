"""Conditions that end a run: ``r > 5.0 : any``."""

from __future__ import annotations

from annarchy_ml.expr import Expr
from annarchy_ml.importers.equations.expressions import Reader
from annarchy_ml.importers.equations.faults import Section, fault
from annarchy_ml.importers.equations.operands import Functions, as_condition
from annarchy_ml.importers.equations.statements import end
from annarchy_ml.importers.equations.tokens import statements


def read_stop_condition(section: Section, functions: Functions) -> tuple[Expr, bool]:
    """A condition that ends a run, and whether its flag is ``any``; ``all`` if it has none.

    Raises:
        EquationError: At the first fault.
    """
    parts = statements(section)
    if len(parts) != 1:
        raise fault("equation.syntax", "one condition is needed here", section, section.span(0, 1))
    reader = Reader(parts[0], section, functions)
    found = as_condition(reader.expression())
    word = "all"
    if reader.accept(":"):
        token = reader.take()
        word = token.text
        if word not in ("any", "all"):
            raise reader.fault("equation.flag", f"unknown flag '{word}'", token, "any or all")
    end(reader)
    return found, word == "any"
