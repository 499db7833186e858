"""Instance trees: what a component becomes when a network is built from it.

A ``Node`` is one component instance inside a cell, synapse or input; a tree of nodes is the
template of all instances of a ``Group``. Containers (networks, populations, also a tissue around a
network) hold instances and are found by path.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from annarchy_ml.diagnostics.origin import Origin
from annarchy_ml.kernels.nodes import BUILTINS
from annarchy_ml.model.component import Component, ComponentType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from annarchy_ml.kernels.connectivity import Connectivity
    from annarchy_ml.model.cable import CableCells

Indices: TypeAlias = Any
"""Whole numbers, shape (n,): ``array("q")`` while connections are read, or an array of NumPy."""
Values: TypeAlias = Any
"""The same for real numbers."""


@dataclass(slots=True, eq=False)
class Node:
    """One component instance of a template tree.

    Attributes:
        type: its resolved type.
        component: the component that it was made from.
        label: its step in paths: the id, or the name of the slot; unique among its siblings.
        slot: name of the slot or list of the parent that holds it.
        values: parameters, constants, properties and derived parameters in SI units.
        children: in the order in which they step (LEMS: single children, then lists).
        links: the event connections inside the tree that start here: (port, node, port).
        heard: of the root, those that start at the component that it acts on: (port, node, port);
            an empty port is the first one there.
        outside: whether an attribute, not an element inside, put it into its slot.
        peer: name of the ``InstanceRequirement`` that the other end of a tunnel fills.
    """

    type: ComponentType
    component: Component
    label: str
    slot: str
    values: dict[str, float]
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    links: list[tuple[str, Node, str]] = field(default_factory=list)
    heard: list[tuple[str, Node, str]] = field(default_factory=list)
    peer: str = ""
    outside: bool = False
    _path: str | None = None

    @property
    def path(self) -> str:
        """Path within the tree; empty for the root."""
        if self._path is None:
            above = self.parent.path if self.parent is not None else ""
            own = self.label if self.parent is not None else ""
            self._path = f"{above}/{own}" if above else own
        return self._path

    @property
    def origin(self) -> Origin | None:
        """Where its component stands in the file."""
        return self.component.origin

    def qualified(self, name: str) -> str:
        """The name of one of its variables within the tree, apart from built-in names."""
        if self.path:
            return f"{self.path}/{name}"
        return f"./{name}" if name in BUILTINS else name

    def walk(self) -> Iterator[Node]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def postorder(self) -> Iterator[Node]:
        """All nodes below, then this one: the order of the step."""
        for child in self.children:
            yield from child.postorder()
        yield self

    def list_of(self, name: str) -> list[Node]:
        """The children in the list ``name``."""
        return [child for child in self.children if child.slot == name]

    def owner_of(self, name: str) -> tuple[Node, str] | None:
        """The part of the tree that has a variable, and its name there; None for no such part.

        Args:
            name: of the variable, after the path to its part if that is not this node.
        """
        path, _, own = name.rpartition("/")
        where: Node | None = self
        for step in path.split("/") if path else ():
            where = where.step_to(step) if where is not None else None
        return None if where is None else (where, own)

    def step_to(self, step: str) -> Node | None:
        """The child at the end of one step of a path: by slot, by id, ``list:id:n``, or by type."""
        if step == "..":
            return self.parent
        for child in self.children:
            if child.label == step:
                return child
        for child in self.children:
            if step in (child.slot, child.component.id):
                return child
        parts = step.split(":")
        if len(parts) == 3 and parts[2].isdigit():
            fitting = [c for c in self.list_of(parts[0]) if c.component.id == parts[1]]
            if int(parts[2]) < len(fitting):
                return fitting[int(parts[2])]
        of_type = [child for child in self.children if step in child.type.ancestors]
        return of_type[0] if len(of_type) == 1 else None


Ends: TypeAlias = dict[str, tuple[tuple[str, Node], ...]]
"""By name of an ``InstanceRequirement``: indices that lead to components, and these components."""
TEMPERATURE = "temperature"
NEURON_TEMPERATURE = 279.45
"""What cells of several compartments get where the network has none [K]: NEURON's 6.3 degC."""
ANY_NAME = "*"
"""Stands for every name in `Ends`: a tunnel has one other end."""


@dataclass(slots=True, eq=False)
class Attachment:
    """Where a group hangs on another one: the host group, and the node with the slot."""

    host: Group
    node: Node
    slot: str


@dataclass(slots=True, eq=False)
class Group:
    """Instances with the same structure.

    Attributes:
        name: what a user calls it.
        root: the template tree.
        hosts: for attached groups, the host instance of each one, shape (size,).
        properties: values set per instance, by property or parameter name, in SI units.
        starts: start values of states instead of those of ``OnStart``, shape (size,), in SI
            units; NaN where ``OnStart`` decides.
        far: for tunnels, the group of their other ends.
        peers: for tunnels, the instance of `far` at the other end of each one, shape (size,).
        inside: the nearest component around it.
        around: the nearest surrounding component that has dynamics of its own, such as a tissue.
        others: groups that it reads or adds to, by the name of an index: (group, instance of it for
            each own one).
        pieces: groups that together with this one stand for what was one group.
        owner: the index of `others` whose cells get its events; then events alone change it.
        before: for groups that hang on no other, the one that steps directly after it.
        apart: whether each instance keeps a state of its own, however they could be summed.
        terms: of the connections of a coupling, the variable that each gives to its host.
        rows: which instance of the synapses that were split each connection was, shape (size,).
        cable: of cells with morphology, their shape; then instances are compartments.
    """

    name: str
    root: Node
    size: int = 0
    attachment: Attachment | None = None
    hosts: Indices = field(default_factory=partial(array, "q"))
    properties: dict[str, Values] = field(default_factory=dict)
    starts: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    far: Group | None = None
    peers: Indices = field(default_factory=partial(array, "q"))
    inside: Container | None = None
    around: Group | None = None
    others: dict[str, tuple[Group, NDArray[np.int64]]] = field(default_factory=dict)
    pieces: list[Group] = field(default_factory=list)
    owner: str = ""
    before: Group | None = None
    apart: bool = False
    terms: str = ""
    rows: NDArray[np.int64] | None = None
    cable: CableCells | None = None

    def instance(self, cell: int) -> int:
        """The instance that stands for a cell: itself, or its root compartment."""
        cable = self.cable
        return (
            cell
            if cable is None
            else cable.instance(cell, cable.tree.at(cable.default_segment, 0.5))
        )

    def count_compartments(self) -> None:
        """From here on, instances of cells with morphology are compartments."""
        if self.cable is not None:
            self.cable.cells = self.size
            self.size *= self.cable.compartments

    def same_place(self, instance: int) -> Sequence[int]:
        """The instances that a path to one of them means: all compartments of its segment."""
        return (instance,) if self.cable is None else self.cable.beside(instance)

    @property
    def environment(self) -> dict[str, float]:
        """Parameters of the components around it, the nearest first."""
        result: dict[str, float] = {}
        where = self.inside
        while where is not None:
            result = {**where.values, **result}
            where = where.parent
        return {TEMPERATURE: NEURON_TEMPERATURE, **result} if self.cable is not None else result


class Items(Sequence[Any]):
    """The items of a population of which not each one is stored."""

    def find(self, step: str) -> Container | None:
        """The one with an id; None if there is none, or they have none."""
        return None

    def names(self) -> list[str]:
        """The ids of those that are not among the members of their container."""
        return []


class Instances(Items):
    """Instances of a group that follow one another: nothing is stored per instance.

    Attributes:
        group: whose instances they are.
        begin: number of the first one.
    """

    def __init__(self, group: Group, begin: int = 0, count: int | None = None) -> None:
        """So many instances; without a number all of the group, also those made later."""
        self.group = group
        self.begin = begin
        self._count = count

    def __len__(self) -> int:
        return self.group.size if self._count is None else self._count

    def __getitem__(self, index: Any) -> Any:
        own = range(self.begin, self.begin + len(self))[index]
        return [(self.group, one) for one in own] if isinstance(own, range) else (self.group, own)


@dataclass(slots=True, eq=False)
class Container:
    """A network, population or other component without dynamics, as a place for paths.

    Attributes:
        items: what ``[i]`` addresses, in order: a list of containers or (group, instance), or
            ``Items``, which are not stored one by one.
        members: the same and all other children by id, slot and label.
        own: the instance of the component itself, if it has dynamics.
        unfinished: whether a fault kept instances from being made; it is reported already.
    """

    component: Component
    type: ComponentType
    values: dict[str, float]
    parent: Container | None = None
    items: Any = field(default_factory=list)
    members: dict[str, Container | tuple[Group, int]] = field(default_factory=dict)
    own: tuple[Group, int] | None = None
    unfinished: bool = False


@dataclass(slots=True, eq=False)
class Wires:
    """Event connections from one port of a group to one port of another.

    Attributes:
        weights: of each connection, where the target does not keep its own.
        weights_of: the property that they are, as the equations of the target name it.
        connectivity: a rule in place of the columns, for `source_range` and `target_range`.
        whole_steps: whether delays count steps: those of rules do.
        number: of the projection with a rule, in the order in which they were made.
        heard_after: as that of `network.Projection`.
    """

    source: Group
    source_node: Node
    source_port: str
    target: Group
    target_node: Node
    target_port: str
    sources: Indices = field(default_factory=partial(array, "q"))
    targets: Indices = field(default_factory=partial(array, "q"))
    delays: Values = field(default_factory=partial(array, "d"))
    weights: Values | None = None
    weights_of: str = ""
    connectivity: Connectivity | None = None
    source_range: tuple[int, int] = (0, 0)
    target_range: tuple[int, int] = (0, 0)
    whole_steps: bool = False
    number: int = 0
    heard_after: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """What a user calls by one name: (a part of) a projection, or inputs.

    Attributes:
        wires: its connections, from `begin` to where the next link of the same wires begins; None
            for inputs.
        group: the inputs; None for a projection.
        inputs: whether connections stand for inputs that they hang on cells.
        owner: the component of a file that it stands for.
    """

    name: str
    wires: Wires | None = None
    begin: int = 0
    group: Group | None = None
    owner: Container | None = None
    inputs: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Coupled:
    """Values of cells that other cells add up.

    Attributes:
        read: what others see of the sources under this name.
        into: the property of the targets that is filled.
        number: of the coupling in its network.
        synapses: the connections, where each has values of its own; then `read` means nothing.
        delays: of these [steps], one or an array.
    """

    name: str
    source: Group
    read: str
    target: Group
    into: str
    operation: str
    connectivity: Connectivity
    source_range: tuple[int, int]
    target_range: tuple[int, int]
    number: int
    synapses: Group | None = None
    delays: Any = 1


@dataclass(slots=True, eq=False)
class NetworkInstance:
    """All groups of a run in the order of the step, and how they are wired."""

    top: Container | None
    groups: list[Group] = field(default_factory=list)
    wires: list[Wires] = field(default_factory=list)
    couplings: list[Coupled] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
