"""Densities that vary along a cell: what the core definitions leave out, from their uniform twins.

Before: ``channelDensityNonUniform``, whose LEMS definition gives no current, with a
``variableParameter`` whose value is an expression over a path length. After: the equations of
``channelDensity`` with ``condDensity`` as a column; the same for the Nernst and GHK forms.

Values are in SI units, path lengths in micrometers from the root of the cell to the middle of each
compartment, as in the examples of the standard. ``translationStart`` is what the end of the group
that is nearest to the root counts, ``normalizationEnd`` the farthest end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.diagnostics import Diagnostics, ModelError, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.expr import evaluate, free_symbols, parse
from annarchy_ml.model.cable import Piece
from annarchy_ml.model.instance import Node
from annarchy_ml.model.morphology import Gradient, Morphology
from annarchy_ml.passes.titles import title

if TYPE_CHECKING:
    from annarchy_ml.model.component import ComponentType
    from annarchy_ml.passes.regions import Regions
    from annarchy_ml.passes.resolve import TypeTable

    Values = np.ndarray[tuple[int], np.dtype[np.float64]]

TWINS = {
    "channelDensityNonUniform": "channelDensity",
    "channelDensityNonUniformNernst": "channelDensityNernst",
    "channelDensityNonUniformGHK": "channelDensityGHK",
}
"""The uniform type that each type stands for."""
PATH_LENGTH = "Path Length from root"
_MICRON = 1e-6


class VaryingDensities:
    """Makes the densities of one cell that vary along it."""

    def __init__(self, morphology: Morphology, types: TypeTable, report: Diagnostics) -> None:
        self.morphology = morphology
        self.types = types
        self.report = report

    def twin(self, node: Node) -> ComponentType | None:
        """The type whose equations hold for a density; None if it does not vary."""
        own = next((name for name in node.type.ancestors if name in TWINS), None)
        found = self.types.get(TWINS[own]) if own is not None else None
        return found

    def values(
        self, node: Node, pieces: tuple[Piece, ...], regions: Regions
    ) -> tuple[str, Values, Values] | None:
        """The parameter, its value in each compartment, how much of each is covered.

        None after a reported fault.
        """
        places = [item for item in node.children if "variableParameter" in item.type.ancestors]
        given = places[0].children if places else []
        if not given:
            self._fault(node, "", "says nowhere how it varies", "write <variableParameter ...>")
            return None
        place, value = places[0], given[0]
        name = place.component.attributes.get("parameter", "")
        known = self._variable(node)
        if name not in known:
            hint = did_you_mean(name, known) or f"what varies: {', '.join(known)}"
            message = f"sets '{name}', which does not vary along a {node.type.name}"
            self._fault(place, "parameter", message, hint)
            return None
        gradient = self._gradient(place, value)
        covered = regions.coverage(place.component, pieces)
        if gradient is None:
            return None
        along = self._along(gradient, pieces, covered)
        found = self._evaluated(value, gradient, along)
        if found is None:
            return None
        inside = np.where(covered > 0.0, found, 0.0)
        if np.any(inside < 0.0):
            self._negative(value, name, gradient, float(along[np.argmin(inside)]), inside.min())
        return name, inside, covered

    def _variable(self, node: Node) -> list[str]:
        """What varies: parameters of the uniform type that the varying one does not have."""
        twin = self.twin(node)
        own = {item.name for item in node.type.parameters}
        given = twin.parameters if twin is not None else ()
        return [item.name for item in given if item.kind == "parameter" and item.name not in own]

    def _fault(self, node: Node, attribute: str, what: str, hint: str) -> None:
        owner = node.component
        self.report.error(
            "biophysics.region",
            f"{title(owner)} {what}",
            locate(owner.origin, attribute),
            hint=hint,
        )

    def _negative(
        self, value: Node, name: str, gradient: Gradient, where: float, least: float
    ) -> None:
        """Warns of values below 0, which nothing in a cell has."""
        text = value.component.attributes.get("value", "")
        self.report.warning(
            "value.range",
            f"the value '{text}' gives a negative {name}: {least:.3g} at "
            f"{gradient.variable} = {where:.3g}",
            locate(value.component.origin, "value"),
            notes=("it is used as written",),
            hint="let the expression stay at 0 or above in the whole group",
        )

    def _gradient(self, place: Node, value: Node) -> Gradient | None:
        """How far along the cell a place lies, as the value reads it."""
        wanted = value.component.attributes.get("inhomogeneousParameter", "")
        group = self.morphology.groups.get(place.component.attributes.get("segmentGroup", "all"))
        known = {item.id: item for item in group.gradients} if group is not None else {}
        found = known.get(wanted)
        if found is None:
            self._fault(
                value,
                "inhomogeneousParameter",
                f"reads '{wanted}', which its segmentGroup does not have",
                did_you_mean(wanted, known) or "write an inhomogeneousParameter in the group",
            )
        elif found.metric != PATH_LENGTH:
            self.report.error(
                "unsupported.morphology",
                f"the metric '{found.metric}' is not supported",
                locate(found.origin, "metric"),
                hint=f'use metric="{PATH_LENGTH}"',
            )
            return None
        return found

    def _along(self, gradient: Gradient, pieces: tuple[Piece, ...], covered: Values) -> Values:
        """How far along each compartment counts as."""
        along = np.array([item.path_length for item in pieces]) / _MICRON
        inside = covered > 0.0
        if not np.any(inside):
            return along
        halves = np.array([item.end - item.begin for item in pieces]) / 2 / _MICRON
        first = float((along - halves)[inside].min())
        last = float((along + halves)[inside].max())
        begins, ends = gradient.begins, gradient.ends
        if begins is not None and ends is not None and last > first:
            return np.asarray(begins + (along - first) / (last - first) * (ends - begins))
        if begins is not None:
            return np.asarray(along - first + begins)
        return along if ends is None or last <= 0.0 else np.asarray(along / last * ends)

    def _evaluated(self, value: Node, gradient: Gradient, along: Values) -> Values | None:
        text = value.component.attributes.get("value", "")
        try:
            expression = parse(text)
        except ModelError as fault:
            message = (
                f"has the value '{text}', which cannot be read: {fault.diagnostics[0].message}"
            )
            self._fault(value, "value", message, f"write an expression of {gradient.variable}")
            return None
        unknown = sorted(free_symbols(expression) - {gradient.variable})
        if unknown:
            message = f"has the value '{text}', in which '{unknown[0]}' means nothing"
            self._fault(value, "value", message, f"the length is called '{gradient.variable}'")
            return None
        found = [evaluate(expression, {gradient.variable: float(place)}) for place in along]
        if not np.all(np.isfinite(found)):
            self._fault(value, "value", f"has the value '{text}', which is not finite", "")
            return None
        return np.array(found)
