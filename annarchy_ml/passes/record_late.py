"""What synapses derive, recorded in the method ``neuron`` as it is there: from the new potential.

A mechanism derives its values at the end of a step, from the potential that the step has led to and
from its states as they were at the start. Here synapses step before their cells. Before: a record
of ``g`` sees the potential of the step before. After: it is that of a group that steps last, with
an instance for each recorded synapse, and derives ``g`` from what synapse and cell keep.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from annarchy_ml.expr import Binary, Symbol, free_symbols, is_stochastic, rename
from annarchy_ml.integrators.attached import BEFORE, follows_potentials
from annarchy_ml.integrators.simultaneous import DT, Algebra
from annarchy_ml.kernels.nodes import BUILTINS, Role, Set
from annarchy_ml.kernels.plan import Recording
from annarchy_ml.model.instance import Group
from annarchy_ml.model.system import Equation, EquationSystem, ForeignInput, Part, Variable
from annarchy_ml.passes.members import Member, foreign_group

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.passes.assemble import Assembler

_OWN = "synapse"
"""The index that leads to the recorded synapse."""


def record_at_end(assembler: Assembler, recordings: tuple[Recording, ...]) -> tuple[Recording, ...]:
    """The recordings, those of late values from a group that has them at the end of a step."""
    late: dict[int, list[Recording]] = {}
    for item in recordings:
        if assembler.members[item.group].system.late:
            late.setdefault(item.group, []).append(item)
    changed: dict[Recording, Recording] = {}
    for position, items in late.items():
        changed.update(_from_last(assembler, assembler.members[position], items))
    return tuple(changed.get(item, item) for item in recordings)


def _from_last(
    assembler: Assembler, member: Member, recordings: list[Recording]
) -> dict[Recording, Recording]:
    """The recordings of one group of synapses that change, and what they become."""
    values = _Values(member.system)
    shown = {item: item.field for item in recordings if values.are_late(item.field)}
    if not shown:
        return {}
    fields = sorted(set(shown.values()))
    places = sorted({item.index for item in shown})
    instances = np.array(places) if member.order is None else member.order[places]
    added = _add(assembler, member, values.system(fields), instances)
    added.wanted.update(fields)
    return {
        item: replace(item, group=added.position, index=places.index(item.index)) for item in shown
    }


class _Values:
    """What a synapse derives, and its states, as they are at the end of a step."""

    def __init__(self, system: EquationSystem) -> None:
        self._source = system
        algebra = Algebra(system, "t")
        self._derived = algebra.derived
        self._rates = {item.name: item.value for item in algebra.rates}
        self._published = dict(pair for part in system.parts for pair in part.published)
        self._follows = follows_potentials(system)
        self._foreign = {item.name: item for item in system.foreign}

    def are_late(self, field: str) -> bool:
        """Whether a recorded variable is one that can be derived at the end of a step."""
        name = self._published.get(field, field)
        if name in self._rates and not self._follows:
            return False
        own = [item for item in self._derived if item.name in self._needed([name])]
        if any(is_stochastic(item.value) for item in own):
            return False
        read = self._needed([name])
        sees = self._foreign.keys() | (self._rates.keys() if self._follows else set())
        return bool(read & sees) and (bool(own) or name in self._rates)

    def _needed(self, names: Iterable[str]) -> set[str]:
        """All that some variables follow from, they included."""
        needed = set(names)
        for name in needed & self._rates.keys():
            needed |= free_symbols(self._rates[name])
        for item in reversed(self._derived):
            if item.name in needed:
                needed |= free_symbols(item.value)
        return needed

    def system(self, fields: list[str]) -> EquationSystem:
        """The equations of a group that derives some recorded variables at the end of a step."""
        names = {field: self._published.get(field, field) for field in fields}
        needed = self._needed(names.values())
        derived = [item for item in self._derived if item.name in needed]
        own = needed - {item.name for item in derived} - self._foreign.keys() - set(BUILTINS)
        kept = {name: f"{_OWN}:{name}" for name in sorted(own)}
        moved = sorted(set(names.values()) & self._rates.keys())
        equations = [replace(item, value=rename(item.value, kept)) for item in derived]
        equations += [self._moved(name, kept) for name in moved]
        equations += [Equation(key, Symbol(name)) for key, name in names.items() if key != name]
        starts = tuple(Set(name, Symbol(kept[name])) for name in moved)
        own_foreign = (ForeignInput(kept[name], _OWN, self._keeper(name)) for name in kept)
        others = (item for name, item in self._foreign.items() if name in needed)
        return EquationSystem(
            name=f"{self._source.name} as recorded",
            parts=(Part("", self._source.name, derived=tuple(equations), on_start=starts),),
            start_order=(0,),
            variables={item.name: self._variable(item.name) for item in equations},
            reduced=(),
            foreign=(*own_foreign, *others),
            handlers=(),
            out_ports=(),
        )

    def _moved(self, name: str, kept: dict[str, str]) -> Equation:
        """A state that moves by potentials, by those at the end of the step."""
        change = Binary("*", DT, rename(self._rates[name], kept))
        return Equation(name, Binary("+", Symbol(kept[name]), change))

    def _variable(self, name: str) -> Variable:
        known = self._source.variables.get(name)
        return Variable(name, Role.DERIVED, known.dimension if known is not None else "")

    def _keeper(self, name: str) -> str:
        """Where a synapse keeps a state as it was at the start of the step, or anything else."""
        before = f"{name}{BEFORE}"
        return before if before in self._source.variables and not self._follows else name


def _add(
    assembler: Assembler, member: Member, system: EquationSystem, instances: NDArray[np.int64]
) -> Member:
    """The group that is recorded in place of some instances of a group of synapses."""
    group = member.group
    made = Group(f"{group.name} as recorded", group.root, len(instances))
    made.inside = group.inside
    for item in system.foreign:
        if item.index == _OWN:
            made.others[_OWN] = (group, instances)
            continue
        other = foreign_group(group, item.index)
        assert other is not None
        made.others[item.index] = (other, _instances(group, item.index)[instances])
    added = assembler.add(Member(made, len(assembler.members), system))
    for item in system.foreign:
        if item.index == "host" and item.name in member.earlier:
            added.earlier[item.name] = member.earlier[item.name]
        variable = added.earlier.get(item.name, item.variable)
        assembler.recordings.by_group[id(made.others[item.index][0])].offer(variable)
    return added


def _instances(group: Group, index: str) -> NDArray[np.int64]:
    """Where each instance of an attached group finds those that it reads, shape (size,)."""
    if index in group.others:
        return group.others[index][1]
    if index == "host":
        return np.asarray(group.hosts, np.int64)
    peers = np.asarray(group.peers, np.int64)
    if index == "peer":
        return peers
    if index == "peer host" and group.far is not None:
        return np.asarray(group.far.hosts, np.int64)[peers]
    return np.zeros(group.size, np.int64)
