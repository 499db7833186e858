"""The progress line of a run: how far it is, and how fast it goes against real time."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Any

from annarchy_ml.cli.outcome import tell
from annarchy_ml.results import time_text

_QUIET_S = 0.7
_LINE_EVERY_S = 20.0


class ProgressLine:
    """Shows a run that takes longer than a moment: a bar on a terminal, else a line at times."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Any = None
        self._task: Any = None
        self._next_line_s = _LINE_EVERY_S

    def __call__(self, time_s: float, duration_s: float, wall_s: float) -> None:
        """Take note of where the run is."""
        if self._quiet or wall_s < _QUIET_S:
            return
        state = f"{time_text(time_s)} of {time_text(duration_s)}, {_pace(time_s, wall_s)}"
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            self._draw(time_s / duration_s, state)
        elif wall_s >= self._next_line_s:
            self._next_line_s = wall_s + _LINE_EVERY_S
            tell(state)

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _draw(self, share: float, state: str) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(state, total=1.0)
            self._bar.start()
        self._bar.update(self._task, completed=share, description=state)


def _pace(time_s: float, wall_s: float) -> str:
    """Simulated time per second of real time."""
    return f"{time_text(time_s / wall_s)} per second" if time_s > 0 else "starting"
