"""Current sources: cells of their own, whose current couplings add to that of other cells.

A cell sees in a step the current that its source had at the beginning of the step, so that a
current that starts at 10 ms is seen in the record of the current at 10 ms and in v one step later.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from pyNN import errors
from pyNN.parameters import ParameterSpace, Sequence
from pyNN.standardmodels import build_translations, electrodes

from annarchy_ml.importers.pynn import simulator
from annarchy_ml.importers.pynn.equations import CellEquations
from annarchy_ml.importers.pynn.limits import NEVER, check_finite
from annarchy_ml.importers.pynn.native import check_injectable

_ACTIVE = "H(step_number - first_step + 0.5)*H(last_step - step_number - 0.5)"
"""1 from the first step on, and before the last one."""
_NOTHING = CellEquations("CurrentSource", (), {})


class Source:
    """What the current sources have in common.

    Attributes:
        equations: of the current ``i``.
        kept: parameters by name.
        targets: (population, numbers of its cells, where along them) into which the current goes.
        name: in the model; empty until it is injected.
        trace: number of the engine's recording of the current, if there is one.
        wanted: whether it is recorded.
        past: what was recorded by simulations that have ended.
    """

    equations: ClassVar[CellEquations] = _NOTHING
    parameter_space: Any

    def __init__(self, **parameters: Any) -> None:
        self.kept: dict[str, Any] = {}
        self.targets: list[tuple[Any, Any, Any]] = []
        self.name = ""
        self.trace: int | None = None
        self.wanted = False
        self.past: list[Any] = []
        super().__init__(**parameters)
        space = self.native_parameters  # type: ignore[attr-defined]  # of PyNN's class
        space.shape = (1,)
        self.set_native_parameters(space)

    def set_native_parameters(self, parameters: ParameterSpace) -> None:
        """Other parameters, from the present time on."""
        parameters.shape = (1,)
        parameters.evaluate(simplify=False)
        given = {name: value[0] for name, value in parameters.items()}
        before, self.kept = self.kept, {**self.kept, **given}
        try:
            self._check()
        except Exception:
            self.kept = before  # what was refused is not told later
            raise
        running = simulator.state.simulation
        if running is not None and self.name:
            self._renew(running)

    def get_native_parameters(self) -> ParameterSpace:
        """The parameters."""
        return ParameterSpace(dict(self.kept), shape=(1,))

    def get_parameters(self) -> Any:
        """The parameters by name."""
        return {
            name: value.value if isinstance(value, Sequence) else value
            for name, value in self.kept.items()
        }

    def inject_into(self, cells: Any, location: Any = None) -> None:
        """Injects the current into a population, a view, an assembly, a cell, or a list of cells.

        Args:
            cells: these.
            location: where along cells with morphology: a label, or a generator of locations.
        """
        found: dict[Any, list[int]] = {}
        several = [cells] if isinstance(cells, simulator.ID) else cells
        for cell in getattr(several, "all_cells", several):
            check_injectable(cell.celltype)
            if location is not None and cell.parent.parts is None:
                raise TypeError(f"{type(cell.celltype).__name__} has no locations.")
            parent = cell.parent
            found.setdefault(parent, []).append(parent.id_to_index(cell))
        with simulator.state.changing():
            self.targets.extend(
                (key, np.array(rows), None if location is None else key.parts.spots(location, rows))
                for key, rows in found.items()
            )
            if not self.name:
                self.name = f"source_{len(simulator.state.sources)}"
                simulator.state.sources.append(self)

    def record(self) -> None:
        """Records the current."""
        self.wanted = True
        running = simulator.state.simulation
        if running is not None and self.name:
            self.trace = running.record(self, "i", np.array([0]), 1)

    def _get_data(self) -> tuple[Any, Any]:
        """Times [ms] and currents [nA]."""
        if self.trace is None:
            return np.zeros(0), np.zeros(0)
        values = simulator.state.ready().live.rows(self.trace, 1)[:, 0]
        values = np.concatenate([*self.past, values])
        first = simulator.state.step + 1 - len(values)
        return (first + np.arange(len(values))) * simulator.state.dt, values

    def keep(self, running: Any) -> None:
        """Keeps what was recorded in a simulation that ends here, but for the present sample."""
        if self.trace is not None:
            self.past.append(np.array(running.live.rows(self.trace, 1)[:-1, 0]))
            self.trace = None

    def begin(self, running: Any) -> None:
        """In a simulation that has just been made."""
        if self.name not in running.known:
            self.initialize(running)
        if self.wanted:
            self.trace = running.record(self, "i", np.array([0]), 1)

    def initialize(self, running: Any) -> None:
        """The current at the beginning."""
        running.live.field(self.name, "i")[:] = self.current(running.step)

    def _renew(self, running: Any) -> None:
        """The parameters have changed."""
        for name, value in self.numbers().items():
            running.set(self.name, name, value)
        running.live.field(self.name, "i")[:] = self.current(running.step)

    def _check(self) -> None:
        """Refuses parameters that do not fit."""
        for name, value in self.kept.items():
            if not isinstance(value, Sequence):
                check_finite(name, np.asarray(value))

    def _steps(self, time: float) -> float:
        return float(np.clip(np.rint(time / simulator.state.dt), -NEVER, NEVER))

    def numbers(self) -> dict[str, float]:
        """The parameters of the equations."""
        return {
            "first_step": self._steps(self.kept["start"]),
            "last_step": self._steps(self.kept["stop"]),
        }

    def _is_on(self, step: int) -> bool:
        found = self.numbers()
        return found["first_step"] <= step < found["last_step"]

    @abstractmethod
    def current(self, step: int) -> float:
        """The current after so many steps."""


def _identity(base: Any) -> Any:
    return build_translations(*((item, item) for item in base.default_parameters))


class DCSource(Source, electrodes.DCSource):
    """A constant current."""

    __doc__ = electrodes.DCSource.__doc__
    translations = _identity(electrodes.DCSource)
    equations = CellEquations(
        "DCSource",
        ("amplitude", "first_step", "last_step"),
        {},
        before={"i": f"{_ACTIVE}*amplitude"},
    )

    def numbers(self) -> dict[str, float]:
        """The parameters of the equations."""
        return {**super().numbers(), "amplitude": float(self.kept["amplitude"])}

    def current(self, step: int) -> float:
        """The current after so many steps."""
        return float(self.kept["amplitude"]) if self._is_on(step) else 0.0


class ACSource(Source, electrodes.ACSource):
    """A current that follows a sine, which begins with its phase at the start."""

    __doc__ = electrodes.ACSource.__doc__
    translations = _identity(electrodes.ACSource)
    equations = CellEquations(
        "ACSource",
        ("amplitude", "offset", "frequency", "phase", "first_step", "last_step"),
        {},
        define={"turns": "frequency*0.001*(step_number - first_step)*dt_ms + phase/360"},
        before={"i": f"{_ACTIVE}*(offset + amplitude*sin(6.283185307179586*turns))"},
    )

    def numbers(self) -> dict[str, float]:
        """The parameters of the equations."""
        own = ("amplitude", "offset", "frequency", "phase")
        return {**super().numbers(), **{item: float(self.kept[item]) for item in own}}

    def current(self, step: int) -> float:
        """The current after so many steps."""
        if not self._is_on(step):
            return 0.0
        own = self.numbers()
        time = 1e-3 * (step - own["first_step"]) * simulator.state.dt
        turns = own["frequency"] * time + own["phase"] / 360
        return float(own["offset"] + own["amplitude"] * np.sin(2 * np.pi * turns))


class NoisyCurrentSource(Source, electrodes.NoisyCurrentSource):
    """A Gaussian current that changes in intervals."""

    __doc__ = electrodes.NoisyCurrentSource.__doc__
    translations = _identity(electrodes.NoisyCurrentSource)
    equations = CellEquations(
        "NoisyCurrentSource",
        ("mean", "stdev", "every", "first_step", "last_step"),
        {},
        define={
            "since": "step_number - first_step",
            "drawn": "H(0.5 - (step_number - first_step)"
            " + every*floor((step_number - first_step + 0.5)/every))",
        },
        before={
            "x": "drawn*(mean + stdev*normal()) + (1 - drawn)*x",
            "i": f"{_ACTIVE}*x",
        },
    )

    def _check(self) -> None:
        super()._check()
        steps = self.kept["dt"] / simulator.state.dt
        if round(steps) < 1 or abs(steps - round(steps)) > 1e-9:
            raise errors.InvalidParameterValueError(
                f"dt {self.kept['dt']} of a NoisyCurrentSource is no multiple of the time step "
                f"{simulator.state.dt}"
            )

    def numbers(self) -> dict[str, float]:
        """The parameters of the equations."""
        own = {item: float(self.kept[item]) for item in ("mean", "stdev")}
        return {**super().numbers(), **own, "every": self._steps(self.kept["dt"])}

    def initialize(self, running: Any) -> None:
        """The current at time 0."""
        seed = (simulator.state.options.get("seed") or 0, int(self.name.partition("_")[2]))
        self._first = np.random.default_rng(seed).normal(self.kept["mean"], self.kept["stdev"])
        running.live.field(self.name, "x")[:] = self._first
        super().initialize(running)

    def _renew(self, running: Any) -> None:
        for name, value in self.numbers().items():
            running.set(self.name, name, value)

    def current(self, step: int) -> float:
        """The current at the beginning."""
        return float(self._first) if self._is_on(step) else 0.0


class StepCurrentSource(Source, electrodes.StepCurrentSource):
    """A current that changes at given times."""

    __doc__ = electrodes.StepCurrentSource.__doc__
    translations = _identity(electrodes.StepCurrentSource)
    equations = CellEquations("StepCurrentSource", (), {}, before={"i": "given"}, fed=("given",))

    def _check(self) -> None:
        times, amplitudes = self._pairs()
        if len(times) != len(amplitudes):
            raise ValueError("times and amplitudes of a StepCurrentSource differ in length")
        if not np.all(np.isfinite(times)) or not np.all(np.isfinite(amplitudes)):
            raise ValueError("Step current needs finite timestamps and amplitudes.")
        if np.any(times < 0.0):
            raise ValueError("Step current cannot accept negative timestamps.")
        if np.any(np.diff(times) <= 0.0):
            raise ValueError("Step current timestamps should be monotonically increasing.")

    def get_parameters(self) -> Any:
        """Times in whole steps [ms], and amplitudes [nA]; the last of one step counts."""
        times, amplitudes = self._pairs()
        steps = np.rint(times / simulator.state.dt)
        last = np.append(np.diff(steps) > 0, True)[: len(steps)]
        return {"times": steps[last] * simulator.state.dt, "amplitudes": amplitudes[last]}

    def _pairs(self) -> tuple[Any, Any]:
        found = (self.kept[name] for name in ("times", "amplitudes"))
        times, amplitudes = (
            np.asarray(item.value if isinstance(item, Sequence) else item, float) for item in found
        )
        return np.atleast_1d(times), np.atleast_1d(amplitudes)

    def set_parameters(self, copy: bool = True, **parameters: Any) -> None:
        """Other times and amplitudes."""
        made = {
            name: value if isinstance(value, Sequence) else Sequence(value)
            for name, value in parameters.items()
        }
        super().set_parameters(copy=copy, **made)

    def numbers(self) -> dict[str, float]:
        """There are none."""
        return {}

    def current(self, step: int) -> float:
        """The current after so many steps."""
        times, amplitudes = self._pairs()
        steps = np.rint(times / simulator.state.dt)
        place = int(np.searchsorted(steps, step, side="right")) - 1
        return float(amplitudes[place]) if place >= 0 else 0.0

    def _rows(self) -> tuple[Any, Any, None]:
        """Steps in which the current gets its values, and these."""
        times, amplitudes = self._pairs()
        steps = np.rint(times / simulator.state.dt).astype(np.int64)
        last = np.append(np.diff(steps) > 0, True) if len(steps) else np.zeros(0, bool)
        later = last & (steps > 0)
        return steps[later] - 1, np.ascontiguousarray(amplitudes[later][:, None]), None

    def begin(self, running: Any) -> None:
        """In a simulation that has just been made."""
        super().begin(running)
        self.timetable: Any = running.live.add_timetable(self.name, "given", self._rows())

    def initialize(self, running: Any) -> None:
        """The current at the beginning."""
        super().initialize(running)
        running.live.field(self.name, "given")[:] = self.current(running.step)

    def _renew(self, running: Any) -> None:
        running.live.set_timetable(self.timetable, self._rows())
        for name in ("i", "given"):
            running.live.field(self.name, name)[:] = self.current(running.step)
