"""Component types and components, as their author wrote them (LEMS 0.7.6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from annarchy_ml.diagnostics.origin import Origin
from annarchy_ml.expr.nodes import Expr
from annarchy_ml.model.dynamics import Dynamics


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a component sets: ``Parameter``, ``IndexParameter``, ``Property``, ``Constant``.

    Attributes:
        kind: ``parameter``, ``index``, ``property`` (may differ per connection), ``constant``.
        default: text of the value where the component gives none; empty for no default.
    """

    name: str
    dimension: str
    kind: str = "parameter"
    default: str = ""
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class DerivedParameter:
    """A value computed once from other parameters, or selected by path."""

    name: str
    dimension: str
    value: Expr | None = None
    select: str = ""
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A variable that an ancestor must have (``Requirement``)."""

    name: str
    dimension: str
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Exposure:
    """A variable that others may read."""

    name: str
    dimension: str
    description: str = ""
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class EventPort:
    """A port for events; ``direction`` is ``in`` or ``out``."""

    name: str
    direction: str
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for child components: ``Child``, ``Children`` or ``Attachments``."""

    name: str
    type: str
    kind: str  # "child", "children", "attachments"
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """An attribute that names something: a component, a path, a text.

    Attributes:
        kind: ``component`` (ComponentReference), ``link``, ``path``, ``text``,
            ``instance`` (InstanceRequirement), ``ancestor`` (ComponentRequirement),
            ``path_parameter``.
    """

    name: str
    kind: str
    type: str = ""
    local: bool = False
    required: bool = True
    default: str = ""
    origin: Origin | None = field(default=None, compare=False)


class _Attributes:
    """Attributes by name, as (name, text) pairs so that elements can be compared and hashed."""

    __slots__ = ()
    attributes: tuple[tuple[str, str], ...]

    def get(self, name: str, default: str = "") -> str:
        """An attribute's text."""
        return next((text for key, text in self.attributes if key == name), default)


@dataclass(frozen=True, slots=True)
class StructureElement(_Attributes):
    """An element of ``Structure``, kept in the form of the file and read by ``instantiate``.

    Attributes:
        kind: ``ChildInstance``, ``MultiInstantiate``, ``ForEach``, ``With``, ``Tunnel``,
            ``EventConnection``, ``Assign``, ``Choose``, ``When``, ``Otherwise``, ``If``.
        value: the parsed ``value`` of an ``Assign`` or ``test`` of a ``When``.
    """

    kind: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[StructureElement, ...] = ()
    value: Expr | None = None
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SimulationElement(_Attributes):
    """An element of a type's ``Simulation`` block: ``Run``, ``Record``, ``DataWriter``, ..."""

    kind: str
    attributes: tuple[tuple[str, str], ...]
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ComponentType:
    """A component type; after ``resolve`` its members include the inherited ones."""

    name: str
    extends: str = ""
    parameters: tuple[Parameter, ...] = ()
    derived_parameters: tuple[DerivedParameter, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    requirements: tuple[Requirement, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    ports: tuple[EventPort, ...] = ()
    slots: tuple[Slot, ...] = ()
    references: tuple[Reference, ...] = ()
    dynamics: Dynamics | None = None
    structure: tuple[StructureElement, ...] | None = None
    simulation: tuple[SimulationElement, ...] | None = None
    description: str = ""
    core: bool = False
    origin: Origin | None = field(default=None, compare=False)
    ancestors: tuple[str, ...] = ()  # filled by resolve: own name first

    @property
    def has_dynamics(self) -> bool:
        """Whether instances of the type have anything to compute."""
        d = self.dynamics
        return d is not None and bool(
            d.states
            or d.derived
            or d.conditions
            or d.events
            or d.regimes
            or d.schemes
            or d.on_start
        )


@dataclass(slots=True)
class Component:
    """A component as it stands in the file: an element with attributes and children.

    Attributes:
        tag: name of the element (``Component`` for the generic form).
        attributes: text by attribute name, ``id`` and ``type`` included.
        type: name of its component type; filled by ``resolve``.
        slot: name of the parent's slot that it fills; filled by ``resolve``.
        many: whether it stands for many siblings of one shape (``rows.Rows``).
    """

    many: ClassVar[bool] = False
    tag: str
    attributes: dict[str, str]
    children: list[Component]
    origin: Origin | None
    type: str = ""
    slot: str = ""
    parent: Component | None = field(default=None, repr=False, compare=False)

    @property
    def count(self) -> int:
        """How many components it stands for."""
        return 1

    @property
    def id(self) -> str:
        """The ``id`` attribute, or an empty text."""
        return self.attributes.get("id", "")
