"""Prints families: cells and what is attached to them, stepped by one vector loop.

The bodies of the members follow each other, their names told apart by the number of the member:

    store i = g * (erev - v)   of member 1   -> store 1/i = 1/g * (1/erev - 0/v)
    sum of i into iSyn                       -> store 0/iSyn = 1/i + 2/i + 0
    store v = v + dt * iSyn / C  of cells    -> store 0/v = 0/v + dt * 0/iSyn / 0/C
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from annarchy_ml.engine.codegen.divisions import rewrite_divisions
from annarchy_ml.engine.codegen.hoisting import hoist
from annarchy_ml.engine.codegen.loop import Loop
from annarchy_ml.engine.codegen.openmp import _LoopWriter as LoopWriter
from annarchy_ml.engine.codegen.printer import CPrinter
from annarchy_ml.expr.nodes import Binary, Expr, Number, Symbol
from annarchy_ml.expr.traverse import free_symbols, rename
from annarchy_ml.kernels.nodes import (
    Emit,
    Family,
    Field,
    GroupKernel,
    Kernel,
    KernelKind,
    KernelModule,
    Let,
    Set,
    Statement,
    Store,
    Usual,
    When,
)
from annarchy_ml.kernels.rewrite import map_expressions
from annarchy_ml.kernels.uses import walk

Body: TypeAlias = tuple[Statement, ...]


def print_family(
    module: KernelModule, family: Family, printer: CPrinter
) -> tuple[Loop, Loop | None]:
    """The loop of a family, and that for usual values if one of its members has such a body."""
    parts = family_parts(module, family)
    loop = _print_parts(parts, printer)
    usual = parts.kernel.usual
    if usual is None:
        return loop, None
    kernel = replace(parts.kernel, body=usual.body, usual=None)
    return loop, _print_parts(replace(parts, kernel=kernel), printer)


def _print_parts(parts: FamilyParts, printer: CPrinter) -> Loop:
    rewritten = hoist(rewrite_divisions(parts.kernel, parts.group), parts.kernel, parts.group)
    return _FamilyWriter(parts.kernel, parts.group, printer, rewritten, (), family=parts).loop()


@dataclass(frozen=True, slots=True)
class FamilyParts:
    """A family as one group.

    Attributes:
        kernel: what steps it.
        group: where its names are declared.
        fields, ports: members and positions of all fields and out-ports, in its order.
        passing: fields that only this loop reads, in most steps.
    """

    kernel: Kernel
    group: GroupKernel
    fields: tuple[tuple[int, int], ...]
    ports: tuple[tuple[int, int], ...]
    passing: frozenset[str]


@dataclass(slots=True)
class _FamilyWriter(LoopWriter):
    """Prints the loop of a family, whose members have a context each."""

    family: FamilyParts = field(kw_only=True)

    def field_source(self, position: int) -> str:
        member, own = self.family.fields[position]
        return f"contexts[{member}]->fields[{own}]"

    def port_source(self, position: int) -> str:
        member, own = self.family.ports[position]
        return f"contexts[{member}]->emitted[{own}]"

    def writes_back(self, item: Field) -> Iterator[str]:
        for line in LoopWriter.writes_back(self, item):
            yield f"if (seen) {{ {line} }}" if item.name in self.family.passing else line

    def stored_value(self, name: str, value: Expr) -> str:
        """What is stored in some steps only must be rounded in all of them."""
        text = LoopWriter.stored_value(self, name, value)
        is_sum = isinstance(value, Binary) and value.op in ("+", "-")
        return text if is_sum or name not in self.family.passing else f"AML_ROUNDED({text})"


def _own(member: int, name: str) -> str:
    return f"{member}/{name}"


def family_parts(module: KernelModule, family: Family) -> FamilyParts:
    """The members of a family in one body."""
    members = [module.groups[number] for number in family.kernels]
    updates = [group.kernel(KernelKind.UPDATE) for group in members]
    bodies = [() if update is None else update.body for update in updates]
    body = _joined(members, bodies, family)
    kernel = Kernel("update", KernelKind.UPDATE, body, usual=_usual(members, family))
    fields = tuple(
        replace(item, name=_own(number, item.name))
        for number, group in enumerate(members)
        for item in group.fields
    )
    ports = tuple(_own(k, port) for k, group in enumerate(members) for port in group.out_ports)
    return FamilyParts(
        kernel,
        GroupKernel("family", fields, (), (), ports, (), (kernel,)),
        tuple((k, n) for k, group in enumerate(members) for n in range(len(group.fields))),
        tuple((k, n) for k, group in enumerate(members) for n in range(len(group.out_ports))),
        frozenset(_own(member, name) for member, name in family.passing),
    )


def _sum(target: str, operation: str, sources: tuple[tuple[int, str], ...]) -> Statement:
    """What the cells sum, in the order of the members.

    Sums begin with 0 elsewhere. Here it comes last, where no term waits for it: the bits are the
    same, as -0 + -0 + 0 is 0, too.
    """
    value: Expr
    value, *others = (Symbol(_own(member, name)) for member, name in sources)
    for term in others:
        value = Binary("+" if operation == "add" else "*", value, term)
    if operation == "add":
        value = Binary("+", value, Number(0.0))
    return Store(_own(0, target), value, f"{target}: over all that is attached")


def _usual(members: Sequence[GroupKernel], family: Family) -> Usual | None:
    """The usual bodies of those members that have one."""
    tests: list[Expr] = []
    bodies: list[Body] = []
    for number, group in enumerate(members):
        update = group.kernel(KernelKind.UPDATE)
        bodies.append(() if update is None else update.body)
        if update is None or update.usual is None:
            continue
        bodies[-1] = update.usual.body
        for test in update.usual.tests:
            tests.append(rename(test, {name: _own(number, name) for name in free_symbols(test)}))
    return Usual(tuple(tests), _joined(members, bodies, family)) if tests else None


def _joined(members: Sequence[GroupKernel], bodies: Sequence[Body], family: Family) -> Body:
    """What is attached, the sums over it, the cells."""
    joined: list[Statement] = []
    for number in range(1, len(members)):
        joined += _renamed(members[number], bodies[number], number, family)
    joined += (_sum(*item) for item in family.sums)
    joined += _renamed(members[0], bodies[0], 0, family)
    return tuple(joined)


def _renamed(group: GroupKernel, body: Body, number: int, family: Family) -> Body:
    """The update of one member, under the names of the family."""
    local = {item.name for item in walk(body) if isinstance(item, (Let, Set))}
    names = {item: _own(number, item) for item in local | {f.name for f in group.fields}}
    names |= {name: _own(member, other) for name, member, other in family.reads[number]}
    body = map_expressions(body, lambda _, value: rename(value, names))
    return tuple(_moved(item, names, number) for item in body)


def _moved(item: Statement, names: Mapping[str, str], number: int) -> Statement:
    """A statement that writes under the names of the family."""
    match item:
        case Let(name) | Set(name):
            return replace(item, name=names[name])
        case Store(name):
            return replace(item, field=names[name])
        case Emit(port):
            return replace(item, port=_own(number, port))
        case When():
            return replace(item, body=tuple(_moved(inner, names, number) for inner in item.body))
        case _:
            raise TypeError(f"{type(item).__name__} in a family")
