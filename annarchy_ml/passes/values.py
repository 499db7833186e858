"""Parameter values of components, in SI units, and what their other attributes name.

Before: ``<iafCell id="a" C="1.0 nF" leakReversal="-50mV" .../>``. After: ``C = 1e-9``,
``leakReversal = -0.05``; constants, fixed and derived parameters are among them. Dimensions are
compared, missing values and unknown attributes reported.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import Origin
from annarchy_ml.model.component import Component, ComponentType, Parameter
from annarchy_ml.model.document import Document
from annarchy_ml.passes.attributes import AttributeCheck
from annarchy_ml.passes.derived_parameters import DerivedParameters
from annarchy_ml.passes.quantities import Owner, QuantityReader
from annarchy_ml.passes.resolve import ComponentTable
from annarchy_ml.units import Dimension

if TYPE_CHECKING:
    from annarchy_ml.passes.row_values import RowValues


@dataclass(slots=True)
class TypeInfo:
    """What all components of one type share.

    Attributes:
        constants: values of constants and property defaults.
        given: parameters and properties that a component may give.
        counts: those that say how many instances there are.
        plain: whether a component adds nothing to the constants.
        fixed: text by name of the parameter.
    """

    type: ComponentType
    constants: dict[str, float]
    given: tuple[Parameter, ...]
    counts: tuple[str, ...]
    plain: bool
    fixed: dict[str, str] = field(default_factory=dict)


class ValueTable:
    """Values of parameters by component; every fault is reported once."""

    def __init__(self, document: Document, components: ComponentTable, report: Diagnostics) -> None:
        self.document = document
        self.components = components
        self.types = components.types
        self.report = report
        self.quantities = QuantityReader(document, report)
        self.constants = self._document_constants()
        self.attributes = AttributeCheck(self)
        self.derived = DerivedParameters(self)
        self._done: dict[int, tuple[Component, dict[str, float]]] = {}
        self._info_of: dict[str, TypeInfo | None] = {}
        self._rows: RowValues | None = None

    def _document_constants(self) -> dict[str, float]:
        values = {}
        for name, (text, dimension, origin) in self.document.constants.items():
            values[name] = self.quantities.read_constant(text, dimension, origin)
        return values

    def dimension(self, name: str) -> Dimension | None:
        """The dimension of this name; None for ``*`` and unknown ones."""
        return self.quantities.dimension(name)

    def quantity(
        self,
        text: str,
        dimension: str,
        origin: Origin | None,
        attribute: str,
        owner: Owner = None,
    ) -> float:
        """The SI value of a text such as ``-65 mV``; 0 after a reported fault."""
        return self.quantities.read(text, dimension, origin, attribute, owner)

    def type_constants(self, found: ComponentType) -> dict[str, float]:
        """Values of the constants and property defaults of a type."""
        return {
            item.name: self.quantity(
                item.default,
                item.dimension,
                item.origin,
                "value" if item.kind == "constant" else "defaultValue",
                found,
            )
            for item in found.parameters
            if item.kind in ("constant", "property") and item.default
        }

    def info(self, name: str) -> TypeInfo | None:
        """What components of a type share; None if there is no such type."""
        if name in self._info_of:
            return self._info_of[name]
        found = self.types.get(name)
        info = None
        if found is not None:
            given = tuple(item for item in found.parameters if item.kind != "constant")
            plain = not given and not found.derived_parameters
            fixed = dict(found.fixed)
            counts = tuple(
                item.get("number")
                for item in found.structure or ()
                if item.kind == "MultiInstantiate"
            )
            info = TypeInfo(found, self.type_constants(found), given, counts, plain, fixed)
        self._info_of[name] = info
        return info

    def of(self, component: Component) -> dict[str, float]:
        """Values of all parameters, constants and derived parameters; not to be changed."""
        known = self._done.get(id(component))
        if known is not None:
            return known[1]
        info = self.info(component.type)
        if info is None:
            return {}
        values = info.constants if info.plain else dict(info.constants)
        self._done[id(component)] = component, values  # which keeps its id from use by another
        if not info.plain:
            self.set_parameters(component, info, values)
            self.derived.compute(component, info.type, values)
        for name in info.counts:
            self.attributes.count(component, name, values.get(name, 0.0))
        self.attributes.check(component, info.type)
        return values

    def read_all(self) -> None:
        """Values of all components, so that all their faults are found together."""
        self.read(self.document.components)

    def read(self, components: Iterable[Component]) -> None:
        """Values of some components and all inside of them."""
        waiting = list(components)
        while waiting:
            component = waiting.pop()
            if component.many:
                self._read_rows(component)
            else:
                self.of(component)
            waiting.extend(component.children)

    def _read_rows(self, component: Component) -> None:
        """Values of many components of one shape."""
        from annarchy_ml.model.rows import Rows

        assert isinstance(component, Rows)
        self.rows().read(component)

    def rows(self) -> RowValues:
        """Values of components in rows."""
        if self._rows is None:
            from annarchy_ml.passes.row_values import RowValues

            self._rows = RowValues(self)
        return self._rows

    def set_parameters(
        self, component: Component, info: TypeInfo, values: dict[str, float]
    ) -> None:
        """Adds the parameters of a component to its values; faults are reported."""
        attributes = component.attributes
        inherited: dict[str, float] = {}
        if "extends" in attributes and (base := self.base_of(component)) is not None:
            inherited = self.of(base)
        for parameter in info.given:
            name, dimension = parameter.name, parameter.dimension
            text = attributes.get(name)
            if text is not None:
                value = self.quantities.known.get((text, dimension))
                if value is None:
                    value = self.quantity(text, dimension, component.origin, name, component)
                values[name] = value
            elif name in inherited:
                values[name] = inherited[name]
            elif name in info.fixed:
                text = info.fixed[name]
                values[name] = self.quantity(text, dimension, info.type.origin, name, info.type)
            elif name not in values and parameter.kind in ("parameter", "index"):
                if parameter.default:
                    values[name] = self.quantity(
                        parameter.default, dimension, parameter.origin, "defaultValue", info.type
                    )
                else:
                    self.attributes.missing(component, info.type, parameter)

    def base_of(self, component: Component) -> Component | None:
        """The component that this one ``extends``, if it names one."""
        name = component.attributes.get("extends", "")
        return self.components.by_id.get(name) if name else None

    def step_to(self, component: Component, step: str) -> Component | None:
        """The component at the end of one step of a path."""
        if step == "..":
            return component.parent
        for child in component.children:
            if step in (child.slot, child.id):
                return child
        return self.reference(component, step)

    def reference(self, component: Component, name: str) -> Component | None:
        """The component that the attribute ``name`` refers to."""
        text = component.attributes.get(name, "")
        seen: list[Component] = []
        while not text and "extends" in component.attributes:
            base = self.base_of(component)
            if base is None or base in seen:
                break
            seen.append(base)
            component, text = base, base.attributes.get(name, "")
        if component.parent is not None and self._is_local(component, name):
            for sibling in component.parent.children:
                if sibling.id == text:
                    return sibling
        return self.components.by_id.get(text)

    def _is_local(self, component: Component, name: str) -> bool:
        found = self.types.get(component.type)
        return any(
            item.name == name and (item.local or item.kind == "link")
            for item in (found.references if found else ())
        )
