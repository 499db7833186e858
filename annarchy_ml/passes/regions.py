"""Which part of each compartment a segment group covers."""

from __future__ import annotations

import numpy as np

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.cable import Piece
from annarchy_ml.model.component import Component
from annarchy_ml.model.morphology import Morphology
from annarchy_ml.passes.segment_groups import ALL
from annarchy_ml.passes.titles import title

Values = np.ndarray[tuple[int], np.dtype[np.float64]]


class Regions:
    """Resolves ``segmentGroup="..."`` and ``segment="..."`` of one cell's biophysics."""

    def __init__(self, morphology: Morphology, report: Diagnostics) -> None:
        self.morphology = morphology
        self.report = report
        self._known: dict[tuple[str, str], frozenset[int]] = {}

    def of(self, component: Component) -> frozenset[int]:
        """The segments that a component says it holds for; all if it names none."""
        segment = component.attributes.get("segment", "").strip()
        group = component.attributes.get("segmentGroup", "").strip() or ALL
        key = (segment, group)
        if key not in self._known:
            self._known[key] = self._found(component, segment, group)
        return self._known[key]

    def _found(self, component: Component, segment: str, group: str) -> frozenset[int]:
        known = self.morphology
        if segment:
            if segment.isdecimal() and int(segment) in known.segments:
                return frozenset((int(segment),))
            self._refuse(component, "segment", f"segment '{segment}'", "")
        elif group in known.groups:
            return frozenset(known.groups[group].segments)
        else:
            hint = did_you_mean(group, known.groups)
            self._refuse(component, "segmentGroup", f"segmentGroup '{group}'", hint)
        return frozenset(known.segments)

    def _refuse(self, component: Component, attribute: str, what: str, hint: str) -> None:
        self.report.error(
            "biophysics.region",
            f"{title(component)} is for {what}, which the cell does not have",
            locate(component.origin, attribute),
            hint=hint or "name one of the cell's own",
        )

    def shares(self, component: Component, pieces: tuple[Piece, ...]) -> Values:
        """The part of all the membrane that a component is for in each compartment; sums to 1."""
        area = self.coverage(component, pieces) * np.array([item.area for item in pieces])
        total = float(area.sum())
        share: Values = area / total if total > 0.0 else area
        return share

    def coverage(self, component: Component, pieces: tuple[Piece, ...]) -> Values:
        """The part of each compartment's membrane that a component is for, from 0 to 1."""
        inside = self.of(component)
        result = np.ones(len(pieces))
        for number, piece in enumerate(pieces):
            own = [area for segment, area in piece.shares if segment in inside]
            if len(own) < len(piece.shares):
                result[number] = sum(own) / piece.area
        return result
