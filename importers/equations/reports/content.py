"""What a report says of a network, before it is Markdown or LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from annarchy_ml.importers.equations.monitor import Monitor
from annarchy_ml.importers.equations.projection import population_of
from annarchy_ml.importers.equations.reports.formulas import in_latex, name_in_latex
from annarchy_ml.importers.equations.values import is_law


@dataclass(frozen=True)
class Heading:
    """A heading; 1 is the largest."""

    text: str
    level: int


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of texts under a header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Formulas:
    """Equations, one below the other, in LaTeX."""

    lines: tuple[str, ...]


Part = Heading | Text | Table | Formulas


def content(net: Any) -> Iterator[Part]:
    """All parts of a report, in order."""
    yield Heading("Structure of the network", 1)
    settings = f"{net.dt:g} ms; method of equations without one: {net.method}; seed: {net.seed}."
    yield Text(f"Simulation step: {settings}")
    yield Heading("Populations", 2)
    yield Table(
        ("Population", "Size", "Geometry", "Neuron type"),
        tuple(_population(item) for item in net.populations),
    )
    if net.projections:
        yield Heading("Projections", 2)
        header = ("Projection", "Source", "Destination", "Target", "Synapse type", "Pattern",
                  "Weights", "Delays")  # fmt: skip
        yield Table(header, tuple(_projection(item) for item in net.projections))
    if net.monitors:
        yield Heading("Monitors", 2)
        rows = tuple(_monitor(item) for item in net.monitors)
        yield Table(("Object", "Variables", "Period"), rows)
    yield from _types("Neuron types", _distinct(item.neuron_type for item in net.populations))
    synapses = (item.definition for item in net.projections)
    yield from _types("Synapse types", _distinct(item for item in synapses if item is not None))
    yield from _parameters(net)


def _distinct(items: Iterable[Any]) -> list[Any]:
    return list({item.number: item for item in items}.values())


def _population(item: Any) -> tuple[str, ...]:
    return item.name, str(item.size), " x ".join(map(str, item.geometry)), item.neuron_type.name


def _projection(item: Any) -> tuple[str, ...]:
    kind = "-" if item.definition is None else item.definition.name
    rule = "not connected" if item.rule is None else _rule(item.rule)
    ends = (population_of(item.pre).name, population_of(item.post).name)
    values = (_value(item.given_weights), _value(item.delays))
    return item.name, *ends, ", ".join(item.targets), kind, rule, *values


def _rule(rule: Any) -> str:
    names = {name: getattr(rule, name, None) for name in ("probability", "number")}
    given = ", ".join(f"{name} {value:g}" for name, value in names.items() if value is not None)
    words = {"AllToAll": "all to all", "OneToOne": "one to one", "Explicit": "listed",
             "FixedProbability": "fixed", "FixedIndegree": "fixed, to each target",
             "FixedOutdegree": "fixed, from each source"}  # fmt: skip
    kind = words.get(type(rule).__name__, type(rule).__name__)
    return f"{kind}, {given}" if given else kind


def _value(given: Any) -> str:
    if isinstance(given, (int, float)):
        return f"{given:g}"
    if is_law(given):
        return repr(given)
    found = np.asarray(given, float)
    if not found.size:
        return "none"
    low, high = float(np.min(found)), float(np.max(found))
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _monitor(item: Monitor) -> tuple[str, ...]:
    period = "every step" if item.period <= item.net.dt else f"{item.period:g} ms"
    return population_of(item.object).name, ", ".join(item.variables), period


def _types(title: str, types: list[Any]) -> Iterator[Part]:
    if types:
        yield Heading(title, 1)
    for item in types:
        yield Heading(item.name, 2)
        if item.description:
            yield Text(item.description)
        yield from _equations("Equations:", map(_equation, item.equations))
        for what, given in (("Spike condition:", getattr(item, "spike", None)),
                            ("Axonal spike condition:", getattr(item, "axon_spike", None)),
                            ("Psp:", getattr(item, "psp", None))):  # fmt: skip
            if given is not None:
                yield Text(what)
                yield Formulas((in_latex(given),))
        refractory = getattr(item, "refractory", None)
        if refractory is not None:
            yield Text("Refractory time [ms]:")
            yield Formulas((in_latex(refractory),))
        for what, name in (("Reset:", "reset"), ("Reset after an axonal spike:", "axon_reset"),
                           ("When a spike arrives:", "pre_spike"),
                           ("When an axonal spike arrives:", "pre_axon_spike"),
                           ("When the target spikes:", "post_spike")):  # fmt: skip
            yield from _equations(what, map(_equation, getattr(item, name, ()) or ()))
        yield from _equations("Functions:", _functions(item))


def _functions(item: Any) -> Iterator[str]:
    for name, (arguments, body) in item.own_functions.items():
        given = ", ".join(map(name_in_latex, arguments))
        yield rf"{name_in_latex(name)}\left({given}\right) = {in_latex(body)}"


def _equations(what: str, lines: Iterable[str]) -> Iterator[Part]:
    found = tuple(lines)
    if found:
        yield Text(what)
        yield Formulas(found)


def _equation(item: Any) -> str:
    name = name_in_latex(item.name)
    left = rf"\frac{{d\,{name}}}{{dt}}" if item.is_rate else name
    notes = [item.flags.method, item.flags.locality]
    limits = (("min", item.flags.low), ("max", item.flags.high), ("init", item.flags.init))
    for word, value in limits:
        if value is not None and hasattr(value, "operands"):
            notes.append(rf"{word} ${in_latex(value)}$")
    text = ", ".join(note for note in notes if note)
    note = rf" \quad \text{{({text})}}" if text else ""
    return rf"{left} = {in_latex(item.value)}{note}"


def _parameters(net: Any) -> Iterator[Part]:
    yield Heading("Parameters and initial values", 1)
    owners = [(item, item.neuron_type.parameters) for item in net.populations]
    for item in net.projections:
        owners.append((item, {} if item.definition is None else item.definition.parameters))
    rows = tuple(
        (owner.name, name, kept.locality, _value(owner.values.get(name, 0.0)))
        for owner, parameters in owners
        for name, kept in parameters.items()
    )
    if rows:
        yield Table(("Object", "Parameter", "Locality", "Value"), rows)
    constants = tuple((item.name, f"{item.value:g}") for item in net.get_constants())
    if constants:
        yield Table(("Constant", "Value"), constants)
