"""EquationSystem: one flat set of equations for a whole component tree.

Every name is a path within the tree (``bioPhys1/membraneProperties/naChans/naChan/m/q``). A
``Part`` holds what one component contributes; parts stand in the order of the step, children
before parents. Assignments are ``Set`` statements by name: which of them become stored fields and
which stay local values is decided later, by ``place``.
"""

from __future__ import annotations

from dataclasses import dataclass

from annarchy_ml.expr.nodes import Expr
from annarchy_ml.kernels.nodes import Propagate, Role, Statement
from annarchy_ml.model.dynamics import MoveBlock


@dataclass(frozen=True, slots=True)
class Variable:
    """A quantity of the system; ``dimension`` is the name that the author gave."""

    name: str
    role: Role
    dimension: str


@dataclass(frozen=True, slots=True)
class Equation:
    """``name = value``; for rates, d(name)/dt = value. ``comment`` is the author's text."""

    name: str
    value: Expr
    comment: str = ""


@dataclass(frozen=True, slots=True)
class RegimeEquations:
    """What is active while the regime variable of the part equals ``number``."""

    number: int
    name: str
    derived: tuple[Equation, ...]
    rates: tuple[Equation, ...]
    conditions: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The equations of one component of the tree.

    Attributes:
        requirements: values read from ancestors when the part steps.
        derived: in an order in which each can be computed.
        conditions: ``When`` statements, tested after the states have moved.
        published: (exposure, variable) copied after the conditions.
        on_start: statements that set the start values.
        regime: name of the variable with the number of the active regime; empty for none.
        on_regime_start: entry of the initial regime.
        blocks: equations worked off one after the other, between the derived values and the
            conditions.
    """

    path: str
    type_name: str
    requirements: tuple[Equation, ...] = ()
    scheme: Propagate | None = None
    derived: tuple[Equation, ...] = ()
    rates: tuple[Equation, ...] = ()
    conditions: tuple[Statement, ...] = ()
    published: tuple[tuple[str, str], ...] = ()
    on_start: tuple[Statement, ...] = ()
    regime: str = ""
    regimes: tuple[RegimeEquations, ...] = ()
    on_regime_start: tuple[Statement, ...] = ()
    blocks: tuple[MoveBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ReducedInput:
    """A sum or product over what is attached at run time.

    Attributes:
        name: the variable that receives it.
        node: path of the component with the slot.
        slot: the attachments.
        variable: what each attached component exposes.
        predicate: (text attribute, value) that an attached component must have.
    """

    name: str
    node: str
    slot: str
    variable: str
    operation: str
    predicate: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ForeignInput:
    """A variable of another component: of the host (``index`` host) or a tunnel's other end."""

    name: str
    index: str
    variable: str


@dataclass(frozen=True, slots=True)
class PointCell:
    """A cell without morphology, as jNeuroML's export to NEURON makes it a mechanism of a section.

    Attributes:
        own_threshold: whether its connections hear what its own conditions send, else its
            potential as it rises above 0 V.
        capacitance: whether the section has the capacitance of the cell, else 1 nF.
    """

    own_threshold: bool
    capacitance: bool


@dataclass(frozen=True, slots=True)
class EquationSystem:
    """All parts of a tree.

    Attributes:
        parts: in the order of the step.
        start_order: positions in ``parts``, parents before children, for the initialisation.
        variables: by name.
        handlers: (in-port, statements) for events from outside.
        out_ports: ports that send events outside.
        environment: names of parameters that surrounding components must provide.
        own_method: the method that the reference mode uses for it, where that is not its own
            staggered Euler; empty otherwise.
        once_per_event: whether an event reaches each instance once at most, as it does where
            each is a connection of its own.
        terms: of connections of a coupling, the variable that each gives to its target.
        potential: of compartments, the state that moves with those around it; empty otherwise.
        late: derived values that compartments sum and that depend on states that move; in
            reference mode they follow from the states of the step before.
        switched: derived values that compartments sum and that are sums over what conditions set.
        mechanisms: paths of ion channels.
        shared: paths of channels that have no states of their own, and of those whose values
            they have.
        point: of a cell without morphology whose potential moves as in NEURON.
    """

    name: str
    parts: tuple[Part, ...]
    start_order: tuple[int, ...]
    variables: dict[str, Variable]
    reduced: tuple[ReducedInput, ...]
    foreign: tuple[ForeignInput, ...]
    handlers: tuple[tuple[str, tuple[Statement, ...]], ...]
    out_ports: tuple[str, ...]
    environment: tuple[str, ...] = ()
    own_method: str = ""
    once_per_event: bool = False
    terms: str = ""
    potential: str = ""
    late: tuple[str, ...] = ()
    switched: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    shared: tuple[tuple[str, str], ...] = ()
    point: PointCell | None = None

    def together(self, name: str) -> tuple[str, ...]:
        """The paths of the channels that all have the value kept under a name, if several do."""
        twins = dict.fromkeys(twin for _, twin in self.shared if name.startswith(f"{twin}/"))
        return tuple(
            path
            for kept in twins
            for path in (kept, *(path for path, twin in self.shared if twin == kept))
        )

    def keeper(self, name: str) -> str:
        """The name under which a value is kept, where channels share theirs."""
        for path, twin in self.shared:
            if name.startswith(f"{path}/"):
                return twin + name.removeprefix(path)
        return name
