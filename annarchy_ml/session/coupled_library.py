"""The part of a network built from Python that makes couplings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annarchy_ml.model.network import Cells, Network
from annarchy_ml.session.library import Library
from annarchy_ml.session.network_checks import Checks

if TYPE_CHECKING:
    from annarchy_ml.expr.nodes import Expr
    from annarchy_ml.kernels.connectivity import Rule
    from annarchy_ml.model.component import Component
    from annarchy_ml.session.network_parts import CellsView


class CoupledLibrary(Library):
    """Definitions, and the couplings of the network that is built with them.

    Attributes:
        network: what was built.
    """

    network: Network

    @property
    def _checks(self) -> Checks:
        return Checks(self.name, self.tables, self._report)

    def coupling(
        self,
        name: str,
        source: CellsView,
        target: CellsView,
        rule: Rule,
        into: str,
        *,
        psp: str | Expr | None = None,
        synapse: Component | str | None = None,
        weight: Any = None,
        delay: Any = None,
        operation: str = "sum",
        double_weights: bool = False,
    ) -> None:
        """Fills a property of the targets, before every step, from values of their sources.

        What several couplings give to one property is added; without connections it is 0.

        Args:
            name: its name.
            source: cells that lie side by side.
            target: cells that lie side by side.
            rule: which pairs, such as ``AllToAll()``.
            into: the property.
            psp: what a connection gives, of its weight ``w`` and values ``pre.x`` and ``post.x`` of
                its cells; None for ``w * pre.r``. With ``synapse`` what this exposes, or ``psp``.
            synapse: a component that each connection has of its own.
            weight: as in `projection`; a number takes the unit that it needs.
            delay: [s] or text, a distribution or an array; sources are seen as they were so long
                ago, one step at least, which None means.
            operation: ``sum``, ``mean``, ``max`` or ``min`` over the connections of a target.
            double_weights: whether weights that differ are kept in double precision.

        Raises:
            UsageError: If something in it does not fit.
            ModelError: If a text is no expression or has the wrong unit.
        """
        from annarchy_ml.session.network_couplings import CouplingChecks

        self._named(name, "the coupling", self.network.names)
        checks = CouplingChecks(
            self._checks, name, (self._cells(source, name), self._cells(target, name))
        )
        values = (weight, delay, double_weights)
        made = None if synapse is None else self._checks.found(synapse)
        self.network.links.append(checks.coupling(rule, into, (psp, made), operation, values))

    def junctions(
        self,
        name: str,
        source: CellsView,
        target: CellsView,
        rule: Rule,
        synapse: Component | str,
        *,
        at_source: Component | str | None = None,
        weight: Any = None,
    ) -> None:
        """Joins pairs of cells by gap junctions or graded synapses, without delay.

        Args:
            name: its name.
            source: cells that lie side by side.
            target: cells that lie side by side.
            rule: which pairs; each of them is joined once.
            synapse: what acts on the targets, such as a ``gapJunction`` or ``gradedSynapse``.
            at_source: what acts on the sources, such as a ``silentSynapse``; None for the same.
            weight: of the pairs, as in `projection`.

        Raises:
            UsageError: If something in it does not fit.
            ModelError: If a text has the wrong unit.
        """
        from annarchy_ml.session.network_couplings import checked_junction

        self._named(name, "the junctions", self.network.names)
        ends = (self._cells(source, name), self._cells(target, name))
        given = (synapse, at_source, weight)
        self.network.links.append(checked_junction(self._checks, name, ends, rule, given))

    def _cells(self, view: CellsView, what: str) -> Cells:
        return self._checks.cells(view, self.network, what)
