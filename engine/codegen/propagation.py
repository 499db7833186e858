"""Prints the exact step of a kinetic scheme: of one instance, or of many ahead of their loop.

C1 <-> O1 of one instance:    aml_propagate(2, occupancies, 1, sources, sinks, ...);
of many, in vectors:          forward_0 = rates of all; next_0 = d_0 * term_0 + r_0 * term_1; ...

The states and edges of the scheme are known, so the vector form has no index and no loop over them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from annarchy_ml.engine.codegen.draws import INDENT, loop_ahead
from annarchy_ml.engine.codegen.frames import fill
from annarchy_ml.expr.nodes import Expr, Symbol
from annarchy_ml.kernels.nodes import Flow, Propagate, Statement

if TYPE_CHECKING:
    from annarchy_ml.engine.codegen.openmp import _LoopWriter as LoopWriter


def propagated(writer: LoopWriter, statement: Propagate, mask: str) -> Iterator[str]:
    """Lines of a block: occupancies and rates into arrays, the step, occupancies back."""
    if not statement.flows:
        return
    names = statement.occupancies
    if writer.printer.vector:
        array = _array(writer, statement)
        for position, name in enumerate(names):
            value = f"(aml_real){array}[{position}][i - first]"
            yield writer.change_field(name, value, mask)
        return
    fields = [writer.field(name) for name in names]
    rates = [
        [writer.printer.expression(rate, writer.scope) for rate in column]
        for column in zip(*((f.forward, f.reverse) for f in statement.flows), strict=True)
    ]
    sources, sinks = _ends(statement)
    yield "{"
    yield f"{INDENT}double occupancies[] = {{{', '.join(fields)}}};"
    yield f"{INDENT}static const int sources[] = {{{sources}}};"
    yield f"{INDENT}static const int sinks[] = {{{sinks}}};"
    yield f"{INDENT}const double forward_rates[] = {{{', '.join(rates[0])}}};"
    yield f"{INDENT}const double reverse_rates[] = {{{', '.join(rates[1])}}};"
    yield f"{INDENT}aml_propagate({len(fields)}, occupancies, {len(statement.flows)}, sources,"
    yield f"{INDENT}              sinks, forward_rates, reverse_rates, context->dt);"
    for position, name in enumerate(names):
        value = f"(aml_real)occupancies[{position}]"
        yield INDENT + writer.change_field(name, value, mask)
    yield "}"


def propagate_ahead(
    writer: LoopWriter, statement: Propagate, before: tuple[Statement, ...]
) -> Iterator[str]:
    """Lines that advance a scheme for a run of instances, in arrays of the run.

    Args:
        writer: of the loop.
        statement: of the scheme.
        before: the statements that run before it.
    """
    if not statement.flows:
        return
    name = _array(writer, statement)
    rates = writer.names.name(("rates", statement.occupancies), f"{name} rates")
    flows, count = statement.flows, len(statement.occupancies)
    yield f"_Alignas(64) double {name}[{count}][AML_SCHEMES];"
    yield f"_Alignas(64) double {rates}[{2 * len(flows)}][AML_SCHEMES];"
    values: list[tuple[str, Expr]] = [
        (f"{name}[{position}][i - first] =", Symbol(field))
        for position, field in enumerate(statement.occupancies)
    ]
    for number, flow in enumerate(flows):
        values.append((f"{rates}[{2 * number}][i - first] =", flow.forward))
        values.append((f"{rates}[{2 * number + 1}][i - first] =", flow.reverse))
    yield from loop_ahead(writer, before, values)
    text = fill(
        "scheme_step.c",
        scheme=name,
        rates=rates,
        n=str(count),
        n_flows=str(len(flows)),
        ends=", ".join(_ends(statement)),
        load="\n".join(_loads(name, rates, count, len(flows))),
        fastest="\n".join(_outflows(flows, count)),
        **_of_states(name, count, len(flows)),
        jump="\n".join(_jumps(flows, count)),
    )
    yield from text.splitlines()


def _array(writer: LoopWriter, statement: Propagate) -> str:
    """The array of the occupancies of a run."""
    return writer.names.name(("scheme", statement.occupancies), "scheme", "_ahead")


def _ends(statement: Propagate) -> tuple[str, str]:
    """Sources and targets of all edges."""
    flows = statement.flows
    return ", ".join(str(f.source) for f in flows), ", ".join(str(f.target) for f in flows)


def _loads(name: str, rates: str, count: int, n_flows: int) -> Iterator[str]:
    for k in range(count):
        yield f"aml_doubles x_{k} = *(const aml_doubles *)({name}[{k}] + k);"
    for j in range(n_flows):
        yield f"aml_doubles f_{j} = *(const aml_doubles *)({rates}[{2 * j}] + k);"
        yield f"aml_doubles r_{j} = *(const aml_doubles *)({rates}[{2 * j + 1}] + k);"


def _outflows(flows: tuple[Flow, ...], count: int) -> Iterator[str]:
    """What leaves each state, and the largest of it."""
    for k in range(count):
        rates = [f"f_{j}" for j, flow in enumerate(flows) if flow.source == k]
        rates += [f"r_{j}" for j, flow in enumerate(flows) if flow.target == k]
        yield f"const aml_doubles out_{k} = {' + '.join(rates) or 'zero'};"
        yield f"q = aml_most(q, out_{k});"


def _jumps(flows: tuple[Flow, ...], count: int) -> Iterator[str]:
    """The next term of the series: what stays in each state and what comes into it."""
    for k in range(count):
        parts = [f"d_{k} * term_{k}"]
        for j, flow in enumerate(flows):
            if flow.target == k:
                parts.append(f"f_{j} * term_{flow.source}")
            elif flow.source == k:
                parts.append(f"r_{j} * term_{flow.target}")
        yield f"const aml_doubles next_{k} = {' + '.join(parts)};"


def _of_states(name: str, count: int, n_flows: int) -> dict[str, str]:
    """Lines that are alike for all states and edges."""
    states, rates = range(count), [f"{c}_{j}" for j in range(n_flows) for c in "fr"]
    kept = [*rates, *(f"d_{k}" for k in states)]
    lines = {
        "scale": [
            *(f"aml_doubles d_{k} = (q - out_{k}) * h;" for k in states),
            *(f"{rate} *= h;" for rate in rates),
        ],
        "stop": [f"{item} = aml_where(active, {item});" for item in kept],
        "begin": [f"aml_doubles term_{k} = x_{k};" for k in states],
        "add": [f"x_{k} += term_{k} = next_{k} * over;" for k in states],
        "end": [f"x_{k} *= share;" for k in states],
        "store": [f"*(aml_doubles *)({name}[{k}] + k) = x_{k};" for k in states],
    }
    return {hole: "\n".join(text) for hole, text in lines.items()}
