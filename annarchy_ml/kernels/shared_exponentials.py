"""Exponentials of one variable whose slopes are whole multiples of each other, found from one.

    exp((v - a) / s)  exp((b - v) / (2 s))  exp((c - v) / (8 s))
    ->  e = exp((c - v) / (8 s)),  factor / e^8,  factor * e^4,  e

`factor` is the same for all instances: exp(offset - multiple * offset of e). A squid axon has six
exponentials and needs two. Each multiple of the argument costs one rounding, sixteen at most.
Where last bits matter an exponential stays as it is, but for `1 - exp(u)`, a series near 0.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from annarchy_ml.expr.evaluate import evaluate
from annarchy_ml.expr.nodes import Binary, Call, Conditional, Expr, Number, Symbol, Unary
from annarchy_ml.expr.traverse import map_bottom_up, postorder
from annarchy_ml.kernels.cancellation import ONE, Sensitivity, sensitivity
from annarchy_ml.kernels.nodes import BUILTINS, Let, Set, Statement, When
from annarchy_ml.kernels.rewrite import map_expressions
from annarchy_ml.kernels.uses import expressions_of, stored_fields, used_symbols, walk

Body: TypeAlias = tuple[Statement, ...]
Variable: TypeAlias = tuple[str, int]
"""A name, and how often it has been changed before."""

_LARGEST_MULTIPLE = 16
_LARGEST_OFFSET = 20.0
"""Beyond it a power could leave the range of numbers where the exponential does not."""
_TOLERANCE = 2e-15
_LARGEST_EXPRESSION = 40
_NEAR = 0.03
_FACTORIALS = (1.0, 2.0, 6.0, 24.0, 120.0, 720.0, 5040.0)
_ZERO = Number(0.0)


@dataclass(frozen=True, slots=True)
class Shared:
    """A body with fewer exponentials, and what must hold of shared values."""

    tests: tuple[Expr, ...]
    body: Body


@dataclass(frozen=True, slots=True)
class _Affine:
    """slope * variable + offset, both the same for all instances."""

    variable: Variable | None
    slope: Expr
    offset: Expr


@dataclass(frozen=True, slots=True)
class _Use:
    """An exponential in a statement, with the values of its slope and offset."""

    place: int
    node: Expr
    form: _Affine
    slope: float
    offset: float


@dataclass(frozen=True, slots=True)
class _Member:
    """A use as factor * e ^ multiple, or over it where the multiple is negative."""

    use: _Use
    multiple: int


def share_exponentials(
    body: Body, values: Mapping[str, float], whole: frozenset[str]
) -> Shared | None:
    """The body with as few exponentials as its parameters allow, or None where that saves none.

    Args:
        body: statements of a loop.
        values: of what all instances share.
        whole: names of whole numbers, which nothing is shared of.
    """
    places = sensitivity(body, values)
    finder = _Finder(values, whole, places)
    for place, statement in enumerate(body):
        finder.visit(place, statement)
    families = [family for uses in finder.by_variable() for family in _families(uses)]
    if not families:
        return None
    writer = _Writer(body, places)
    for family in families:
        writer.share(family)
    return Shared(tuple(dict.fromkeys(writer.tests)), writer.written())


@dataclass(slots=True)
class _Finder:
    """Collects exponentials whose arguments are affine in one variable.

    Attributes:
        forms: of locals, as long as their variable is what it was.
        changes: how often each name was changed so far.
    """

    values: Mapping[str, float]
    whole: frozenset[str]
    places: Sensitivity
    forms: dict[str, _Affine] = field(default_factory=dict)
    changes: Counter[str] = field(default_factory=Counter)
    uses: dict[Variable, list[_Use]] = field(default_factory=lambda: defaultdict(list))

    def visit(self, place: int, statement: Statement) -> None:
        if not isinstance(statement, When):
            for expression in expressions_of(statement):
                self.collect(place, expression)
        if isinstance(statement, Let):
            form = self.form(statement.value)
            self.change((statement.name,))
            if form is not None:
                self.forms[statement.name] = form
            return
        set_here = {item.name for item in walk((statement,)) if isinstance(item, Set | Let)}
        self.change(stored_fields((statement,)) | set_here)

    def change(self, names: Iterable[str]) -> None:
        for name in names:
            old = (name, self.changes[name])
            self.changes[name] += 1
            self.forms.pop(name, None)
            self.forms = {k: form for k, form in self.forms.items() if form.variable != old}

    def collect(self, place: int, expression: Expr) -> None:
        for node in dict.fromkeys(postorder(expression)):
            if not (isinstance(node, Call) and node.function == "exp"):
                continue
            if node in self.places.sensitive[place]:
                continue
            form = self.form(node.args[0])
            if form is None or form.variable is None:
                continue
            slope, offset = (evaluate(part, self.values) for part in (form.slope, form.offset))
            if 1e-30 < abs(slope) < 1e30 and abs(offset) < 1e30:
                self.uses[form.variable].append(_Use(place, node, form, slope, offset))

    def by_variable(self) -> list[list[_Use]]:
        return list(self.uses.values())

    def form(self, expression: Expr) -> _Affine | None:
        """An expression as slope and offset, None where it is not affine in one variable."""
        done: dict[int, _Affine | None] = {}
        for count, node in enumerate(postorder(expression)):
            if count > _LARGEST_EXPRESSION:
                return None
            done[id(node)] = self.form_of(node, [done[id(part)] for part in node.operands])
        return done[id(expression)]

    def form_of(self, node: Expr, parts: Sequence[_Affine | None]) -> _Affine | None:
        match node, parts:
            case Number(), _:
                return _Affine(None, _ZERO, node)
            case Symbol(name), _:
                return self.symbol(name)
            case Unary("-"), [_Affine() as part]:
                return _scaled(part, lambda e: Unary("-", e))
            case Binary("+" | "-" as op), [_Affine() as left, _Affine() as right]:
                return _sum(op, left, right)
            case Binary("*"), [_Affine() as left, _Affine(None) as right]:
                return _scaled(left, lambda e: Binary("*", e, right.offset))
            case Binary("*"), [_Affine(None) as left, _Affine() as right]:
                return _scaled(right, lambda e: Binary("*", e, left.offset))
            case Binary("/"), [_Affine() as left, _Affine(None) as right]:
                return _scaled(left, lambda e: Binary("/", e, right.offset))
            case _:
                return None

    def symbol(self, name: str) -> _Affine | None:
        if name in self.forms:
            return self.forms[name]
        if name in self.values:
            return _Affine(None, _ZERO, Symbol(name))
        if name in BUILTINS or name in self.whole:
            return None
        return _Affine((name, self.changes[name]), ONE, _ZERO)


def _scaled(form: _Affine, change: Callable[[Expr], Expr]) -> _Affine:
    slope = form.slope if form.slope == _ZERO else change(form.slope)
    return _Affine(
        form.variable, slope, form.offset if form.offset == _ZERO else change(form.offset)
    )


def _sum(op: str, left: _Affine, right: _Affine) -> _Affine | None:
    if left.variable and right.variable and left.variable != right.variable:
        return None
    return _Affine(
        left.variable or right.variable,
        _added(op, left.slope, right.slope),
        _added(op, left.offset, right.offset),
    )


def _added(op: str, left: Expr, right: Expr) -> Expr:
    if right == _ZERO:
        return left
    if left == _ZERO:
        return right if op == "+" else Unary("-", right)
    return Binary("+" if op == "+" else "-", left, right)


def _families(uses: Sequence[_Use]) -> list[list[_Member]]:
    """Uses of one variable that can be found from one of them, which comes first."""
    families: list[list[_Member]] = []
    waiting = sorted(uses, key=lambda use: abs(use.slope))
    while waiting:
        base = waiting[0]
        family = [member for use in waiting if (member := _member(use, base)) is not None]
        if len({(item.use.slope, item.use.offset) for item in family}) > 1:
            families.append(family)
        taken = {id(item.use) for item in family}
        waiting = [use for use in waiting if id(use) not in taken]
    return families


def _member(use: _Use, base: _Use) -> _Member | None:
    ratio = use.slope / base.slope
    multiple = round(ratio)
    if not 1 <= abs(multiple) <= _LARGEST_MULTIPLE:
        return None
    if abs(ratio - multiple) > _TOLERANCE * abs(ratio) / 2:
        return None
    if abs(use.offset - multiple * base.offset) > _LARGEST_OFFSET:
        return None
    return _Member(use, multiple)


@dataclass(slots=True)
class _Writer:
    """Writes the body anew."""

    body: Body
    places: Sensitivity
    tests: list[Expr] = field(default_factory=list)
    before: dict[int, list[Let]] = field(default_factory=lambda: defaultdict(list))
    instead: dict[int, dict[Expr, Expr]] = field(default_factory=lambda: defaultdict(dict))
    count: int = 0

    def share(self, family: Sequence[_Member]) -> None:
        base = family[0].use.form
        assert base.variable is not None
        place = min(member.use.place for member in family)
        slope, offset = self.let(place, base.slope), self.let(place, base.offset)
        argument = Binary("+", Binary("*", slope, Symbol(base.variable[0])), offset)
        powers = _Powers(self, place, self.let(place, Call("exp", (argument,))))
        for member in family:
            value = powers.of(member.multiple)
            form = member.use.form
            if form != base:
                times = Binary("*", Number(float(member.multiple)), base.slope)
                self.test(form.slope, times, Binary("*", Number(_TOLERANCE), form.slope))
                times = Binary("*", Number(float(member.multiple)), base.offset)
                self.test(form.offset, times, Number(_LARGEST_OFFSET))
                over = Binary("-", form.offset, times)
                value = Binary("*", self.let(place, Call("exp", (over,))), value)
            self.replace(member.use, value)

    def replace(self, use: _Use, value: Expr) -> None:
        """Puts a value in the place of an exponential, and a series where it is near 1."""
        instead = self.instead[use.place]
        instead[use.node] = value
        for node in self.places.from_one[use.place]:
            left, right = node.operands
            if use.node not in (left, right):
                continue
            argument = self.let(use.place, _argument(use.node))
            near = Binary("<", Call("abs", (argument,)), Number(_NEAR))
            sign: Expr = argument if right == ONE else Unary("-", argument)
            far = Binary("-", value, ONE) if right == ONE else Binary("-", ONE, value)
            instead[far] = Conditional(near, Binary("*", sign, _series(argument)), far)

    def test(self, found: Expr, expected: Expr, limit: Expr) -> None:
        far = Call("abs", (Binary("-", found, expected),))
        self.tests.append(Binary("<=", far, Call("abs", (limit,))))

    def let(self, place: int, value: Expr) -> Symbol:
        """A local before a statement, one for each value."""
        for item in self.before[place]:
            if item.value == value:
                return Symbol(item.name)
        taken = used_symbols(self.body)
        while True:
            self.count += 1
            name = f"shared exp {self.count}"
            if name not in taken:
                break
        self.before[place].append(Let(name, value))
        return Symbol(name)

    def written(self) -> Body:
        written: list[Statement] = []
        for place, statement in enumerate(self.body):
            written += self.before.get(place, ())
            instead = self.instead.get(place)
            written += (statement,) if not instead else _replaced(statement, instead)
        return tuple(written)


def _argument(exponential: Expr) -> Expr:
    return exponential.operands[0]


def _series(u: Expr) -> Expr:
    """(exp(u) - 1) / u to 6e-16 where |u| < 0.03."""
    result: Expr = Number(1.0 / _FACTORIALS[-1])
    for factorial in reversed(_FACTORIALS[:-1]):
        result = Binary("+", Number(1.0 / factorial), Binary("*", u, result))
    return result


def _replaced(statement: Statement, instead: Mapping[Expr, Expr]) -> Body:
    def change(_: Statement, expression: Expr) -> Expr:
        return map_bottom_up(expression, lambda node: instead.get(node, node))

    return map_expressions((statement,), change)


@dataclass(slots=True)
class _Powers:
    """Powers of an exponential, each square made once."""

    writer: _Writer
    place: int
    base: Symbol

    def of(self, multiple: int) -> Expr:
        base = self.base
        if multiple < 0:
            base = self.writer.let(self.place, Binary("/", ONE, self.base))
        found: Expr | None = None
        power, square = abs(multiple), base
        while power:
            if power % 2:
                found = square if found is None else Binary("*", found, square)
            power //= 2
            if power:
                square = self.writer.let(self.place, Binary("*", square, square))
        assert found is not None
        return found
