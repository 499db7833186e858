"""Densities of one channel on one compartment share it: its gates are stepped once.

Before: ``naSoma/na/m/q`` and ``naAxon/na/m/q`` with the same equations, each with a state of its
own. After: the gates of the first one, ``naAxon/na/fopen = naSoma/na/fopen``, and the conductance
of each density as before, times the same open fraction.

Channels share where they are one component, their equations are the same and read the same around
them (a density that shifts the potential keeps its own), draw nothing, hear no events, and where
nobody gave one of them values of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from annarchy_ml.expr import Symbol, is_stochastic, rename
from annarchy_ml.kernels.nodes import Flow, Propagate, Role, Set, Statement
from annarchy_ml.kernels.uses import expressions_of
from annarchy_ml.model.cable import Kind
from annarchy_ml.model.instance import Group
from annarchy_ml.model.system import Equation, EquationSystem, Part
from annarchy_ml.passes.statements import reads, writes

_CHANNEL = "baseIonChannel"


def channels(group: Group) -> list[tuple[str, int]]:
    """The paths of ion channels, and which of them are one component."""
    found = (item for item in group.root.walk() if _CHANNEL in item.type.ancestors)
    return [(item.path, id(item.component)) for item in found]


def given(group: Group) -> frozenset[str]:
    """What instances of a group of compartments were given values of."""
    cable = group.cable
    names: Iterable[str] = () if cable is None else cable.columns
    return frozenset((*names, *group.properties, *group.starts))


def with_shared_channels(group: Group, system: EquationSystem) -> EquationSystem:
    """The system of compartments in which the densities of a channel share it."""
    first: dict[int, list[str]] = {}
    shared: list[tuple[str, str]] = []
    own = given(group)
    for path, component in channels(group):
        known = first.setdefault(component, [])
        if any(name.startswith(f"{path}/") for name in own):
            continue
        twin = next((item for item in known if _are_alike(system, item, path)), None)
        if twin is None:
            known.append(path)
        else:
            shared.append((path, twin))
    for path, twin in shared:
        system = _joined(system, path, twin)
    return replace(system, shared=tuple(shared))


def _inside(system: EquationSystem, path: str) -> list[Part]:
    return [item for item in system.parts if f"{item.path}/".startswith(f"{path}/")]


def _are_alike(system: EquationSystem, path: str, other: str) -> bool:
    """Whether two channels are the same but for the names of their densities."""
    parts = _inside(system, path), _inside(system, other)
    if len(parts[0]) != len(parts[1]) or not all(map(_is_plain, parts[0] + parts[1])):
        return False
    heard = {name for _, body in system.handlers for item in body for name in _touched(item)}
    heard |= {item.name for item in system.reduced} | {item.name for item in system.foreign}
    if any(name.startswith((f"{path}/", f"{other}/")) for name in heard):
        return False
    names = {
        name: path + name.removeprefix(other)
        for name in system.variables
        if name.startswith(f"{other}/")
    }
    around = _sources(system, (f"{path}/", f"{other}/"))
    return all(
        _renamed(one, one.path, {}, around)
        == _renamed(two, path + two.path.removeprefix(other), names, around)
        for one, two in zip(*parts, strict=True)
    )


def _sources(system: EquationSystem, apart: tuple[str, str]) -> dict[str, str]:
    """What is copied from further out, such as the potential of a density, and from where."""
    found: dict[str, str] = {}
    copies = {item.name: item.value for part in system.parts for item in part.requirements}
    for name in copies:
        source = name
        while isinstance(value := copies.get(source), Symbol):
            source = value.name
        if not name.startswith(apart):
            found[name] = source
    return found


def _touched(statement: Statement) -> frozenset[str]:
    return reads(statement) | writes(statement)


def _is_plain(part: Part) -> bool:
    """Whether a part has equations alone, and draws nothing."""
    further = (part.conditions, part.regime, part.regimes, part.on_regime_start, part.blocks)
    equations = (*part.requirements, *part.derived, *part.rates)
    values = [item.value for item in equations]
    for item in part.on_start:
        if not isinstance(item, Set):
            return False
        values.append(item.value)
    if part.scheme is not None:
        values.extend(expressions_of(part.scheme))
    return not any(further) and not any(is_stochastic(value) for value in values)


def _renamed(part: Part, path: str, names: dict[str, str], around: dict[str, str]) -> Part:
    """A plain part under other names, which reads what is around it from where it comes."""
    read = {**around, **names}

    def equations(items: tuple[Equation, ...]) -> tuple[Equation, ...]:
        return tuple(
            replace(item, name=names.get(item.name, item.name), value=rename(item.value, read))
            for item in items
        )

    return replace(
        part,
        path=path,
        requirements=equations(part.requirements),
        derived=equations(part.derived),
        rates=equations(part.rates),
        scheme=None if part.scheme is None else _renamed_scheme(part.scheme, names, read),
        published=tuple((names.get(a, a), names.get(b, b)) for a, b in part.published),
        on_start=tuple(
            replace(item, name=names.get(item.name, item.name), value=rename(item.value, read))
            for item in part.on_start
            if isinstance(item, Set)
        ),
    )


def _renamed_scheme(scheme: Propagate, names: dict[str, str], read: dict[str, str]) -> Propagate:
    flows = (
        Flow(item.source, item.target, rename(item.forward, read), rename(item.reverse, read))
        for item in scheme.flows
    )
    occupancies = tuple(names.get(item, item) for item in scheme.occupancies)
    return replace(scheme, occupancies=occupancies, flows=tuple(flows))


def _joined(system: EquationSystem, path: str, twin: str) -> EquationSystem:
    """The system without the equations of a channel: its values are those of its twin."""
    inside = {name: item for name, item in system.variables.items() if name.startswith(f"{path}/")}
    variables = {name: item for name, item in system.variables.items() if name not in inside}
    copies = []
    for name, item in inside.items():
        if item.role is not Role.PARAMETER:
            variables[name] = replace(item, role=Role.DERIVED)
            copies.append(Equation(name, Symbol(twin + name.removeprefix(path)), f"as in {twin}"))
    whole = next(item for item in system.parts if item.path == path)
    kept = Part(path, whole.type_name, derived=tuple(copies))
    gone = {item.path for item in _inside(system, path)} - {path}
    places = [k for k, item in enumerate(system.parts) if item.path not in gone]
    new_place = {old: new for new, old in enumerate(places)}
    return replace(
        system,
        parts=tuple(
            kept if item is whole else item for item in system.parts if item.path not in gone
        ),
        start_order=tuple(new_place[k] for k in system.start_order if k in new_place),
        variables=variables,
        mechanisms=tuple(item for item in system.mechanisms if item != path),
    )


def kinds_with_shared(
    kinds: tuple[Kind, ...], shared: tuple[tuple[str, str], ...]
) -> tuple[Kind, ...]:
    """Kinds of compartments that keep a channel which their other densities share.

    Args:
        kinds: with what is absent in each.
        shared: paths of channels, and of those whose values they have.
    """
    return tuple(
        replace(
            kind,
            kept=tuple(
                sorted({f"{twin}/" for path, twin in shared if not path.startswith(kind.absent)})
            ),
        )
        for kind in kinds
    )
