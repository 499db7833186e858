"""Networks of equation neurons: building, compiling, running; the default network of scripts."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.building import Builder, without_self
from annarchy_ml.importers.equations.faults import ANNarchyException, InvalidConfiguration
from annarchy_ml.importers.equations.globals import Constant, constants_everywhere
from annarchy_ml.importers.equations.monitor import Monitor
from annarchy_ml.importers.equations.population import Population, PopulationView
from annarchy_ml.importers.equations.projection import (
    Projection,
    listed_values,
    population_of,
    span_of,
)
from annarchy_ml.importers.equations.running import Running
from annarchy_ml.importers.equations.statements import METHODS
from annarchy_ml.importers.equations.units import quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HINTS = (
    "sparse_matrix_format", "sparse_matrix_storage_order", "only_int_idx_type", "verbose",
    "suppress_warnings", "show_time", "structural_plasticity", "visible_cores", "paradigm",
)  # fmt: skip


class Network:
    """A network.

    Attributes:
        dt: the step [ms].
        seed: of all random numbers.
        default_rng: draws values of attributes.
        populations, projections, monitors: in the order in which they were made.
        running: the compiled network; None before `compile`.
        method: of equations that name none.
        num_threads: None chooses by the size of the network.
    """

    def __init__(self, dt: Any = 1.0, seed: int | None = None) -> None:
        self._begin(dt, seed)

    def _begin(self, dt: Any = 1.0, seed: int | None = None) -> None:
        self.dt = float(quantity(dt))
        self.populations: list[Population] = []
        self.projections: list[Projection] = []
        self.monitors: list[Monitor] = []
        self.running: Running | None = None
        self.method = "explicit"
        self.num_threads: int | None = None
        self.precision = "double"
        self._constants: dict[str, Constant] = {}
        self._pairs: dict[str, Any] = {}
        self._reseed(secrets.randbits(32) if seed is None else seed)

    def __getattr__(self, name: str) -> Any:
        """Subclasses may build without calling ``__init__`` of this class."""
        if name.startswith("__") or "dt" in self.__dict__:
            raise AttributeError(f"a network has no '{name}'")
        self._begin()
        return getattr(self, name)

    def _reseed(self, seed: int) -> None:
        self.seed = seed
        self.default_rng = np.random.default_rng(seed)

    def config(self, **settings: Any) -> None:
        """Settings: ``dt seed method num_threads dtype``; hints for storage are accepted.

        Raises:
            InvalidConfiguration: If there is no such setting, or no such value.
        """
        for name, value in settings.items():
            if name == "dt":
                self.check_open("dt")
                self.dt = float(quantity(value))
            elif name == "seed":
                self._reseed(int(value))
            elif name == "num_threads":
                self.num_threads = None if value is None else int(value)
            elif name == "method":
                self._set_method(value)
            elif name in ("dtype", "precision"):
                self._set_precision(value)
            elif name not in _HINTS:
                raise InvalidConfiguration(f"there is no setting '{name}'")

    def _set_method(self, value: str) -> None:
        if value not in METHODS or METHODS[value] == "event-driven":
            raise InvalidConfiguration(f"there is no method '{value}'")
        self.method = METHODS[value]

    def _set_precision(self, value: Any) -> None:
        name = value if isinstance(value, str) else np.dtype(value).name
        known = {"double": "double", "float64": "double", "float": "single", "float32": "single"}
        if name not in known:
            raise InvalidConfiguration(f"there is no precision '{name}'")
        self.precision = known[name]

    def check_open(self, what: str) -> None:
        """Refuses changes of the structure after `compile`."""
        if self.running is not None:
            raise ANNarchyException(f"{what}: the network is compiled already")

    def create(
        self,
        geometry: Any,
        neuron: Any = None,
        name: str = "",
        stop_condition: str | None = None,
        population: Any = None,
    ) -> Population:
        """A population of this network."""
        if neuron is None:
            raise ANNarchyException("create() needs a geometry and a neuron")
        return Population(geometry, neuron, name, stop_condition, net=self)

    def connect(
        self, pre: Any, post: Any = None, target: Any = None, synapse: Any = None, name: str = ""
    ) -> Projection:
        """A projection of this network; a connector of it makes the connections."""
        return Projection(pre, post, target, synapse, name, net=self)

    def monitor(self, obj: Any, variables: Any = (), **options: Any) -> Monitor:
        """A monitor of this network."""
        return Monitor(obj, variables, net=self, **options)

    def constant(self, name: str, value: float) -> Constant:
        """A constant of this network."""
        made = Constant(name, value, net=self)
        self._constants[name] = made
        return made

    def constant_values(self) -> dict[str, float]:
        """Values of all constants that equations of this network may use."""
        everywhere = {**constants_everywhere(), **self._constants}
        return {name: item.value for name, item in everywhere.items()}

    def constant_value(self, given: Any) -> float:
        """The value of a constant, itself or by its name."""
        if isinstance(given, Constant):
            return given.value
        return self.constant_values()[given]

    def constant_changed(self, item: Constant) -> None:
        """A constant has another value from the next step on."""
        if self.running is not None:
            self.running.constant_changed(item.name, item.value)

    def _adopt(self, population: Population, name: str) -> str:
        self.check_open("create")
        self.populations.append(population)
        taken = {item.__dict__.get("name") for item in self.populations}
        return _free_name(name or f"pop{len(self.populations) - 1}", taken)

    def _join(self, projection: Projection, name: str) -> str:
        self.check_open("connect")
        self.projections.append(projection)
        taken = {item.__dict__.get("name") for item in self.projections}
        taken |= {item.name for item in self.populations}
        return _free_name(name or f"proj{len(self.projections) - 1}", taken)

    def _watch(self, monitor: Monitor) -> None:
        self.monitors.append(monitor)
        monitor.attach()

    def cells(self, given: Any, what: str) -> Population | PopulationView:
        """A population of this network or a view of one."""
        if not isinstance(given, (Population, PopulationView)) or given.net is not self:
            raise ANNarchyException(f"{what} takes neurons of this network, not {given!r}")
        return given

    def compile(self, **options: Any) -> None:
        """Makes the network ready to run; paths and flags of compilers are accepted and not needed.

        Raises:
            ANNarchyException: If something in it cannot be built.
        """
        if self.running is not None:
            return
        model = Builder(self).build()
        simulation = model.compile(
            dt=self.dt,
            seed=self.seed,
            threads=self.num_threads,
            precision=self.precision,
        )
        self.running = Running(simulation)
        for item in (*constants_everywhere().values(), *self._constants.values()):
            item.watched_by(self)
        for monitor in self.monitors:
            monitor.attach()

    def simulate(self, duration: Any, measure_time: bool = False, **options: Any) -> None:
        """Runs for a time [ms]."""
        running = self._compiled()
        wanted = float(quantity(duration))
        begun = time.perf_counter()
        running.advance(_whole_steps(wanted, self.dt))
        if measure_time:
            took = time.perf_counter() - begun
            print(f"Simulating {wanted / 1000.0:g} seconds of the network took {took:.3f} seconds.")

    def step(self) -> None:
        """Runs one step."""
        self._compiled().advance(1)

    def _compiled(self) -> Running:
        if self.running is None:
            raise ANNarchyException("the network is not compiled yet: call compile()")
        return self.running

    @property
    def current_step(self) -> int:
        """Steps done."""
        return 0 if self.running is None else self.running.step

    @property
    def time(self) -> float:
        """The time [ms]."""
        return self.current_step * self.dt

    def get_population(self, name: str) -> Population:
        """A population by its name."""
        for item in self.populations:
            if item.name == name:
                return item
        raise ANNarchyException(f"there is no population '{name}'")

    def get_projection(self, name: str) -> Projection:
        """A projection by its name."""
        for item in self.projections:
            if item.name == name:
                return item
        raise ANNarchyException(f"there is no projection '{name}'")

    def get_populations(self) -> list[Population]:
        """All populations."""
        return list(self.populations)

    def get_projections(
        self, post: Any = None, pre: Any = None, target: str | None = None
    ) -> list[Projection]:
        """The projections that have these ends and this target."""
        return [
            item
            for item in self.projections
            if (post is None or population_of(item.post) is population_of(post))
            and (pre is None or population_of(item.pre) is population_of(pre))
            and (target is None or target in item.targets)
        ]

    def pairs_of(self, projection: Projection) -> Any:
        """Ranks of pre and post neurons, weights and delays of all connections."""
        if self.running is not None and len(projection.targets) == 1:
            return self.running.connections(projection.name)
        if projection.name not in self._pairs:
            self._pairs[projection.name] = self._expanded(projection)
        return self._pairs[projection.name]

    def _expanded(self, projection: Projection) -> Any:
        from annarchy_ml.api import connections

        rule, rng = projection.rule, self.default_rng
        if rule is None:
            raise ANNarchyException(f"'{projection.name}' has no connections yet: call a connector")
        delays = projection.delay_in_steps(self.dt)
        ranks = [np.asarray(item.ranks) for item in (projection.pre, projection.post)]
        if hasattr(rule, "sources"):
            count = len(rule.sources)
            weights = listed_values(projection.weights, count, rng)
            delays = listed_values(delays, count, rng)
            pairs = (rule.sources, rule.targets, weights, delays)
        else:
            pairs = self._by_rule(projection, delays, connections)
        sources, targets, weights, delays = pairs
        sources, targets = ranks[0][sources], ranks[1][targets]
        return sources, targets, weights, delays

    def _by_rule(self, projection: Projection, delays: Any, connections: Any) -> Any:
        """Pairs of a rule by their places among `pre` and `post`."""
        spans = (span_of(projection.pre), span_of(projection.post))
        before = self.projections[: self.projections.index(projection)]
        number = sum(len(item.targets) for item in before)
        same = population_of(projection.pre) is population_of(projection.post)
        rule = projection.rule
        if None not in spans:
            values = (projection.weights, delays)
            found = connections(rule, values, (spans, same), number, (self.dt, self.seed))
            begin = (spans[0][0], spans[1][0])  # type: ignore[index]
            return found[0] - begin[0], found[1] - begin[1], found[2], found[3]
        sizes = tuple((0, len(item.ranks)) for item in (projection.pre, projection.post))
        values = (projection.weights, delays)
        apart = same and not getattr(rule, "self_connections", True)
        rule = without_self(rule) if apart else rule
        found = connections(rule, values, (sizes, False), number, (self.dt, self.seed))
        if not apart:
            return found
        if "Fixed" in type(rule).__name__ and "Probability" not in type(rule).__name__:
            raise ANNarchyException(
                f"'{projection.name}': a fixed number between scattered neurons of one population "
                "needs allow_self_connections=True"
            )
        ranks = [np.asarray(item.ranks) for item in (projection.pre, projection.post)]
        kept = ranks[0][found[0]] != ranks[1][found[1]]
        return tuple(item[kept] for item in found)

    def weights_of(self, projection: Projection) -> NDArray[np.float64]:
        """The weights of all connections, in the order of `pairs_of`."""
        if self.running is not None and projection.synapse is not None:
            return self.running.synapse_values(projection.name, "w")
        return np.asarray(self.pairs_of(projection)[2])

    def set_weights(self, projection: Projection, value: Any) -> None:
        """Gives the connections other weights: one for all, or a list for each post neuron."""
        sources, targets, _, _ = self.pairs_of(projection)
        order = np.lexsort((sources, targets))
        if np.ndim(value) == 0 and not isinstance(value, (list, tuple)):
            values = np.broadcast_to(float(value), sources.shape).copy()
        else:
            values = np.empty(len(sources))
            values[order] = np.concatenate([np.asarray(item, float) for item in value])
        if self.running is not None:
            if projection.synapse is None:
                raise ANNarchyException(
                    f"the weights of '{projection.name}' cannot be changed after compile() yet"
                )
            self.running.put_synapses(projection.name, "w", values)
            return
        _, _, _, delays = self.pairs_of(projection)
        self._pairs[projection.name] = (sources, targets, values, delays)
        projection.list_pairs(sources, targets, values, delays)


def _whole_steps(duration: float, h: float) -> int:
    """A duration in steps; one that is no whole number of them is rounded up."""
    from annarchy_ml.importers.equations.values import steps

    count = steps(duration, h)
    if abs(duration - count * h) <= 1e-6 * h:
        return count
    import warnings

    warnings.warn(f"{duration} ms are no whole number of steps of {h} ms", stacklevel=3)
    return int(np.ceil(duration / h))


def _free_name(name: str, taken: Any) -> str:
    if name in taken:
        raise ANNarchyException(f"there is a '{name}' already")
    return name


_default: Network | None = None


def default_network() -> Network:
    """The network on which the module-level functions act; made at first use."""
    global _default
    if _default is None:
        _default = Network()
    return _default


def set_default_network(net: Network | None) -> None:
    """Replaces the network on which the module-level functions act; None clears it."""
    global _default
    _default = net
