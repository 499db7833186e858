"""Networks of equation neurons: building, compiling, running; the default network of scripts."""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path
from typing import Any, Self

from annarchy_ml.importers.equations import command_line
from annarchy_ml.importers.equations.base import NetworkBase
from annarchy_ml.importers.equations.bold.monitor import BoldMonitor
from annarchy_ml.importers.equations.bold.network import Extended
from annarchy_ml.importers.equations.building import Builder
from annarchy_ml.importers.equations.exporting import export_network
from annarchy_ml.importers.equations.faults import ANNarchyException, hinted
from annarchy_ml.importers.equations.files.state import KeptNetwork
from annarchy_ml.importers.equations.footprint import Footprint
from annarchy_ml.importers.equations.globals import Constant, constants_everywhere
from annarchy_ml.importers.equations.inputs.source import Source
from annarchy_ml.importers.equations.monitor import Monitor
from annarchy_ml.importers.equations.network_constants import NetworkConstants
from annarchy_ml.importers.equations.population import Population, PopulationView
from annarchy_ml.importers.equations.projection import Projection
from annarchy_ml.importers.equations.registry import registered
from annarchy_ml.importers.equations.repeats import Repeats
from annarchy_ml.importers.equations.running import Running
from annarchy_ml.importers.equations.runs import Callback, Runs
from annarchy_ml.importers.equations.settings import (
    Lookup,
    Settings,
    check_options,
    seed_of,
)
from annarchy_ml.importers.equations.specific.shared import Sharing
from annarchy_ml.importers.equations.switches import Switches
from annarchy_ml.importers.equations.values import step_of
from annarchy_ml.options import is_device

_COMPILERS = ("directory", "clean", "compiler", "compiler_flags", "silent", "cuda_config",
              "add_sources", "extra_libs", "debug_build", "profile_enabled")  # fmt: skip


class _Bridge(NetworkBase):
    """What a network asks of the rooms around this one."""

    seed: int

    def _expand(self, rule: Any, values: Any, ends: Any, number: int, coupled: bool) -> Any:
        """The connections of a rule one by one, as the engine makes them."""
        from annarchy_ml.api import connections, coupled_connections

        made = coupled_connections if coupled else connections
        return made(rule, values, ends, number, (self.dt, self.seed))

    def _as_block(self, *parts: Any) -> Any:
        """What a monitor has recorded as a `neo.Block`."""
        from annarchy_ml.api import recorded_block

        return recorded_block(*parts)


class _Files(_Bridge):
    """What a network becomes outside of this package."""

    def export(self, path: str | Path, duration: Any, exact: bool = True) -> None:
        """Writes the network as a LEMS file, before `compile`.

        What monitors record becomes output files of the simulation in it. What LEMS cannot say is
        refused.

        Args:
            path: of the file, with the ending ``.xml``; ``.nml`` or ``.nml.h5`` writes the network
                as one of NeuroML, and the rest to ``LEMS_<name>.xml`` beside it; ``.nir`` a graph
                of NIR, which says equations in continuous time.
            duration: of the simulation [ms].
            exact: whether a simulator that integrates by Euler's method has to give the same
                numbers. Otherwise differential equations are written as they are, whatever their
                method and the order in which they are computed. A graph of NIR is the
                same in both cases: it is in continuous time.

        Raises:
            ANNarchyException: If the network is compiled already, or has parts that only Python
                can run.
            UsageError: If LEMS, or NIR, cannot say something of it.
        """
        from annarchy_ml.api import export_lems

        assert isinstance(self, Network)
        write = partial(export_lems, (str(path), exact, self.seed))
        export_network(self, str(path), duration, write)


class Network(
    _Files, Extended, NetworkConstants, Settings, Lookup, Switches, Runs, Footprint, KeptNetwork,
    Repeats,
):  # fmt: skip
    """A network.

    Attributes:
        dt, seed: the step [ms]; of all random numbers.
        default_rng: draws values of attributes.
        populations, projections, monitors: in the order in which they were made.
        extensions: monitors of BOLD signals.
        running: the compiled network; None before `compile`.
        method: of equations that name none.
        num_threads, device: None chooses by size; ``cpu``, ``cuda``, ``cuda:1`` and so on.
        pairs_shown: connections that a script has looked at before `compile`, by projection.
        first_values: of synapses by projection, as they were handed to `compile`.
        shared_starts: what synapses share and began with, if it was drawn, by post neuron.
    """

    def __new__(cls, *args: Any, **keywords: Any) -> Self:
        """Keeps what it is made of, for copies."""
        made = super().__new__(cls)
        made.__dict__["_made_of"] = (args, keywords)
        return made

    def __init__(self, dt: Any = 1.0, seed: int | None = None) -> None:
        self._begin(dt, seed)

    def _begin(self, dt: Any = 1.0, seed: int | None = None) -> None:
        dt, seed = self.__dict__.get("_wanted", (dt, seed))
        self.id = registered(self)
        self.dt = step_of(dt)
        self.populations: list[Population] = []
        self.projections: list[Projection] = []
        self.monitors: list[Monitor] = []
        self.extensions: list[BoldMonitor] = []
        self.running: Running | None = None
        self.method = "explicit"
        self.num_threads: int | None = None
        self.precision, self.device = "double", "cpu"
        self.structural_plasticity = False
        self._constants: dict[str, Constant] = {}
        self.pairs_shown: dict[str, Any] = {}
        self.first_values: dict[str, dict[str, Any]] = {}
        self.shared_starts: dict[tuple[str, str], dict[int, float]] = {}
        self.callbacks: list[Callback] = []
        self.callbacks_enabled = True
        self._reseed(secrets.randbits(32) if seed is None else seed_of(seed))
        if seed is not None:
            self._seed_scripts(self.seed)
        command_line.settle(self)

    def __getattr__(self, name: str) -> Any:
        """Subclasses may build without calling ``__init__`` of this class."""
        if name.startswith("__") or "dt" in self.__dict__:
            raise AttributeError(hinted(f"a network has no '{name}'", name, dir(type(self))))
        self._begin()
        return getattr(self, name)

    def check_open(self, what: str) -> None:
        """Refuses changes of the structure after `compile`."""
        if self.running is not None:
            raise ANNarchyException(f"{what}: the network is compiled already")

    def create(
        self,
        geometry: Any = None,
        neuron: Any = None,
        name: str = "",
        stop_condition: str | None = None,
        population: Any = None,
    ) -> Population:
        """A population of this network: a size or shape and a type, or one such as `TimedArray`.

        A `stop_condition` ends `simulate_until`, for all neurons or, with ``: any``, for one.
        """
        source = geometry if population is None else population
        if isinstance(source, Source):
            if neuron is not None or (population is not None and geometry is not None):
                raise ANNarchyException(f"{source!r} has its neurons already")
            return source.join(self, name)
        if neuron is None or population is not None:
            raise ANNarchyException("create() needs a geometry and a neuron, or a population")
        return Population(geometry, neuron, name, stop_condition, net=self)

    def connect(
        self,
        pre: Any = None,
        post: Any = None,
        target: Any = None,
        synapse: Any = None,
        name: str = "",
        projection: Projection | None = None,
    ) -> Projection:
        """A projection of this network; a connector of it makes the connections.

        It goes from a population or view to another; its target `exc` acts on `g_exc` or
        `sum(exc)`. One with a class of its own, such as `Convolution`, is given as it is.
        """
        pre = projection if pre is None else pre
        if isinstance(pre, Projection) and pre.net is self and post is None:
            return pre
        return Projection(pre, post, target, synapse, name, net=self)

    def monitor(self, obj: Any, variables: Any = (), **options: Any) -> Monitor:
        """A monitor of a population, view, projection or dendrite, see `Monitor`."""
        return Monitor(obj, variables, net=self, **options)

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

    def _own_cells(self, given: Any, what: str) -> Population | PopulationView:
        """A population of this network or a view of one."""
        if not isinstance(given, (Population, PopulationView)) or given.net is not self:
            raise ANNarchyException(f"{what} takes neurons of this network, not {given!r}")
        if given.size == 0:
            raise ANNarchyException(f"{what} takes neurons, not an empty view of '{given.name}'")
        return given

    def compile(self, *, executor: str = "auto", **options: Any) -> None:
        """Makes the network ready to run.

        Args:
            executor: ``compiled``, ``interpreter``, or ``auto``: compiled if there is a compiler.
            options: ``cuda_config={"device": 1}``; paths and flags of compilers are not needed.

        Raises:
            ANNarchyException: If something in it cannot be built.
        """
        check_options("compile", options, _COMPILERS)
        if self.running is not None:
            return
        model = Builder(self).build()
        simulation = model.compile(
            dt=self.dt,
            seed=self.seed,
            threads=self.num_threads,
            precision=self.precision,
            device=_numbered(self.device, options.get("cuda_config")),
            executor=executor,
        )
        self.running = Running(simulation)
        self.running.sharing = Sharing(self.projections).pieces
        try:
            for population in self.populations:
                population.hand_over()
            for projection in self.projections:
                self.first_values[projection.name] = dict(projection.values)
                projection.hand_over()
        except Exception:
            self.running = None
            raise
        self._show_time()
        for item in (*constants_everywhere().values(), *self._constants.values()):
            item.watched_by(self)
        for monitor in self.monitors:
            monitor.attach()
        command_line.describe(self)

    def clear(self) -> None:
        """Forgets all that it is made of, so that its memory is free at once.

        What it was made of is not to be used any more; the network is an empty one.
        """
        for parts in (self.populations, self.projections, self.monitors, self.extensions):
            parts.clear()
        for kept in (self.pairs_shown, self.first_values, self.shared_starts, self._constants):
            kept.clear()
        self.callbacks.clear()
        for item in constants_everywhere().values():
            item.unwatched_by(self)
        self.running, self._later = None, 0

    @property
    def compiled(self) -> bool:
        """Whether `compile` has made it ready to run."""
        return self.running is not None

    def needed(self) -> Running:
        """The compiled network, for what needs it.

        Raises:
            ANNarchyException: If it is not compiled yet.
        """
        if self.running is None:
            raise ANNarchyException("the network is not compiled yet: call compile()")
        return self.running


def _numbered(device: str, config: Any) -> str:
    """The GPU that ``cuda_config`` names, where a GPU was asked for without a number.

    Raises:
        ANNarchyException: If it is no number.
    """
    number = (config or {}).get("device")
    if device != "cuda" or number is None:
        return device
    if not is_device(f"cuda:{number}"):
        raise ANNarchyException(f"cuda_config names a device by its number, not {number!r}")
    return f"cuda:{number}"


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
