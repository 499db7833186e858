"""Where the last bits of an exponential matter: in a divisor that is a difference.

x / (1 - exp(-x))         near x = 0 all depends on them
x / (exp(x) + c)          with a parameter c, which may be negative
a = rate * exp(x)
(a / (a + b) - q) / tau   a few units of the last place are as good as any
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from annarchy_ml.expr.evaluate import evaluate
from annarchy_ml.expr.nodes import COMPARISONS, Binary, Call, Expr, Number, Symbol, Unary
from annarchy_ml.expr.traverse import free_symbols
from annarchy_ml.kernels.nodes import Let, Set, Statement, Store
from annarchy_ml.kernels.uses import expressions_of, walk

Use: TypeAlias = Literal["value", "difference", "divisor", "from one"]
"""What an expression does with a part: passes it on, or in a difference, or divides by that; or
takes it from one, as a whole.
"""

ONE = Number(1.0)


@dataclass(slots=True)
class Sensitivity:
    """What stands where in a body.

    Attributes:
        given: values of what all instances share.
        sensitive: by statement: exponentials whose last bits matter.
        from_one: by statement: `1 - exp(u)` and `exp(u) - 1`.
        values: names that stand in a divisor that is a difference.
        differences: names that stand in a divisor or a condition.
    """

    given: Mapping[str, float]
    sensitive: dict[int, set[Expr]] = field(default_factory=lambda: defaultdict(set))
    from_one: dict[int, set[Expr]] = field(default_factory=lambda: defaultdict(set))
    values: set[str] = field(default_factory=set)
    differences: set[str] = field(default_factory=set)


def sensitivity(body: tuple[Statement, ...], given: Mapping[str, float]) -> Sensitivity:
    """Looks at a body from its end, so that what becomes of a local is known before it.

    Args:
        body: statements of a loop. It is run again and again: a field may be read before it is
            stored.
        given: values of what all instances share.
    """
    result, known = Sensitivity(given), -1
    while len(result.values) + len(result.differences) > known:
        known = len(result.values) + len(result.differences)
        for place in reversed(range(len(body))):
            for statement in reversed(list(walk((body[place],)))):
                _look(result, place, statement)
    return result


def _look(result: Sensitivity, place: int, statement: Statement) -> None:
    for node, parents in (p for value in expressions_of(statement) for p in _parts(value)):
        use = _use(node, parents, result.given)
        if isinstance(node, Symbol):
            if _matters(result, statement, _use(node, parents, result.given, True)):
                result.differences.add(node.name)
            if _matters(result, statement, use):
                result.values.add(node.name)
        elif use == "from one":
            result.from_one[place].add(parents[-1])
        elif _matters(result, statement, use):
            result.sensitive[place].add(node)


def _matters(result: Sensitivity, statement: Statement, use: Use) -> bool:
    if use not in ("value", "difference"):
        return use == "divisor"
    names = result.values if use == "value" else result.differences
    match statement:
        case Let(name) | Set(name):
            return name in names
        case Store(name, value):  # a state that moves on is not what moves it
            return name in names and name not in free_symbols(value)
        case _:
            return False


def _parts(expression: Expr) -> Iterator[tuple[Expr, tuple[Expr, ...]]]:
    """Names and exponentials, each with what it stands in, outermost first."""
    waiting: list[tuple[Expr, tuple[Expr, ...]]] = [(expression, ())]
    while waiting:
        node, parents = waiting.pop()
        if isinstance(node, Symbol) or _is_exponential(node):
            yield node, parents
        waiting += [(part, (*parents, node)) for part in node.operands]


def _is_exponential(node: Expr) -> bool:
    return isinstance(node, Call) and node.function == "exp"


def _use(
    node: Expr, parents: tuple[Expr, ...], given: Mapping[str, float], difference: bool = False
) -> Use:
    """What becomes of a part, which may be a difference already."""
    below, negative = node, False
    for parent in reversed(parents):
        match parent:
            case Binary("-") if below is node and _is_exponential(node) and ONE in parent.operands:
                return "from one"
            case Binary("-"):
                difference = True
            case Binary("+", left, right):
                difference |= _may_cancel(right if below is left else left, given, negative)
            case Binary("/", _, right) if below is right and difference:
                return "divisor"
            case Binary("*" | "/", left, right) if _is_negative(left, right, given):
                negative = not negative
            case Unary("-"):
                negative = not negative
            case Binary(op) if op in COMPARISONS and difference:
                return "divisor"
            case Call(function) if function not in ("exp", "abs"):
                difference = True
            case _:
                pass
        below = parent
    return "difference" if difference else "value"


def _is_negative(left: Expr, right: Expr, given: Mapping[str, float]) -> bool:
    """Whether one of two factors is known, and negative."""
    known = [item for item in (left, right) if free_symbols(item) <= given.keys()]
    return len(known) == 1 and evaluate(known[0], given) < 0


def _may_cancel(other: Expr, given: Mapping[str, float], negative: bool) -> bool:
    """Whether a sum with this can be a difference; parameters may be set to anything later."""
    if isinstance(other, Number):
        return (other.value < 0) != negative
    return negative or free_symbols(other) <= given.keys()
