"""Prints families: cells and what is attached to them, stepped by one vector loop.

The bodies of the members follow each other, their names told apart by the number of the member:

    store i = g * (erev - v)   of member 1   -> store 1/i = 1/g * (1/erev - 0/v)
    sum of i into iSyn                       -> store 0/iSyn = 1/i + 2/i + 0
    store v = v + dt * iSyn / C  of cells    -> store 0/v = 0/v + dt * 0/iSyn / 0/C
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from annarchy_ml.engine.codegen.divisions import rewrite_divisions
from annarchy_ml.engine.codegen.hoisting import hoist
from annarchy_ml.engine.codegen.openmp import Loop
from annarchy_ml.engine.codegen.openmp import _LoopWriter as LoopWriter
from annarchy_ml.engine.codegen.printer import CPrinter
from annarchy_ml.expr.nodes import Binary, Expr, Number, Symbol
from annarchy_ml.expr.traverse import rename
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
    When,
)
from annarchy_ml.kernels.rewrite import map_expressions
from annarchy_ml.kernels.uses import walk


def print_family(module: KernelModule, family: Family, printer: CPrinter) -> Loop:
    """The loop of a family."""
    parts = family_parts(module, family)
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
    body: list[Statement] = []
    for number in range(1, len(members)):
        body += _renamed(members[number], number, family)
    body += (_sum(*item) for item in family.sums)
    body += _renamed(members[0], 0, family)
    kernel = Kernel("update", KernelKind.UPDATE, tuple(body))
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


def _renamed(group: GroupKernel, number: int, family: Family) -> tuple[Statement, ...]:
    """The update of one member, under the names of the family."""
    update = group.kernel(KernelKind.UPDATE)
    if update is None:
        return ()
    local = {item.name for item in walk(update.body) if isinstance(item, (Let, Set))}
    names = {item: _own(number, item) for item in local | {f.name for f in group.fields}}
    names |= {name: _own(member, other) for name, member, other in family.reads[number]}
    body = map_expressions(update.body, lambda _, value: rename(value, names))
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
