"""Populations and views of them: attributes are read and set before and after ``compile``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.expr import Number
from annarchy_ml.importers.equations.access import Attributes
from annarchy_ml.importers.equations.activity import Activity
from annarchy_ml.importers.equations.copies import check_alike
from annarchy_ml.importers.equations.faults import ANNarchyException, hinted
from annarchy_ml.importers.equations.files.state import KeptNeurons
from annarchy_ml.importers.equations.functions import called
from annarchy_ml.importers.equations.geometry import Geometry, ranks_in, shape_of
from annarchy_ml.importers.equations.neuron import Neuron
from annarchy_ml.importers.equations.neuron_types import RATE
from annarchy_ml.importers.equations.starts import initial_values
from annarchy_ml.importers.equations.statements import LOCALITIES
from annarchy_ml.importers.equations.types import REFRACTORY, engine_name, engine_sum
from annarchy_ml.importers.equations.values import numbers, of_type

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network
    from annarchy_ml.importers.equations.values import Values


class Population(Attributes, Geometry, Activity, KeptNeurons):
    """Neurons of one type.

    Attributes:
        net: its network.
        neuron_type: its type.
        geometry: shape of the population; ranks count in C order.
        size: number of neurons.
        targets: those of the projections that reach it.
        _fed: parameters that change while the network runs, by timetables.
        _stop: a condition that ends a run, and whether one neuron is enough.
        _window: over how long spikes are counted for the rate [ms]; 0: they are not.
        _reductions: values over all neurons that are computed while the network runs.
    """

    _fed: tuple[str, ...] = ()

    def __init__(
        self,
        geometry: Any,
        neuron: Any,
        name: str = "",
        stop_condition: str | None = None,
        net: Network | None = None,
    ) -> None:
        if net is None:
            from annarchy_ml.importers.equations.network import default_network

            net = default_network()
        self.net = net
        self.neuron_type: Neuron = neuron() if isinstance(neuron, type) else neuron
        if not isinstance(self.neuron_type, Neuron):
            raise ANNarchyException(f"a population is made of a Neuron, not of {neuron!r}")
        self.geometry = shape_of(geometry)
        self.size = int(np.prod(self.geometry))
        self.targets: dict[str, None] = {}
        self.position = -1
        self._window = 0.0
        self._reductions: tuple[str, ...] = ()
        self._stop = (
            None if stop_condition is None else self.neuron_type.stop_condition(stop_condition)
        )
        self.values = initial_values(self.neuron_type, self.size, net)
        self._unread: dict[str, Values] = {}
        self.name = net._adopt(self, name)

    @property
    def parameters(self) -> list[str]:
        """Names of its parameters."""
        return list(self.neuron_type.parameters)

    @property
    def variables(self) -> list[str]:
        """Names of its variables."""
        return list(self.neuron_type.variables)

    @property
    def attributes(self) -> list[str]:
        """Names of parameters and variables."""
        return [*self.parameters, *self.variables]

    @property
    def ranks(self) -> NDArray[np.int64]:
        """Numbers of its neurons."""
        return np.arange(self.size)

    def _names(self) -> tuple[str, ...]:
        neuron = self.neuron_type
        reached = (*neuron.targets, *self.targets)
        kept = [item for item in reached if item not in neuron.summed]
        more = [f"g_{item}" for item in kept] if neuron.spiking else []
        if neuron.spiking:
            more += [REFRACTORY, RATE]
        return (*neuron.parameters, *neuron.variables, *more)

    def is_global(self, name: str) -> bool:
        """Whether all neurons share the value."""
        neuron = self.neuron_type
        if name in neuron.parameters:
            return neuron.parameters[name].shared
        if name in neuron.variables:
            locality = neuron.variables[name].flags.locality or "local"
            return LOCALITIES[locality] == "global"
        return False

    def _known(self, name: str) -> None:
        if name not in self._names():
            message = f"the neurons of '{self.name}' have no attribute '{name}'"
            raise AttributeError(hinted(message, name, self._names()))

    def flat(self, name: str) -> NDArray[np.float64]:
        """The values of an attribute, shape (size,)."""
        self._known(name)
        running = self.net.running
        if running is not None and running.has(self.name, self._kept(name)):
            return running.values(self.name, self._kept(name))
        if name == REFRACTORY and name not in self.values:
            given = self.neuron_type.refractory
            default = given.value if isinstance(given, Number) else 0.0
            return np.full(self.size, default)
        found = self._unread.get(name, self.values.get(name, 0.0))
        return np.broadcast_to(found, (self.size,)).astype(float)

    def _kept(self, name: str) -> str:
        return engine_name(name)

    def _get(self, name: str) -> Any:
        if name in self.neuron_type.own_functions:
            return called(self.neuron_type.own_functions[name])
        values = self._typed(name, self.flat(name))
        return values[0].item() if self.is_global(name) else values.reshape(self.geometry)

    def _typed(self, name: str, values: NDArray[np.float64]) -> NDArray[Any]:
        kind = self.neuron_type.type_of(name)
        return values.astype({"float": float, "int": np.int64, "bool": bool}[kind])

    def _set(self, name: str, value: Any) -> None:
        self._known(name)
        if name == REFRACTORY and self.net.running is not None:
            self._refractory_kept()
        made = numbers(value, self.size, f"'{name}'", self.net.default_rng, self.geometry)
        if self.is_global(name) and not isinstance(made, float):
            raise ANNarchyException(f"'{name}' of '{self.name}' has one value for all neurons")
        self.put(name, of_type(made, self.neuron_type.type_of(name)))

    def _refractory_kept(self) -> None:
        if self.neuron_type.refractory is None and REFRACTORY not in self.values:
            raise ANNarchyException(
                f"'{self.name}' was compiled without a refractory time: set it before compile()"
            )

    def put(self, name: str, values: Values) -> None:
        """Gives all neurons other values of an attribute."""
        check_alike(self, name, values)
        running = self.net.running
        if running is None:
            self.values[name] = values
        elif running.has(self.name, self._kept(name)):
            running.put(self.name, self._kept(name), values)
        else:  # nothing reads it
            self._unread[name] = values

    def put_some(self, name: str, ranks: NDArray[np.int64], values: Values) -> None:
        """Gives some neurons other values of an attribute."""
        self._known(name)
        if self.is_global(name):
            raise ANNarchyException(
                f"'{name}' of '{self.name}' has one value for all neurons: set it on the population"
            )
        if name == REFRACTORY and self.net.running is not None:
            self._refractory_kept()
        everything = self.flat(name)
        everything[ranks] = of_type(values, self.neuron_type.type_of(name))
        same = bool(np.all(everything == everything[:1]))
        self.put(name, float(everything[0]) if same else everything)

    def reset(self, attributes: Any = None) -> None:
        """Attributes as they were before `compile`; all of them, or those that are named."""
        self.restore(attributes)

    def restore(self, attributes: Any = None) -> None:
        """Attributes as they were before `compile`; all of them, or those that are named."""
        names = self.values if attributes is None else attributes
        for name in names:
            if np.any(self.flat(name) != self.values[name]):
                self.put(name, self.values[name])

    def sum(self, target: str) -> Any:
        """The weighted sum of a target, as the neurons saw it last."""
        if self.neuron_type.spiking and target not in self.neuron_type.summed:
            return self._get(f"g_{target}")
        running = self.net.running
        if running is None or target not in (*self.neuron_type.targets, *self.targets):
            return np.zeros(self.size)
        return running.values(self.name, engine_sum(target))

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[PopulationView]:
        return (PopulationView(self, np.array([rank])) for rank in range(self.size))

    @property
    def neurons(self) -> Iterator[PopulationView]:
        """Each neuron by itself."""
        return iter(self)

    def __getitem__(self, which: Any) -> PopulationView:
        """Some of the neurons: by number, slice, list, mask, or one of these on each axis."""
        return PopulationView(self, ranks_in(which, self.geometry))

    def neuron(self, *coordinates: int) -> PopulationView:
        """One neuron, by rank or coordinates."""
        return self[coordinates if len(coordinates) > 1 else coordinates[0]]

    def __repr__(self) -> str:
        return f"<Population '{self.name}': {self.size} x {self.neuron_type.name}>"


class PopulationView(Attributes):
    """Some neurons of a population.

    Attributes:
        population: the population.
        cells: shape (n,), ascending: the neurons.
    """

    population: Population
    cells: NDArray[np.int64]

    def __init__(self, population: Population, cells: NDArray[np.int64]) -> None:
        object.__setattr__(self, "population", population)
        object.__setattr__(self, "cells", cells)

    @property
    def size(self) -> int:
        """Number of neurons."""
        return len(self.cells)

    @property
    def ranks(self) -> NDArray[np.int64]:
        """Numbers of the neurons."""
        return self.cells.copy()

    @property
    def rank(self) -> int:
        """The number of the neuron, of a view of one."""
        if self.size != 1:
            raise AttributeError(f"{self!r} has many ranks")
        return int(self.cells[0])

    @property
    def geometry(self) -> tuple[int, ...]:
        """Its neurons as a row."""
        return (self.size,)

    @property
    def net(self) -> Network:
        """The network."""
        return self.population.net

    @property
    def name(self) -> str:
        """Name of the population."""
        return self.population.name

    def _names(self) -> tuple[str, ...]:
        return self.population._names()

    def _get(self, name: str) -> Any:
        population: Population = self.population
        if population.is_global(name):
            return population._get(name)
        values = population._typed(name, population.flat(name))[self.cells]
        return values[0].item() if len(values) == 1 else values

    def _set(self, name: str, value: Any) -> None:
        population: Population = self.population
        made = numbers(value, self.size, f"'{name}'", population.net.default_rng)
        population.put_some(name, self.cells, made)

    def __add__(self, other: PopulationView) -> PopulationView:
        if other.population is not self.population:
            raise ANNarchyException("only views of one population can be added")
        return PopulationView(self.population, np.union1d(self.cells, other.cells))

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, which: Any) -> PopulationView:
        return PopulationView(self.population, np.unique(self.cells[which]))

    def __repr__(self) -> str:
        return f"<{self.size} neurons of '{self.population.name}'>"
