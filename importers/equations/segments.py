"""When a monitor records: stretches of time, and every how many steps."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.values import steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.importers.equations.network import Network


class Segments:
    """Stretches of recording.

    Attributes:
        period, offset: between rows, and of the first one [ms]; None for every step, for none.
        segments: (first step, last step or None) of each stretch.
        ended: (first step, last step) of those before a reset that kept what was recorded.
    """

    net: Network
    period: float | None
    offset: float | None
    segments: list[tuple[int, int | None]]
    ended: list[tuple[int, int]]
    variables: list[str]
    _earlier: dict[str, Any]
    _carried: bool

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

    def _due(self, since: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether steps are recorded, counted from the first one: by period and offset."""
        h = self.net.dt
        every = 1 if self.period is None else max(1, steps(self.period, h))
        offset = 0 if self.offset is None else steps(self.offset, h)
        if not 0 <= offset < every:
            raise ANNarchyException(
                f"a period_offset of {self.offset:g} ms lies outside of the period"
            )
        found: NDArray[np.bool_] = since % every == offset
        return found

    def times(self) -> dict[str, list[int]]:
        """First and last steps of what was recorded."""
        now = 0 if self.net.running is None else self.net.running.step
        begun = [first for first, _ in self.segments]
        ended = [now if last is None else last for _, last in self.segments]
        earlier = [[item[k] for item in self.ended] for k in (0, 1)]
        return {"start": earlier[0] + begun, "stop": earlier[1] + ended}
