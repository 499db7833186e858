"""Goes on after faults: what the later stages find is reported together with what the first found.

Before: a document with a wrong unit, and a recording of a population that does not exist. After:
both are in the report. A fault of a later stage that names a component which is already at fault
is left out, because it may follow from the first one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import Diagnostic, Diagnostics, ModelError
from annarchy_ml.passes.assemble import Assembler
from annarchy_ml.passes.check_units import check_units
from annarchy_ml.passes.instantiate import TreeBuilder
from annarchy_ml.passes.populate import NetworkBuilder
from annarchy_ml.passes.request import Request, RequestReader, asks_to_run, find_simulation

if TYPE_CHECKING:
    from annarchy_ml.passes.pipeline import Tables

_BREAKING = frozenset(
    (
        "component.unknown",
        "component.wrong-type",
        "component.duplicate",
        "element.unknown",
        "type.unknown",
        "type.cycle",
        "value.range",
    )
)
"""Faults by which a component is not what others expect of it."""
_DECLARING = frozenset(("attribute.unknown", "attribute.missing", "element.unknown"))
"""Faults by which a component type does not declare what its author meant."""
_SHAPELESS = ("unsupported.", "morphology.", "biophysics.")
"""Faults of cells that could not be made: what reads them would miss what they lack."""
_INCOMPLETE = ("include.", "file.", "xml.", "morphology.swc")


def further_faults(tables: Tables, report: Diagnostics) -> Diagnostics:
    """A report that holds errors, with what the stages after them find.

    Nothing is added where definitions could not be read: all else would follow from that.
    """
    if any(item.code.startswith(_INCOMPLETE) for item in report.errors):
        return report
    types = tables.document.types.keys()
    vague = {
        item.component
        for item in report.errors
        if item.code in _DECLARING and item.component in types
    }
    whole = Diagnostics(report)
    check_units(tables, whole)
    result = Diagnostics(item for item in whole if not _follows_from_type(item, vague))
    faulty = {item.component for item in result.errors if item.component in types}
    broken = _broken_names(result) | faulty
    told = {item.span for item in result.errors}
    for item in _later(tables):
        known = item.span in told or item.code == "loop.algebraic"
        if not known and not broken & _words(item.message):
            result.add(item)
    return result


def _follows_from_type(item: Diagnostic, vague: set[str]) -> bool:
    """Whether a fault may be owed to a type that declares something else than was meant."""
    if item.component in vague:
        return item.code not in _DECLARING and not item.code.startswith("expr.s")
    return bool(vague & _words(item.message))


def _later(tables: Tables) -> Diagnostics:
    """What is found by reading the simulation and building the network."""
    found = Diagnostics()
    if asks_to_run(tables.document, tables.values):
        simulation = find_simulation(tables.document, tables.values, found)
        if simulation is not None:
            request = RequestReader(tables.values, found).read(simulation)
            if request is not None:
                _build(tables, request, found)
    return found


def _build(tables: Tables, request: Request, report: Diagnostics) -> None:
    """Builds and flattens the network as far as it goes; what is missing may stop it anywhere.

    What is missing shows as a failed look-up, conversion or assertion; any other exception is a
    fault of ours and goes on.
    """
    try:
        builder = NetworkBuilder(TreeBuilder(tables.values, report), report)
        network = builder.build(request.target)
        if any(item.code.startswith(_SHAPELESS) for item in report.errors):
            return
        assembler = Assembler(network, builder.finder, tables.values, report)
        assembler.flatten()
        traces = [assembler.recordings.recording(wanted) for wanted in request.wanted]
        assembler.recordings.check_scales(request.wanted, traces)
        for wanted in request.wanted_events:
            assembler.recordings.event_recording(wanted)
    except ModelError as fault:
        report.extend(fault.diagnostics)
    except (LookupError, ValueError, AssertionError):
        return


def _broken_names(report: Diagnostics) -> set[str]:
    """Names of components that cannot be what others expect of them."""
    return {name for item in report.errors if item.code in _BREAKING for name in _names_in(item)}


def _names_in(item: Diagnostic) -> set[str]:
    """The component at fault; where one of a wrong type is named, both."""
    if item.code == "component.wrong-type":
        return set(re.findall(r"'(\w+)'", item.message))
    return _words(item.component.rsplit("/", 1)[-1])


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))
