"""Weighted sums between populations of a network that is built from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.kernels.connectivity import Connectivity
from annarchy_ml.model.network import StateSum
from annarchy_ml.session.network_checks import fits_rule
from annarchy_ml.session.network_rules import checked_rule

if TYPE_CHECKING:
    from annarchy_ml.kernels.connectivity import Rule
    from annarchy_ml.model.component import Component
    from annarchy_ml.session.network_model import NetworkModel
    from annarchy_ml.session.network_parts import CellsView


def couple(
    model: NetworkModel,
    name: str,
    ends: tuple[CellsView, CellsView],
    rule: Rule,
    what: tuple[Component, str, str],
    values: tuple[Any, Any] = (1.0, None),
) -> None:
    """Sums a state of some cells, times weights, into a state of others, at every step's begin.

    Args:
        model: the network.
        name: of the coupling.
        ends: sources and targets, cells that lie side by side each.
        rule: which pairs.
        what: what each connection is, whose state ``w`` is the weight; the state of the sources;
            and the state of the targets that is the sum.
        values: weight, a number, a distribution, or with `Explicit` an array; and delay [s], the
            same for all, at least one step, which None means.

    Raises:
        UsageError: If something in it does not fit.
    """
    model._named(name, "the coupling", model.network.names)
    source, target = (model._checks.cells(view, model.network, name) for view in ends)
    rule = checked_rule(rule, name, (source, target))
    reader = model._checks.values
    weight = reader.value(values[0], "none", f"the weight of '{name}'")
    fits_rule(weight, rule, f"the weight of '{name}'")
    delay = 0.0 if values[1] is None else reader.value(values[1], "time", f"the delay of '{name}'")
    if not isinstance(delay, float):
        raise UsageError(
            f"'{name}': weighted sums have one delay for all connections",
            code="unsupported.construct",
        )
    made = Connectivity(rule, weight, delay, double_weights=True)
    connection, read, into = what
    found = model._checks.found(connection)
    model.network.links.append(StateSum(name, source, target, found, read, into, made))
