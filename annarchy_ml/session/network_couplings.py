"""Checks couplings: what a connection gives, what it reads, and where it goes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from annarchy_ml.diagnostics.core import Diagnostic, Diagnostics, UsageError
from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.expr import Expr, Symbol, free_symbols, infer, parse, pretty, rename
from annarchy_ml.expr.tokens import ExprSyntaxError
from annarchy_ml.expr.traverse import symbol_nodes
from annarchy_ml.kernels.connectivity import Connectivity
from annarchy_ml.model.dynamics import Dynamics
from annarchy_ml.model.network import Cells, Coupling, Junction
from annarchy_ml.passes.couple import WEIGHT
from annarchy_ml.passes.members import PRE, SENDER
from annarchy_ml.passes.scope import EXPOSED, TypeScope
from annarchy_ml.session.network_checks import fitting
from annarchy_ml.units import DIMENSIONLESS, Dimension, UnitError, with_article

if TYPE_CHECKING:
    from annarchy_ml.model.component import Component
    from annarchy_ml.session.network_checks import Checks

OPERATIONS = ("sum", "mean", "max", "min")
_DOTTED = re.compile(r"\b(pre|post)\.([A-Za-z_]\w*)")


class CouplingChecks:
    """Checks of one coupling."""

    def __init__(self, checks: Checks, name: str, ends: tuple[Cells, Cells]) -> None:
        self.checks = checks
        self.name = name
        self.source, self.target = ends

    def coupling(
        self,
        rule: Any,
        into: str,
        gives: tuple[str | Expr | None, Component | None],
        operation: str,
        values: tuple[Any, Any, bool],
    ) -> Coupling:
        """A coupling whose parts fit each other.

        Args:
            rule: which pairs.
            into: a property of the targets.
            gives: what a connection gives, and its component if it has one.
            operation: one of ``OPERATIONS``.
            values: weight, delay, whether weights are kept in double precision.
        """
        psp, synapse = gives
        if operation not in OPERATIONS:
            raise UsageError(
                f"'{self.name}' cannot combine by {operation!r}",
                hint=f"choose one of {', '.join(OPERATIONS)}",
            )
        wanted = self._property(into)
        if synapse is None:
            made = psp_of(psp or "w * pre.r", self.name)
            weight, dimension = self._weight(values[0])
            self._check_units(made, wanted, into, dimension)
        else:
            made = self._exposed(synapse, psp or "psp", wanted, into)
            weight = self.checks.weight(synapse, self.name, values[0])
        connectivity = self.checks.connectivity(
            self.name, (self.source, self.target), rule, (weight, values[1])
        )
        connectivity = Connectivity(
            connectivity.rule, connectivity.weight, connectivity.delay, values[2]
        )
        return Coupling(
            self.name, self.source, self.target, into, made, operation, connectivity, synapse
        )

    def _exposed(
        self, synapse: Component, psp: str | Expr, wanted: Dimension | None, into: str
    ) -> Expr:
        """The name of what a component of connections exposes."""
        found = self.checks.type_of(synapse)
        known = {item.name: item.dimension for item in found.exposures}
        if not isinstance(psp, str) or psp not in known:
            shown = psp if isinstance(psp, str) else pretty(psp)
            raise UsageError(
                f"'{self.name}': {synapse.type} '{synapse.id}' exposes no '{shown}'",
                hint=did_you_mean(shown, known) or f"it exposes: {', '.join(known) or 'nothing'}",
            )
        self._check_dimension(wanted, self._dimension(known[psp]), into, psp)
        self._check_references(synapse)
        return Symbol(psp)

    def _check_references(self, synapse: Component) -> None:
        """A connection sees its two cells, `far_ends`, and nothing else."""
        found = self.checks.type_of(synapse)
        names = [item.name for item in found.references if item.kind == "instance"]
        for name in names:
            if name not in (PRE, SENDER, "post"):
                raise UsageError(
                    f"'{self.name}': {found.name} needs an instance '{name}', but a connection "
                    "sees 'pre', 'sender' (which is 'pre' without the delay) and 'post' alone",
                    code="unsupported.construct",
                )
        for item in (found.dynamics or Dynamics()).derived:
            side, _, own = getattr(item, "select", "").partition("/")
            if side in names:
                self._seen(f"{side}.{own}")

    def _property(self, into: str) -> Dimension | None:
        """The dimension of a property of the targets."""
        cell = self.target.population.component
        found = self.checks.type_of(cell)
        known = {item.name: item.dimension for item in found.parameters if item.kind == "property"}
        if into not in known:
            raise UsageError(
                f"'{self.name}': {cell.type} '{cell.id}' has no property '{into}' to be filled",
                hint=did_you_mean(into, known)
                or f'declare <Property name="{into}" dimension="none" defaultValue="0"/>',
            )
        for item in found.derived_parameters:
            if item.value is not None and into in free_symbols(item.value):
                raise UsageError(
                    f"'{self.name}': '{item.name}' of {cell.type} is computed once from '{into}', "
                    "which a coupling changes in every step",
                    code="unsupported.construct",
                    hint="make it a DerivedVariable",
                )
        return self._dimension(known[into])

    def _dimension(self, name: str) -> Dimension | None:
        return self.checks.tables.values.quantities.dimension(name)

    def _weight(self, given: Any) -> tuple[Any, Dimension | None]:
        """The weight in SI units, and its dimension; None for numbers, which take any."""
        what = f"the weight of '{self.name}'"
        if given is None:
            return 1.0, None
        if not isinstance(given, str):
            return self.checks.values.value(given, "none", what), None
        try:
            quantity = self.checks.tables.values.quantities.units.parse_quantity(given)
        except UnitError as fault:
            raise UsageError(f"{what}: {fault}", code=fault.code, hint=fault.hint) from fault
        return quantity.value_si, quantity.dimension

    def _check_units(
        self, psp: Expr, wanted: Dimension | None, into: str, weight: Dimension | None
    ) -> None:
        """Refuses unknown names, and what does not have the dimension of the property."""
        known: dict[str, Dimension | None] = {WEIGHT: weight}
        for symbol in symbol_nodes(psp):
            if symbol.name != WEIGHT:
                known[symbol.name] = self._seen(symbol.name)
        faults: list[Diagnostic] = []
        found = infer(psp, known, faults.append)
        Diagnostics(faults).raise_if_errors()
        self._check_dimension(wanted, found, into, pretty(psp))

    def _check_dimension(
        self, wanted: Dimension | None, found: Dimension | None, into: str, psp: str
    ) -> None:
        if found is None or wanted is None or found == wanted:
            return
        raise UsageError(
            f"'{self.name}': '{into}' is {_article(wanted)}, but '{psp}' is {_article(found)}",
            code="units.mismatch",
        )

    def _seen(self, name: str) -> Dimension | None:
        """The dimension of what a connection sees of a cell."""
        side, _, own = name.partition(".")
        cell = (self.target if side == "post" else self.source).population.component
        scope = TypeScope(self.checks.type_of(cell))
        variable = scope.published(own)
        if variable is None:
            names = dict.fromkeys([*scope.exposures, *scope.states, *scope.derived])
            raise UsageError(
                f"'{self.name}': {cell.type} '{cell.id}' has no '{own}'",
                hint=did_you_mean(own, names) or f"it has: {', '.join(names)}",
                code="path.unknown",
            )
        return self._dimension(scope.dimension(variable.removesuffix(EXPOSED)))


def _article(dimension: Dimension) -> str:
    return "a plain number" if dimension == DIMENSIONLESS else with_article(dimension)


def psp_of(given: str | Expr, name: str) -> Expr:
    """What a connection gives, in the names ``w``, ``pre.x`` and ``post.x``.

    Raises:
        ModelError: If a text is no expression.
        UsageError: If it uses other names.
    """
    if isinstance(given, str):
        plain = {f"{side}__{own}": f"{side}.{own}" for side, own in _DOTTED.findall(given)}
        try:
            made = rename(parse(_DOTTED.sub(r"\1__\2", given)), plain)
        except ExprSyntaxError as fault:
            raise UsageError(
                f"'{name}': '{given}' cannot be read: {fault.diagnostic.message}",
                code=fault.diagnostic.code,
                hint=fault.diagnostic.hint,
            ) from fault
    else:
        made = given
    for symbol in symbol_nodes(made):
        if symbol.name != WEIGHT and symbol.name.partition(".")[0] not in ("pre", "post"):
            raise UsageError(
                f"'{name}': '{symbol.name}' means nothing to a connection",
                hint="it sees w, pre.x of its source and post.x of its target",
            )
    return made


def checked_junction(
    checks: Checks, name: str, ends: tuple[Cells, Cells], rule: Any, given: tuple[Any, Any, Any]
) -> Junction:
    """Junctions whose parts fit each other.

    Args:
        checks: of the network.
        name: of the junctions.
        ends: sources and targets.
        rule: which pairs.
        given: component at the targets, at the sources or None for the same, weight.
    """
    at_target = checks.found(given[0])
    at_source = at_target if given[1] is None else checks.found(given[1])
    for made, cells in ((at_source, ends[0]), (at_target, ends[1])):
        found = checks.type_of(made)
        if sum(item.kind == "instance" for item in found.references) != 1:
            raise UsageError(
                f"'{name}': {made.type} '{made.id}' sees no cell at its other end",
                hint="connect it with net.projection(...)",
            )
        fitting(checks, made, cells.population, name)
    weight = checks.weight(at_target, name, given[2])
    connectivity = checks.connectivity(name, ends, rule, (weight, None))
    connectivity = replace(connectivity, double_weights=True)
    return Junction(name, *ends, at_source, at_target, connectivity)
