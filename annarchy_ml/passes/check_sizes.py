"""Checks sizes that are negative where nothing in nature is: conductances, thicknesses, counts.

Before: ``<channelDensity condDensity="-0.1 mS_per_cm2" .../>``. After: the same, with a warning,
since an equation can be solved with it. A shell without thickness is an error: it holds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.passes.titles import full_path, title

if TYPE_CHECKING:
    from annarchy_ml.model.component import Component, ComponentType, Parameter
    from annarchy_ml.passes.values import ValueTable

_DIMENSIONS = frozenset(("conductance", "conductanceDensity", "permeability"))
_FAMILIES = ("baseIonChannel", "baseChannelDensity", "baseSynapse")
"""Of cells some conductances may be negative: the ``b`` of an Izhikevich cell."""
_NAMES = {
    "number": "baseChannelPopulation",
    "decayConstant": "concentrationModel",
    "shellThickness": "concentrationModel",
}
_ABOVE_ZERO = frozenset(("shellThickness",))


class SizeCheck:
    """The check of the sizes of all core components of a document."""

    def __init__(self, values: ValueTable) -> None:
        self.values = values
        self._sizes: dict[str, tuple[str, ...]] = {}

    def check(self, component: Component, found: ComponentType) -> None:
        """Reports the attributes of a component of a core type that are too small."""
        sizes = self._sizes.get(found.name)
        if sizes is None:
            sizes = tuple(item.name for item in found.parameters if _is_size(item, found))
            self._sizes[found.name] = sizes
        given = [name for name in sizes if name in component.attributes]
        if not given:
            return
        known = self.values.of(component)
        for name in given:
            value = known.get(name, 1.0)
            if name in _ABOVE_ZERO and value <= 0.0:
                self._too_thin(component, name)
            elif value < 0.0:
                self._negative(component, name)

    def _too_thin(self, component: Component, name: str) -> None:
        self.values.report.error(
            "value.range",
            f"'{name}' of {title(component)} must be above 0",
            locate(component.origin, name),
            hint="write how thick the shell is, such as '0.1um'",
            component=full_path(component),
        )

    def _negative(self, component: Component, name: str) -> None:
        self.values.report.warning(
            "value.range",
            f"'{name}' of {title(component)} is negative",
            locate(component.origin, name),
            notes=("it is used as written",),
            hint="write a value of 0 or more",
            component=full_path(component),
        )


def _is_size(item: Parameter, found: ComponentType) -> bool:
    if item.name in _NAMES:
        return _NAMES[item.name] in found.ancestors
    return item.dimension in _DIMENSIONS and any(name in found.ancestors for name in _FAMILIES)
