"""Rules of connection in the words of the native core."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from annarchy_ml.kernels.connectivity import (
    AllToAll,
    Connectivity,
    Explicit,
    Exponential,
    FixedIndegree,
    FixedOutdegree,
    FixedProbability,
    FixedTotalNumber,
    LogNormal,
    Normal,
    OneToOne,
    Rule,
    Uniform,
    Value,
)

if TYPE_CHECKING:
    import numpy as np

    from annarchy_ml.engine import _core
    from annarchy_ml.kernels.plan import RuleProjectionPlan

Pairs = tuple[str, float, bool, bool]
Law = tuple[str, float, float, float, float, bool]
Arguments = tuple[Pairs, Any, Any, Any, bool]
_UNBOUNDED = (-inf, inf, False)


def add_rule(item: RuleProjectionPlan, network: _core.Network) -> int:
    """Adds a projection that the core makes by a rule; gives its number."""
    return network.add_rule_projection(
        (item.source, item.source_port),
        (item.target, item.target_port),
        item.source_range,
        item.target_range,
        *rule_arguments(item.connectivity),
        item.number,
    )


def rule_arguments(made: Connectivity) -> Arguments:
    """Pairs, weight, delay, listed pairs or None, and whether weights are kept in double."""
    import numpy as np

    pairs = None
    if isinstance(made.rule, Explicit):
        pairs = (
            np.asarray(made.rule.sources, np.int32),
            np.asarray(made.rule.targets, np.int32),
        )
    elif isinstance(made.weight, np.ndarray) or isinstance(made.delay, np.ndarray):
        raise ValueError("weights and delays can only be arrays where the pairs are given, too")
    values = (_value(made.weight), _value(made.delay))
    return (_pairs(made.rule), *values, pairs, made.double_weights)


def _pairs(rule: Rule) -> Pairs:
    """Name, number or probability, whether self connections and multapses are possible."""
    match rule:
        case AllToAll():
            return ("all_to_all", 0.0, rule.self_connections, False)
        case OneToOne():
            return ("one_to_one", 0.0, True, False)
        case FixedProbability():
            return ("fixed_probability", rule.probability, rule.self_connections, False)
        case FixedIndegree():
            return ("fixed_indegree", rule.number, rule.self_connections, rule.multapses)
        case FixedOutdegree():
            return ("fixed_outdegree", rule.number, rule.self_connections, rule.multapses)
        case FixedTotalNumber():
            return ("fixed_total_number", rule.number, rule.self_connections, True)
        case Explicit():
            return ("explicit", 0.0, True, True)


def _value(value: Value) -> Law | np.ndarray[Any, np.dtype[np.float64]]:
    """Law, its two parameters and bounds, whether it is clipped there; or an array."""
    match value:
        case Uniform():
            return ("uniform", value.low, value.high, *_UNBOUNDED)
        case Normal():
            return ("normal", value.mean, value.deviation, *_bounds(value))
        case LogNormal():
            return ("log_normal", value.mean, value.deviation, *_bounds(value))
        case Exponential():
            return ("exponential", value.mean, 0.0, *_bounds(value))
        case float() | int():
            return ("constant", float(value), 0.0, *_UNBOUNDED)
        case _:
            return value


def _bounds(value: Normal | LogNormal | Exponential) -> tuple[float, float, bool]:
    return value.low, value.high, value.clipped
