"""Checks what ``Assertion`` elements say of dimensions.

Before: ``<Assertion dimension="voltage" matches="current / conductance"/>``. After: the same, and
a warning where the two differ; as in jLEMS, a model runs however wrong its assertions are.
"""

from __future__ import annotations

from dataclasses import replace

from annarchy_ml.diagnostics import Diagnostic, Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.expr import infer
from annarchy_ml.model.document import Document
from annarchy_ml.passes.in_place import expression_in_place
from annarchy_ml.units import Dimension, named, with_article


def check_assertions(document: Document, report: Diagnostics) -> None:
    """Reports assertions that do not hold, or name dimensions that are not defined."""
    known = {"none": Dimension(), **document.dimensions}
    for name, matches, origin in document.assertions:
        if name not in known:
            report.error(
                "dimension.unknown",
                f"there is no dimension '{name}'",
                locate(origin, "dimension"),
                hint=did_you_mean(name, known) or "define it with <Dimension>",
            )
            continue
        faults: list[Diagnostic] = []
        found = infer(expression_in_place(origin, "matches") or matches, known, faults.append)
        for item in faults:
            hint = item.hint or "write an expression of dimensions, such as 'current / voltage'"
            report.add(replace(item, span=item.span or locate(origin, "matches"), hint=hint))
        if found is not None and found != known[name]:
            report.warning(
                "units.mismatch",
                f"the assertion does not hold: '{name}' is {with_article(known[name])}, but what "
                f"it should match is {with_article(found)}",
                locate(origin, "matches"),
                label=named(found),
                hint="mend the definition of a dimension, or the assertion",
            )
