"""Kinetic schemes: states and transitions of a component as one exact step of occupancies."""

from __future__ import annotations

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.diagnostics.origin import locate
from annarchy_ml.expr import Symbol
from annarchy_ml.kernels.nodes import Flow, Propagate
from annarchy_ml.model.dynamics import KineticScheme
from annarchy_ml.model.instance import Node
from annarchy_ml.passes.scope import Scopes


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
        flows.append(Flow(ends[0], ends[1], Symbol(forward), Symbol(reverse)))
    occupancies = tuple(item.qualified(scheme.state_variable) for item in nodes)
    return Propagate(occupancies, tuple(flows), f"kinetic scheme {scheme.name}")
