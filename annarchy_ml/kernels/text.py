"""Stable, readable text of Kernel IR, for `annarchy-ml show`, messages and fingerprints.

    store v = v + dt * dv    # dv/dt = (iMemb + iSyn) / C

Two modules have the same text only if they are equal: a name that could be mistaken for
something else is written in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from annarchy_ml.expr.nodes import Expr
from annarchy_ml.expr.pretty import pretty
from annarchy_ml.expr.traverse import free_symbols, rename
from annarchy_ml.kernels.nodes import (
    Accumulate,
    Count,
    Draw,
    Emit,
    External,
    Family,
    Field,
    GroupKernel,
    Kernel,
    KernelModule,
    Let,
    Propagate,
    Set,
    Statement,
    Store,
    When,
)

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_/:.\[\]]*\Z")
_PLAIN_UNIT = re.compile(r"[\w/·⁻ᐟ]+\Z")
_INDENT = "  "


def module_text(module: KernelModule) -> str:
    """The whole module, a group after the other."""
    lines = [f"module in {module.precision} precision"]
    for position, group in enumerate(module.groups):
        lines += ["", *_group_lines(position, group)]
    for position, family in enumerate(module.families):
        lines += ["", *_family_lines(position, family)]
    return "\n".join(lines) + "\n"


def _family_lines(position: int, family: Family) -> Iterator[str]:
    yield f"family {position} of groups {', '.join(map(str, family.kernels))}"
    for reader, names in enumerate(family.reads):
        for name, member, other in names:
            yield f"{_INDENT}{reader}: {_name(name)} is {member}: {_name(other)}"
    for target, operation, sources in family.sums:
        listed = ", ".join(f"{member}: {_name(name)}" for member, name in sources)
        yield f"{_INDENT}0: {_name(target)} = {operation} of {listed}"
    for member, name in family.passing:
        yield f"{_INDENT}{member}: {_name(name)} passes"


def statement_text(statement: Statement) -> str:
    """One statement, what it contains below it."""
    return "\n".join(_statement_lines(statement))


def expression_text(expression: Expr) -> str:
    """An expression whose hostile names are quoted."""
    hostile = [name for name in free_symbols(expression) if not _PLAIN_NAME.match(name)]
    return pretty(rename(expression, {name: repr(name) for name in hostile}))


def _name(name: str) -> str:
    return name if _PLAIN_NAME.match(name) else repr(name)


def _group_lines(position: int, group: GroupKernel) -> Iterator[str]:
    yield f"group {position} {_name(group.name)}"
    yield from (_INDENT + _field_text(item) for item in group.fields)
    yield from (_INDENT + _external_text(item) for item in group.externals)
    yield from (f"{_INDENT}index {_name(item)}" for item in group.indices)
    yield from (f"{_INDENT}out {_name(item)}" for item in group.out_ports)
    yield from (f"{_INDENT}in {_name(item)}" for item in group.in_ports)
    for kernel in group.kernels:
        yield from (_INDENT + line for line in _kernel_lines(kernel))


def _field_text(item: Field) -> str:
    unit = f" [{_unit(item.unit)}]" if item.unit else ""
    placement = item.placement.value.replace("_", " ")
    return f"field {_name(item.name)}: {placement} {item.role.value}, {item.dtype.value}{unit}"


def _unit(text: str) -> str:
    return text if _PLAIN_UNIT.match(text) else repr(text)


def _external_text(item: External) -> str:
    place = "shared" if item.shared else f"at {_name(item.index)}"
    return f"external {_name(item.name)}: {place}, {item.dtype.value}"


def _kernel_lines(kernel: Kernel) -> Iterator[str]:
    port = f" of port {_name(kernel.port)}" if kernel.port else ""
    mode = "" if kernel.vectorize else ", apart" if kernel.apart else ", one by one"
    yield f"kernel {kernel.name!r}: {kernel.kind.value}{port}{mode}"
    yield from _body_lines(kernel.body)


def _body_lines(body: tuple[Statement, ...]) -> Iterator[str]:
    for statement in body:
        yield from (_INDENT + line for line in _statement_lines(statement))


def _statement_lines(statement: Statement) -> Iterator[str]:
    match statement:
        case Let(name, value, comment):
            yield _noted(f"let {_name(name)} = {expression_text(value)}", comment)
        case Set(name, value, comment):
            yield _noted(f"set {_name(name)} = {expression_text(value)}", comment)
        case Store(name, value, comment):
            yield _noted(f"store {_name(name)} = {expression_text(value)}", comment)
        case Accumulate(name, value, comment):
            yield _noted(f"add to {_name(name)}: {expression_text(value)}", comment)
        case Draw(name, ordinal, count, law, arguments, common, key):
            by = f" of event {_name(count)}" if count else ""
            given = ", ".join(expression_text(item) for item in arguments)
            like = "" if law == "uniform" else f": {law}({given})"
            like += " for all" if common else ""
            like += "" if key is None else f" for {expression_text(key)}"
            yield f"draw {_name(name)} number {ordinal}{by}{like}"
        case Count(name):
            yield f"count {_name(name)}"
        case Emit(port):
            yield f"emit {_name(port)}"
        case When(test, body, comment):
            often = f" at most {statement.most} times" if statement.most > 1 else ""
            yield _noted(f"when {expression_text(test)}{often}:", comment)
            yield from _body_lines(body)
        case Propagate():
            yield from _propagate_lines(statement)


def _propagate_lines(statement: Propagate) -> Iterator[str]:
    names = ", ".join(_name(name) for name in statement.occupancies)
    yield _noted(f"propagate {names}:", statement.comment)
    for flow in statement.flows:
        rates = f"{expression_text(flow.forward)}, {expression_text(flow.reverse)}"
        yield f"{_INDENT}{flow.source} <-> {flow.target}: {rates}"


def _noted(line: str, comment: str) -> str:
    return f"{line}    # {' '.join(comment.split())}" if comment.strip() else line
