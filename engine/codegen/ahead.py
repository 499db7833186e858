"""Where a body draws, and what must be known before it can draw for many instances at once.

when t > t_next:                 draw: d, before: (let m = 2 * x), test: t > t_next
  let m = 2 * x            ->
  draw d: poisson(m)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from annarchy_ml.expr.nodes import Binary, Call, Expr
from annarchy_ml.expr.traverse import free_symbols, postorder
from annarchy_ml.kernels.nodes import Draw, Statement, When
from annarchy_ml.kernels.uses import expressions_of, needed_for, walk

Body = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class PlaceOfDraw:
    """One draw of a body.

    Attributes:
        before: the statements that run before it, those of the branches around it without tests.
        test: of the outermost branch around it.
        before_test: the statements that run before that.
    """

    draw: Draw
    before: Body
    test: Expr | None = None
    before_test: Body = ()


def places_of_draws(body: Body, earlier: Body = ()) -> Iterator[PlaceOfDraw]:
    """Every draw, in order of writing; `earlier` runs before the body."""
    for position, statement in enumerate(body):
        before = earlier + body[:position]
        if isinstance(statement, Draw):
            yield PlaceOfDraw(statement, before)
        elif isinstance(statement, When):
            for inner in places_of_draws(statement.body):
                yield PlaceOfDraw(inner.draw, before + inner.before, statement.test, before)


def is_cheap(before: Body, value: Expr) -> bool:
    """Whether an expression, and what it needs, can be evaluated twice at little cost."""
    body = needed_for(before, free_symbols(value))
    inner = (e for statement in walk(body) for e in expressions_of(statement))
    return not any(_is_dear(node) for e in (value, *inner) for node in postorder(e))


def _is_dear(node: Expr) -> bool:
    return isinstance(node, Call) or (isinstance(node, Binary) and node.op in ("^", "/"))
