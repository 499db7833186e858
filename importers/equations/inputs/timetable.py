"""Populations whose values change at given times: rows that follow each other."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.inputs.source import Source
from annarchy_ml.importers.equations.running import TimedRows
from annarchy_ml.importers.equations.values import quantity_of_time, steps, time_of

Floats = NDArray[np.float64]
NEVER = -1.0


class Timed(Source):
    """A population with a timetable of one of its states, or of several.

    Attributes:
        schedule: one time between rows, 0 for every step, or the time of each row [ms].
        period: after which the rows begin again [ms]; -1: never.
    """

    _schedule: Any = 0.0
    _period: float = NEVER
    _origin = 0
    _restored: ClassVar[tuple[str, ...]] = ("_schedule", "_period")
    """What `reset` of a network brings back."""

    def _tables(self) -> dict[str, TimedRows]:
        """What the states get, by name; empty where nothing is known yet."""
        return {}

    @property
    def schedule(self) -> Any:
        """Times of the rows [ms]."""
        return self._schedule

    @schedule.setter
    def schedule(self, given: Any) -> None:
        self._set_times(given, None)
        self._changed(self._origin)

    @property
    def period(self) -> float:
        """The period [ms]; -1: none."""
        return self._period

    @period.setter
    def period(self, given: Any) -> None:
        self._set_times(None, given)
        self._changed(self._origin)

    def _set_times(self, schedule: Any, period: Any) -> None:
        if schedule is not None:
            self._schedule = _times(schedule)
        if period is not None:
            self._period = max(NEVER, quantity_of_time(period, "the period"))

    def _steps(self, count: int) -> NDArray[np.int64]:
        """Steps of the first rows."""
        h = self.net.dt
        if np.ndim(self._schedule) == 0:
            every = 1 if self._schedule == 0.0 else steps(self._schedule, h)
            return np.arange(count) * max(1, every)
        given = len(self._schedule)
        if given > count:
            raise ANNarchyException(f"'{self.name}' has {given} times, but {count} rows for them")
        if given < count:
            message = f"'{self.name}' has {given} times for {count} rows: the last ones never come"
            warnings.warn(message, stacklevel=3)
        return np.array([steps(item, h) for item in self._schedule], np.int64)

    def _rows(self, values: Floats) -> TimedRows:
        """A timetable of rows, shape (n, size)."""
        when = self._steps(len(values))
        if np.any(np.diff(when) < 0):
            raise ANNarchyException(f"the schedule of '{self.name}' must ascend")
        period = steps(self._period, self.net.dt) if self._period > 0 else 0
        return TimedRows(when, np.ascontiguousarray(values[: len(when)]), None, period)

    def hand_over(self) -> None:
        """After `compile`: its timetables."""
        super().hand_over()
        assert self.net.running is not None
        self._numbers: dict[str, int] = {}
        self._first = {
            name: self.__dict__[name] for name in self._restored if name in self.__dict__
        }
        for name in self._fed:
            made = self._tables().get(name, _nothing())
            self._numbers[name] = self.net.running.add_timetable(self.name, name, made)
        if self._origin:
            self._changed(self._origin)

    def _changed(self, origin: int) -> None:
        """Other rows, or other times, counted from another step."""
        self._origin = origin
        if "_waiting" in self.__dict__ or self.net.running is None:
            return
        for name, rows in self._tables().items():
            self.net.running.set_timetable(self._numbers[name], rows, origin)
            if rows.cells is None:
                self._show(name, rows)

    def _show(self, name: str, rows: TimedRows) -> None:
        """A state gets at once what it would have got in the last step."""
        running = self.net.running
        assert running is not None
        position = running.step - 1 - self._origin
        if position < 0 or not len(rows.steps):
            return
        if rows.period:
            position %= rows.period
        row = int(np.searchsorted(rows.steps, position, side="right")) - 1
        if row >= 0:
            self._shown(name, rows.values[row])

    def _shown(self, name: str, row: Floats) -> None:
        """Takes over a row."""
        self.put(name, row)

    def reset(self, attributes: Any = None) -> None:
        """Times count from now on; with names, these attributes as they were before `compile`."""
        if attributes is not None:
            super().reset(attributes)
        elif self.net.running is not None:
            self._changed(self.net.running.step)

    def began_again(self) -> None:
        """The time of the network is 0 again, and so is its own; rows are those of `compile`."""
        self.__dict__.update(self._first)
        self._changed(0)


def _times(given: Any) -> Any:
    if np.ndim(given) == 0:
        return time_of(given, "the schedule")
    return [time_of(item, "a time of the schedule") for item in given]


def _nothing() -> TimedRows:
    return TimedRows(np.zeros(0, np.int64), np.zeros(0), None, 0)
