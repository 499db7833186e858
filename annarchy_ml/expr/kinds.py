"""Tells conditions from numbers, and reports in words where one stands in place of the other.

For ``2 * (v .gt. 0)`` it says: 'v .gt. 0' is a condition, but a number is needed here.
"""

from __future__ import annotations

from annarchy_ml.diagnostics.core import Diagnostic
from annarchy_ml.expr.dimensions import Report, quoted
from annarchy_ml.expr.nodes import LOGIC, Binary, Expr, Unary
from annarchy_ml.expr.pretty import pretty
from annarchy_ml.expr.traverse import is_condition, postorder


def check_kind(e: Expr, wants_condition: bool, report: Report) -> None:
    """Reports conditions that are calculated with, and a whole expression of the wrong kind.

    Args:
        e: what to look at; that logic joins conditions only is checked by ``infer``.
        wants_condition: whether a condition must stand here, or else a number.
        report: receives each fault.
    """
    for node in postorder(e):
        arithmetic = isinstance(node, Unary | Binary) and node.op not in (*LOGIC, "not")
        for part in node.operands if arithmetic else ():
            if is_condition(part):
                report(_no_number(part))
    if is_condition(e) and not wants_condition:
        report(_no_number(e))
    elif wants_condition and not is_condition(e):
        message = f"{quoted(e)} is a number, but a condition is needed here"
        hint = f"compare it, for example {pretty(e)} .gt. 0"
        report(Diagnostic("expr.condition", message, e.span, "number", hint=hint))


def _no_number(e: Expr) -> Diagnostic:
    message = f"{quoted(e)} is a condition, but a number is needed here"
    hint = "choose numbers by it with ConditionalDerivedVariable"
    return Diagnostic("expr.condition", message, e.span, "condition", hint=hint)
