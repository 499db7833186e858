"""Reads model texts into statements: equations, assignments, parameters, conditions.

"tau*dv/dt + v = I : init=1, min=0"  ->  rate of v: (I - v) / tau, with its flags
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from annarchy_ml.diagnostics.core import Span
from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.expr import Binary, Expr, Number, Symbol, free_symbols, symbol_nodes
from annarchy_ml.importers.equations.expressions import Reader
from annarchy_ml.importers.equations.faults import Section, fault
from annarchy_ml.importers.equations.linear import NotLinear, affine
from annarchy_ml.importers.equations.operands import Functions, as_condition, as_number
from annarchy_ml.importers.equations.tokens import ASSIGNMENTS, Token, statements
from annarchy_ml.importers.equations.vocabulary import ONE, RESERVED, ZERO, subtract

LOCALITIES = {
    "local": "local",
    "global": "global",
    "population": "global",
    "projection": "global",
    "semiglobal": "semiglobal",
    "postsynaptic": "semiglobal",
}
METHODS = {
    "explicit": "explicit",
    "implicit": "implicit",
    "semiimplicit": "semiimplicit",
    "exponential": "exponential",
    "midpoint": "midpoint",
    "rk4": "rk4",
    "runge-kutta4": "rk4",
    "event-driven": "event-driven",
    "exact": "event-driven",
}
TYPES = ("float", "int", "bool")
_WORDS = ("unless_refractory", "unless_post")
_VALUES = ("init", "min", "max", "unit")


@dataclass(frozen=True, slots=True)
class Flags:
    """What stands behind the colon of a statement.

    Attributes:
        place: of each flag, by name.
    """

    init: Expr | None = None
    low: Expr | None = None
    high: Expr | None = None
    locality: str = ""
    type: str = "float"
    method: str = ""
    unit: str = ""
    unless_refractory: bool = False
    unless_post: bool = False
    place: dict[str, Span] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation: of a gradient, or an assignment.

    Attributes:
        value: what is assigned, or the rate.
        is_rate: whether it is the rate of the variable.
        slope: of a rate that is linear in the variable, its derivative by it; else None.
        nonlinear: what keeps a rate from being linear.
        span: of the variable where it is defined.
        updates: whether an assignment adds to what is there (``+=`` and the like).
    """

    name: str
    value: Expr
    is_rate: bool
    flags: Flags
    section: Section
    span: Span
    slope: Expr | None = None
    nonlinear: Expr | None = None
    updates: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """A parameter of a model text, and its value."""

    name: str
    value: float
    flags: Flags
    section: Section
    span: Span


def read_equations(section: Section, functions: Functions) -> list[Equation]:
    """All equations of a text, in order.

    Raises:
        EquationError: At the first fault.
    """
    return [_equation(tokens, section, functions) for tokens in statements(section)]


def read_parameters(section: Section) -> list[Constant]:
    """All parameters of a text, in order.

    Raises:
        EquationError: At the first fault.
    """
    return [_parameter(tokens, section) for tokens in statements(section, continued=False)]


def read_condition(section: Section, functions: Functions) -> Expr:
    """A text that is one condition.

    Raises:
        EquationError: At the first fault.
    """
    parts = statements(section)
    if len(parts) != 1:
        span = section.span(0, 1)
        raise fault("equation.syntax", "one condition is needed here", section, span)
    reader = Reader(parts[0], section, functions)
    found = reader.expression()
    end(reader)
    return as_condition(found)


def read_value(section: Section, functions: Functions) -> Expr:
    """A text that is one value.

    Raises:
        EquationError: At the first fault.
    """
    parts = statements(section)
    if len(parts) != 1:
        raise fault("equation.syntax", "one value is needed here", section, section.span(0, 1))
    reader = Reader(parts[0], section, functions)
    found = reader.expression()
    end(reader)
    return as_number(found)


def read_functions(section: Section, known: Functions) -> Functions:
    """The functions that a text defines, together with those known before.

    Raises:
        EquationError: At the first fault.
    """
    found = dict(known)
    for tokens in statements(section):
        reader = Reader(tokens, section, found)
        name = reader.take()
        if name.kind != "name":
            raise reader.wrong("a function begins with its name", name)
        if name.text in RESERVED:
            raise _reserved(reader, name)
        found[name.text] = _function(reader)
    return found


def _function(reader: Reader) -> tuple[tuple[str, ...], Expr]:
    reader.expect("(", "after the name of a function")
    names: list[str] = []
    while not reader.accept(")"):
        if names:
            reader.expect(",", "between arguments")
        token = reader.take()
        if token.kind != "name":
            raise reader.wrong("an argument of a function is a name", token)
        names.append(token.text)
    reader.expect("=", "before what the function gives")
    body = as_number(reader.expression())
    for node in symbol_nodes(body):
        if node.name not in (*names, "t", "dt"):
            hint = did_you_mean(node.name, names)
            message = f"unknown name '{node.name}'"
            raise fault("equation.unknown-name", message, reader.section, node.span, hint)
    if reader.accept(":"):
        while reader.accept(*TYPES, ","):
            pass
    end(reader)
    return tuple(names), body


def _equation(tokens: list[Token], section: Section, functions: Functions) -> Equation:
    reader = Reader(tokens, section, functions)
    left = reader.expression()
    sign = reader.accept(*ASSIGNMENTS)
    if sign is None:
        if reader.next.kind in ("end",) or reader.next.text == ":":
            hint = "write 'name = value' or 'dname/dt = rate'"
            raise reader.wrong("the statement assigns nothing", tokens[0], hint)
        raise _unexpected(reader)
    right = as_number(reader.expression())
    flags = read_flags(reader)
    end(reader)
    gradients = [s for s in _gradients(left) + _gradients(right)]
    if gradients:
        return _rate(gradients, (left, right), sign, reader, flags)
    return _assignment(left, right, sign, reader, flags)


def _gradients(e: Expr) -> list[Symbol]:
    from annarchy_ml.expr import postorder

    nodes = [n for n in postorder(e) if isinstance(n, Symbol)]
    return [n for n in nodes if n.name.endswith("/dt")]


def gradient_of(name: str) -> str:
    """How expressions spell the gradient of a variable."""
    return f"d{name}/dt"


def _rate(
    gradients: list[Symbol], sides: tuple[Expr, Expr], sign: Token, reader: Reader, flags: Flags
) -> Equation:
    section = reader.section
    first = gradients[0]
    if len(gradients) > 1:
        message = "an equation has one gradient, this one has two"
        raise fault("equation.gradient", message, section, gradients[1].span)
    if sign.text != "=":
        raise reader.wrong(
            f"'{sign.text}' cannot stand in an equation with a gradient", sign, "write '='"
        )
    name = first.name[1 : -len("/dt")]
    try:
        left, right = affine(sides[0], first.name), affine(sides[1], first.name)
    except NotLinear as found:
        message = f"the gradient of '{name}' must occur linearly"
        place = found.term.span or first.span
        raise fault("equation.gradient", message, section, place) from None
    factor, rest = subtract(left[0], right[0]), subtract(right[1], left[1])
    value = rest if factor == ONE else Binary("/", rest, factor)
    slope, term = None, None
    try:
        slope = affine(value, name)[0]
    except NotLinear as found:
        term = found.term
    assert first.span is not None
    span = first.span.part(1, len(name))
    return Equation(name, value, True, flags, section, span, slope, term)


def _assignment(left: Expr, right: Expr, sign: Token, reader: Reader, flags: Flags) -> Equation:
    target = reader.tokens[0]
    if not isinstance(left, Symbol) or "." in left.name or "(" in left.name:
        hint = "write 'name = value' or 'dname/dt = rate'"
        raise reader.wrong("the left side is neither a name nor a gradient", target, hint)
    if flags.method:
        place = flags.place["method"]
        message = f"'{left.name}' has no gradient, so it takes no method"
        raise fault("equation.method", message, reader.section, place)
    value = right
    if sign.text != "=":
        value = Binary(sign.text[0], left, right, right.span)  # type: ignore[arg-type]
    assert left.span is not None
    updates = sign.text != "="
    return Equation(left.name, value, False, flags, reader.section, left.span, updates=updates)


def _parameter(tokens: list[Token], section: Section) -> Constant:
    reader = Reader(tokens, section, {})
    token = reader.take()
    if token.kind != "name":
        raise reader.wrong("a parameter begins with its name", token)
    value = 0.0
    if reader.accept("="):
        value = constant(as_number(reader.expression()), section, {})
    elif reader.next.text in ASSIGNMENTS:
        raise reader.wrong("a parameter is set by '='")
    flags = read_flags(reader)
    end(reader)
    return Constant(token.text, value, flags, section, section.span(token.start, token.end))


def constant(e: Expr, section: Section, known: dict[str, float]) -> float:
    """The value of an expression of numbers and known names.

    Raises:
        EquationError: If it reads anything else, or draws.
    """
    from annarchy_ml.expr import evaluate, is_stochastic

    for node in symbol_nodes(e):
        if node.name not in known:
            message = f"'{node.name}' is no constant"
            raise fault("equation.unknown-name", message, section, node.span)
    if is_stochastic(e):
        message = "a parameter takes a number here, not a law"
        hint = "set it on the population: pop.name = Uniform(0.0, 1.0)"
        raise fault("equation.type", message, section, e.span, hint)
    return evaluate(e, known)


def read_flags(reader: Reader) -> Flags:
    """The flags of a statement, if there are any.

    Raises:
        EquationError: If one is unknown, stands twice or has a wrong value.
    """
    flags = Flags()
    if not reader.accept(":"):
        return flags
    while True:
        flags = _flag(reader, flags)
        if not reader.accept(","):
            return flags


def _flag(reader: Reader, flags: Flags) -> Flags:
    if reader.next.kind == "end":
        raise reader.wrong("a flag is missing here")
    token = reader.take()
    word = _hyphenated(token, reader)
    kind, change = _meaning(word, token, reader)
    if kind in flags.place:
        raise reader.fault("equation.flag", f"the flag '{word}' contradicts an earlier one", token)
    place = {**flags.place, kind: reader.section.span(token.start, token.start + len(word))}
    return replace(flags, place=place, **change)


def _hyphenated(token: Token, reader: Reader) -> str:
    """A word such as ``event-driven``, which is three tokens."""
    if token.text in ("event", "runge") and reader.accept("-"):
        rest = reader.take().text
        number = reader.take().text if rest == "kutta" and reader.next.text == "4" else ""
        return f"{token.text}-{rest}{number}"
    return token.text


def _meaning(word: str, token: Token, reader: Reader) -> tuple[str, dict[str, Any]]:
    """Which flag a word belongs to, and what it sets."""
    if word in LOCALITIES:
        return "locality", {"locality": word}
    if word in METHODS:
        return "method", {"method": METHODS[word]}
    if word in TYPES:
        return "type", {"type": word}
    if word in _WORDS:
        return word, {word: True}
    if word == "unit":
        reader.expect("=", "after 'unit'")
        return word, {"unit": reader.take().text}
    if word not in _VALUES:
        known = [*LOCALITIES, *METHODS, *TYPES, *_WORDS, *_VALUES]
        hint = did_you_mean(word, known)
        raise reader.fault("equation.flag", f"unknown flag '{word}'", token, hint)
    reader.expect("=", f"after '{word}'")
    value = as_number(reader.expression())
    return word, {{"init": "init", "min": "low", "max": "high"}[word]: value}


def end(reader: Reader) -> None:
    """Refuses anything after a statement.

    Raises:
        EquationError: If there is something.
    """
    if reader.next.kind != "end":
        raise _unexpected(reader)


def _unexpected(reader: Reader) -> Exception:
    token = reader.next
    before = reader.tokens[reader.at - 1]
    if token.text == ")":
        return reader.wrong("')' has no matching '('", token, "remove it, or add a '('")
    if token.text in ASSIGNMENTS:
        hint = "to compare, write '=='" if token.text == "=" else ""
        return reader.wrong(f"a second '{token.text}' in one statement", token, hint)
    if token.kind in ("name", "number", "gradient") or token.text == "(":
        message = f"an operator is missing between '{before.text}' and '{token.text}'"
        return reader.wrong(message, token)
    return reader.wrong(f"'{token.text}' is not expected here", token)


def _reserved(reader: Reader, token: Token) -> Exception:
    return reader.fault("equation.reserved-name", f"'{token.text}' has a meaning of its own", token)


def reads_of(equation: Equation) -> frozenset[str]:
    """Names that an equation reads, bounds included."""
    parts = [equation.value, equation.flags.low or ZERO, equation.flags.high or ZERO]
    return frozenset().union(*(free_symbols(part) for part in parts))


def is_number(e: Expr | None) -> bool:
    """Whether an expression is a plain number."""
    return isinstance(e, Number)
