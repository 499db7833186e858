"""Kernel IR: loops over the instances of a group, one small statement language for all targets.

A ``GroupKernel`` is the code of one *structure*: all instances that run it differ only in the
contents of their fields. A ``Kernel`` is the body of one loop over instances ``i``; in its
expressions a ``Symbol`` names, in this order, a local of the body, a field of the group (its
value at ``i``), an external (a field of another group, read at ``index[i]``), or one of the
built-in scalars ``t`` (end of the step), ``t_prev`` (its start), ``dt``, and in ``EVENT``
kernels ``weight`` (of the connection that delivers the event). Everything is in SI units.

Order is meaning: statements run from top to bottom, a ``Store`` is seen by what follows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annarchy_ml.expr.nodes import Expr

BUILTINS = ("t", "t_prev", "dt", "weight")

LAWS = {"uniform": 0, "normal": 0, "poisson": 1, "gamma": 1, "binomial": 2}
"""Laws of random numbers and how many arguments they have.

``uniform`` lies in [0, 1), ``normal`` has mean 0 and variance 1, ``poisson`` counts with a mean,
``gamma`` has a shape and scale 1, ``binomial`` counts successes of trials of a probability.
"""


class Placement(Enum):
    """Where the values of a field lie."""

    SHARED = "shared"  # one value for the whole group
    PER_INSTANCE = "per_instance"  # one value per instance


class DType(Enum):
    """Type of the values of a field: ``REAL`` follows the precision of the run."""

    REAL = "real"
    INT = "int"  # int32, for the number of the active regime


class Role(Enum):
    """What a field is for, as a user would say it."""

    STATE = "state"
    PARAMETER = "parameter"
    DERIVED = "derived"  # kept because something reads it later, or because it is recorded
    EXPOSURE = "exposure"  # the published copy of a state that changes outside its own step
    REDUCED = "reduced"  # sum or product over attached instances, filled by the engine
    REGIME = "regime"
    COUNT = "count"  # of the events that have reached the instance, for the draws of its events


class KernelKind(Enum):
    """When a kernel runs."""

    INIT = "init"  # before the first step; run by the interpreter only
    UPDATE = "update"  # once per step and instance
    ADVANCE = "advance"  # of compartments: after the tree has been solved
    TERMS = "terms"  # of a coupling: what each connection gives, before the step of the targets
    EVENT = "event"  # for each instance that an event reaches at one in-port


_LOOPS = (KernelKind.UPDATE, KernelKind.ADVANCE, KernelKind.TERMS)


@dataclass(frozen=True, slots=True)
class Field:
    """Storage of a group.

    Attributes:
        name: path of the variable within the component, such as ``bioPhys1/.../m/q``.
        unit: SI unit, for comments and messages; empty if it is not known.
    """

    name: str
    placement: Placement
    role: Role
    dtype: DType = DType.REAL
    unit: str = ""


@dataclass(frozen=True, slots=True)
class External:
    """A field of another group, read at ``index[i]``; which group and field is said by the plan."""

    name: str
    index: str
    dtype: DType = DType.REAL
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Let:
    """A new local value: ``name = value``. ``comment`` is the equation as the author wrote it."""

    name: str
    value: Expr
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Set:
    """Gives a local introduced by ``Let`` another value."""

    name: str
    value: Expr
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    """Writes ``field[i]``."""

    field: str
    value: Expr
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Accumulate:
    """Adds to an external: ``external[index[i]] += value``, for ``EVENT`` kernels.

    Events that reach several instances with the same index add in the order of the instances.
    """

    external: str
    value: Expr
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Draw:
    """A new local: a random number, fixed by (seed, stream, instance, step, ordinal).

    ``stream`` belongs to the group; ``ordinal`` counts the draws of one ``GroupKernel``.
    In ``EVENT`` kernels ``count`` names a field that counts the events of the instance, which takes
    the place of the step: several events may reach an instance in one step.
    ``law`` is one of ``LAWS``, which says how many ``arguments`` it has. With ``common``, for
    ``UPDATE`` kernels, all get the number of instance 0; arguments must be the same for all. With
    ``key``, a whole number below 2^32, an instance gets the number of that one.
    """

    name: str
    ordinal: int
    count: str = ""
    law: str = "uniform"
    arguments: tuple[Expr, ...] = ()
    common: bool = False
    key: Expr | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """Adds one to ``field[i]``, an INT field per instance, from which it starts anew after 2^32."""

    field: str


@dataclass(frozen=True, slots=True)
class When:
    """Runs ``body`` for the instances where ``test`` holds.

    With ``most`` above 1 it is a loop: for each instance as long as the test holds, at most so
    often. Such a kernel is none of vectors, and what its locals begin with stands before it.
    """

    test: Expr
    body: tuple[Statement, ...]
    comment: str = ""
    most: int = 1


@dataclass(frozen=True, slots=True)
class Emit:
    """Sends one event through the out-port ``port`` of the instance."""

    port: str


@dataclass(frozen=True, slots=True)
class Flow:
    """One edge of a kinetic scheme: rates [1/s] from ``source`` to ``target`` and back."""

    source: int
    target: int
    forward: Expr
    reverse: Expr


@dataclass(frozen=True, slots=True)
class Propagate:
    """Advances occupancies by the exact exponential of the rate matrix over ``dt``.

    ``occupancies`` are fields; ``flows`` refer to them by position.
    """

    occupancies: tuple[str, ...]
    flows: tuple[Flow, ...]
    comment: str = ""


Statement = Let | Set | Store | Accumulate | Draw | Count | When | Emit | Propagate


@dataclass(frozen=True, slots=True)
class Kernel:
    """The body of one loop.

    Attributes:
        name: unique within its group: ``update``, ``event in``, ``init 3 full``.
        port: the in-port, for ``EVENT``.
        vectorize: False where the loop must run one instance after the other, or branches
            pay (relays, kinetic schemes in a branch); for ``UPDATE``.
        apart: whether an event of one source reaches each instance once at most, so that all that
            it reaches may run side by side; for ``EVENT``.
        part: of compartments, which kind of them it is for.
    """

    name: str
    kind: KernelKind
    body: tuple[Statement, ...]
    port: str = ""
    vectorize: bool = True
    apart: bool = False
    part: int = 0

    @property
    def in_vectors(self) -> bool:
        """Whether it is a loop over many instances side by side."""
        return self.kind in _LOOPS and self.vectorize


@dataclass(frozen=True, slots=True)
class GroupKernel:
    """All code and storage of one structure."""

    name: str
    fields: tuple[Field, ...]
    externals: tuple[External, ...]
    indices: tuple[str, ...]
    out_ports: tuple[str, ...]
    in_ports: tuple[str, ...]
    kernels: tuple[Kernel, ...]

    def kernel(self, kind: KernelKind, port: str = "") -> Kernel | None:
        """The kernel of this kind (and port), or None."""
        for item in self.kernels:
            if item.kind is kind and item.port == port:
                return item
        return None

    @property
    def emits_on_event(self) -> bool:
        """Whether an incoming event can cause outgoing ones at once."""
        return any(item.kind is KernelKind.EVENT and _emits(item.body) for item in self.kernels)


@dataclass(frozen=True, slots=True)
class Family:
    """Cells and what is attached to them, one instance for each cell, whose steps are one loop.

    Members are numbered: the cells are 0, what is attached follows in the order of its steps.

    Attributes:
        kernels: of the members, by position in ``KernelModule.groups``.
        reads: of each member, by name of the external: the member and field that it reads.
        sums: what the cells sum over the others, in order: target, operation, (member, source).
        passing: (member, field): values that nothing but this loop reads, in most steps.
    """

    kernels: tuple[int, ...]
    reads: tuple[tuple[tuple[str, int, str], ...], ...]
    sums: tuple[tuple[str, str, tuple[tuple[int, str], ...]], ...]
    passing: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class KernelModule:
    """All structures of a model, each once; families step some of them together."""

    groups: tuple[GroupKernel, ...]
    precision: str = "double"
    families: tuple[Family, ...] = ()


def _emits(body: tuple[Statement, ...]) -> bool:
    return any(
        isinstance(item, Emit) or (isinstance(item, When) and _emits(item.body)) for item in body
    )
