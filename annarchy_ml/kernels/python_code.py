"""Turns a kernel into a Python function, by building a syntax tree: no text is ever pasted.

Two forms of every kernel: one works on arrays of instances, with masks in place of branches; the
other takes one instance at a time in plain floats, which is faster for a few instances.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from annarchy_ml.expr.functions import FUNCTIONS
from annarchy_ml.expr.nodes import Binary, Call, Conditional, Expr, Number, Symbol, Unary
from annarchy_ml.expr.traverse import postorder
from annarchy_ml.kernels.nodes import (
    BUILTINS,
    Accumulate,
    Count,
    Draw,
    DType,
    Emit,
    GroupKernel,
    Kernel,
    Let,
    Placement,
    Propagate,
    Set,
    Statement,
    Store,
    When,
)
from annarchy_ml.kernels.uses import counted_fields, loaded_fields, stored_fields, used_symbols

PARAMETERS = ("t", "t_prev", "dt", "step", "i", "weight")
"""Of the generated function; `i` is a slice, an array of instances, or one instance."""

FUNCTION_NAME = "kernel"
_DEEPEST = 40
_OPERATORS: dict[str, ast.operator] = {
    "+": ast.Add(),
    "-": ast.Sub(),
    "*": ast.Mult(),
    "/": ast.Div(),
}
_COMPARISONS: dict[str, ast.cmpop] = {
    "<": ast.Lt(),
    ">": ast.Gt(),
    "<=": ast.LtE(),
    ">=": ast.GtE(),
    "==": ast.Eq(),
    "!=": ast.NotEq(),
}


@dataclass(frozen=True, slots=True)
class PythonCode:
    """A compiled kernel function and the literals that it finds under the names `k0`, `k1`, ..."""

    code: CodeType
    literals: tuple[float, ...]


def python_code(kernel: Kernel, group: GroupKernel, vector: bool) -> PythonCode:
    """The function of one kernel, to be run in a namespace that holds arrays and helpers."""
    writer = _Writer(kernel, group, vector)
    body = writer.function_body()
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(arg=name) for name in PARAMETERS],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
    function = ast.FunctionDef(
        name=FUNCTION_NAME, args=arguments, body=body or [ast.Pass()], decorator_list=[]
    )
    module = ast.fix_missing_locations(ast.Module(body=[function], type_ignores=[]))
    code = compile(module, f"<kernel {kernel.name!r} of {group.name!r}>", "exec")
    return PythonCode(code, tuple(writer.literals))


def _load(name: str) -> ast.Name:
    return ast.Name(id=name, ctx=ast.Load())


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store())], value=value)


def _call(function: str, *args: ast.expr) -> ast.expr:
    return ast.Call(func=_load(function), args=list(args), keywords=[])


def _drawn(statement: Draw, arguments: list[ast.expr], key: ast.expr | None) -> ast.expr:
    function, number = ("event_draw", "event") if statement.count else ("draw", "step")
    if statement.common:
        function = "common_draw"
    given = [_constant(statement.law), _load("i"), _load(number), _constant(statement.ordinal)]
    if key is not None:
        function, given[1] = "keyed_draw", _tuple([_load("i"), key])
    return _call(function, *given, *arguments)


def _constant(value: Any) -> ast.expr:
    return ast.Constant(value=value)


def _tuple(items: list[ast.expr]) -> ast.expr:
    return ast.Tuple(elts=items, ctx=ast.Load())


@dataclass(slots=True)
class _Writer:
    """Collects the statements of one function."""

    kernel: Kernel
    group: GroupKernel
    vector: bool
    literals: list[float] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def function_body(self) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        symbols = used_symbols(self.kernel.body)
        self.names.update((name, name) for name in BUILTINS)
        counted = counted_fields(self.kernel.body)
        fields, loaded = self.group.fields, loaded_fields(self.kernel.body) - counted
        for position, item in enumerate(fields):
            self.names[item.name] = self.fields[item.name] = f"f{position}"
            if item.name in loaded:
                shared = item.placement is Placement.SHARED
                out.append(_assign(f"f{position}", self.read(f"field_{position}", shared)))
        for position, external in enumerate(self.group.externals):
            self.names[external.name] = f"x{position}"
            if external.name in symbols:
                array, index = f"external_{position}", self.index(external.index)
                value = self.read(array, True) if external.shared else self.at(array, index)
                out.append(_assign(f"x{position}", value))
        field_names = dict(self.names)
        self.block(self.kernel.body, None, out)
        self.names = field_names
        stored = stored_fields(self.kernel.body) - counted
        for position, item in enumerate(fields):
            if item.name in stored:
                out.append(self.write(position, item.placement, item.dtype))
        return out

    def index(self, name: str) -> ast.expr:
        if name not in self.group.indices:
            return _constant(0)
        return self.at(f"index_{self.group.indices.index(name)}", _load("i"), integer=True)

    def read(self, array: str, shared: bool) -> ast.expr:
        return self.at(array, _constant(0) if shared else _load("i"))

    def at(self, array: str, place: ast.expr, integer: bool = False) -> ast.expr:
        """One or many elements of an array, as copies."""
        if integer and self.vector:
            return ast.Subscript(value=_load(array), slice=place, ctx=ast.Load())
        return _call("load", _load(array), place)

    def write(self, position: int, placement: Placement, dtype: DType) -> ast.stmt:
        value: ast.expr = _load(f"f{position}")
        if dtype is DType.INT:
            value = _call("whole", value)
        place: ast.expr = _load("i")
        if placement is Placement.SHARED:
            value, place = _call("first", value), _constant(0)
        target = ast.Subscript(value=_load(f"field_{position}"), slice=place, ctx=ast.Store())
        return ast.Assign(targets=[target], value=value)

    def block(self, body: tuple[Statement, ...], mask: str | None, out: list[ast.stmt]) -> None:
        for statement in body:
            self.statement(statement, mask, out)

    def statement(self, statement: Statement, mask: str | None, out: list[ast.stmt]) -> None:
        match statement:
            case Let(name, value):
                result = self.expression(value, out)
                out.append(_assign(self.fresh(name), result))
            case Draw(name):
                arguments = [self.expression(item, out) for item in statement.arguments]
                key = None if statement.key is None else self.expression(statement.key, out)
                out.append(_assign(self.fresh(name), _drawn(statement, arguments, key)))
            case Count(name):
                array = f"field_{[item.name for item in self.group.fields].index(name)}"
                out.append(_assign("event", _call("counted", _load(array), _load("i"))))
            case Set(name, value) | Store(name, value):
                target = self.names[name] if isinstance(statement, Set) else self.fields[name]
                self.change(target, self.expression(value, out), mask, out)
            case Accumulate():
                out.append(self.accumulate(statement, mask, out))
            case Emit(port):
                out.append(self.emit(port, mask))
            case When():
                self.when(statement, mask, out)
            case Propagate():
                self.propagate(statement, mask, out)

    def fresh(self, name: str) -> str:
        self.names[name] = f"v{self.count}"
        self.count += 1
        return self.names[name]

    def change(self, target: str, value: ast.expr, mask: str | None, out: list[ast.stmt]) -> None:
        if mask is not None and self.vector:
            value = _call("where", _load(mask), value, _load(target))
        out.append(_assign(target, value))

    def emit(self, port: str, mask: str | None) -> ast.stmt:
        position = self.group.out_ports.index(port)
        amount = _load(mask) if mask is not None and self.vector else _constant(1)
        array = _load(f"emitted_{position}")
        target = ast.Subscript(value=array, slice=_load("i"), ctx=ast.Store())
        return ast.AugAssign(target=target, op=ast.Add(), value=amount)

    def accumulate(self, statement: Accumulate, mask: str | None, out: list[ast.stmt]) -> ast.stmt:
        position = [item.name for item in self.group.externals].index(statement.external)
        place = self.index(self.group.externals[position].index)
        value = self.expression(statement.value, out)
        if mask is not None and self.vector:
            value = _call("where", _load(mask), value, _constant(0.0))
        return ast.Expr(_call("add_at", _load(f"external_{position}"), place, value))

    def when(self, statement: When, mask: str | None, out: list[ast.stmt]) -> None:
        outside, out = out, [] if statement.most > 1 else out
        test = self.expression(statement.test, out)
        before = dict(self.names)
        inner: list[ast.stmt] = []
        if self.vector:
            own = f"m{self.count}"
            self.count += 1
            if mask is not None:
                test = _call("logical_and", _load(mask), test)
            out.append(_assign(own, test))
            self.block(statement.body, own, inner)
            test = _call("any_of", _load(own))
        else:
            self.block(statement.body, None, inner)
        self.names = before
        out.append(ast.If(test=test, body=inner or [ast.Pass()], orelse=[]))
        if statement.most > 1:
            outside.append(_loop(statement.most, out))

    def propagate(self, statement: Propagate, mask: str | None, out: list[ast.stmt]) -> None:
        fields = [self.fields[name] for name in statement.occupancies]
        forward = [self.expression(flow.forward, out) for flow in statement.flows]
        reverse = [self.expression(flow.reverse, out) for flow in statement.flows]
        result = f"p{self.count}"
        self.count += 1
        flows = tuple((flow.source, flow.target) for flow in statement.flows)
        occupancies = _tuple([_load(name) for name in fields])
        rates = (_tuple(forward), _tuple(reverse))
        advanced = _call("propagate", occupancies, _constant(flows), *rates, _load("dt"))
        out.append(_assign(result, advanced))
        for position, name in enumerate(fields):
            item = ast.Subscript(value=_load(result), slice=_constant(position), ctx=ast.Load())
            self.change(name, item, mask, out)

    def expression(self, expression: Expr, out: list[ast.stmt]) -> ast.expr:
        """A syntax tree; deep expressions are cut by temporaries, which come before it."""
        trees: dict[int, ast.expr] = {}
        depths: dict[int, int] = {}
        for node in postorder(expression):
            depth = 1 + max((depths[id(part)] for part in node.operands), default=0)
            tree = self.node(node, [trees[id(part)] for part in node.operands])
            if depth > _DEEPEST:
                name = f"d{self.count}"
                self.count += 1
                out.append(_assign(name, tree))
                tree, depth = _load(name), 1
            trees[id(node)], depths[id(node)] = tree, depth
        return trees[id(expression)]

    def node(self, node: Expr, operands: list[ast.expr]) -> ast.expr:
        match node:
            case Number(value):
                return self.literal(value)
            case Symbol(name):
                return _load(self.names[name])
            case Unary("-"):
                return ast.UnaryOp(op=ast.USub(), operand=operands[0])
            case Unary():
                return _call("logical_not", *operands)
            case Binary(op):
                return self.binary(op, operands)
            case Call(function):
                row = FUNCTIONS[function]
                return _call(f"call_{row.name}", *operands)
            case Conditional():
                if self.vector:
                    return _call("where", *operands)
                return ast.IfExp(test=operands[0], body=operands[1], orelse=operands[2])

    def literal(self, value: float) -> ast.expr:
        if not self.vector and value - value == 0.0:
            return _constant(float(value))
        self.literals.append(float(value))
        return _load(f"k{len(self.literals) - 1}")

    def binary(self, op: str, operands: list[ast.expr]) -> ast.expr:
        if op in _COMPARISONS:
            return ast.Compare(left=operands[0], ops=[_COMPARISONS[op]], comparators=[operands[1]])
        if op == "^":
            return _call("call_pow", *operands)
        if op in ("and", "or"):
            return _call(f"logical_{op}", *operands)
        if op == "/" and not self.vector:
            return _call("divide", *operands)
        return ast.BinOp(left=operands[0], op=_OPERATORS[op], right=operands[1])


def _loop(most: int, body: list[ast.stmt]) -> ast.stmt:
    """So many rounds, until the test of the branch that ends the body holds no more."""
    branch = body[-1]
    assert isinstance(branch, ast.If)
    branch.orelse = [ast.Break()]
    rounds = _call("rounds", _constant(most))
    return ast.For(target=ast.Name("_", ast.Store()), iter=rounds, body=body, orelse=[])
