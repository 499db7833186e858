"""Draws random numbers for many instances at once, ahead of the loop that uses them.

aml_draw_normal(context, first, last - first, 0u, noise_values);
for (int64_t i = first; i < last; ++i) {
const aml_real noise = noise_values[i - first];
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from annarchy_ml.engine.codegen.ahead import PlaceOfDraw, is_cheap
from annarchy_ml.engine.codegen.laws import REJECTED
from annarchy_ml.expr.nodes import Expr
from annarchy_ml.expr.traverse import free_symbols
from annarchy_ml.kernels.nodes import Draw, DType, Placement, Statement
from annarchy_ml.kernels.uses import loaded_fields, needed_for, stored_fields, used_symbols

if TYPE_CHECKING:
    from annarchy_ml.engine.codegen.openmp import _LoopWriter as LoopWriter

INDENT = "  "
TYPES = {DType.REAL: "aml_real", DType.INT: "int32_t"}


def draw_for_all(writer: LoopWriter, draw: Draw) -> str:
    """The name of a number that all instances share, drawn before the loop."""
    law = "uniformf" if draw.law == "uniform" and writer.printer.single else draw.law
    name = writer.names.name(("common", draw.ordinal), draw.name, "_of_all")
    drawn = f"(aml_real)aml_{law}(context, 0u, {draw.ordinal}u)"
    writer.setup.append(f"const aml_real {name} = {drawn};")
    return name


def draw_ahead(writer: LoopWriter, place: PlaceOfDraw) -> None:
    """Draws of all instances before the loop, many at once."""
    if place.draw.common and not place.draw.arguments:
        return
    ordinal = place.draw.ordinal
    array = writer.names.name(("drawn", ordinal), place.draw.name, "_values")
    writer.ahead.append(f"_Alignas(64) aml_real {array}[AML_DRAWS];")
    lines = list(_draw_of_all(writer, place, array))
    if place.test is not None and is_cheap(place.before_test, place.test):
        lines = list(_where_any(writer, place, lines))
    writer.ahead += lines
    writer.drawn[ordinal] = array


def _draw_of_all(writer: LoopWriter, place: PlaceOfDraw, array: str) -> Iterator[str]:
    draw = place.draw
    if draw.law in REJECTED or draw.key is not None:
        yield from _draw_one_by_one(writer, place, array)
        return
    law, given = draw.law, f"context, first, last - first, {draw.ordinal}u"
    if law == "poisson":
        (mean,) = draw.arguments
        name = writer.names.name(("mean", draw.ordinal), f"{draw.name} mean")
        if free_symbols(mean) <= writer.shared():
            text = writer.printer.expression(mean, writer.scope)
            writer.setup.append(f"aml_poisson_law {name};")
            writer.setup.append(f"aml_prepare_poisson({text}, &{name});")
            given += f", &{name}"
        else:
            law, given = "poisson_each", f"{given}, {name}"
            yield f"_Alignas(64) aml_real {name}[AML_DRAWS];"
            yield from loop_ahead(writer, place.before, [(f"{name}[i - first] =", mean)])
    yield f"aml_draw_{law}({given}, {array});"


def _draw_one_by_one(writer: LoopWriter, place: PlaceOfDraw, array: str) -> Iterator[str]:
    draw = place.draw
    own = "0u" if draw.common else "(uint32_t)i"
    given = ["context", own, f"{draw.ordinal}u"]
    keyed = () if draw.key is None else (draw.key,)
    for position, argument in enumerate((*draw.arguments, *keyed)):
        if free_symbols(argument) <= writer.shared():
            given.append(writer.printer.expression(argument, writer.scope))
            continue
        key, text = ("argument", draw.ordinal, position), f"{draw.name} argument {position}"
        name = writer.names.name(key, text)
        yield f"_Alignas(64) aml_real {name}[AML_DRAWS];"
        yield from loop_ahead(writer, place.before, [(f"{name}[i - first] =", argument)])
        given.append(f"{name}[i - first]")
    if keyed:
        given[1] = f"(uint32_t)({given.pop()})"
    yield "for (int64_t i = first; i < last; ++i)"
    yield f"{INDENT}{array}[i - first] = (aml_real)aml_{draw.law}({', '.join(given)});"


def index_of(writer: LoopWriter, draw: Draw) -> str:
    """The instance whose number it is."""
    if draw.key is not None:
        return f"(uint32_t)({writer.printer.expression(draw.key, writer.scope)})"
    return "0u" if draw.common else "(uint32_t)i"


def _where_any(writer: LoopWriter, place: PlaceOfDraw, lines: list[str]) -> Iterator[str]:
    """Draws only if an instance of the run is going to use what it draws."""
    assert place.test is not None
    if free_symbols(place.test) <= writer.shared():
        yield from writer.branch(writer.printer.expression(place.test, writer.scope), lines)
        return
    name = writer.names.name(("any", place.draw.ordinal), f"any {place.draw.name}")
    yield f"int32_t {name} = 0;"
    reduction = f" reduction(|:{name})"
    yield from loop_ahead(writer, place.before_test, [(f"{name} |=", place.test)], reduction)
    yield from writer.branch(name, lines)


def loop_ahead(
    writer: LoopWriter,
    before: tuple[Statement, ...],
    values: Sequence[tuple[str, Expr]],
    clause: str = "",
) -> Iterator[str]:
    """A loop that evaluates expressions early, each behind its target; it changes no field."""
    yield f"#pragma omp simd simdlen(AML_LANES){clause}"
    yield "for (int64_t i = first; i < last; ++i) {"
    symbols = frozenset[str]().union(*(free_symbols(value) for _, value in values))
    wanted = needed_for(before, symbols)
    loaded = loaded_fields(wanted) | used_symbols(wanted) | symbols
    stored = stored_fields(wanted)
    for item in writer.group.fields:
        if item.placement is Placement.SHARED or item.name not in loaded | stored:
            continue
        start = f" = {writer.array(item.name)}[i]" if item.name in loaded else ""
        yield f"{INDENT}{TYPES[item.dtype]} {writer.scope[item.name].text}{start};"
    for position, external in enumerate(writer.group.externals):
        if external.name in loaded and not external.shared:
            yield from (INDENT + line for line in writer.load_external(position, external))
    scope = dict(writer.scope)
    yield from (INDENT + line for item in wanted for line in writer.statement(item, ""))
    for target, value in values:
        yield f"{INDENT}{target} {writer.printer.expression(value, writer.scope)};"
    writer.scope = scope
    yield "}"
