"""Where the last bits of an exponential matter: in a divisor that is a difference.

x / (1 - exp(-x))         near x = 0 all depends on them
a = rate * exp(x)
(a / (a + b) - q) / tau   a few units of the last place are as good as any
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from annarchy_ml.expr.nodes import COMPARISONS, Binary, Call, Expr, Number, Symbol
from annarchy_ml.kernels.nodes import Let, Statement
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
        sensitive: by statement: exponentials whose last bits matter.
        from_one: by statement: `1 - exp(u)` and `exp(u) - 1`.
        values: locals that stand in a divisor that is a difference.
        differences: locals that stand in a divisor or a condition.
    """

    sensitive: dict[int, set[Expr]] = field(default_factory=lambda: defaultdict(set))
    from_one: dict[int, set[Expr]] = field(default_factory=lambda: defaultdict(set))
    values: set[str] = field(default_factory=set)
    differences: set[str] = field(default_factory=set)


def sensitivity(body: tuple[Statement, ...]) -> Sensitivity:
    """Looks at a body from its end, so that what becomes of a local is known before it."""
    result = Sensitivity()
    for place in reversed(range(len(body))):
        for statement in reversed(list(walk((body[place],)))):
            parts = (part for value in expressions_of(statement) for part in _parts(value))
            for node, parents in parts:
                _note(result, (place, statement), node, parents)
    return result


def _note(
    result: Sensitivity, place: tuple[int, Statement], node: Expr, parents: tuple[Expr, ...]
) -> None:
    number, statement = place
    if isinstance(node, Symbol):
        if _matters(result, statement, _use(node, parents, True)):
            result.differences.add(node.name)
        if _matters(result, statement, _use(node, parents, False)):
            result.values.add(node.name)
        return
    use = _use(node, parents, False)
    if use == "from one":
        result.from_one[number].add(parents[-1])
    elif _matters(result, statement, use):
        result.sensitive[number].add(node)


def _matters(result: Sensitivity, statement: Statement, use: Use) -> bool:
    if use in ("value", "difference") and isinstance(statement, Let):
        return statement.name in (result.values if use == "value" else result.differences)
    return use == "divisor"


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


def _use(node: Expr, parents: tuple[Expr, ...], difference: bool) -> Use:
    """What becomes of a part, which may be a difference already."""
    below = node
    for parent in reversed(parents):
        match parent:
            case Binary("-") if below is node and _is_exponential(node) and ONE in parent.operands:
                return "from one"
            case Binary("-"):
                difference = True
            case Binary("+", left, right):
                other = right if below is left else left
                difference |= isinstance(other, Number) and other.value < 0
            case Binary("/", _, right) if below is right and difference:
                return "divisor"
            case Binary(op) if op in COMPARISONS and difference:
                return "divisor"
            case Call(function) if function not in ("exp", "abs"):
                difference = True
            case _:
                pass
        below = parent
    return "difference" if difference else "value"
