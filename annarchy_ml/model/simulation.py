"""What a simulation is asked to write and to draw: output files, event files and displays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from annarchy_ml.diagnostics import Span

EventFormat = Literal["TIME_ID", "ID_TIME"]


class OutputColumn(NamedTuple):
    """One column of an output file; ids may repeat.

    Attributes:
        id: The name of the column in the model file.
        quantity: Path of the recorded quantity, such as ``hhpop[0]/v``.
    """

    id: str
    quantity: str


class EventSelection(NamedTuple):
    """The events of one instance in an event file.

    Attributes:
        id: What the file shows for each event, an integer by convention.
        path: The instance, such as ``pop[0]``.
        port: Name of its event port.
    """

    id: str
    path: str
    port: str = "spike"


@dataclass(frozen=True, slots=True)
class NodeReport:
    """An output as a SONATA file, whose columns or trains are those of nodes of populations.

    Attributes:
        path: File to write, relative to the output folder.
        populations: Of each column or train.
        nodes: The node's id of each.
        interval_s: Time between frames [s]; None writes every step.
        start_s: Time of the first frame [s].
        stop_s: Where the last frame ends [s]; None goes to the end of the run.
    """

    path: str
    populations: tuple[str, ...]
    nodes: tuple[int, ...]
    interval_s: float | None = None
    start_s: float = 0.0
    stop_s: float | None = None


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A table of recorded quantities that the model asks for.

    Attributes:
        id: Name within the simulation.
        path: File to write, relative to the output folder.
        columns: In document order; time comes before the first.
        interval_s: Time between rows [s]; None writes every step.
        start_s: Time of the first row [s].
        stop_s: Time of the last row [s]; None goes to the end of the run.
        span: Where the model file asks for it.
        report: The SONATA file that a run writes instead.
    """

    id: str
    path: str
    columns: tuple[OutputColumn, ...]
    interval_s: float | None = None
    start_s: float = 0.0
    stop_s: float | None = None
    span: Span | None = field(default=None, compare=False)
    report: NodeReport | None = None

    @property
    def written(self) -> str:
        """The file that a run writes."""
        return self.path if self.report is None else self.report.path


@dataclass(frozen=True, slots=True)
class EventOutputFile:
    """A list of events that the model asks for.

    Attributes:
        id: Name within the simulation.
        path: File to write, relative to the output folder.
        format: Whether the time or the id comes first in a line.
        selections: In document order.
        span: Where the model file asks for it.
        report: The SONATA file that a run writes instead.
    """

    id: str
    path: str
    format: EventFormat
    selections: tuple[EventSelection, ...]
    span: Span | None = field(default=None, compare=False)
    report: NodeReport | None = None

    @property
    def written(self) -> str:
        """The file that a run writes."""
        return self.path if self.report is None else self.report.path


@dataclass(frozen=True, slots=True)
class Line:
    """One curve of a display.

    Attributes:
        id: Name shown in the legend.
        quantity: Path of the recorded quantity.
        scale: The drawn number is the SI value divided by this: 1e-3 draws volts as mV.
        time_scale: The same for time; None takes the time scale of the display.
        color: As written in the model file, such as ``#ee40FF``; may be empty or invalid.
        span: Where the model file asks for it.
    """

    id: str
    quantity: str
    scale: float = 1.0
    time_scale: float | None = None
    color: str = ""
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Display:
    """A picture of recorded quantities against time.

    Attributes:
        id: Name within the simulation.
        title: Shown above the picture.
        xmin, xmax: Limits of the time axis, in units of `time_scale`; None fits the data.
        ymin, ymax: Limits of the value axis, after scaling; None fits the data.
        time_scale: The drawn time is the time in seconds divided by this: 1e-3 draws ms.
        lines: In document order.
        span: Where the model file asks for it.
    """

    id: str
    title: str = ""
    xmin: float | None = None
    xmax: float | None = None
    ymin: float | None = None
    ymax: float | None = None
    time_scale: float = 1e-3
    lines: tuple[Line, ...] = ()
    span: Span | None = field(default=None, compare=False)
