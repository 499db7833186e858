"""Prints the exact step of a kinetic scheme, which `aml_propagate` takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from annarchy_ml.engine.codegen.draws import INDENT
from annarchy_ml.kernels.nodes import Propagate

if TYPE_CHECKING:
    from annarchy_ml.engine.codegen.openmp import _LoopWriter as LoopWriter


def propagated(writer: LoopWriter, statement: Propagate, mask: str) -> Iterator[str]:
    """Lines of a block: occupancies and rates into arrays, the step, occupancies back."""
    if not statement.flows:
        return
    names = statement.occupancies
    fields = [writer.field(name) for name in names]
    rates = [
        [writer.printer.expression(rate, writer.scope) for rate in column]
        for column in zip(*((f.forward, f.reverse) for f in statement.flows), strict=True)
    ]
    ends = list(zip(*((str(f.source), str(f.target)) for f in statement.flows), strict=True))
    yield "{"
    yield f"{INDENT}double occupancies[] = {{{', '.join(fields)}}};"
    yield f"{INDENT}static const int sources[] = {{{', '.join(ends[0])}}};"
    yield f"{INDENT}static const int sinks[] = {{{', '.join(ends[1])}}};"
    yield f"{INDENT}const double forward_rates[] = {{{', '.join(rates[0])}}};"
    yield f"{INDENT}const double reverse_rates[] = {{{', '.join(rates[1])}}};"
    yield f"{INDENT}aml_propagate({len(fields)}, occupancies, {len(statement.flows)}, sources,"
    yield f"{INDENT}              sinks, forward_rates, reverse_rates, context->dt);"
    for position, name in enumerate(names):
        value = f"(aml_real)occupancies[{position}]"
        yield INDENT + writer.change_field(name, value, mask)
    yield "}"
