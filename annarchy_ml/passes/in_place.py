"""Expressions read again from the file, so that every part of them has its exact place."""

from __future__ import annotations

from annarchy_ml.diagnostics import Span
from annarchy_ml.diagnostics.origin import Origin, attribute_text, locate
from annarchy_ml.expr import Expr, ExprSyntaxError, parse
from annarchy_ml.expr.traverse import symbol_nodes


def expression_in_place(origin: Origin | None, attribute: str) -> Expr | None:
    """The expression of an attribute with spans; None if it cannot be had from the file."""
    text, span = attribute_text(origin, attribute), locate(origin, attribute)
    if text is None or span is None:
        return None
    try:
        return parse(text, span)
    except ExprSyntaxError:  # character references, which only an XML parser resolves
        return None


def symbol_span(origin: Origin | None, attribute: str, name: str) -> Span | None:
    """The place of a name in an expression; of the whole expression if it is not found."""
    found = expression_in_place(origin, attribute)
    if found is not None:
        for symbol in symbol_nodes(found):
            if symbol.name == name:
                return symbol.span
    return locate(origin, attribute)
