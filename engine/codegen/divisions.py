"""Rewrites divisions of a loop as multiplications, where the divisor is known before or used often.

    (erev - v) / tau            ->  (erev - v) * over_tau, over_tau = 1 / tau before the loop
    inf = a / (a + b)           ->  over = 1 / (a + b), inf = a * over
    tau = 1 / (a + b), x / tau  ->  tau = over, x * (a + b)
    (inf - q) / tau             ->  a - (a + b) * q, which stays 0 where a = b = 0

A vector division takes as long as eight to sixteen multiplications, and the loops of ion channels
are full of them. Each rewriting changes a result by at most two roundings; conditions, where that
could change a decision, keep their divisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from annarchy_ml.expr.nodes import COMPARISONS, Binary, Conditional, Expr, Number, Symbol
from annarchy_ml.expr.traverse import free_symbols, map_bottom_up, postorder
from annarchy_ml.kernels.nodes import (
    Draw,
    GroupKernel,
    Kernel,
    Let,
    Placement,
    Set,
    Statement,
)
from annarchy_ml.kernels.rewrite import map_expressions
from annarchy_ml.kernels.uses import expressions_of, stored_fields, used_symbols, walk

Body = tuple[Statement, ...]
_SMALLEST, _LARGEST = 1e-30, 1e30
_WORTHWHILE = 2
_ONE = Number(1.0)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A loop body and the locals to be computed once before the loop."""

    prologue: tuple[Let, ...]
    body: Body


def rewrite_divisions(kernel: Kernel, group: GroupKernel) -> Rewritten:
    """The same kernel with as few divisions in its loop as the rules above allow."""
    symbols = Counter(_symbols(kernel.body))
    once = frozenset(name for name, count in symbols.items() if count == 1)
    rewriter = _Rewriter(shared_names(kernel, group), _fixed_names(kernel, group), once)
    rewriter.taken.update(used_symbols(kernel.body))
    body = map_expressions(kernel.body, rewriter.known_divisor)
    body = rewriter.share_reciprocals(body)
    return Rewritten(tuple(rewriter.prologue.values()), _without_unused(body, kernel.body))


def _without_unused(body: Body, original: Body) -> Body:
    """The body without the locals whose last use was rewritten away."""
    changed = {item.name for item in walk(original) if isinstance(item, Set)}
    droppable = used_symbols(original) - changed
    while True:
        unused = droppable - used_symbols(body)
        kept = tuple(item for item in body if not (isinstance(item, Let) and item.name in unused))
        if len(kept) == len(body):
            return body
        body = kept


def shared_names(kernel: Kernel, group: GroupKernel) -> frozenset[str]:
    """What is the same for all instances: shared values and the scalars of the step."""
    names = {"t", "t_prev", "dt"}
    names.update(item.name for item in group.fields if item.placement is Placement.SHARED)
    names.update(item.name for item in group.externals if item.shared)
    return frozenset(names - set(_introduced(kernel.body)))


def shared_exponents(kernel: Kernel, group: GroupKernel) -> tuple[str, ...]:
    """Shared parameters `p` in `x ^ p`: one test before the loop tells how to raise x to them."""
    shared = shared_names(kernel, group) & {item.name for item in group.fields}
    powers = (
        node.right.name
        for statement in walk(kernel.body)
        for expression in expressions_of(statement)
        for node in postorder(expression)
        if isinstance(node, Binary) and node.op == "^" and isinstance(node.right, Symbol)
    )
    return tuple(name for name in dict.fromkeys(powers) if name in shared)


def _introduced(body: Body) -> Iterator[str]:
    return (item.name for item in walk(body) if isinstance(item, Let | Draw))


def _fixed_names(kernel: Kernel, group: GroupKernel) -> frozenset[str]:
    """Names that mean one value throughout the body, from where they are introduced."""
    outer = {item.name for item in group.fields} | {item.name for item in group.externals}
    outer |= {"t", "t_prev", "dt"}
    top = {item.name for item in kernel.body if isinstance(item, Let | Draw)}
    changed = {item.name for item in walk(kernel.body) if isinstance(item, Set)}
    changed |= stored_fields(kernel.body)
    repeated = Counter((*_introduced(kernel.body), *outer))
    changed |= {name for name, count in repeated.items() if count > 1}
    return frozenset((outer | top) - changed - (set(_introduced(kernel.body)) - top))


@dataclass(slots=True)
class _Rewriter:
    """Collects what was found on the way.

    Attributes:
        shared: names that no instance changes.
        fixed: names whose value does not change within the body.
        once: names that stand in one place only.
        taken: names that a new local must not have.
        inverses: locals that are 1 / divisor, by name.
        quotients: locals that are a quotient, by name.
    """

    shared: frozenset[str]
    fixed: frozenset[str]
    once: frozenset[str]
    taken: set[str] = field(default_factory=set)
    prologue: dict[Expr, Let] = field(default_factory=dict)
    inverses: dict[str, Expr] = field(default_factory=dict)
    quotients: dict[str, Binary] = field(default_factory=dict)

    def known_divisor(self, statement: Statement, expression: Expr) -> Expr:
        """Divisions by literals, by shared values and by locals that are reciprocals."""
        result = _outside_conditions(expression, self._multiply)
        if isinstance(statement, Let) and statement.name in self.fixed:
            divisor = _inverted(result)
            if divisor is not None and free_symbols(divisor) <= self.fixed:
                self.inverses[statement.name] = divisor
            elif _is_quotient(result) and free_symbols(result) <= self.fixed:
                self.quotients[statement.name] = result
        return result

    def share_reciprocals(self, body: Body) -> Body:
        """Divisors that occur repeatedly, inverted once before their first use."""
        counts = Counter(_divisors(body))
        wanted = {
            divisor
            for divisor, count in counts.items()
            if count >= _WORTHWHILE
            and not isinstance(divisor, Number)
            and free_symbols(divisor) <= self.fixed
        }
        reciprocals: dict[Expr, str] = {}
        result: list[Statement] = []
        for statement in body:
            for divisor in _divisors((statement,)):
                if divisor in wanted and divisor not in reciprocals:
                    reciprocal = self._reciprocal(divisor)
                    reciprocals[divisor] = reciprocal.name
                    result.append(reciprocal)
            result += map_expressions((statement,), lambda _, e: _use(e, reciprocals))
        return tuple(result)

    def _multiply(self, node: Expr) -> Expr:
        if not (isinstance(node, Binary) and node.op == "/"):
            return node
        divisor = node.right
        if isinstance(divisor, Number):
            if isinstance(node.left, Number) or not _SMALLEST < abs(divisor.value) < _LARGEST:
                return node
            return replace(node, op="*", right=Number(1.0 / divisor.value))
        if isinstance(divisor, Symbol) and divisor.name in self.inverses:
            return self._times(node, self.inverses[divisor.name])
        if not free_symbols(divisor) <= self.shared or free_symbols(node.left) <= self.shared:
            return node
        if divisor not in self.prologue:
            self.prologue[divisor] = self._reciprocal(divisor)
        return replace(node, op="*", right=Symbol(self.prologue[divisor].name))

    def _times(self, node: Binary, factor: Expr) -> Expr:
        """The dividend times a factor; a quotient in it may lose its division so."""
        left = node.left
        if isinstance(left, Binary) and left.op == "-" and isinstance(left.left, Symbol):
            quotient = self.quotients.get(left.left.name)
            if quotient is not None and left.left.name in self.once:
                others = _without(factor, quotient.right)
                if others is not None:
                    taken = Binary("*", quotient.right, left.right)
                    return _product(replace(left, left=quotient.left, right=taken), others)
        return replace(node, op="*", right=factor)

    def _reciprocal(self, divisor: Expr) -> Let:
        path, _, last = (divisor.name if isinstance(divisor, Symbol) else "").rpartition("/")
        stem = f"{path}/over {last}".strip("/ ")
        name, number = stem, 2
        while name in self.taken:
            name, number = f"{stem} {number}", number + 1
        self.taken.add(name)
        return Let(name, Binary("/", _ONE, divisor))


def _is_quotient(expression: Expr) -> TypeGuard[Binary]:
    return isinstance(expression, Binary) and expression.op == "/"


def _symbols(body: Body) -> Iterator[str]:
    """Every name in the expressions of a body, as often as it stands there."""
    for expression in (e for item in walk(body) for e in expressions_of(item)):
        waiting = [expression]
        while waiting:
            node = waiting.pop()
            waiting += node.operands
            if isinstance(node, Symbol):
                yield node.name


def _without(product: Expr, factor: Expr) -> tuple[Expr, ...] | None:
    """The other factors of a product, None where it is not one of them."""
    factors, waiting = list[Expr](), [product]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Binary) and node.op == "*":
            waiting += (node.right, node.left)
        else:
            factors.append(node)
    if factor not in factors:
        return None
    factors.remove(factor)
    return tuple(factors)


def _product(first: Expr, others: tuple[Expr, ...]) -> Expr:
    for other in others:
        first = Binary("*", first, other)
    return first


def _inverted(expression: Expr) -> Expr | None:
    """The divisor of 1 / divisor."""
    if isinstance(expression, Binary) and expression.op == "/" and expression.left == _ONE:
        return expression.right
    return None


def _use(expression: Expr, names: dict[Expr, str]) -> Expr:
    """The expression with reciprocals in place of divisions."""

    def change(node: Expr) -> Expr:
        if isinstance(node, Binary) and node.op == "/" and node.right in names:
            inverse = Symbol(names[node.right])
            return inverse if node.left == _ONE else replace(node, op="*", right=inverse)
        return node

    return _outside_conditions(expression, change) if names else expression


def _divisors(body: Body) -> Iterator[Expr]:
    """The divisor of each division outside conditions, in order of writing."""
    for expression in (e for item in walk(body) for e in expressions_of(item)):
        inside = _inside_conditions(expression)
        for node in postorder(expression):
            if isinstance(node, Binary) and node.op == "/" and node not in inside:
                yield node.right


def _outside_conditions(expression: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Rewrite bottom up what does not stand in a condition, compared by content."""
    inside = _inside_conditions(expression)
    return map_bottom_up(expression, lambda node: node if node in inside else change(node))


def _inside_conditions(expression: Expr) -> frozenset[Expr]:
    """Every node below a comparison or the test of a conditional."""
    roots: list[Expr] = []
    for node in postorder(expression):
        if isinstance(node, Conditional):
            roots.append(node.test)
        elif isinstance(node, Binary) and node.op in COMPARISONS:
            roots.append(node)
    return frozenset(part for root in roots for part in postorder(root))
