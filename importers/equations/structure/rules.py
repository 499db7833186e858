"""When synapses come and go: ``pre.r * post.r > 0.9 : proba = 0.5, w = 1.0``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annarchy_ml.expr import Expr, Number, free_symbols, is_stochastic
from annarchy_ml.importers.equations.expressions import Reader
from annarchy_ml.importers.equations.faults import Section, fault
from annarchy_ml.importers.equations.operands import Functions, as_condition
from annarchy_ml.importers.equations.statements import end
from annarchy_ml.importers.equations.tokens import statements
from annarchy_ml.importers.equations.vocabulary import ONE, ZERO


class Pruning:
    """When synapses go.

    Args:
        equation: the condition, of values of the synapse and of the neurons at its ends.
        proba: with which a synapse goes that fulfills it.
    """

    def __init__(self, equation: str, proba: float = 1.0) -> None:
        self.text = f"{equation} : proba = {float(proba)!r}"


class Creating:
    """When synapses come.

    Args:
        equation: the condition, of values of the neurons at both ends.
        proba: with which a synapse comes where it is fulfilled.
        w, d: weight and delay [ms] of the new synapses.
    """

    def __init__(
        self, equation: str, proba: float = 1.0, w: Any = 0.0, d: float | None = None
    ) -> None:
        late = "" if d is None else f", d = {float(d)!r}"
        self.text = f"{equation} : proba = {float(proba)!r}, w = {w}{late}"


@dataclass(frozen=True)
class Rule:
    """A condition with its flags.

    Attributes:
        condition: of names of the synapse and ``pre.x``, ``post.x``.
        proba: a probability.
        w: the weight of new synapses.
        d: their delay [ms]; None for the shortest one.
    """

    condition: Expr
    proba: float = 1.0
    w: Expr = ZERO
    d: float | None = None


def read_rule(section: Section, functions: Functions, flags: tuple[str, ...]) -> Rule:
    """A rule as it was written.

    Args:
        section: its text.
        functions: that it may call.
        flags: those that it may have.

    Raises:
        EquationError: At the first fault.
    """
    parts = statements(section)
    if len(parts) != 1:
        raise fault("equation.syntax", "one condition is needed here", section, section.span(0, 1))
    reader = Reader(parts[0], section, functions)
    condition = as_condition(reader.expression())
    found: dict[str, Expr] = {"proba": ONE, "w": ZERO}
    separator = ":"
    while reader.accept(separator):
        token = reader.take()
        if token.text not in flags:
            raise reader.fault(
                "equation.flag", f"unknown flag '{token.text}'", token, ", ".join(flags)
            )
        reader.expect("=", f"after '{token.text}'")
        found[token.text] = reader.expression()
        separator = ","
    end(reader)
    if is_stochastic(condition):
        message = "a condition of synapses draws no random numbers: give it a 'proba'"
        raise fault("equation.syntax", message, section, condition.span)
    late = found.get("d")
    return Rule(
        condition,
        _constant(found["proba"], section),
        found["w"],
        None if late is None else _constant(late, section),
    )


def _constant(e: Expr, section: Section) -> float:
    from annarchy_ml.expr import evaluate

    if free_symbols(e) or is_stochastic(e):
        raise fault("equation.flag", "a number is needed here", section, e.span)
    return e.value if isinstance(e, Number) else evaluate(e, {})
