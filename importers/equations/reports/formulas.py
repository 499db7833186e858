r"""Equations in LaTeX.

(v - v_rest)/tau_m  ->  \frac{v - v_\text{rest}}{\tau_\text{m}}
"""

from __future__ import annotations

from annarchy_ml.expr import Binary, Call, Conditional, Expr, Number, Symbol, Unary
from annarchy_ml.expr.traverse import postorder

_GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu",
    "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
)  # fmt: skip
_SIGNS = {
    "<": "<", ">": ">", "<=": r"\leq", ">=": r"\geq", "==": "=", "!=": r"\neq",
    "and": r"\land", "or": r"\lor", "+": "+", "-": "-",
}  # fmt: skip
_RANKS = {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "/": 9, "^": 8}
_COMPARED, _NOT, _MINUS, _ATOM = 4, 3, 5, 9
_NAMED = {
    "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "min", "max",
}  # fmt: skip
_DRAWS = {
    "normal": r"\mathcal{N}(0, 1)",
    "random": r"\mathcal{U}(0, 1)",
    "common_normal": r"\mathcal{N}(0, 1)",
    "common_random": r"\mathcal{U}(0, 1)",
}
_WITH_ARGUMENTS = {
    "gamma": "Gamma", "common_gamma": "Gamma", "binomial": "B", "common_binomial": "B",
}  # fmt: skip


def name_in_latex(name: str) -> str:
    """A name: Greek letters, and what follows an underscore as an index."""
    if "(" in name:
        outer, _, inner = name.removesuffix(")").partition("(")
        return rf"\text{{{outer}}}({name_in_latex(inner) if inner else ''})"
    if "." in name:
        side, _, own = name.partition(".")
        return rf"{name_in_latex(own)}^\text{{{side}}}"
    first, _, rest = name.partition("_")
    head = rf"\{first}" if first in _GREEK else first if len(first) == 1 else rf"\text{{{first}}}"
    index = rest.replace("_", r"\_")
    return rf"{head}_\text{{{index}}}" if rest else head


def in_latex(e: Expr) -> str:
    """An expression."""
    texts: dict[int, str] = {}
    for node in postorder(e):
        texts[id(node)] = _text(node, texts)
    return texts[id(e)]


def _text(node: Expr, texts: dict[int, str]) -> str:
    if isinstance(node, Number):
        return _number(node.value)
    if isinstance(node, Symbol):
        return name_in_latex(node.name)
    if isinstance(node, Unary):
        sign, rank = (r"\lnot ", _NOT) if node.op == "not" else ("-", _MINUS + 1)
        return sign + _wrapped(node.operand, texts, rank)
    if isinstance(node, Binary):
        return _binary(node, texts)
    if isinstance(node, Conditional):
        test, then, otherwise = (texts[id(item)] for item in node.operands)
        rows = rf"{then} & \text{{if }} {test} \\ {otherwise} & \text{{otherwise}}"
        return rf"\begin{{cases}} {rows} \end{{cases}}"
    return _call(node, texts)


def _number(value: float) -> str:
    text = f"{value:.12g}"
    base, e, exponent = text.partition("e")
    return rf"{base} \cdot 10^{{{int(exponent)}}}" if e else text


def _binary(node: Binary, texts: dict[int, str]) -> str:
    left, right = node.operands
    if node.op == "/":
        return rf"\frac{{{texts[id(left)]}}}{{{texts[id(right)]}}}"
    if node.op == "^":
        raised = isinstance(left, Symbol) and "." in left.name
        base = _wrapped(left, texts, _ATOM + raised)
        return rf"{base}^{{{texts[id(right)]}}}"
    rank = _RANKS.get(node.op, _COMPARED)
    if node.op == "*":
        return rf"{_wrapped(left, texts, rank)} \, {_wrapped(right, texts, rank)}"
    behind = _wrapped(right, texts, rank + (node.op == "-"))
    return f"{_wrapped(left, texts, rank)} {_SIGNS[node.op]} {behind}"


def _call(node: Expr, texts: dict[int, str]) -> str:
    assert isinstance(node, Call)
    args = [texts[id(item)] for item in node.operands]
    if node.function in _DRAWS:
        return _DRAWS[node.function]
    if node.function == "abs":
        return rf"\left| {args[0]} \right|"
    if node.function == "sqrt":
        return rf"\sqrt{{{args[0]}}}"
    text = _WITH_ARGUMENTS.get(node.function, node.function)
    name = rf"\{text}" if text in _NAMED else rf"\text{{{text}}}"
    return rf"{name}\left({', '.join(args)}\right)"


def _rank(e: Expr) -> int:
    if isinstance(e, Binary):
        return _RANKS.get(e.op, _COMPARED)
    if isinstance(e, Unary):
        return _NOT if e.op == "not" else _MINUS
    if isinstance(e, Number) and (e.value < 0 or "e" in f"{e.value:.12g}"):
        return _MINUS
    return 0 if isinstance(e, Conditional) else _ATOM


def _wrapped(e: Expr, texts: dict[int, str], least: int) -> str:
    text = texts[id(e)]
    return text if _rank(e) >= least else rf"\left({text}\right)"
