"""Values of neurons as they are made: of parameters as given, of variables by their ``init``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.expr import (
    FUNCTIONS,
    Call,
    Expr,
    Number,
    evaluate,
    free_symbols,
    is_stochastic,
    map_bottom_up,
)
from annarchy_ml.importers.equations.globals import Constant
from annarchy_ml.importers.equations.values import numbers, of_type

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.network import Network
    from annarchy_ml.importers.equations.neuron import Neuron
    from annarchy_ml.importers.equations.values import Values


def initial_values(neuron: Neuron, size: int, net: Network) -> dict[str, Values]:
    """The values of all attributes of so many neurons: one for all, or one for each."""
    found: dict[str, Values] = {}
    known: dict[str, Values] = {}
    for item in neuron.parameters.values():
        value = item.value
        if isinstance(value, (Constant, str)):
            value = float(net.constant_value(value))
        drawn = numbers(value, 1 if item.shared else size, f"'{item.name}'", net.default_rng)
        if item.shared:
            drawn = float(np.asarray(drawn).reshape(-1)[0])
        found[item.name] = drawn = of_type(drawn, item.type)
        known[item.name] = drawn
    for name, equation in neuron.variables.items():
        count = 1 if neuron.locality(equation) == "global" else size
        init = equation.flags.init
        if init is None:
            found[name] = 0.0
        elif not hasattr(init, "operands"):
            found[name] = numbers(init, count, "'init'", net.default_rng)
        else:
            found[name] = start_value(init, {**net.constant_values(), **known}, count, net)
        found[name] = of_type(found[name], equation.flags.type)
        if count == 1:
            found[name] = float(np.ravel(found[name])[0])
    return found


def start_value(init: Any, known: dict[str, Any], count: int, net: Network) -> Values:
    """The value of an ``init``: one for all, or one for each, with laws drawn for each."""
    wide = {name: value for name, value in known.items() if np.ndim(value)}
    reads = free_symbols(init) & wide.keys()
    if not is_stochastic(init) and not reads:
        return evaluate(init, known)
    found = np.empty(count)
    rng = net.default_rng

    for place in range(count):
        here = {**known, **{name: float(wide[name][place]) for name in reads}}
        found[place] = evaluate(map_bottom_up(init, partial(_drawn, here, rng)), here)
    return found


def _drawn(known: dict[str, Any], rng: np.random.Generator, node: Expr) -> Expr:
    """A number instead of a call that draws one."""
    if not isinstance(node, Call) or not FUNCTIONS[node.function].stochastic:
        return node
    if node.function == "random":
        return Number(rng.random())
    arguments = [evaluate(item, known) for item in node.args]
    draw: dict[str, Callable[..., Any]] = {
        "normal": rng.standard_normal, "gamma": rng.standard_gamma, "binomial": rng.binomial,
    }  # fmt: skip
    try:
        return Number(float(draw[node.function](*arguments)))
    except ValueError as error:
        raise UsageError(f"'init' draws a {node.function} number: {error}") from error
