"""When a monitor records: stretches of time, and every how many steps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.values import steps, time_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network


class Segments:
    """Stretches of recording.

    Attributes:
        segments: (first step, last step or None) of each stretch.
        ended: (first step, last step) of those before a reset that kept what was recorded.
    """

    net: Network
    _period: float | None = None
    _offset: float | None = None
    _paces: Sequence[tuple[int, float | None, float | None]] = ()
    """From which step on with which period and offset is recorded."""
    segments: list[tuple[int, int | None]]
    ended: list[tuple[int, int]]
    variables: list[str]
    _recordings: dict[str, tuple[int, int]]
    _got: dict[str, int]
    _earlier: dict[str, Any]
    _carried: bool

    @property
    def period(self) -> float:
        """Time between rows [ms]; every step, if none was given."""
        return self.net.dt if self._period is None else self._period

    @period.setter
    def period(self, given: Any) -> None:
        self._set_period(time_of(given, "the period"), self._offset)

    @property
    def period_offset(self) -> float:
        """Time of rows within a period [ms]."""
        return 0.0 if self._offset is None else self._offset

    @period_offset.setter
    def period_offset(self, given: Any) -> None:
        self._set_period(self._period, time_of(given, "the period_offset"))

    def _set_period(self, period: float | None, offset: float | None) -> None:
        h = self.net.dt
        every = 1 if period is None else max(1, steps(period, h))
        if offset is not None and not 0 <= steps(offset, h) < every:
            raise ANNarchyException(f"a period_offset of {offset:g} ms lies outside of the period")
        self._period, self._offset = period, offset
        running = self.net.running
        now = 0 if running is None or not self.segments else running.step
        earlier = [item for item in self._paces if item[0] < now]
        self._paces = [*earlier, (now, period, offset)]

    def carry_over(self) -> None:
        """What was recorded so far stays when the network begins again."""
        for name in self.variables:
            self._earlier[name] = self._one(name, False, False)
        found = self.times()
        self.ended = list(zip(found["start"], found["stop"], strict=True))
        self._carried = True

    @abstractmethod
    def _one(self, name: str, keep: bool, reshape: bool) -> Any:
        """What was recorded of a variable."""

    def pause(self) -> None:
        """What happens from now on is not recorded."""
        running = self.net.running
        if running is not None and self.segments and self.segments[-1][1] is None:
            self.segments[-1] = (self.segments[-1][0], running.step)

    stop = pause

    def resume(self) -> None:
        """Goes on recording."""
        running = self.net.running
        if running is not None and self.segments and self.segments[-1][1] is not None:
            self.segments.append((running.step, None))

    def _inside(self, steps: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether steps lie in a stretch of recording."""
        found = np.zeros(len(steps), bool)
        for begin, end in self.segments:
            found |= (steps >= begin) & (steps < (np.inf if end is None else end))
        return found

    def _due(self, count: NDArray[np.int64], begun: int) -> NDArray[np.bool_]:
        """Whether steps are recorded, counted from the first one: by period and offset."""
        found = np.zeros(len(count), bool)
        h = self.net.dt
        for first, period, offset in self._paces:
            every = 1 if period is None else max(1, steps(period, h))
            later = count >= first
            found[later] = (count[later] - begun) % every == steps(offset or 0.0, h) % every
        return found

    def times(self, variables: Any = None) -> dict[str, Any]:
        """First and last steps of what was recorded.

        Args:
            variables: a name or several; None: those of the monitor.

        Returns:
            Steps as ``{"start": [...], "stop": [...]}``; with names, such a dictionary for each.

        Raises:
            ANNarchyException: If the monitor does not record one of them.
        """
        if variables is None:
            return self._stretches(0)
        names = [variables] if isinstance(variables, str) else list(variables)
        return {name: self._stretches(self._begun(name)) for name in names}

    def _stretches(self, begun: int) -> dict[str, list[int]]:
        """First and last steps of stretches of recording, from a step of this run on."""
        now = 0 if self.net.running is None else self.net.running.step
        found = [(first, now if last is None else last) for first, last in self.segments]
        found = [(max(first, begun), last) for first, last in found if last >= begun]
        both = [*self.ended, *found]
        return {"start": [item[0] for item in both], "stop": [item[1] for item in both]}

    def _begun(self, name: str) -> int:
        """The step since which a variable is recorded."""
        if name not in self.variables:
            raise ANNarchyException(f"the monitor does not record '{name}'")
        return self._recordings.get(name, (0, 0))[1]

    def forget(self) -> None:
        """Nothing was recorded any more; what was not stopped goes on from step 0."""
        if not self._carried:
            self._earlier.clear()
            self.ended.clear()
        self._carried = False
        self._got.clear()
        self._paces = [(0, *self._paces[-1][1:])]
        self._recordings = {name: (number, 0) for name, (number, _) in self._recordings.items()}
        stopped = bool(self.segments) and self.segments[-1][1] is not None
        self.segments = [(0, 0 if stopped else None)] if self._recordings else []
