"""Immutable expression nodes, compared and hashed by content, never by place.

    Expr = Number | Symbol | Unary | Binary | Call | Conditional

Equality and hashing leave `span` out, follow arbitrarily long chains without recursion, and a
node keeps its hash once it was asked for, so nodes are good dictionary keys.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from annarchy_ml.diagnostics.core import Span

UnaryOp = Literal["-", "not"]
BinaryOp = Literal["+", "-", "*", "/", "^", "<", ">", "<=", ">=", "==", "!=", "and", "or"]

ARITHMETIC = frozenset("+-*/^")
COMPARISONS = frozenset({"<", ">", "<=", ">=", "==", "!="})
LOGIC = frozenset({"and", "or"})


class _Node:
    """Content equality and a remembered hash for all node types."""

    __slots__ = ("_hash",)
    _hash: int

    @property
    def operands(self) -> tuple[Expr, ...]:
        """The sub-expressions in order of writing."""
        return ()

    def with_operands(self, operands: tuple[Expr, ...]) -> Expr:
        """A node like this one over other sub-expressions."""
        raise NotImplementedError

    def _own(self) -> Hashable:
        """What distinguishes this node from another with equal operands."""
        raise NotImplementedError

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            _remember_hashes(self)
            return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Node):
            return NotImplemented
        pairs: list[tuple[_Node, _Node]] = [(self, other)]
        while pairs:
            a, b = pairs.pop()
            if a is b:
                continue
            if type(a) is not type(b) or a._own() != b._own() or hash(a) != hash(b):
                return False
            pairs.extend(zip(a.operands, b.operands, strict=True))
        return True


def _remember_hashes(root: _Node) -> None:
    """Give a node and everything below it a hash, operands first, without recursion."""
    stack = [root]
    while stack:
        node = stack[-1]
        waiting = [operand for operand in node.operands if not hasattr(operand, "_hash")]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        parts = (type(node).__name__, node._own(), *(part._hash for part in node.operands))
        object.__setattr__(node, "_hash", hash(parts))


@dataclass(frozen=True, slots=True, eq=False)
class Number(_Node):
    """A literal; it has no unit."""

    value: float
    span: Span | None = field(default=None, repr=False)

    def with_operands(self, operands: tuple[Expr, ...]) -> Expr:
        """This node: it has no operands."""
        return self

    def _own(self) -> Hashable:
        if self.value == 0.0 or self.value != self.value:
            return repr(float(self.value))  # -0.0 is not 0.0, and NaN is itself
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class Symbol(_Node):
    """A name: of a parameter, a state, a derived quantity, ..."""

    name: str
    span: Span | None = field(default=None, repr=False)

    def with_operands(self, operands: tuple[Expr, ...]) -> Expr:
        """This node: it has no operands."""
        return self

    def _own(self) -> Hashable:
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class Unary(_Node):
    """Negation of a number ("-") or of a condition ("not")."""

    op: UnaryOp
    operand: Expr
    span: Span | None = field(default=None, repr=False)

    @property
    def operands(self) -> tuple[Expr, ...]:
        """The sub-expressions in order of writing."""
        return (self.operand,)

    def with_operands(self, operands: tuple[Expr, ...]) -> Expr:
        """A node like this one over other sub-expressions."""
        return Unary(self.op, operands[0], self.span)

    def _own(self) -> Hashable:
        return self.op


@dataclass(frozen=True, slots=True, eq=False)
class Binary(_Node):
    """Arithmetic, comparison or logic of two expressions; "^" is the power."""

    op: BinaryOp
    left: Expr
    right: Expr
    span: Span | None = field(default=None, repr=False)

    @property
    def operands(self) -> tuple[Expr, ...]:
        """The sub-expressions in order of writing."""
        return (self.left, self.right)

    def with_operands(self, operands: tuple[Expr, ...]) -> Expr:
        """A node like this one over other sub-expressions."""
        return Binary(self.op, operands[0], operands[1], self.span)

    def _own(self) -> Hashable:
        return self.op


@dataclass(frozen=True, slots=True, eq=False)
class Call(_Node):
    """A function of the table in `functions.py`, by its main name."""

    function: str
    args: tuple[Expr, ...]
    span: Span | None = field(default=None, repr=False)

    @property
    def operands(self) -> tuple[Expr, ...]:
        """The sub-expressions in order of writing."""
        return self.args

    def with_operands(self, operands: tuple[Expr, ...]) -> Expr:
        """A node like this one over other sub-expressions."""
        return Call(self.function, operands, self.span)

    def _own(self) -> Hashable:
        return (self.function, len(self.args))


@dataclass(frozen=True, slots=True, eq=False)
class Conditional(_Node):
    """`then` where `test` holds, else `otherwise`."""

    test: Expr
    then: Expr
    otherwise: Expr
    span: Span | None = field(default=None, repr=False)

    @property
    def operands(self) -> tuple[Expr, ...]:
        """The sub-expressions in order of writing."""
        return (self.test, self.then, self.otherwise)

    def with_operands(self, operands: tuple[Expr, ...]) -> Expr:
        """A node like this one over other sub-expressions."""
        return Conditional(operands[0], operands[1], operands[2], self.span)

    def _own(self) -> Hashable:
        return None


Expr: TypeAlias = Number | Symbol | Unary | Binary | Call | Conditional
