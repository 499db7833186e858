"""Connections as rules: what crosses to the engine instead of arrays, which builds them in place.

Names follow NEST and PyNN. A rule says which pairs of source and target are connected, a
distribution which weight or delay each connection gets; both draw from counter-based numbers keyed
by (seed, projection, row or target), so that the result does not depend on the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AllToAll:
    """Every source to every target."""

    self_connections: bool = True


@dataclass(frozen=True, slots=True)
class OneToOne:
    """The i-th source to the i-th target; both sides must have the same size."""


@dataclass(frozen=True, slots=True)
class FixedProbability:
    """Each pair independently with this probability (pairwise Bernoulli)."""

    probability: float
    self_connections: bool = True


@dataclass(frozen=True, slots=True)
class FixedIndegree:
    """Every target gets this number of sources; distinct ones unless ``multapses``."""

    number: int
    self_connections: bool = True
    multapses: bool = True


@dataclass(frozen=True, slots=True)
class FixedOutdegree:
    """Every source gets this number of targets; distinct ones unless ``multapses``."""

    number: int
    self_connections: bool = True
    multapses: bool = True


@dataclass(frozen=True, slots=True)
class FixedTotalNumber:
    """So many pairs, each drawn independently of the others; a pair may occur again."""

    number: int
    self_connections: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Explicit:
    """Connections as given, in any order: ``sources`` and ``targets``, shape (n_connections,)."""

    sources: NDArray[np.integer]
    targets: NDArray[np.integer]


Rule: TypeAlias = (
    AllToAll
    | OneToOne
    | FixedProbability
    | FixedIndegree
    | FixedOutdegree
    | FixedTotalNumber
    | Explicit
)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Evenly distributed in [low, high)."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Normal:
    """Gaussian; values outside [low, high] are drawn again, or become these if ``clipped``."""

    mean: float
    deviation: float
    low: float = -inf
    high: float = inf
    clipped: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """exp of a Gaussian of this mean and deviation; bounds as those of `Normal`."""

    mean: float
    deviation: float
    low: float = -inf
    high: float = inf
    clipped: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True)
class Exponential:
    """Exponential with this mean; bounds as those of `Normal`."""

    mean: float
    low: float = -inf
    high: float = inf
    clipped: bool = field(default=False, repr=False)


Distribution: TypeAlias = Uniform | Normal | LogNormal | Exponential
Value: TypeAlias = "float | Distribution | NDArray[np.float64]"
"""One for all connections, one drawn for each, or (with `Explicit`) one given for each."""


Span: TypeAlias = tuple[int, int]
"""Cells that lie side by side: begin <= cell < end."""


class Connections(NamedTuple):
    """Connections one by one, each array of shape (n_connections,); delays in whole steps [s]."""

    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    weights: NDArray[np.float64]
    delays: NDArray[np.float64]


class Rows(NamedTuple):
    """Connections by target, each array of shape (n_connections,); delays [steps], one or each."""

    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    weights: NDArray[np.float64]
    delays: int | NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Connectivity:
    """All connections of one projection.

    Attributes:
        rule: which pairs.
        weight: no unit.
        delay: [s], rounded to whole steps; one for all must be at least one step long, drawn and
            given ones become one step where they are shorter (given ones must be positive).
        double_weights: keep weights that differ in double precision instead of single; a weight
            that all share is stored once, in double precision.
        set_in_double: weights that are set later go to double precision if they need it.
    """

    rule: Rule
    weight: Value = 1.0
    delay: Value = 0.0
    double_weights: bool = False
    set_in_double: bool = False

    def numbered(self) -> Connectivity:
        """The same listed connections, whose weights say which of the list each one is."""
        import numpy as np

        assert isinstance(self.rule, Explicit)
        numbers = np.arange(len(self.rule.sources), dtype=float)
        return replace(self, weight=numbers, double_weights=True)
