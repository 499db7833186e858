"""Weighted sums of rates as LEMS elements: tunnels between what hangs on both neurons.

What hangs on a source shows the values of its neuron as they were at the end of the step before, to
targets that stand behind the source in the file; those that stand before it, or are the source
itself, see them a step later. Longer delays are chains of states.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement

from annarchy_ml.exporters.lems.expressions import number, refused
from annarchy_ml.exporters.lems.names import Names
from annarchy_ml.exporters.lems.program import ALWAYS, Derived, Steps
from annarchy_ml.exporters.lems.types import WEIGHT, Clock, Kind, TypeWriter, add
from annarchy_ml.expr import Expr, Number, Symbol, free_symbols, substitute
from annarchy_ml.model.dynamics import StateAssignment
from annarchy_ml.model.network import Coupling

BEHIND, BEFORE = 1, 2
"""Steps after which a target sees a source, by where it stands in the file."""


@dataclass(frozen=True, slots=True)
class Summed:
    """One coupling.

    Attributes:
        name: of the coupling.
        reads: variables of the sources that it reads.
        psp: what a connection gives.
        into: what it fills; of a mean, the sum that is divided.
        number: what counts the connections of a mean; empty for a sum.
        source, target: the types of the neurons.
    """

    name: str
    reads: tuple[str, ...]
    psp: Expr
    into: str
    source: Kind
    target: Kind
    number: str = ""

    @property
    def sink(self) -> str:
        """The type that hangs on targets."""
        return f"{self.name}_sum"

    @property
    def base(self) -> str:
        """The type that all that hangs on sources extends."""
        return f"{self.name}_source"

    def sender(self, kept: int) -> str:
        """The type that hangs on sources and keeps values for so many steps."""
        return f"{self.name}_source_{kept}"


def summed(item: Coupling, source: Kind, target: Kind) -> Summed:
    """What a coupling is made of, noted at the neurons.

    Raises:
        UsageError: If LEMS cannot say it.
    """
    what = f"'{item.name}'"
    if item.synapse is not None:
        raise refused(what, "connections between neurons with values of their own that see both")
    if item.operation not in ("sum", "mean"):
        raise refused(what, f"the operation '{item.operation}': it adds up")
    reads = sorted(free_symbols(item.psp) - {"w"})
    if any(not name.startswith("pre.") for name in reads):
        raise refused(what, "terms that read the neuron behind the connection")
    own = tuple(name.removeprefix("pre.") for name in reads)
    source.tunnels = target.tunnels = True
    source.shared.update(own)
    into, number = item.into, ""
    if item.operation == "mean":
        into, number = f"sum of {item.name}", f"number of {item.name}"
        target.means.append((item.into, into, number))
    target.filled.extend(name for name in (into, number) if name not in ("", *target.filled))
    return Summed(item.name, own, item.psp, into, source, target, number)


def attached_type(kind: Kind) -> Element:
    """What has in common all that rates go through on neurons of a type."""
    element = Element("ComponentType", name=kind.attached)
    for into in kind.filled:
        add(element, "Exposure", name=kind.given(into), dimension="none")
    return element


def _nothing(kind: Kind, element: Element, but: tuple[str, ...] = ()) -> None:
    """It adds nothing to what it does not fill."""
    dynamics = element.find("Dynamics")
    assert dynamics is not None
    for into in kind.filled:
        if into not in but:
            own = {"name": kind.given(into), "dimension": "none", "exposure": kind.given(into)}
            dynamics.append(Element("DerivedVariable", {**own, "value": "0"}))


def sink_element(made: Summed, clock: Clock) -> Element:
    """What hangs on targets: it gives what its connection gives."""
    steps = Steps()
    seen = {f"pre.{name}": Symbol(f"seen {name}") for name in made.reads}
    given = made.target.given(made.into)
    term = substitute(made.psp, {**seen, "w": Symbol(WEIGHT)})
    value = number(term, steps.choose, f"'{made.name}'")
    steps.derived.append(Derived(given, value))
    if made.number:
        steps.derived.append(Derived(made.target.given(made.number), Number(1.0)))
    names = Names(
        [*(item.name for item in steps.derived), *(f"seen {name}" for name in made.reads)]
    )
    names.of[WEIGHT] = WEIGHT
    element = Element("ComponentType", name=made.sink, extends=made.target.attached)
    add(element, "Property", name=WEIGHT, dimension="none", defaultValue="1")
    writer = TypeWriter(element, names)
    writer.constants(clock)
    add(element, "InstanceRequirement", name="peer", type=made.base)
    writer.dynamics(steps, {}, {})
    dynamics = element.find("Dynamics")
    assert dynamics is not None
    for place, name in enumerate(made.reads):
        own = {"name": names.of[f"seen {name}"], "dimension": "none"}
        dynamics.insert(place, Element("DerivedVariable", {**own, "select": f"peer/given_{place}"}))
    _nothing(made.target, element, (made.into, made.number))
    return element


def base_source(made: Summed) -> Element:
    """What all types have in common that hang on sources."""
    element = Element("ComponentType", name=made.base, extends=made.source.attached)
    for place in range(len(made.reads)):
        add(element, "Exposure", name=f"given_{place}", dimension="none")
    return element


def source_element(made: Summed, kept: int, clock: Clock) -> Element:
    """What hangs on sources: it gives the values of its neuron, kept for so many steps."""
    element = Element("ComponentType", name=made.sender(kept), extends=made.base)
    read = [made.source.names.of[name] for name in made.reads]
    for name in read:
        add(element, "Requirement", name=name, dimension="none")
    add(element, "InstanceRequirement", name="peer", type=made.sink)
    steps = Steps()
    starts: dict[str, Expr] = {}
    for place, name in enumerate(read):
        chain = [name, *(f"kept_{place}_{step}" for step in range(kept))]
        steps.states.extend(chain[1:])
        starts.update({own: Symbol(name) for own in chain[1:]})
        steps.derived.append(Derived(f"given_{place}", Symbol(chain[-1])))
        for before, after in reversed(list(pairwise(chain))):
            steps.conditions.append((ALWAYS, [StateAssignment(after, Symbol(before))]))
    names = Names(())
    names.of.update({own: own for own in [*steps.states, *(one.name for one in steps.derived)]})
    writer = TypeWriter(element, names)
    writer.constants(clock)
    writer.exposed(steps.states)
    writer.dynamics(steps, starts, {})
    _nothing(made.source, element)
    return element


def tunnel_type(made: Summed) -> Element:
    """The connections of one weighted sum."""
    element = Element("ComponentType", name=f"{made.name}_connection", extends="explicitConnection")
    for name in ("from", "to"):
        add(element, "Path", name=name)
    add(element, "Parameter", name=WEIGHT, dimension="none")
    add(element, "ComponentReference", name="source", type=made.base)
    add(element, "ComponentReference", name="sink", type=made.sink)
    structure = SubElement(element, "Structure")
    add(structure, "With", instance="from", **{"as": "a"})
    add(structure, "With", instance="to", **{"as": "b"})
    ends = {"endA": "a", "endB": "b", "componentA": "source", "componentB": "sink"}
    tunnel = add(structure, "Tunnel", name="peer", **ends)
    add(tunnel, "Assign", property=WEIGHT, value=WEIGHT)
    return element
