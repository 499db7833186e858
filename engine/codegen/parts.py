"""Event loops in whole vectors: what instances need is gathered into arrays of one part of a run.

The last vector of a part is filled up with an instance that is in the part already, so the loop
over vectors must write to these arrays alone; behind it, each instance gets its values back once,
and what is added to other groups is added in the order of the instances.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from annarchy_ml.engine.codegen.identifiers import Identifiers

MOST = 32
"""Indices that the engine tells something about; see ``aml_events``."""


@dataclass(slots=True)
class Parts:
    """Lines of the loops around the vector loop of one part; `k` counts within it.

    Attributes:
        temporaries: declarations of the arrays.
        fetch: for instance `i` of the part to come.
        gather: before the vector loop.
        later: behind it.
        fill: for the rest of the last vector, from the last instance.
        leads: where the indices of the first target of a run lead.
        indices: numbers of the indices that are followed.
        rows: whether targets, and what their indices lead to, are consecutive.
    """

    names: Identifiers
    rows: bool = False
    temporaries: list[str] = field(default_factory=list)
    fetch: list[str] = field(default_factory=list)
    gather: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    fill: list[str] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)
    indices: set[int] = field(default_factory=set)

    def array(self, kind: str, name: str) -> str:
        """The array of a value of each instance of a part."""
        array = self.names.name(("part", name), name, "_part")
        line = f"_Alignas(64) {kind} {array}[AML_PART];"
        if line not in self.temporaries:
            self.temporaries.append(line)
        return array

    def taken(self, kind: str, name: str, element: str) -> str:
        """Where the vector loop reads a value that stands in `element`."""
        array = self.array(kind, name)
        self.gather.append(f"{array}[k] = {element};")
        self.fill.append(f"{array}[k] = {array}[count - 1];")
        return f"{array}[k]"

    def kept(self, kind: str, name: str, element: str) -> str:
        """Where it writes a value that belongs into `element`."""
        array = self.array(kind, name)
        self.later.append(f"{element} = {array}[k];")
        return f"{array}[k]"

    def added(self, name: str, element: str) -> str:
        """Where it writes what is to be added to `element`."""
        array = self.array("aml_real", f"{name} added {len(self.later)}")
        self.later.append(f"{element} += {array}[k];")
        return f"{array}[k]"

    def fetch_index(self, index: str, number: int) -> None:
        """Lets an index be fetched, where it is read in its own order."""
        plain = f"if ({index}) __builtin_prefetch({index} + i);"
        special = f"aml_fetch_index({index}, {number}, events, i);"
        self.fetch.append(f"if (special) {special} else {plain}" if number < MOST else plain)

    def _in_row(self, index: str) -> str:
        lead = self.names.name(("lead", index), index, "_lead")
        line = f"const int64_t {lead} = {index} ? {index}[leader] : leader;"
        if line not in self.leads:
            self.leads.append(line)
        return f"{lead} + from + k"

    def led_to(self, index: str, number: int) -> str:
        """The instance to which an index leads; a null index stands for the own number."""
        plain = f"{index} ? {index}[i] : i"
        self.indices.add(number)
        if self.rows:
            return self._in_row(index)
        if number >= MOST:
            return plain
        place = f"aml_led_to({index}, {number}, events, &run, from + k, part[0], i)"
        return f"special == 2 ? along[k] : special ? {place} : {plain}"
