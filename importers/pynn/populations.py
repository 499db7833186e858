"""Populations, views of them and assemblies: values as arrays, nothing per cell but its ID."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN import common, errors
from pyNN.parameters import ArrayParameter, LazyArray, ParameterSpace, Sequence, simplify
from pyNN.standardmodels import StandardCellType

from annarchy_ml.importers.pynn import simulator
from annarchy_ml.importers.pynn.cable_recording import CableRecorder
from annarchy_ml.importers.pynn.limits import (
    NEVER,
    check_finite,
    check_parameter,
    check_together,
)
from annarchy_ml.importers.pynn.native import check_injectable
from annarchy_ml.importers.pynn.recording import Recorder


class Assembly(common.Assembly):
    """Several populations."""

    _simulator = simulator

    @property
    def receptor_types(self) -> list[str]:
        """Those of all of them, in order: PyNN's own order changes from one process to the next."""
        others = [set(item.celltype.receptor_types) for item in self.populations]
        first = self.populations[0].celltype.receptor_types
        return [name for name in first if all(name in known for known in others)]


class _Valued:
    """Parameters of cells, by native name."""

    def _get_view(self, selector: Any, label: str | None = None) -> PopulationView:
        return PopulationView(self, selector, label)

    def inject(self: Any, current_source: Any) -> None:
        """Injects a current into all cells."""
        check_injectable(self.celltype)
        current_source.inject_into(self)

    def _get_parameters(self: Any, *names: str) -> ParameterSpace:
        celltype = self.celltype
        if not isinstance(celltype, StandardCellType):
            return self._get_native_parameters(*names)
        for name in names:
            if name not in celltype.translations:
                raise errors.NonExistentParameterError(
                    name, type(celltype).__name__, celltype.get_parameter_names()
                )
        if any(name in celltype.computed_parameters() for name in names):
            native = celltype.get_native_names()
        else:
            native = celltype.get_native_names(*names)
        return celltype.reverse_translate(self._get_native_parameters(*native))


class PopulationView(_Valued, common.PopulationView):
    """Some cells of a population."""

    _assembly_class = Assembly
    _simulator = simulator

    @property
    def rows(self) -> Any:
        """Numbers of the cells in their population, shape (n,)."""
        return np.asarray(self.index_in_grandparent(np.arange(self.size)))

    def _get_native_parameters(self, *names: str) -> ParameterSpace:
        whole = self.grandparent.values
        found = {name: _simplified(whole[name][self.rows]) for name in names}
        return ParameterSpace(found, shape=(self.size,))

    def _set_parameters(self, parameter_space: ParameterSpace) -> None:
        self.grandparent.put_parameters(parameter_space, self.rows)

    def _set_initial_value_array(self, variable: str, initial_values: Any) -> None:
        self.grandparent.put_start(variable, initial_values, self.rows)

    def initialize(self, **initial_values: Any) -> None:
        """Sets initial values of these cells; those of the others stay."""
        for variable, value in initial_values.items():
            given = LazyArray(value, shape=(self.size,), dtype=float)
            self._set_initial_value_array(variable, given)
            whole = np.array(self.grandparent.starts[variable])
            self.grandparent.initial_values[variable] = LazyArray(whole, shape=whole.shape)


class Population(_Valued, common.Population):
    """Cells of one type.

    Attributes:
        values: parameters by native name, each of shape (size,).
        starts: initial values of states by name, each of shape (size,).
        name: in the model.
        own_receptors: of cells with morphology, projections whose synapses have a receptor each,
            by part and receptor.
        drawn: values of their channels, one for each cell.
        parts: their parts; None of other cells.
    """

    __doc__ = common.Population.__doc__
    _simulator = simulator
    _recorder_class = Recorder
    _assembly_class = Assembly

    def __init__(self, *given: Any, **named: Any) -> None:
        celltype = named.get("cellclass", given[1] if len(given) > 1 else None)
        if hasattr(celltype, "divided"):
            self._recorder_class = CableRecorder
        with simulator.state.changing():
            super().__init__(*given, **named)

    def _create_cells(self) -> None:
        if self.size < 1:
            raise ValueError(f"a Population needs at least one cell, not {self.size}")
        state = simulator.state
        first = state.id_counter
        kind = simulator.ids_of(self)
        self.all_cells = np.array(list(map(kind, range(first, first + self.size))), dtype=object)
        self._mask_local = np.ones(self.size, bool)
        state.id_counter += self.size
        celltype = self.celltype
        standard = isinstance(celltype, StandardCellType)
        space = celltype.native_parameters if standard else celltype.parameter_space
        self.values: dict[str, Any] = {}
        self.starts: dict[str, Any] = {}
        self.own_receptors: dict[tuple[str, str], list[str]] = {}
        self.drawn: dict[str, Any] = {}
        self.name = f"population_{len(state.populations)}"
        self.parts: Any = None
        if hasattr(celltype, "divided"):
            self.parts = celltype.divided(self.name, self.size)
        self.put_parameters(space, np.arange(self.size))
        state.populations.append(self)

    def numbers(self) -> dict[str, Any]:
        """Parameters as the equations call them: of arrays each element."""
        found = {}
        for name, values in self.values.items():
            if values.dtype != object:
                found[name] = np.clip(values, -NEVER, NEVER) if np.any(np.isinf(values)) else values
            elif not hasattr(self.celltype, "trains"):
                parts = np.array([item.value for item in values], float)
                found.update({f"{name}_{k}": part for k, part in enumerate(parts.T)})
        return found

    def keep(self, running: Any) -> None:
        """Keeps what was recorded in a simulation that ends here."""
        self.recorder.keep(running)

    @property
    def rows(self) -> Any:
        """Numbers of all cells, shape (size,)."""
        return np.arange(self.size)

    def put_parameters(self, space: ParameterSpace, rows: Any) -> None:
        """Gives some cells other parameters, in native names."""
        space.shape = (len(rows),)
        try:
            space.evaluate(simplify=False)
        except ValueError as fault:
            raise errors.InvalidParameterValueError(str(fault)) from fault
        found = {name: _listed(name, given, len(rows)) for name, given in space.items()}
        made = {name: self._with(name, given, rows) for name, given in found.items()}
        check_together(self.celltype, {**self.values, **made})
        self.values.update(made)
        running = simulator.state.simulation
        if running is not None:
            running.put_parameters(self, list(made))

    def _with(self, name: str, given: Any, rows: Any) -> Any:
        """The values of a parameter, with other ones for some cells."""
        checked = self.celltype.checked(name, given) if _checks(self.celltype) else given
        check_parameter(self.celltype, name, checked)
        kept = self.values.get(name)
        made = np.empty(self.size, np.asarray(given).dtype) if kept is None else np.array(kept)
        try:
            made[rows] = checked
        except (TypeError, ValueError):
            raise errors.InvalidParameterValueError(f"{name} cannot be {given!r}") from None
        return made

    def put_start(self, variable: str, given: Any, rows: Any) -> None:
        """Gives some cells other initial values of a state; during a run its present value."""
        celltype = self.celltype
        known = {*celltype.default_initial_values, *celltype.recordable}
        if variable not in known:
            states = sorted(known - {"spikes"})
            raise errors.NonExistentParameterError(variable, type(celltype).__name__, states)
        values = np.asarray(given.evaluate(simplify=False), float)
        check_finite(f"the initial value of {variable}", values)
        kept = self.starts.setdefault(variable, np.zeros(self.size))
        kept[rows] = values
        running = simulator.state.simulation
        if running is not None:
            running.put_state(self, variable, values, rows)

    def _set_initial_value_array(self, variable: str, initial_value: Any) -> None:
        self.put_start(variable, initial_value, self.rows)

    def _get_native_parameters(self, *names: str) -> ParameterSpace:
        found = {name: _simplified(self.values[name]) for name in names}
        return ParameterSpace(found, shape=(self.size,))

    def _set_parameters(self, parameter_space: ParameterSpace) -> None:
        self.put_parameters(parameter_space, self.rows)


def _checks(celltype: Any) -> bool:
    return hasattr(celltype, "checked")


def _listed(name: str, given: Any, count: int) -> Any:
    """A value for each cell, shape (n,): PyNN gives the one array of a single cell itself."""
    if not isinstance(given, ArrayParameter):
        _check_one_each(name, given, count)
        return given
    made = np.empty(count, object)
    made[:] = [given] * count
    return made


def _check_one_each(name: str, given: Any, count: int) -> None:
    """PyNN calls a function once, with the numbers of all cells; lists would go to each of them."""
    values = np.asarray(given)
    if values.shape == (count,) or (values.ndim == 0 and values.dtype != object):
        return
    raise errors.InvalidParameterValueError(
        f"{name} needs a value for each of {count} cells, and shape {values.shape} was given: "
        "a function is called once, with the numbers of all cells, and gives a list of values"
    )


def _simplified(values: Any) -> Any:
    """One value where all are the same."""
    if values.dtype == object:
        return (
            values[0]
            if len(values) == 1
            or (isinstance(values[0], Sequence) and all(item == values[0] for item in values))
            else values
        )
    return simplify(values)
