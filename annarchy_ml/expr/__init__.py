"""Expressions: immutable nodes, the LEMS grammar, printing, rewriting, checking, evaluating."""

from annarchy_ml.expr.dependencies import circle, dependency_order
from annarchy_ml.expr.dimensions import infer, phrase, quoted, symbol_note
from annarchy_ml.expr.evaluate import evaluate
from annarchy_ml.expr.functions import FUNCTIONS, Function, find_function
from annarchy_ml.expr.kinds import check_kind
from annarchy_ml.expr.nodes import (
    ARITHMETIC,
    COMPARISONS,
    LOGIC,
    Binary,
    Call,
    Conditional,
    Expr,
    Number,
    Symbol,
    Unary,
)
from annarchy_ml.expr.parse import MAX_DEPTH, parse, parse_with_warnings
from annarchy_ml.expr.pretty import format_number, pretty
from annarchy_ml.expr.simplify import simplify
from annarchy_ml.expr.tokens import ExprSyntaxError
from annarchy_ml.expr.traverse import (
    free_symbols,
    is_condition,
    is_constant,
    is_stochastic,
    map_bottom_up,
    postorder,
    rename,
    substitute,
    symbol_nodes,
)

__all__ = [
    "ARITHMETIC",
    "COMPARISONS",
    "FUNCTIONS",
    "LOGIC",
    "MAX_DEPTH",
    "Binary",
    "Call",
    "Conditional",
    "Expr",
    "ExprSyntaxError",
    "Function",
    "Number",
    "Symbol",
    "Unary",
    "check_kind",
    "circle",
    "dependency_order",
    "evaluate",
    "find_function",
    "format_number",
    "free_symbols",
    "infer",
    "is_condition",
    "is_constant",
    "is_stochastic",
    "map_bottom_up",
    "parse",
    "parse_with_warnings",
    "phrase",
    "postorder",
    "pretty",
    "quoted",
    "rename",
    "simplify",
    "substitute",
    "symbol_nodes",
    "symbol_note",
]
