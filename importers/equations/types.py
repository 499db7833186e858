"""Equations as moves of states: what the passes and the engine understand.

    tau*dv/dt = -v + g_exc : exponential      block {v: rate (g_exc - v)/tau, slope -1/tau}
    spike = v > 1; reset = v = 0          ->  OnCondition: v = 0, event
                                              OnEvent exc: g_exc = g_exc + weight

Times are in ms: the engine, which has no units of its own, counts them as they are. Every variable
is a state, since scripts may look at it at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from annarchy_ml.expr import (
    FUNCTIONS,
    Binary,
    Call,
    Conditional,
    Expr,
    Number,
    Symbol,
    free_symbols,
    is_stochastic,
    map_bottom_up,
    rename,
    simplify,
    substitute,
)
from annarchy_ml.expr.derivative import NoDerivative, derivative
from annarchy_ml.importers.equations.definition import Definition
from annarchy_ml.importers.equations.faults import fault
from annarchy_ml.importers.equations.linear import NotLinear, affine
from annarchy_ml.importers.equations.statements import Equation
from annarchy_ml.importers.equations.vocabulary import ONE, ZERO, within
from annarchy_ml.model.dynamics import (
    Move,
    MoveBlock,
)

AXON_SPIKE = "axon_spike"
SPIKE, ACTIVE, LEFT, T_LAST, WEIGHT = "spike", "active", "refractory_left", "t_last", "weight"
REFRACTORY = "refractory"
_TAKEN = {"weight": "weight_", "t_prev": "t_prev_"}
"""Names that mean something to the engine, and what variables of these names are called there."""

DT = Symbol("dt")
ALL_SUMS = "sum()"
RANK, OF_POST = "rank()", "post.rank()"
"""A parameter: the number of a neuron in its population; what synapses call it."""


def engine_name(name: str) -> str:
    """What a parameter or variable is called in the engine."""
    return _TAKEN.get(name, name)


def step_number(time: str) -> Expr:
    """The number of steps done at a time, exactly."""
    return Call("floor", (Binary("+", Binary("/", Symbol(time), DT), Number(0.5)),))


def time_at(name: str) -> Expr:
    """A time as step times h, without the error of adding up."""
    return Binary("*", step_number(name), DT)


class TypeMaker:
    """Equations of a definition as moves of states.

    Attributes:
        time: the name of the time in the equations of a step.
    """

    def __init__(self, definition: Definition, method: str, time: str = "t_prev") -> None:
        self.definition = definition
        self.method = method
        self.names = {name: engine_name(name) for name in _TAKEN}
        self.time = time
        self.all_sums: Expr = ZERO

    def value(self, e: Expr, time: str | None = None) -> Expr:
        """An expression in the names of the engine, the time included."""
        own = substitute(e, {"t": Symbol("t#"), ALL_SUMS: self.all_sums})
        return substitute(rename(own, self.names), {"t#": time_at(time or self.time)})

    def drawn(self, item: Equation, value: Expr) -> Expr:
        """A value with random numbers as the locality of its variable wants them."""
        locality = self.definition.locality(item)
        if locality == "global":
            return drawn_once(value)
        return drawn_for(value, Symbol(OF_POST)) if locality == "semiglobal" else value

    def blocks(self, equations: Iterable[Equation], test: Expr | None) -> list[MoveBlock]:
        """Blocks of consecutive rates, and assignments one by one.

        Global variables come first, then semiglobal ones: no block holds both kinds.
        """
        waiting = list(equations)
        result: list[MoveBlock] = []
        for locality in ("global", "semiglobal", "local"):
            own = [item for item in waiting if self.definition.locality(item) == locality]
            for is_rate, items in groupby(own, key=lambda item: item.is_rate):
                if is_rate:
                    result.append(self._rates(list(items), test))
                else:
                    result.extend(MoveBlock((self._move(x, test, "assign"),)) for x in items)
        return result

    def _rates(self, run: list[Equation], test: Expr | None) -> MoveBlock:
        methods = [item.flags.method or self.method for item in run]
        together = [item.name for item, one in zip(run, methods, strict=True) if one == "implicit"]
        linear = all(
            _is_linear(item.value, together)
            for item, method in zip(run, methods, strict=True)
            if method == "implicit"
        )
        moves = []
        for item, method in zip(run, methods, strict=True):
            chosen = "newton" if method == "implicit" and not linear else method
            moves.append(self._moved(item, test, chosen, together))
        return MoveBlock(tuple(moves))

    def _moved(self, item: Equation, test: Expr | None, method: str, together: list[str]) -> Move:
        """A rate with its slopes, both of the same random numbers."""
        found = self._slopes(item, method, together)
        if method != "newton" and not any(is_stochastic(slope) for _, slope in found):
            return self._move(item, test, method, found)
        try:
            value, draws = _drawn_apart(item)
        except NoDerivative as one:
            raise self._nonlinear(item, "implicit", one.term) from None
        fixed = replace(item, value=value)
        if item.slope is not None:
            fixed = replace(fixed, slope=affine(value, item.name)[0])
        named = tuple((name, self.drawn(item, self.value(e))) for name, e in draws)
        move = self._move(fixed, test, method, self._slopes(fixed, method, together))
        return replace(move, draws=named)

    def _slopes(
        self, item: Equation, method: str, together: list[str]
    ) -> tuple[tuple[str, Expr], ...]:
        """The slopes that a method needs."""
        if method in ("exponential", "semiimplicit"):
            if item.slope is None:
                raise self._nonlinear(item, method, item.nonlinear)
            return ((engine_name(item.name), self.value(item.slope)),)
        if method not in ("implicit", "newton"):
            return ()
        found = []
        for name in together:
            if method == "implicit":
                slope = affine(item.value, name)[0]
            else:
                slope = self._derivative(item, name)
            found.append((engine_name(name), self.value(slope)))
        return tuple(found)

    def _derivative(self, item: Equation, name: str) -> Expr:
        try:
            return simplify(derivative(item.value, name))
        except NoDerivative as one:
            raise self._nonlinear(item, "implicit", one.term) from None

    def _nonlinear(self, item: Equation, method: str, term: Expr | None) -> Exception:
        where = (term.span if term is not None else None) or item.span
        if method == "implicit":
            message = f"'implicit' needs a rate without random numbers that depend on '{item.name}'"
            return fault("equation.method", message, item.section, where, "choose rk4 or explicit")
        message = f"'{method}' needs a rate that is linear in '{item.name}'"
        return fault("equation.method", message, item.section, where, "choose rk4 or explicit")

    def _move(
        self,
        item: Equation,
        test: Expr | None,
        method: str,
        slopes: tuple[tuple[str, Expr], ...] = (),
    ) -> Move:
        flags = item.flags
        always = flags.unless_refractory or item.name.startswith("g_")
        value = self.drawn(item, typed(self.value(item.value), flags.type))
        low = None if flags.low is None else self.value(flags.low)
        high = None if flags.high is None else self.value(flags.high)
        name = engine_name(item.name)
        return Move(name, value, method, slopes, low, high, None if always else test)


def _is_linear(rate: Expr, names: list[str]) -> bool:
    """Whether a rate is linear in several names together."""
    try:
        slopes = [affine(rate, name)[0] for name in names]
    except NotLinear:
        return False
    return not any(free_symbols(slope) & set(names) for slope in slopes)


def _drawn_apart(item: Equation) -> tuple[Expr, list[tuple[str, Expr]]]:
    """The rate with names for its random numbers, each of which is drawn once."""
    draws: list[tuple[str, Expr]] = []

    def named(node: Expr) -> Expr:
        if not (isinstance(node, Call) and FUNCTIONS[node.function].stochastic):
            return node
        if item.name in free_symbols(node):
            raise NoDerivative(node)
        draws.append((f"{item.name}#draw{len(draws)}", node))
        return Symbol(draws[-1][0], node.span)

    return map_bottom_up(item.value, named), draws


def drawn_once(value: Expr) -> Expr:
    """A value whose random numbers are the same for all neurons."""

    def change(node: Expr) -> Expr:
        if isinstance(node, Call) and f"common_{node.function}" in FUNCTIONS:
            args = () if node.function == "random" else node.args
            return Call(f"common_{node.function}", args)
        return node

    return map_bottom_up(value, change)


def drawn_for(value: Expr, key: Expr) -> Expr:
    """A value whose random numbers are the same for all that have one key."""

    def change(node: Expr) -> Expr:
        if isinstance(node, Call) and f"keyed_{node.function}" in FUNCTIONS:
            args = () if node.function == "random" else node.args
            return Call(f"keyed_{node.function}", (key, *args))
        return node

    return map_bottom_up(value, change)


def typed(value: Expr, type_: str) -> Expr:
    """A value as a variable of this type takes it."""
    if type_ == "int":
        test = Binary("<", value, ZERO)
        return Conditional(test, Call("ceil", (value,)), Call("floor", (value,)))
    if type_ == "bool":
        return Conditional(Binary("!=", value, ZERO), ONE, ZERO)
    return value


def bounded(maker: TypeMaker, item: Equation, time: str) -> Expr:
    """The value of a statement, within the bounds of its own flags."""
    variable = maker.definition.variables.get(item.name)
    kind = variable.flags.type if variable is not None else "float"
    value = typed(maker.value(item.value, time), kind)
    low, high = (
        None if end is None else maker.value(end, time) for end in (item.flags.low, item.flags.high)
    )
    return within(value, low, high)


def seen(target: str) -> str:
    """The state that holds the conductance of a target as the equations of the step see it."""
    return f"seen_{target}"


def engine_sum(target: str) -> str:
    """The property that couplings of a target fill."""
    return f"sum({target})"
