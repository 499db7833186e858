"""Values of neurons as they are made: of parameters as given, of variables by their ``init``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.expr import Call, Number, evaluate, is_stochastic, map_bottom_up
from annarchy_ml.importers.equations.globals import Constant
from annarchy_ml.importers.equations.values import numbers

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.network import Network
    from annarchy_ml.importers.equations.neuron import Neuron
    from annarchy_ml.importers.equations.values import Values


def initial_values(neuron: Neuron, size: int, net: Network) -> dict[str, Values]:
    """The values of all attributes of so many neurons: one for all, or one for each."""
    found: dict[str, Values] = {}
    known: dict[str, float] = {}
    for item in neuron.parameters.values():
        value = item.value
        if isinstance(value, (Constant, str)):
            value = float(net.constant_value(value))
        drawn = numbers(value, 1 if item.shared else size, f"'{item.name}'", net.default_rng)
        if item.shared:
            drawn = float(np.asarray(drawn).reshape(-1)[0])
        found[item.name] = drawn
        if isinstance(drawn, float):
            known[item.name] = drawn
    for name, equation in neuron.variables.items():
        init = equation.flags.init
        if init is None:
            found[name] = 0.0
        elif not hasattr(init, "operands"):
            found[name] = numbers(init, size, "'init'", net.default_rng)
        else:
            found[name] = start_value(init, {**net.constant_values(), **known}, size, net)
    return found


def start_value(init: Any, known: dict[str, float], count: int, net: Network) -> Values:
    """The value of an ``init``: one for all, or drawn for each."""
    if not is_stochastic(init):
        return evaluate(init, known)
    found = np.empty(count)
    for place in range(count):

        def one(node: Any) -> Any:
            if not isinstance(node, Call) or node.function not in ("random", "normal"):
                return node
            rng = net.default_rng
            return Number(rng.random() if node.function == "random" else rng.standard_normal())

        found[place] = evaluate(map_bottom_up(init, one), known)
    return found
