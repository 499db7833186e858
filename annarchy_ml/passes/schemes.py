"""Kinetic schemes: states and transitions of a component as one exact step of occupancies."""

from __future__ import annotations

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.expr import Binary, Conditional, Expr, Number, Symbol, Unary
from annarchy_ml.kernels.nodes import Flow, Propagate
from annarchy_ml.model.dynamics import KineticScheme
from annarchy_ml.model.instance import Node
from annarchy_ml.passes.scope import Scopes

_ROUNDING, _ENDLESS = Number(1e-6), Number(1e30)
"""Rates [1/s]: what a sum may fall below 0 by rounding; one by which no occupancy is a number."""


def scheme_statement(
    node: Node, scheme: KineticScheme, scopes: Scopes, report: Diagnostics
) -> Propagate | None:
    """The statement that advances a scheme; None after a reported fault."""
    nodes = node.list_of(scheme.nodes)
    labels = {item.component.id: position for position, item in enumerate(nodes)}
    flows = []
    for edge in node.list_of(scheme.edges):
        ends = []
        for attribute in (scheme.edge_source, scheme.edge_target):
            name = edge.component.attributes.get(attribute, "")
            if name not in labels:
                report.error(
                    "component.unknown",
                    f"the transition leads to the state '{name}', which is not in '{node.label}'",
                    locate(edge.origin, attribute),
                    notes=(f"its states: {', '.join(labels)}",),
                )
                return None
            ends.append(labels[name])
        forward = scopes.published(edge, scheme.forward_rate)
        reverse = scopes.published(edge, scheme.reverse_rate)
        if forward is None or reverse is None:
            report.error(
                "path.unknown",
                f"{edge.type.name} offers no '{scheme.forward_rate}' and "
                f"'{scheme.reverse_rate}' as the scheme '{scheme.name}' needs",
                locate(edge.origin),
            )
            return None
        flows.append(Flow(ends[0], ends[1], _not_negative(forward), _not_negative(reverse)))
    occupancies = tuple(item.qualified(scheme.state_variable) for item in nodes)
    return Propagate(occupancies, tuple(flows), f"kinetic scheme {scheme.name}")


def _not_negative(rate: str) -> Expr:
    """A rate, or one that stops the run where it is negative: nothing flows backwards."""
    negative = Binary("<", Symbol(rate), Unary("-", _ROUNDING))
    return Conditional(negative, _ENDLESS, Symbol(rate))
