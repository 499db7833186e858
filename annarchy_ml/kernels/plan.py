"""SimulationPlan: all that crosses from the compiler to the engine; plain arrays and numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from annarchy_ml.kernels.nodes import KernelModule, Statement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from annarchy_ml.expr.nodes import Expr
    from annarchy_ml.kernels.connectivity import Connectivity

    FloatArray: TypeAlias = NDArray[np.float64]
    IntArray: TypeAlias = NDArray[np.int32]
    StartValues: TypeAlias = list[dict[str, FloatArray]]
    """Of each group, by field: shape (size,), or (1,) for shared fields, in SI units."""


@dataclass(frozen=True, slots=True)
class ExternalBinding:
    """Which field of which group an ``External`` reads."""

    group: int
    field: str


@dataclass(frozen=True, slots=True)
class Reduction:
    """``target`` of the host = sum or product of ``source`` over the attached instances."""

    source: str
    target: str
    operation: str = "add"  # or "multiply"


@dataclass(frozen=True, slots=True)
class CablePlan:
    """Cells whose compartments are the instances of a group.

    Instance ``first * n + c * width + cell - first`` is compartment ``c`` of ``n`` of a cell, with
    ``first`` the first of the cells side by side with it and ``width`` how many those are: `lanes`,
    but for the last ones.

    Attributes:
        parent: shape (n_nodes,), parents before children, -1 for the root.
        conductance: shape (n_nodes,), to the parent [S].
        compartment: shape (n_nodes,), -1 for points without membrane.
        capacitance: shape (n_compartments,) [F].
        potential, rate, slope: fields: the potential, its rate, the slope of that by it.
        parts: first and last compartment (exclusive) that the kernels of each part are for.
        second_order: whether the step is that of Crank and Nicolson, else backward Euler.
        steady: parts whose rate is affine in the potential by numbers that no kernel changes, but
            for sums over what is attached.
    """

    cells: int
    lanes: int
    parent: IntArray
    conductance: FloatArray
    compartment: IntArray
    capacitance: FloatArray
    potential: str
    rate: str
    slope: str
    parts: tuple[tuple[int, int], ...]
    second_order: bool = False
    steady: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """A set of instances with the same structure.

    Attributes:
        name: what a user calls it: ``hhpop``, ``hhpop/synapses:AMPA``.
        kernel: position in ``KernelModule.groups``.
        size: number of instances.
        values: start values by field name, shape (size,) or (1,), in SI units; fields left
            out start at 0.
        externals: by name of the ``External``.
        indices: by index name, shape (size,): own instance to instance of the other group.
        host: group that this one is attached to, or None for a root group.
        host_index: shape (size,), ascending: the instance that each one is attached to.
        reductions: what the host sums over this group.
        start: programs that find the start values, by name.
        owner: index and group that say which thread delivers its events; then nothing else changes
            it.
        formulas: parameters computed from others before the start programs, in this order.
        given: start values of states that replace those of the start programs, shape (size,), in
            SI units; NaN where the start program decides.
        couples: whether its instances are the connections of a coupling.
        one_per_host: whether it has one instance for each host, in their order, by construction.
        family: of hosts that step in one loop with all that is attached to them: position in
            ``KernelModule.families``, and the groups that are its members.
        cable: of compartments, how they form cells.
    """

    name: str
    kernel: int
    size: int
    values: dict[str, FloatArray]
    externals: dict[str, ExternalBinding] = field(default_factory=dict)
    indices: dict[str, IntArray] = field(default_factory=dict)
    host: int | None = None
    host_index: IntArray | None = None
    reductions: tuple[Reduction, ...] = ()
    start: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    owner: tuple[str, int] | None = None
    formulas: tuple[tuple[str, Expr], ...] = ()
    given: dict[str, FloatArray] = field(default_factory=dict)
    couples: bool = False
    one_per_host: bool = False
    family: tuple[int, tuple[int, ...]] | None = None
    cable: CablePlan | None = None


@dataclass(frozen=True, slots=True)
class ProjectionPlan:
    """Event connections in source order (compressed rows).

    Attributes:
        row_ptr: shape (n_source + 1,), int64.
        targets: shape (n_connections,), int32; within a row sorted by (delay, target).
        delays: shape (n_delays,), unique delays [s], ascending; 0 means at once.
        delay_index: shape (n_connections,), int32, into ``delays``; None with a single delay.
        weights: shape (n_connections,), no unit; None where the target keeps its own.
        whole_steps: whether delays count steps, as those of rules do; else an event arrives in the
            first step whose accumulated time has reached its own.
    """

    source: int
    source_port: str
    target: int
    target_port: str
    row_ptr: NDArray[np.int64]
    targets: IntArray
    delays: FloatArray
    delay_index: IntArray | None = None
    weights: FloatArray | None = None
    whole_steps: bool = False


@dataclass(frozen=True, slots=True)
class RuleProjectionPlan:
    """Event connections that the engine builds from a rule, straight into its own layout.

    Attributes:
        source_range, target_range: the instances (begin, end) that the rule connects; its numbers
            count from their begin.
        number: what draws are keyed by, besides the seed; None takes that of the projection in the
            plan.
    """

    source: int
    source_port: str
    target: int
    target_port: str
    connectivity: Connectivity
    source_range: tuple[int, int]
    target_range: tuple[int, int]
    number: int | None = None


@dataclass(frozen=True, slots=True)
class CouplingPlan:
    """Values that cells add up in every step, from what their sources were a delay ago.

    ``target_field`` of each target gets the combination (``operation``: ``sum``, ``mean``, ``max``
    or ``min``) of weight times ``source_field`` over its connections, 0 without any; what several
    couplings give to one field is added.

    Attributes:
        number: of the coupling in its network; keys its draws.
        source_range, target_range: the instances (begin, end) that the rule connects.
    """

    name: str
    source: int
    source_field: str
    target: int
    target_field: str
    operation: str
    connectivity: Connectivity
    source_range: tuple[int, int]
    target_range: tuple[int, int]
    number: int


@dataclass(frozen=True, slots=True)
class SynapticCouplingPlan:
    """A coupling whose connections are the instances of a group attached to the targets.

    Before each step their kernel ``terms`` says what each gives; ``target_field`` of the host gets
    the combination. Their update kernel runs after each step, on values of that step.

    Attributes:
        name: of the coupling.
        synapses: position of the group.
        sources: the index that leads to the source cells.
        learns: whether it has an update kernel that does something.
        delays: [steps], at least 1: one, or of each connection, shape (size,).
        source_cells: shape (size,): the instance that is the source of each connection.
        gives: whether they give the target anything in every step.
    """

    name: str
    synapses: int
    term_field: str
    target_field: str
    operation: str
    sources: str
    learns: bool
    delays: int | IntArray
    source_cells: NDArray[np.int64]
    gives: bool = True


@dataclass(frozen=True, slots=True)
class Block:
    """A run of root instances that may step together (their attached instances with them)."""

    group: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class InitCall:
    """One step of the initialisation: a start program by name, or a reduction into the group."""

    group: int
    kernel: str  # "" means: refresh the reductions into this group


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded trace: ``field[index]`` of a group after every step, the start included."""

    path: str
    group: int
    field: str
    index: int
    unit: str
    dimension: str


@dataclass(frozen=True, slots=True)
class EventRecording:
    """The events that one instance sends through one out-port."""

    path: str
    group: int
    port: str
    index: int


@dataclass(frozen=True, slots=True)
class GroupEventRecording:
    """The events that many instances of a group send through one out-port.

    Attributes:
        population: what a user calls the group.
        instances: shape (n,), ascending.
        cells: shape (n,), the cells that these are, or are compartments of.
    """

    population: str
    group: int
    port: str
    instances: IntArray
    cells: IntArray


@dataclass(frozen=True, slots=True)
class EventReads:
    """What the events at an in-port of a group that only hears read of, or add to, other groups.

    Attributes:
        group: its number.
        externals: by name.
        may_wait: whether they may be obeyed later: they change nothing that anybody else reads.
    """

    group: int
    port: str
    externals: tuple[str, ...]
    may_wait: bool


@dataclass(frozen=True, slots=True)
class SimulationPlan:
    """All that the engine needs.

    Attributes:
        blocks: order of the step; every root instance is in exactly one.
        init: order of the initialisation.
        dt, duration: in seconds.
        passing: fields, as (group, name), whose values kernels only hand on within a step.
        event_reads: of groups that only hear, what the events at each in-port read of others.
    """

    module: KernelModule
    groups: tuple[GroupPlan, ...]
    projections: tuple[ProjectionPlan | RuleProjectionPlan, ...]
    blocks: tuple[Block, ...]
    init: tuple[InitCall, ...]
    recordings: tuple[Recording, ...]
    event_recordings: tuple[EventRecording, ...]
    dt: float
    duration: float
    seed: int
    method: str = "reference"
    group_events: tuple[GroupEventRecording, ...] = ()
    passing: tuple[tuple[int, str], ...] = ()
    event_reads: tuple[EventReads, ...] = ()
    couplings: tuple[CouplingPlan | SynapticCouplingPlan, ...] = ()
