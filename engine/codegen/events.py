"""Prints event functions: thin loops over the runs of connections that an event reaches.

The body is printed once. Where it is short, as in `g[i] += weight * c`, the loop is compiled once
for every layout of connections, so that nothing but the body is left inside it; where it is long,
the layout is looked at for every connection, which then costs little.
"""

from __future__ import annotations

from dataclasses import replace

from annarchy_ml.engine.codegen.comments import comment_line
from annarchy_ml.engine.codegen.frames import fill
from annarchy_ml.engine.codegen.openmp import print_loop
from annarchy_ml.engine.codegen.parts import MOST
from annarchy_ml.engine.codegen.printer import CPrinter
from annarchy_ml.kernels.nodes import GroupKernel, Kernel, Let, Store
from annarchy_ml.kernels.uses import used_symbols, walk

_FEW_STATEMENTS = 8
_TARGETS = ("0", "AML_WIDE_TARGETS")
_WEIGHTS = ("0", "AML_FLOAT_WEIGHTS", "AML_DOUBLE_WEIGHTS")


def print_event(symbol: str, kernel: Kernel, group: GroupKernel, printer: CPrinter) -> str:
    """The exported function of one in-port.

    Args:
        symbol: its name.
        kernel: what an event does to one instance.
        group: where the kernel's names are declared.
        printer: says the precision.
    """
    if kernel.apart:
        return _in_vectors(symbol, kernel, group, replace(printer, vector=True))
    loop = print_loop(kernel, group, printer)
    return fill(
        "event.c",
        title=comment_line(f"{kernel.name} of {group.name}"),
        symbol=symbol,
        setup="\n".join(loop.setup),
        body="\n".join(loop.body),
        calls=_calls(symbol, kernel),
    )


def _in_vectors(symbol: str, kernel: Kernel, group: GroupKernel, printer: CPrinter) -> str:
    """The function of a port whose events reach every instance once per run at most."""
    loop = print_loop(kernel, group, printer)
    assert loop.parts is not None
    followed = sum(1 << number for number in loop.parts.indices if number < MOST)
    test = f"aml_leads_specially(events, {followed}u)"
    special = f"if ({test}) {symbol}_runs(context, events, 1);\nelse " if followed else ""
    if len(loop.parts.indices) == 1 and followed:
        (number,) = loop.parts.indices
        plain = "events->constant == 0 && events->layout == AML_WIDE_TARGETS"
        test = f"events->along_index == {number} && {plain}"
        special = f"if ({test})\n  {symbol}_runs(context, events, 2);\nelse {special}"
    title = comment_line(f"{kernel.name} of {group.name}")
    rows = ""
    if followed and max(loop.parts.indices) < MOST:
        rows = _in_rows(symbol, kernel, group, printer)
        test = f"(events->consecutive & {followed}u) == {followed}u"
        special = f"if ({test}) {symbol}_rows(context, events);\nelse {special}"
    return rows + fill(
        "event_in_vectors.c",
        title=title,
        symbol=symbol,
        setup="\n".join(loop.setup),
        fetch="\n".join(loop.parts.fetch),
        temporaries="\n".join(loop.parts.temporaries),
        gather="\n".join(loop.parts.gather),
        body="\n".join(loop.body),
        later="\n".join(loop.parts.later),
        calls=f"{special}{symbol}_runs(context, events, 0);",
    )


def _in_rows(symbol: str, kernel: Kernel, group: GroupKernel, printer: CPrinter) -> str:
    """The same for events whose targets are consecutive, and what their indices lead to."""
    loop = print_loop(kernel, group, printer, contiguous=True)
    assert loop.parts is not None
    return fill(
        "event_in_rows.c",
        title=comment_line(f"{kernel.name} of {group.name} in rows"),
        symbol=symbol,
        setup="\n".join(loop.setup),
        leads="\n".join(loop.parts.leads),
        temporaries="\n".join(loop.parts.temporaries),
        gather="\n".join(loop.parts.gather),
        fill="\n".join(loop.parts.fill),
        body="\n".join(loop.body),
        later="\n".join(loop.parts.later),
    )


def _calls(symbol: str, kernel: Kernel) -> str:
    """Calls of the loop, with a constant layout where that pays."""
    if not _is_short(kernel):
        return f"{symbol}_runs(context, events, events->layout);"
    weighted = "weight" in used_symbols(kernel.body)
    layouts = [
        targets if weights == "0" else weights if targets == "0" else f"{targets} | {weights}"
        for targets in _TARGETS
        for weights in (_WEIGHTS if weighted else _WEIGHTS[:1])
    ]
    layouts.append("AML_CONSECUTIVE")  # such connections have no weights of their own
    rest = "AML_CONSECUTIVE | AML_WIDE_TARGETS"
    checked = "events->layout" if weighted else f"events->layout & ({rest})"
    lines = [f"switch ({checked}) {{"]
    lines += [
        f"  case {layout}: {symbol}_runs(context, events, {layout}); return;" for layout in layouts
    ]
    return "\n".join([*lines, "}"])


def _is_short(kernel: Kernel) -> bool:
    """Whether the body only computes and stores, in a few statements."""
    statements = list(walk(kernel.body))
    plain = all(isinstance(item, Let | Store) for item in statements)
    return 0 < len(statements) <= _FEW_STATEMENTS and plain
