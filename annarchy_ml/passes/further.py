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
from annarchy_ml.passes.request import Request, RequestReader, find_simulation
from annarchy_ml.passes.scope import Scopes

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
_INCOMPLETE = ("include.", "file.", "xml.")


def further_faults(tables: Tables, report: Diagnostics) -> None:
    """Adds to a report that holds errors what the stages after them find.

    Nothing is added where definitions could not be read: all else would follow from that.
    """
    if any(item.code.startswith(_INCOMPLETE) for item in report.errors):
        return
    check_units(tables, report)
    if not _asks_to_run(tables):
        return
    found = Diagnostics()
    simulation = find_simulation(tables.document, tables.values, found)
    if simulation is not None:
        request = RequestReader(tables.values, found).read(simulation)
        if request is not None:
            _build(tables, request, found)
    broken = _broken_names(report)
    for item in found:
        if not broken & set(re.findall(r"\w+", item.message)):
            report.add(item)


def _asks_to_run(tables: Tables) -> bool:
    """Whether there is a target or a simulation; a file of components alone has none."""
    if tables.document.targets:
        return True
    types = (tables.types.get(item.type) for item in tables.document.components)
    return any(
        element.kind == "Run"
        for found in types
        if found is not None
        for element in found.simulation or ()
    )


def _build(tables: Tables, request: Request, report: Diagnostics) -> None:
    """Builds and flattens the network as far as it goes; what is missing may stop it anywhere."""
    try:
        builder = NetworkBuilder(TreeBuilder(tables.values, report), report)
        network = builder.build(request.target)
        assembler = Assembler(
            network,
            builder.finder,
            Scopes(),
            tables.values.constants,
            dict(tables.document.dimensions),
            report,
        )
        assembler.flatten()
        for wanted in request.wanted:
            assembler.recordings.recording(wanted)
        for wanted in request.wanted_events:
            assembler.recordings.event_recording(wanted)
    except ModelError as fault:
        report.extend(fault.diagnostics)
    except Exception:  # the document is at fault: only how far one gets is open
        return


def _broken_names(report: Diagnostics) -> set[str]:
    """Names of components that cannot be what others expect of them."""
    return {
        step
        for item in report.errors
        if item.code in _BREAKING and item.component
        for step in _last_step(item)
    }


def _last_step(item: Diagnostic) -> list[str]:
    return re.findall(r"\w+", item.component.rsplit("/", 1)[-1])
