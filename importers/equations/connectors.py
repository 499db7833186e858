"""Connectors: which pairs of neurons a projection connects, with which weights and delays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

import annarchy_ml as public
from annarchy_ml.importers.equations.distances import Distances
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.population import Population, PopulationView
from annarchy_ml.importers.equations.units import TIMES, quantity
from annarchy_ml.importers.equations.values import is_law

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.network import Network


_HINTS = frozenset(("storage_format", "storage_order", "force_multiple_weights"))


class Connectors(Distances):
    """What can be connected, and how; each gives the projection.

    Attributes:
        net: its network.
        pre, post: population or view at each end.
        rule: which pairs; None as long as no connector was called.
        given_weights, delays: a number, a law, or an array of the connections.
    """

    net: Network
    pre: Population | PopulationView
    post: Population | PopulationView
    rule: Any
    given_weights: Any
    delays: Any

    def all_to_all(
        self,
        weights: Any = 1.0,
        delays: Any = 0.0,
        allow_self_connections: bool = False,
        **hints: Any,
    ) -> Self:
        """Every pair; a neuron and itself only if allowed."""
        check_hints(hints)
        return self._made(public.AllToAll(allow_self_connections), weights, delays)

    def one_to_one(self, weights: Any = 1.0, delays: Any = 0.0, **hints: Any) -> Self:
        """The i-th of `pre` with the i-th of `post`."""
        check_hints(hints)
        if len(self.pre.ranks) != len(self.post.ranks):
            raise ANNarchyException("one_to_one needs as many pre as post neurons")
        return self._made(public.OneToOne(), weights, delays)

    def fixed_probability(
        self,
        probability: float,
        weights: Any = 1.0,
        delays: Any = 0.0,
        allow_self_connections: bool = False,
        **hints: Any,
    ) -> Self:
        """Each pair independently with this probability."""
        check_hints(hints)
        rule = public.FixedProbability(float(probability), allow_self_connections)
        return self._made(rule, weights, delays)

    def fixed_number_pre(self, number: int, *values: Any, **options: Any) -> Self:
        """Exactly so many distinct inputs for each post neuron; else as `fixed_probability`."""
        return self._by_number(public.FixedIndegree, number, *values, **options)

    def fixed_number_post(self, number: int, *values: Any, **options: Any) -> Self:
        """Exactly so many distinct outputs for each pre neuron; else as `fixed_probability`."""
        return self._by_number(public.FixedOutdegree, number, *values, **options)

    def _by_number(
        self,
        rule: Any,
        number: int,
        weights: Any = 1.0,
        delays: Any = 0.0,
        allow_self_connections: bool = False,
        **hints: Any,
    ) -> Self:
        check_hints(hints)
        made = rule(_whole(number), allow_self_connections, multapses=False)
        return self._made(made, weights, delays)

    def from_matrix(
        self, weights: Any, delays: Any = 0.0, pre_post: bool = False, **hints: Any
    ) -> Self:
        """Weights [post, pre], None or NaN where there is no synapse."""
        check_hints(hints)
        matrix = _table(weights, "weights")
        matrix = matrix.T if pre_post else matrix
        shape = (len(self.post.ranks), len(self.pre.ranks))
        if matrix.shape != shape:
            raise ANNarchyException(f"the matrix has shape {matrix.shape}, not {shape}")
        post, pre = np.nonzero(~np.isnan(matrix))
        if np.ndim(delays) == 2:
            given = _table(delays, "delays")
            given = given.T if pre_post else given
            if given.shape != shape:
                raise ANNarchyException(f"the delays have shape {given.shape}, not {shape}")
            delays = given[post, pre]
        return self._listed(pre, post, matrix[post, pre], delays)

    def from_sparse(self, weights: Any, delays: Any = 0.0, **hints: Any) -> Self:
        """A sparse matrix [pre, post] of SciPy; the stored entries are the synapses.

        Delays are a time, a law, or a sparse matrix with a delay [ms] for each of them.
        """
        check_hints(hints)
        if not hasattr(weights, "tocoo"):
            raise ANNarchyException("from_sparse takes a sparse matrix of SciPy as weights")
        found = weights.tocoo()
        shape = (len(self.pre.ranks), len(self.post.ranks))
        if found.shape != shape:
            raise ANNarchyException(f"the matrix has shape {found.shape}, not {shape} (pre, post)")
        if hasattr(delays, "tocoo"):
            delays = _delays_of(found, delays)
        return self._listed(found.row, found.col, np.asarray(found.data, float), delays)

    def from_matrix_market(self, filename: Any, delays: Any = 0.0, **hints: Any) -> Self:
        """The entries of a file of Matrix Market, whose rows are post neurons."""
        from scipy.io import mmread

        found = mmread(filename)
        if not hasattr(found, "tocoo"):
            return self.from_matrix(found, delays, **hints)
        return self.from_sparse(found.tocoo().T, delays, **hints)

    def from_function(self, method: Any, **args: Any) -> Self:
        """Synapses that a function lists: method(pre, post, dt, ...) -> `LILConnectivity`."""
        for hint in ("storage_format", "storage_order"):
            args.pop(hint, None)
        made: LILConnectivity = method(self.pre, self.post, dt=self.net.dt, **args)
        places = [{rank: k for k, rank in enumerate(item.ranks)} for item in (self.pre, self.post)]
        pre = [places[0][rank] for rank in made.pre]
        post = [places[1][rank] for rank in made.post]
        return self._listed(pre, post, np.array(made.weights), np.array(made.delays))

    connect_with_func = from_function
    connect_all_to_all = all_to_all
    connect_one_to_one = one_to_one
    connect_fixed_probability = fixed_probability
    connect_fixed_number_pre = fixed_number_pre
    connect_fixed_number_post = fixed_number_post
    connect_from_matrix = from_matrix
    connect_from_sparse = from_sparse
    connect_from_matrix_market = from_matrix_market

    def _listed(self, pre: Any, post: Any, weights: Any, delays: Any) -> Self:
        return self._made(public.Explicit(np.asarray(pre), np.asarray(post)), weights, delays)

    def _made(self, rule: Any, weights: Any, delays: Any) -> Self:
        self.net.check_open("connect")
        self.rule = rule
        self.given_weights = _of_rule(quantity(weights), rule, "weights")
        self.delays = _of_rule(quantity(delays, TIMES), rule, "delays")
        plain = isinstance(self.delays, (int, float, np.ndarray))
        if plain and not np.all(np.greater_equal(self.delays, 0.0) & np.isfinite(self.delays)):
            raise ANNarchyException(f"delays are times in ms, not {delays!r}")
        return self


def _of_rule(given: Any, rule: Any, what: str) -> Any:
    """Weights or delays of the connections of a rule; lists become arrays.

    Raises:
        ANNarchyException: If it cannot have such.
    """
    if given is None or isinstance(given, (bool, str)):
        raise ANNarchyException(f"{what} take a number, a law or an array")
    if is_law(given) or np.ndim(given) == 0:
        return given
    if not isinstance(rule, public.Explicit):
        raise ANNarchyException(
            f"{what} are a number or a law here; from_matrix takes a value for each synapse"
        )
    found = _table(given, what, "list")
    if found.shape != (len(rule.sources),):
        raise ANNarchyException(
            f"{what} have shape {found.shape}, but there are {len(rule.sources)} synapses"
        )
    return found


def _whole(number: Any) -> int:
    """A number of connections."""
    if int(number) != number:
        raise ANNarchyException(f"the number of connections must be whole, but is {number}")
    return int(number)


def _table(given: Any, what: str, kind: str = "matrix") -> Any:
    """A matrix or list of numbers, NaN for None."""
    try:
        return np.array(given, dtype=float)
    except (TypeError, ValueError) as fault:
        raise ANNarchyException(f"the {what} are no {kind} of numbers") from fault


def _delays_of(weights: Any, delays: Any) -> Any:
    """A delay for each entry of a sparse matrix of weights, in their order.

    Raises:
        ANNarchyException: If an entry has none.
    """
    if delays.shape != weights.shape:
        raise ANNarchyException(f"the delays have shape {delays.shape}, not {weights.shape}")
    given = delays.tocoo()
    where = {
        place: k for k, place in enumerate(zip(given.row.tolist(), given.col.tolist(), strict=True))
    }
    places = zip(weights.row.tolist(), weights.col.tolist(), strict=True)
    try:
        chosen = [where[place] for place in places]
    except KeyError as fault:
        pre, post = fault.args[0]
        raise ANNarchyException(f"the synapse from {pre} to {post} has no delay") from fault
    return np.asarray(given.data, float)[chosen]


def check_hints(given: dict[str, Any]) -> None:
    """Refuses arguments that no connector has; hints for storage change nothing.

    Raises:
        TypeError: At the first unknown one.
    """
    for name in given.keys() - _HINTS:
        raise TypeError(f"connectors have no argument '{name}'")


class LILConnectivity:
    """Synapses that a function lists, post neuron by post neuron."""

    def __init__(self, dt: float | None = None) -> None:
        self.dt = dt
        self.pre: list[int] = []
        self.post: list[int] = []
        self.weights: list[float] = []
        self.delays: list[float] = []

    def add(self, post: int, pre: Any, weights: Any, delays: Any) -> None:
        """Adds the synapses of a post neuron: ranks, weights and delays [ms]."""
        count = len(pre)
        self.pre.extend(int(item) for item in pre)
        self.post.extend([int(post)] * count)
        self.weights.extend(np.broadcast_to(weights, (count,)).astype(float).tolist())
        self.delays.extend(np.broadcast_to(delays, (count,)).astype(float).tolist())

    push_back = add

    @property
    def nb_synapses(self) -> int:
        """Number of synapses."""
        return len(self.pre)

    @property
    def size(self) -> int:
        """Number of post neurons that have synapses."""
        return len(self.post_rank)

    @property
    def post_rank(self) -> list[int]:
        """These post neurons, in the order in which they were added."""
        return list(dict.fromkeys(self.post))

    @property
    def pre_rank(self) -> list[list[int]]:
        """The pre neurons of each."""
        return self._by_post(self.pre)

    @property
    def w(self) -> list[list[float]]:
        """The weights of each."""
        return self._by_post(self.weights)

    def _by_post(self, values: list[Any]) -> list[list[Any]]:
        found: dict[int, list[Any]] = {rank: [] for rank in self.post}
        for rank, value in zip(self.post, values, strict=True):
            found[rank].append(value)
        return list(found.values())

    def validate(self) -> None:
        """Refuses a synapse that was added twice.

        Raises:
            ANNarchyException: If there is one.
        """
        pairs = list(zip(self.pre, self.post, strict=True))
        if len(set(pairs)) == len(pairs):
            return
        pre, post = next(item for k, item in enumerate(pairs) if item in pairs[:k])
        raise ANNarchyException(f"the synapse from {pre} to {post} was added twice")
