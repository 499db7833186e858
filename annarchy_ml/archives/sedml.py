"""SED-ML documents (levels 1, versions 1 to 4): what is read of them, and what is refused by name.

Read: models with changed attributes, uniform time courses, tasks, repeated tasks over one range or
more, data generators, reports and plots of curves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from xml.etree.ElementTree import Element

import numpy as np

from annarchy_ml.archives.omex import local, parsed
from annarchy_ml.diagnostics.core import UsageError

TIME = "urn:sedml:symbol:time"
LANGUAGES = ("urn:sedml:language:lems", "urn:sedml:language:neuroml")
_T = TypeVar("_T")
_ID = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Change:
    """Another value of an attribute; ``range`` names the range that it is taken from."""

    target: str
    value: str = ""
    model: str = ""
    range: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A model file with changes; the source may be another model (``#id``)."""

    id: str
    source: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class TimeCourse:
    """A simulation with so many steps between its first and last output [s]."""

    id: str
    begin: float
    start: float
    end: float
    steps: int
    kisao: str


@dataclass(frozen=True, slots=True)
class Task:
    """One run, or with ranges one for each of their values.

    Attributes:
        model, simulation: of a single run.
        ranges: values by id, the first of which counts.
        changes: what each value changes.
        subtasks: what is repeated.
        resets: whether models are at their start again each time.
    """

    id: str
    model: str = ""
    simulation: str = ""
    ranges: dict[str, tuple[float, ...]] = field(default_factory=dict)
    master: str = ""
    changes: tuple[Change, ...] = ()
    subtasks: tuple[str, ...] = ()
    resets: bool = True


@dataclass(frozen=True, slots=True)
class Variable:
    """What a generator reads of a task: a target in the model, or the time."""

    id: str
    task: str
    target: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Generator:
    """A formula of variables and parameters."""

    id: str
    name: str
    variables: tuple[Variable, ...]
    parameters: dict[str, float]
    math: Element


@dataclass(frozen=True, slots=True)
class Column:
    """A data set of a report, or an axis of curves."""

    id: str
    label: str
    generator: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve of a plot."""

    id: str
    name: str
    x: str
    y: str
    log_x: bool
    log_y: bool


@dataclass(frozen=True, slots=True)
class Output:
    """A report of data sets, or a plot of curves."""

    id: str
    name: str
    columns: tuple[Column, ...] = ()
    curves: tuple[Curve, ...] = ()


@dataclass(slots=True)
class Document:
    """One SED-ML file."""

    models: dict[str, Model] = field(default_factory=dict)
    simulations: dict[str, TimeCourse] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    generators: dict[str, Generator] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)


def read_sedml(path: Path) -> Document:
    """Reads a file.

    Raises:
        UsageError: If it holds what is not supported.
    """
    root = parsed(path)
    if local(root) != "sedML":
        raise UsageError(f"'{path.name}' is no SED-ML document but <{local(root)}>")
    return Document(
        models=_by_id(root, "listOfModels", _model),
        simulations=_by_id(root, "listOfSimulations", _simulation),
        tasks=_by_id(root, "listOfTasks", _task),
        generators=_by_id(root, "listOfDataGenerators", _generator),
        outputs=_by_id(root, "listOfOutputs", _output),
    )


def _by_id(root: Element, name: str, read: Callable[[Element], _T]) -> dict[str, _T]:
    """The parts of a list by their names, which also name files: no other sign is in them."""
    found: dict[str, _T] = {}
    for item in _listed(root, name):
        key = item.get("id", "")
        if not _ID.fullmatch(key):
            raise UsageError(f"<{local(item)}> has the id '{key}', which is no name")
        if key in found:
            raise UsageError(f"<{local(item)}> has the id '{key}', as another one has")
        found[key] = read(item)
    return found


def refused(item: Element, why: str = "") -> UsageError:
    """The fault of what is not supported."""
    name = f" '{item.get('id')}'" if item.get("id") else ""
    return UsageError(f"the SED-ML element <{local(item)}>{name} is not supported{why}")


def _listed(root: Element, name: str) -> Iterator[Element]:
    for part in root:
        if local(part) == name:
            yield from part


def _model(item: Element) -> Model:
    language = item.get("language", "")
    if not language.startswith(LANGUAGES):
        raise UsageError(f"the model '{item.get('id')}' is written in '{language}', not in LEMS")
    changes = tuple(map(_change, _listed(item, "listOfChanges")))
    return Model(item.get("id", ""), item.get("source", ""), changes)


def _change(item: Element) -> Change:
    if local(item) != "changeAttribute":
        raise refused(item, ": only changeAttribute is")
    return Change(item.get("target", ""), item.get("newValue", ""))


def _simulation(item: Element) -> TimeCourse:
    if local(item) != "uniformTimeCourse":
        raise refused(item, ": only uniformTimeCourse is")
    algorithm = next((part for part in item if local(part) == "algorithm"), None)
    if algorithm is None:
        raise UsageError(f"the simulation '{item.get('id')}' names no algorithm")
    if any(True for _ in _listed(algorithm, "listOfAlgorithmParameters")):
        raise UsageError(f"the algorithm of '{item.get('id')}' has parameters, which none here has")
    steps = int(item.get("numberOfSteps") or item.get("numberOfPoints") or 0)
    made = TimeCourse(
        item.get("id", ""),
        _number(item, "initialTime"),
        _number(item, "outputStartTime"),
        _number(item, "outputEndTime"),
        steps,
        algorithm.get("kisaoID", ""),
    )
    if made.begin != 0.0:
        raise UsageError(f"the simulation '{made.id}' begins at {made.begin:g} s, not at 0")
    if steps < 1 or not 0 <= made.start < made.end:
        raise UsageError(f"the simulation '{made.id}' has no output")
    return made


def _number(item: Element, name: str) -> float:
    text = item.get(name, "0")
    try:
        value = float(text)
    except ValueError as fault:
        raise UsageError(f"'{name}' of '{item.get('id')}' is no number: '{text}'") from fault
    if not np.isfinite(value):
        raise UsageError(f"'{name}' of '{item.get('id')}' is not finite: '{text}'")
    return value


def _task(item: Element) -> Task:
    name = item.get("id", "")
    if local(item) == "task":
        return Task(name, item.get("modelReference", ""), item.get("simulationReference", ""))
    if local(item) != "repeatedTask":
        raise refused(item)
    subtasks = sorted(_listed(item, "listOfSubTasks"), key=lambda part: int(part.get("order", "0")))
    if any(True for part in subtasks for _ in part):
        raise UsageError(f"the sub-tasks of '{name}' have changes, which is not supported")
    return Task(
        name,
        ranges={part.get("id", ""): _range(part) for part in _listed(item, "listOfRanges")},
        master=item.get("range", ""),
        changes=tuple(map(_set_value, _listed(item, "listOfChanges"))),
        subtasks=tuple(part.get("task", "") for part in subtasks),
        resets=item.get("resetModel", "false") == "true",
    )


def _range(item: Element) -> tuple[float, ...]:
    if local(item) == "vectorRange":
        return tuple(float(part.text or "nan") for part in item if local(part) == "value")
    if local(item) != "uniformRange":
        raise refused(item, ": only uniformRange and vectorRange are")
    count = int(item.get("numberOfSteps") or item.get("numberOfPoints") or 0) + 1
    ends = (_number(item, "start"), _number(item, "end"))
    if item.get("type") == "log":
        return tuple(np.geomspace(*ends, count).tolist())
    return tuple(np.linspace(*ends, count).tolist())


def _set_value(item: Element) -> Change:
    math = next((part for part in item if local(part) == "math"), None)
    names = [] if math is None else [part for part in math.iter() if local(part) == "ci"]
    wanted = item.get("range", "")
    if len(names) != 1 or (names[0].text or "").strip() != wanted or len(list(math or ())) != 1:
        raise refused(item, " unless its value is that of its range alone")
    return Change(item.get("target", ""), model=item.get("modelReference", ""), range=wanted)


def _generator(item: Element) -> Generator:
    math = next((part for part in item if local(part) == "math"), None)
    if math is None:
        raise UsageError(f"the data generator '{item.get('id')}' has no formula")
    return Generator(
        item.get("id", ""),
        item.get("name", ""),
        tuple(map(_variable, _listed(item, "listOfVariables"))),
        {part.get("id", ""): _number(part, "value") for part in _listed(item, "listOfParameters")},
        math,
    )


def _variable(item: Element) -> Variable:
    symbol = item.get("symbol", "")
    if symbol not in ("", TIME):
        raise UsageError(f"the symbol '{symbol}' is not supported: only {TIME} is")
    if item.get("modelReference"):
        raise UsageError(f"the variable '{item.get('id')}' is not of a task but of a model")
    return Variable(
        item.get("id", ""), item.get("taskReference", ""), item.get("target", ""), symbol
    )


def _output(item: Element) -> Output:
    makers: dict[str, Callable[[Element], Output]] = {"report": _report, "plot2D": _plot}
    made = makers.get(local(item))
    if made is None:
        raise refused(item, ": only report and plot2D are")
    return made(item)


def _report(item: Element) -> Output:
    columns = tuple(
        Column(
            part.get("id", ""),
            part.get("label", ""),
            part.get("dataReference", ""),
            part.get("name", ""),
        )
        for part in _listed(item, "listOfDataSets")
    )
    return Output(item.get("id", ""), item.get("name", ""), columns)


def _plot(item: Element) -> Output:
    curves = tuple(
        Curve(
            part.get("id", ""),
            part.get("name", ""),
            part.get("xDataReference", ""),
            part.get("yDataReference", ""),
            part.get("logX") == "true",
            part.get("logY") == "true",
        )
        for part in _listed(item, "listOfCurves")
    )
    names = dict.fromkeys(name for curve in curves for name in (curve.x, curve.y))
    columns = tuple(Column(name, name, name) for name in names)
    return Output(item.get("id", ""), item.get("name", ""), columns, curves)
