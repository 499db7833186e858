"""Reads what a simulation component asks for: what to run, for how long, what to record.

The meaning of the elements comes from the ``Simulation`` block of their types (``Run``, ``Record``,
``DataWriter``, ...), so user-defined simulation types work like the core ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from annarchy_ml.diagnostics import Diagnostics, did_you_mean
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.model.component import Component, SimulationElement
from annarchy_ml.model.document import Document
from annarchy_ml.model.simulation import Display, EventOutputFile, OutputFile
from annarchy_ml.options import steps_fault
from annarchy_ml.passes.outputs import OutputReader, Wanted, element_of
from annarchy_ml.passes.titles import an, title
from annarchy_ml.passes.values import ValueTable

_EXAMPLES = {"length": "100 ms", "step": "0.01 ms"}


@dataclass(frozen=True, slots=True)
class Request:
    """A run: target, step and length in seconds, all outputs, and the paths they record."""

    target: Component
    dt: float
    length: float
    seed: int | None
    outputs: tuple[OutputFile, ...] = ()
    event_outputs: tuple[EventOutputFile, ...] = ()
    displays: tuple[Display, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    wanted_events: tuple[Wanted, ...] = ()


def find_simulation(
    document: Document, values: ValueTable, report: Diagnostics
) -> Component | None:
    """The component that ``<Target>`` names, or the only simulation of the document."""
    by_id = values.components.by_id
    if document.targets:
        name, origin = document.targets[-1]
        found = by_id.get(name)
        if found is None:
            report.error(
                "component.unknown",
                f"the target '{name}' is not defined",
                locate(origin, "component"),
                hint=did_you_mean(name, by_id) or "name the id of a Simulation",
            )
        elif not _runs(found, values):
            first = locate(found.origin, "id")
            report.error(
                "simulation.missing",
                f"the target '{name}' is {an(found.type)}, which says nothing about running",
                locate(origin, "component"),
                related=((first, "this component"),) if first is not None else (),
                hint="let <Target> name a Simulation component",
            )
            return None
        return found
    candidates = [item for item in document.components if _runs(item, values)]
    if len(candidates) == 1:
        return candidates[0]
    what = "no simulation" if not candidates else f"{len(candidates)} simulations"
    report.error(
        "simulation.missing",
        f"the file defines {what} to run",
        None,
        hint='add <Simulation id="sim1" length="100ms" step="0.01ms" target="net1"> and '
        '<Target component="sim1"/>'
        if not candidates
        else 'choose one with <Target component="..."/>',
    )
    return None


def asks_to_run(document: Document, values: ValueTable) -> bool:
    """Whether there is a target or a simulation; a file of components alone has none."""
    return bool(document.targets) or any(_runs(item, values) for item in document.components)


def _runs(component: Component, values: ValueTable) -> bool:
    return element_of(component, "Run", values) is not None


class RequestReader:
    """Reads one simulation component and everything inside it."""

    def __init__(self, values: ValueTable, report: Diagnostics) -> None:
        self.values = values
        self.report = report

    def read(self, simulation: Component) -> Request | None:
        """The request; None after a reported fault."""
        run = element_of(simulation, "Run", self.values)
        if run is None:
            self.report.error(
                "simulation.missing",
                f"{simulation.type} '{simulation.id}' says nothing about running: it is no "
                "simulation",
                locate(simulation.origin),
                hint="let <Target> name a Simulation component",
            )
            return None
        target = self._target(simulation, run)
        own = self.values.of(simulation)
        dt, length = own.get(run.get("increment"), 0.0), own.get(run.get("total"), 0.0)
        self._check_times(simulation, run, dt, length)
        outputs = OutputReader(self.values, self.report)
        for child in simulation.children:
            outputs.read(child)
        if target is None:
            return None
        return Request(
            target,
            dt,
            length,
            self._seed(simulation),
            tuple(outputs.outputs),
            tuple(outputs.event_outputs),
            tuple(outputs.displays),
            tuple(outputs.wanted),
            tuple(outputs.wanted_events),
        )

    def _target(self, simulation: Component, run: SimulationElement) -> Component | None:
        attribute = run.get("component")
        name = simulation.attributes.get(attribute, "")
        found = self.values.components.by_id.get(name)
        if found is None:
            self.report.error(
                "component.unknown" if name else "attribute.missing",
                f"the simulation '{simulation.id}' runs '{name}', which is not defined"
                if name
                else f"the simulation '{simulation.id}' must name its {attribute}",
                locate(simulation.origin, attribute if name else ""),
                hint=did_you_mean(name, self.values.components.by_id)
                or "name the id of a network or a cell",
                component=simulation.id,
            )
        elif self.values.types.get(found.type) is None:
            self.report.error(
                "type.unknown",
                f"the simulation '{simulation.id}' runs '{name}', whose type is not known",
                locate(found.origin),
                hint="include the file that defines it",
                component=name,
            )
            return None
        return found

    def _check_times(
        self, simulation: Component, run: SimulationElement, dt: float, length: float
    ) -> None:
        for name, value in ((run.get("increment"), dt), (run.get("total"), length)):
            if name in simulation.attributes and not (0 < value < float("inf")):
                self.report.error(
                    "run.step",
                    f"'{name}' of {title(simulation)} must be longer than 0, not "
                    f"'{simulation.attributes[name]}'",
                    locate(simulation.origin, name),
                    hint=f'write {name}="{_EXAMPLES.get(name, "1 ms")}" with your value',
                    component=simulation.id,
                )
        sound = 0 < dt < float("inf") and 0 < length < float("inf")
        fault = steps_fault(dt, length) if sound else ""
        if fault:
            self.report.error(
                "run.step",
                fault,
                locate(simulation.origin, run.get("increment")),
                hint="mind the units of both",
                component=simulation.id,
            )

    def _seed(self, simulation: Component) -> int | None:
        text = simulation.attributes.get("seed", "").strip()
        if not text:
            return None
        try:
            return int(text) if text.lstrip("+-").isdecimal() else int(float(text))
        except (ValueError, OverflowError):
            self.report.error(
                "value.range",
                f"the seed must be a whole number, not '{text}'",
                locate(simulation.origin, "seed"),
                hint='write seed="1"',
                component=simulation.id,
            )
            return None
