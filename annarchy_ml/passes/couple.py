"""Couplings: a property of cells is filled in every step from values of other cells.

Before: ``input`` is a property of the cells, a constant of each; ``psp`` is ``w * pre.r``. After:
``input`` is a value that the engine fills before each step, ``r`` of the sources is stored.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from annarchy_ml.diagnostics import did_you_mean
from annarchy_ml.expr import Binary, Expr, Number, Symbol, free_symbols, substitute
from annarchy_ml.kernels.nodes import Kernel, KernelKind, Let, Role, Store
from annarchy_ml.kernels.plan import CouplingPlan, SynapticCouplingPlan
from annarchy_ml.kernels.uses import used_symbols
from annarchy_ml.model.component import (
    Component,
    ComponentType,
    Exposure,
    Parameter,
    Reference,
)
from annarchy_ml.model.dynamics import DerivedVariable, Dynamics
from annarchy_ml.model.instance import Group, Node
from annarchy_ml.model.system import EquationSystem, Variable
from annarchy_ml.passes.members import PRE, foreign_group
from annarchy_ml.passes.terms import TERM as TERM_FIELD

if TYPE_CHECKING:
    from annarchy_ml.model.instance import Coupled
    from annarchy_ml.model.network import Coupling
    from annarchy_ml.passes.assemble import Assembler
    from annarchy_ml.passes.members import Member

WEIGHT, OF_PRE = "w", "pre."
TERM = "psp"
"""What a connection exposes that has no component of its own."""


def weighted_value(psp: Expr) -> str | None:
    """The name ``x`` if a connection gives ``w * pre.x``; None if it gives something else."""
    if not isinstance(psp, Binary) or psp.op != "*":
        return None
    names = [item.name for item in psp.operands if isinstance(item, Symbol)]
    if len(names) != 2 or WEIGHT not in names:
        return None
    other = names[1 - names.index(WEIGHT)]
    return other.removeprefix(OF_PRE) if other.startswith(OF_PRE) else None


def connection_node(item: Coupling, source: Node, target: Node) -> Node:
    """The component that a connection is, where what it gives is an expression alone."""
    names = sorted(free_symbols(item.psp) - {WEIGHT})
    seen = [DerivedVariable(name, "", select=name.replace(".", "/", 1)) for name in names]
    made = ComponentType(
        f"{item.name} connection",
        parameters=(Parameter(WEIGHT, "*", "property"),),
        exposures=(Exposure(TERM, "*"),),
        references=tuple(Reference(end, "instance") for end in ("pre", "post")),
        dynamics=Dynamics(derived=(*seen, DerivedVariable(TERM, "", item.psp, exposure=TERM))),
    )
    component = Component(made.name, {"id": item.name}, [], None, made.name)
    return Node(made, component, item.name, "", {WEIGHT: 1.0})


def _gives(terms: Kernel | None) -> bool:
    """Whether connections give anything else than 0."""
    found: Expr | None = None
    known: dict[str, Expr] = {}
    for item in () if terms is None else terms.body:
        if isinstance(item, Let | Store):
            found = substitute(item.value, known)
            known[item.name if isinstance(item, Let) else item.field] = found
    return found != Number(0.0)


class Coupler:
    """Prepares the members of a network for its couplings."""

    def __init__(self, assembler: Assembler) -> None:
        self.assembler = assembler
        self.filled: dict[tuple[int, frozenset[str]], EquationSystem] = {}

    def couple(self) -> None:
        """Stores what sources offer, and lets the engine fill what targets read."""
        into: dict[int, set[str]] = {}
        for item in self.assembler.network.couplings:
            if item.synapses is None:
                self._source(item)
            else:
                self._terms(item, item.synapses)
            into.setdefault(self._member(item.target).position, set()).add(item.into)
        for position, names in into.items():
            self._fill(self.assembler.members[position], frozenset(names))

    def _member(self, group: object) -> Member:
        return self.assembler.recordings.by_group[id(group)]

    def _source(self, item: Coupled) -> None:
        member, root = self._member(item.source), item.source.root
        name = self.assembler.scopes.published(root, item.read)
        if name is None:
            scope = self.assembler.scopes.of(root)
            names = [*scope.states, *scope.derived, *scope.exposures]
            self.assembler.report.error(
                "path.unknown",
                f"'{item.name}': {root.type.name} '{root.component.id}' has no '{item.read}'",
                hint=did_you_mean(item.read, names) or f"it has: {', '.join(dict.fromkeys(names))}",
            )
            return
        member.offer(name)

    def _terms(self, item: Coupled, synapses: Group) -> None:
        """Says which variable of a connection goes to its target."""
        member = self._member(synapses)
        terms = self.assembler.scopes.published(synapses.root, synapses.terms)
        assert terms is not None
        key = (id(member.system), frozenset((terms,)))
        if key not in self.filled:
            self.filled[key] = replace(member.system, terms=terms)
        member.system = self.filled[key]

    def _fill(self, member: Member, names: frozenset[str]) -> None:
        """Makes properties of a member values that the engine fills."""
        root = member.group.root
        qualified = {root.qualified(name): name for name in names}
        key = (id(member.system), names)
        if key not in self.filled:
            scope = self.assembler.scopes.of(root)
            made = {
                path: Variable(path, Role.REDUCED, scope.dimension(name))
                for path, name in qualified.items()
            }
            variables = {**member.system.variables, **made}
            self.filled[key] = replace(member.system, variables=variables)
        member.system = self.filled[key]
        member.wanted |= set(qualified)

    def plans(self) -> tuple[CouplingPlan | SynapticCouplingPlan, ...]:
        """The couplings as the engine wants them."""
        return tuple(
            self._plan(item) if item.synapses is None else self._synaptic(item, item.synapses)
            for item in self.assembler.network.couplings
        )

    def _synaptic(self, item: Coupled, synapses: Group) -> SynapticCouplingPlan:
        member = self._member(synapses)
        self._refuse_unfinished(item, member)
        assert member.kernel is not None
        update = member.kernel.kernel(KernelKind.UPDATE)
        return SynapticCouplingPlan(
            item.name,
            member.position,
            TERM_FIELD,
            item.target.root.qualified(item.into),
            item.operation,
            PRE,
            update is not None and bool(update.body),
            item.delays,
            synapses.others[PRE][1],
            _gives(member.kernel.kernel(KernelKind.TERMS)),
        )

    def _refuse_unfinished(self, item: Coupled, member: Member) -> None:
        """What a connection gives cannot depend on what couplings are just filling."""
        assert member.kernel is not None
        terms = member.kernel.kernel(KernelKind.TERMS)
        used = used_symbols(terms.body) if terms is not None else frozenset()
        filled = {
            (id(other.target), other.target.root.qualified(other.into))
            for other in self.assembler.network.couplings
        }
        for foreign in member.system.foreign:
            group = foreign_group(member.group, foreign.index)
            if foreign.name in used and (id(group), foreign.variable) in filled:
                self.assembler.report.error(
                    "unsupported.construct",
                    f"what '{item.name}' gives depends on '{foreign.variable}', which couplings "
                    "fill at the same time",
                    hint="read a state that has taken it up",
                )

    def _plan(self, item: Coupled) -> CouplingPlan:
        read = self.assembler.scopes.published(item.source.root, item.read)
        assert read is not None
        return CouplingPlan(
            item.name,
            self._member(item.source).position,
            read,
            self._member(item.target).position,
            item.target.root.qualified(item.into),
            item.operation,
            item.connectivity,
            item.source_range,
            item.target_range,
            item.number,
        )
