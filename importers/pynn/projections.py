"""Projections: connections as arrays, from PyNN's connectors to the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from pyNN import common, errors
from pyNN.parameters import LazyArray, ParameterSpace
from pyNN.space import Space
from pyNN.standardmodels import StandardSynapseType

from annarchy_ml.garbage import collection_paused
from annarchy_ml.importers.pynn import simulator
from annarchy_ml.importers.pynn.cable_parts import SOURCE_SECTION
from annarchy_ml.importers.pynn.synapses import StaticSynapse
from annarchy_ml.importers.pynn.wiring import Wiring, check_values

_COMBINED = {"sum": np.add, "min": np.minimum, "max": np.maximum}
_NEUTRAL = {"sum": 0.0, "min": np.inf, "max": -np.inf}
ENDS = ("presynaptic_index", "postsynaptic_index")


class Connection(common.Connection):
    """One connection: its ends, and its parameters as attributes."""

    def __init__(self, projection: Projection, number: int) -> None:
        self.__dict__.update(projection=projection, number=number)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.projection.column(name)[self.number]

    def __setattr__(self, name: str, value: Any) -> None:
        self.projection.put(name, value, np.array([self.number]))

    @property
    def presynaptic_cell(self) -> Any:
        """The ID of its source."""
        return self.projection.pre[int(self.presynaptic_index)]

    @property
    def postsynaptic_cell(self) -> Any:
        """The ID of its target."""
        return self.projection.post[int(self.postsynaptic_index)]

    def as_tuple(self, *attribute_names: str) -> tuple[Any, ...]:
        """Values of attributes."""
        return tuple(getattr(self, name) for name in attribute_names)


class _Read(common.Projection):
    """How attributes of connections are read."""

    def get(self, attribute_names: Any, *options: Any, **named: Any) -> Any:
        """Values of attributes, as PyNN's own; an unknown one is named."""
        names = [attribute_names] if isinstance(attribute_names, str) else attribute_names
        known = getattr(self.synapse_type, "translations", {})
        for name in names:
            if known and name not in known:
                raise errors.NonExistentParameterError(
                    name, type(self.synapse_type).__name__, list(known)
                )
        with collection_paused():
            return super().get(attribute_names, *options, **named)

    def save(
        self,
        attribute_names: Any,
        file: Any,
        format: str = "list",
        gather: bool = True,
        with_address: bool = True,
    ) -> None:
        """Writes attributes to a file as PyNN's own, which takes one name in a list for letters."""
        one = isinstance(attribute_names, str) and attribute_names not in ("all", "connections")
        names = [attribute_names] if one and format == "list" else attribute_names
        super().save(names, file, format, gather, with_address)

    def _get_attributes_as_list(self, names: Any) -> list[tuple[Any, ...]]:
        columns = [self.column(_singular(name)).tolist() for name in names]
        return list(zip(*columns, strict=True))

    def _get_attributes_as_arrays(self, names: Any, multiple_synapses: str = "sum") -> list[Any]:
        place = tuple(self.columns()[item] for item in ENDS)
        result = []
        for name in names:
            values = self.column(_singular(name))
            found = np.full(self.shape, np.nan)
            if multiple_synapses in _COMBINED:
                found[place] = _NEUTRAL[multiple_synapses]
                _COMBINED[multiple_synapses].at(found, place, values)
            elif multiple_synapses == "last":
                found[place] = values
            else:
                _, first = np.unique(_places(place[0], place[1], self.shape), return_index=True)
                found[place[0][first], place[1][first]] = values[first]
            result.append(found)
        return result


class Projection(Wiring, _Read):
    """Connections between two groups of cells."""

    __doc__ = common.Projection.__doc__
    _simulator = simulator
    _static_synapse_class = StaticSynapse

    def __init__(
        self,
        presynaptic_population: Any,
        postsynaptic_population: Any,
        connector: Any,
        synapse_type: Any = None,
        source: Any = None,
        receptor_type: Any = None,
        space: Any = None,
        label: Any = None,
    ) -> None:
        place = gap_place(synapse_type, receptor_type)
        _check_target(postsynaptic_population)
        _check_place(place, postsynaptic_population, connector)
        common.Projection.__init__(
            self,
            presynaptic_population,
            postsynaptic_population,
            connector,
            synapse_type,
            source,
            receptor_type if place is None else None,
            Space() if space is None else space,
            label,
        )
        self.receptor_type = self.receptor_type if place is None else receptor_type
        self._place = place
        self.sources = sources_of(self.pre, source, self.synapse_type.injects)
        self._parts: list[tuple[Any, Any, dict[str, Any]]] = []
        self._columns: dict[str, Any] = {}
        self.starts: dict[str, Any] = {}
        self.name = f"projection_{len(simulator.state.projections)}"
        with simulator.state.changing():
            connector.connect(self)
            simulator.state.projections.append(self)

    def _convergent_connect(
        self,
        presynaptic_indices: Any,
        postsynaptic_index: Any,
        location_selector: Any = None,
        **connection_parameters: Any,
    ) -> None:
        if isinstance(postsynaptic_index, simulator.ID):  # CSAConnector gives cells, not numbers
            postsynaptic_index = int(np.squeeze(self.post.id_to_index(postsynaptic_index)))
            presynaptic_indices = np.atleast_1d(self.pre.id_to_index(presynaptic_indices))
            _check_complete(self.synapse_type, connection_parameters)
        part = (presynaptic_indices, connection_parameters)
        cell = self.post.all_cells[postsynaptic_index]
        celltype, population = cell.celltype, cell.parent
        if hasattr(celltype, "spread"):
            which = (population, population.id_to_index(cell), self.receptor_type)
            selector = location_selector if self._place is None else self._place
            spread = celltype.join if self.synapse_type.injects else celltype.spread
            part = spread(which, selector, part)
        elif location_selector not in (None, "all", "soma"):
            raise TypeError(
                f"pyNN.annarchy: {type(celltype).__name__} has no parts for a location_selector"
            )
        if self._parts and self._parts[0][2].keys() != part[1].keys():
            raise NotImplementedError(
                "pyNN.annarchy: one projection to cells with and without morphology is not "
                "supported: make two"
            )
        self._parts.append((part[0], postsynaptic_index, part[1]))

    def connect_arrays(self, pre: Any, post: Any, given: dict[str, Any]) -> None:
        """Makes connections between the i-th of both ends, with parameters by native name."""
        self._parts.append((pre, post, given))

    def __len__(self) -> int:
        ends = self._columns.get(ENDS[0])
        return sum(len(item[0]) for item in self._parts) + (0 if ends is None else len(ends))

    def column(self, name: str) -> Any:
        """Values of all connections, in the order in which they were made.

        Raises:
            NonExistentParameterError: If there is no such attribute.
        """
        columns = self.columns()
        if name not in columns:
            raise errors.NonExistentParameterError(
                name, type(self.synapse_type).__name__, list(columns)
            )
        running = simulator.state.simulation
        if running is not None and name not in ENDS:
            present = self.present(running, name)
            if present is not None:
                return present
        return columns[name]

    def put(self, name: str, values: Any, which: Any) -> None:
        """Gives some connections other values of an attribute."""
        if name in ENDS or name not in self.columns():
            raise errors.NonExistentParameterError(
                name, type(self.synapse_type).__name__, list(self.columns())
            )
        if isinstance(which, slice) and which == slice(None) and np.ndim(values) == 0:
            found = np.broadcast_to(np.asarray(values, float), len(self))
            check_values(name, found)
        else:
            found = np.array(self.column(name))
            found[which] = values
            check_values(name, found[which])
        before, self._columns[name] = self._columns[name], found
        running = simulator.state.simulation
        if running is None:
            return
        try:
            self.changed_in(running, name)
        except Exception:
            self._columns[name] = before  # what was refused is not told later
            raise

    @property
    def connections(self) -> Iterator[Connection]:
        """All connections, in the order in which they were made."""
        return (Connection(self, number) for number in range(len(self)))

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [Connection(self, number) for number in range(*i.indices(len(self)))]
        if not -len(self) <= i < len(self):
            raise IndexError(f"there is no connection {i}, only {len(self)}")
        return Connection(self, int(i) % len(self))

    def set(self, **attributes: Any) -> None:
        """Other values of attributes: a number, an array, a list, a law, or a function."""
        simple = {
            name: value
            for name, value in attributes.items()
            if isinstance(value, (int, float, np.number, np.ndarray, list))
        }
        for name, value in simple.items():
            self._set_simple(name, value)
        others = {name: value for name, value in attributes.items() if name not in simple}
        if not others:
            return
        kind = self.synapse_type
        space = ParameterSpace(others, kind.get_schema(), self.shape)
        space = self._handle_distance_expressions(space)
        if isinstance(kind, StandardSynapseType):
            space = kind.translate(space)
        self._set_attributes(space)

    def _set_simple(self, name: str, value: Any) -> None:
        if np.ndim(value) == 0:
            self.put(name, value, slice(None))
            return
        pre, post = (self.columns()[item] for item in ENDS)
        given = np.asarray(value, float)
        if given.ndim == 2:
            if given.shape != self.shape:
                raise ValueError(f"'{name}' has shape {given.shape}, not {self.shape}")
            values = given[pre, post]
            which = np.flatnonzero(~np.isnan(values))
            self.put(name, values[which], which)
            return
        _, pairs = np.unique(_places(pre, post, self.shape), return_inverse=True)
        if len(given) != (pairs.max() + 1 if len(pairs) else 0):
            raise ValueError(
                f"'{name}' has {len(given)} values for {len(self)} connections of "
                f"{pairs.max(initial=-1) + 1} pairs of cells: it needs one for each pair"
            )
        self.put(name, given[pairs], slice(None))

    def _set_attributes(self, parameter_space: ParameterSpace) -> None:
        parameter_space.evaluate(simplify=False)
        pre, post = (self.columns()[item] for item in ENDS)
        for name, values in parameter_space.items():
            self.put(name, np.asarray(values)[pre, post], slice(None))

    def initialize(self, **initial_values: Any) -> None:
        """Initial values of states of the synapses: a number, a law, or one for each connection."""
        for variable, value in initial_values.items():
            given = value
            if np.ndim(value) == 2:
                given = np.asarray(value)[tuple(self.columns()[item] for item in ENDS)]
            made = LazyArray(given, shape=(len(self),), dtype=float)
            self._set_initial_value_array(variable, made)
            self.initial_values[variable] = made

    def _set_initial_value_array(self, variable: str, initial_value: Any) -> None:
        values = np.asarray(initial_value.evaluate(simplify=False), float)
        self.put_start(variable, values)


def _places(pre: Any, post: Any, shape: tuple[int, int]) -> Any:
    """Numbers of pairs of cells, row by row."""
    return pre.astype(np.int64) * shape[1] + post


def _check_target(given: Any) -> None:
    """Refuses cells that take no spikes.

    Raises:
        ConnectionError: If they have no receptors.
    """
    kind = getattr(given, "celltype", None)
    if kind is not None and not kind.receptor_types:
        raise errors.ConnectionError(
            f"{given.label!r} cannot be a target: {type(kind).__name__} has no receptors"
        )


def _check_place(place: str | None, targets: Any, connector: Any) -> None:
    """Refuses gap junctions at places that targets do not have, or at two places.

    Raises:
        TypeError: If it is so.
    """
    if place is None:
        return
    selector = getattr(connector, "location_selector", None)
    if selector is not None and selector != place:
        raise TypeError(
            f"pyNN.annarchy: the receptor_type '{place}.gap' and the location_selector "
            f"{selector!r} name two places: give one of them"
        )
    for item in getattr(targets, "populations", [targets]):
        population = getattr(item, "grandparent", item)
        if place != SOURCE_SECTION and population.parts is None:
            raise TypeError(
                f"pyNN.annarchy: {type(population.celltype).__name__} has no parts for the "
                f"receptor_type '{place}.gap'"
            )


def _check_complete(synapse_type: Any, given: dict[str, Any]) -> None:
    """Refuses connections by cells, as of weighted sets, that lack parameters of their synapses."""
    absent = sorted(set(synapse_type.native_parameters.keys()) - given.keys())
    if absent:
        raise NotImplementedError(
            f"pyNN.annarchy: the connector gives no {', '.join(absent)}, which "
            f"{type(synapse_type).__name__} needs: take a set without values, or StaticSynapse"
        )


def gap_place(synapse_type: Any, receptor_type: Any) -> str | None:
    """Where along the targets gap junctions are, by a receptor such as ``dendrite.gap``."""
    if getattr(synapse_type, "injects", False) and isinstance(receptor_type, str):
        place, _, kind = receptor_type.rpartition(".")
        return place if kind == "gap" and place else None
    return None


def sources_of(pre: Any, source: Any, is_joined: bool) -> dict[Any, Any]:
    """The place along cells with morphology that sends spikes, or at which they are joined.

    Args:
        pre: the sources.
        source: a label, such as ``axon`` or ``axon.gap``, or a generator of one location.
        is_joined: whether by gap junctions.

    Raises:
        TypeError: If cells have no parts.
        ValueError: If it means several places.
    """
    if isinstance(source, str) and is_joined:
        source = source.removesuffix(".gap")
    if source in (None, SOURCE_SECTION):
        return {}
    meant: dict[Any, list[Any]] = {}
    for item in getattr(pre, "populations", [pre]):
        population = getattr(item, "grandparent", item)
        if population.parts is None:
            raise TypeError(
                f"pyNN.annarchy: {type(population.celltype).__name__} has no parts for a 'source'"
            )
        meant.setdefault(population, []).append(item.rows)
    found = {key: key.parts.spots(source, np.concatenate(rows)) for key, rows in meant.items()}
    if any(len(places) > 1 for own in found.values() for places in own):
        raise ValueError(f"pyNN.annarchy: a 'source' is one place of a cell, not {source!r}")
    return found


def _singular(name: str) -> str:
    return {"weights": "weight", "delays": "delay"}.get(name, name)
