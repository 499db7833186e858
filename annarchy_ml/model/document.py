"""A whole model as read from files: dimensions, units, constants, types, components, target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from annarchy_ml.diagnostics.origin import Origin
from annarchy_ml.expr import Expr
from annarchy_ml.model.component import Component, ComponentType
from annarchy_ml.model.simulation import NodeReport
from annarchy_ml.units.dimension import Dimension
from annarchy_ml.units.unit import Unit


@dataclass(slots=True)
class Document:
    """What importers hand to the passes.

    Attributes:
        dimensions: by name.
        units: by symbol.
        constants: text of the value and name of the dimension, by name.
        types: by name.
        components: the top-level ones, in document order.
        assertions: names of dimensions, and expressions of dimensions that should equal them.
        targets: names of the components that ``<Target>`` elements ask to run.
        files: every file read, in order; the entry file first.
        missed: files that would have been read instead of others, had they been there.
        schema_attributes: names of all attributes that the format's schema knows.
        reports: outputs that are written as SONATA files, by the id of their component.
    """

    dimensions: dict[str, Dimension] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    constants: dict[str, tuple[str, str, Origin | None]] = field(default_factory=dict)
    types: dict[str, ComponentType] = field(default_factory=dict)
    components: list[Component] = field(default_factory=list)
    assertions: list[tuple[str, Expr, Origin | None]] = field(default_factory=list)
    targets: list[tuple[str, Origin | None]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    schema_attributes: Callable[[], frozenset[str]] = frozenset
    reports: dict[str, NodeReport] = field(default_factory=dict)
