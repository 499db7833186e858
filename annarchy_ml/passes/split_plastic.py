"""Splits synapses that change at events: by source, by target, by connection, and what they sum to.

Before: a million plastic synapses, each with a trace of its source's events, a trace of its
target's, a weight and a conductance, all stepped. After: four systems. The trace of a source is
kept once per source, that of a target once per target, the conductance once per target, and of a
connection only the weight, which events alone change:

    in:    w x y g           source: x = x + 1           connection: g += w; w = w - y
    post:  w x y             target: y = y + 1           connection: w = w + x

The numbers stay the same, because all connections of one source with one delay hold the same
trace. What cannot be split so is left as it is: states of a connection that move between events,
sums that are not linear, draws.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from annarchy_ml.expr import Binary, Call, Expr, Symbol, free_symbols, rename, substitute
from annarchy_ml.expr.traverse import is_stochastic
from annarchy_ml.kernels.nodes import Accumulate, Role, Set, Statement
from annarchy_ml.model.dynamics import MoveBlock
from annarchy_ml.model.system import Equation, EquationSystem, ForeignInput, Part, Variable
from annarchy_ml.passes.classify_synapses import lumped
from annarchy_ml.passes.statements import reads

SOURCE, TARGET, SUM = "source", "target", "sum"
"""Indices from a connection to what its source, its target and its sum keep."""

NOW, START = "t", "t_prev"
CLOCK = frozenset({NOW, START, "dt"})
"""What an event that arrives sees of the time: the same for all that it reaches."""

AT_ONCE = frozenset({START, "dt"})
"""What an event that is heard at once sees.

A synapse steps before its cell, and sees the end of the step and its start. A connection that is
split off never steps: it sees the start as its present time, and the end not at all.
"""

HOST = "host"
"""The index of what a synapse adds to directly, without a sum of its own."""

Body = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class EventPorts:
    """In-ports of a synapse.

    Attributes:
        source: where the events of its source arrive.
        target: where those of its own target arrive; empty if it hears none.
        shares_source: whether all connections of one source get its events one at a time, together.
        shares_target: the same for the events of a target.
        at_once: whether the events of a target are heard in the step in which they are sent.
    """

    source: str
    target: str
    shares_source: bool
    shares_target: bool
    at_once: bool = True


@dataclass(frozen=True, slots=True)
class Split:
    """The systems that take the place of one synapse; None where nothing would be kept."""

    sums: EquationSystem
    source: EquationSystem | None
    target: EquationSystem | None
    connection: EquationSystem


def split(
    system: EquationSystem, outputs: frozenset[str], own: frozenset[str], ports: EventPorts
) -> Split | None:
    """The parts of a synapse, or None if it cannot be split.

    Args:
        system: the equations of one synapse.
        outputs: the variables that the target cell sums.
        own: parameters that differ between synapses.
        ports: where its events arrive.
    """
    if any(part.scheme or part.regimes or part.conditions for part in system.parts):
        return None
    if not {port for port, body in system.handlers if body} <= {ports.source, ports.target}:
        return None
    if not all(_assigns(item, system) for _, body in system.handlers for item in body):
        return None
    return _Splitter(system, own, ports).split(outputs)


def _assigns(item: Statement, system: EquationSystem) -> bool:
    """Whether a statement gives a state, or adds to the host, a value that no draw decides."""
    if isinstance(item, Accumulate):
        return not is_stochastic(item.value)
    return (
        isinstance(item, Set)
        and item.name in system.variables
        and system.variables[item.name].role is Role.STATE
        and not is_stochastic(item.value)
    )


class _Splitter:
    """What is known about one synapse."""

    def __init__(self, system: EquationSystem, own: frozenset[str], ports: EventPorts) -> None:
        self.system = system
        self.own = own
        self.ports = ports
        self.bodies: dict[str, Body] = dict(system.handlers)
        self.rates = {item.name: item for part in system.parts for item in part.rates}
        self.rates |= {item.name: item for part in system.parts for item in _moved(part)}
        self.adds = any(isinstance(item, Accumulate) for _, b in system.handlers for item in b)
        self.derived = {
            item.name: item for part in system.parts for item in (*part.requirements, *part.derived)
        }
        self.states = {n for n, item in system.variables.items() if item.role is Role.STATE}
        self.fixed = self._fixed()
        self.clock = {ports.source: CLOCK, ports.target: AT_ONCE if ports.at_once else CLOCK}

    def _fixed(self) -> set[str]:
        """Parameters that all connections share, and what depends on them alone."""
        foreign = {item.name for item in self.system.foreign}
        variables = self.system.variables.items()
        fixed = {name for name, item in variables if item.role is Role.PARAMETER}
        fixed -= self.own | foreign
        grew = True
        while grew:
            more = {
                name
                for name, item in self.derived.items()
                if free_symbols(item.value) <= fixed and not is_stochastic(item.value)
            }
            grew = not more <= fixed
            fixed |= more
        return fixed

    def split(self, outputs: frozenset[str]) -> Split | None:
        summed = self._reach(outputs) & self.states
        sums = self._restricted(f"sum of {self.system.name}", summed, outputs, {})
        if summed:
            if self.own & sums.variables.keys() or lumped(sums, outputs, "") is None:
                return None
        elif not self.adds or outputs:
            return None
        rest = self.states - summed
        by_source = self._kept_by(self.ports.source, rest) if self.ports.shares_source else set()
        free = rest - by_source
        by_target = self._kept_by(self.ports.target, free) if self.ports.shares_target else set()
        kept = rest - by_source - by_target
        if not rest or any(name in self.rates for name in kept):
            return None
        connection = _Connection(self, summed, kept, {SOURCE: by_source, TARGET: by_target})
        bodies = {port: connection.body(port) for port in self.bodies}
        if any(body is None for body in bodies.values()):
            return None
        return Split(
            sums,
            self._trace(SOURCE, self.ports.source, by_source, connection),
            self._trace(TARGET, self.ports.target, by_target, connection),
            connection.system({port: body for port, body in bodies.items() if body is not None}),
        )

    def _reach(self, names: Iterable[str]) -> set[str]:
        """Everything that these depend on, through derived values and rates."""
        found: set[str] = set()
        queue = list(names)
        while queue:
            name = queue.pop()
            if name in found:
                continue
            found.add(name)
            for equation in (self.derived.get(name), self.rates.get(name)):
                if equation is not None:
                    queue.extend(free_symbols(equation.value))
        return found

    def _kept_by(self, port: str, states: set[str]) -> set[str]:
        """The states that only events at `port` change, in the same way for all connections."""
        kept = set(states) if port in self.bodies else set()
        shrank = True
        while shrank:
            known = kept | self.fixed | self.clock[port]
            out = {name for name in kept if not self._is_common(name, port, known)}
            shrank = bool(out)
            kept -= out
        return kept

    def _is_common(self, name: str, port: str, known: set[str]) -> bool:
        changes = [
            (where, item.value)
            for where, body in self.bodies.items()
            for item in body
            if isinstance(item, Set) and item.name == name
        ]
        starts = [
            item.value
            for part in self.system.parts
            for item in part.on_start
            if isinstance(item, Set) and item.name == name
        ]
        if any(where != port or not free_symbols(value) <= known for where, value in changes):
            return False
        if any(is_stochastic(v) or not free_symbols(v) <= self.fixed for v in starts):
            return False
        rate = self.rates.get(name)
        if rate is None:
            return True
        reach = self._reach([name])
        timeless = known - self.clock[port]
        return not is_stochastic(rate.value) and reach - self.derived.keys() <= timeless

    def _trace(
        self, end: str, port: str, states: set[str], connection: _Connection
    ) -> EquationSystem | None:
        if not states:
            return None
        own = tuple(item for item in self.bodies[port] if _target(item) in states)
        old = connection.old[port]
        before = tuple(Set(_old(name), Symbol(name), "before the event") for name in sorted(old))
        made = self._restricted(
            f"{end} of {self.system.name}", states, frozenset(), {port: before + own}
        )
        variables = dict(made.variables)
        for name in old:
            variables[_old(name)] = replace(variables[name], name=_old(name))
        return replace(made, variables=variables)

    def _restricted(
        self, name: str, states: set[str], roots: frozenset[str], handlers: dict[str, Body]
    ) -> EquationSystem:
        """The part of the system that these states and roots need."""
        starts = [item for part in self.system.parts for item in part.on_start]
        starts = [item for item in starts if _target(item) in states]
        bodies = [item for body in handlers.values() for item in body]
        read = frozenset().union(*map(reads, (*starts, *bodies)))
        needed = self._reach([*states, *roots, *read])

        def kept(equations: tuple[Equation, ...]) -> tuple[Equation, ...]:
            return tuple(item for item in equations if item.name in needed)

        parts = tuple(
            Part(
                part.path,
                part.type_name,
                kept(part.requirements),
                derived=kept(part.derived),
                rates=tuple(item for item in part.rates if item.name in states),
                blocks=_blocks(part, states),
                on_start=tuple(item for item in part.on_start if _target(item) in states),
            )
            for part in self.system.parts
        )
        variables = {
            key: item
            for key, item in self.system.variables.items()
            if key in states or (key in needed and key not in self.states)
        }
        return replace(
            self.system,
            name=name,
            parts=parts,
            variables=variables,
            foreign=tuple(item for item in self.system.foreign if item.name in needed),
            handlers=tuple(handlers.items()),
            out_ports=(),
        )


class _Connection:
    """What stays with each connection."""

    def __init__(
        self, owner: _Splitter, summed: set[str], kept: set[str], shared: dict[str, set[str]]
    ) -> None:
        self.owner = owner
        self.summed = summed
        self.kept = kept
        self.shared = shared
        self.old: dict[str, set[str]] = {port: set() for port in owner.bodies}
        self.read: dict[str, str] = {}
        self.added: dict[str, None] = {}

    def body(self, port: str) -> Body | None:
        """What an event does to a connection; None if that cannot be told apart from the rest."""
        body = self.owner.bodies[port]
        traces = self.shared[SOURCE] | self.shared[TARGET]
        result: list[Statement] = []
        for position, item in enumerate(body):
            if _target(item) in traces:
                continue
            if isinstance(item, Accumulate):
                known = self._names(item.value, body, position, port)
                if known is None:
                    return None
                self.added[item.external] = None
                result.append(replace(item, value=rename(item.value, known)))
                continue
            assert isinstance(item, Set)
            value = self._change(item) if item.name in self.summed else item.value
            names = None if value is None else self._names(value, body, position, port)
            if value is None or names is None:
                return None
            value = rename(value, names)
            if item.name in self.summed:
                result.append(Accumulate(item.name, value, item.comment))
            else:
                result.append(replace(item, value=value))
        return tuple(result)

    def _change(self, item: Set) -> Expr | None:
        """``c`` of ``x = x + c``."""
        if not isinstance(item.value, Binary) or item.value.op != "+":
            return None
        left, right = item.value.left, item.value.right
        if right == Symbol(item.name):
            left, right = right, left
        return right if left == Symbol(item.name) else None

    def _names(self, value: Expr, body: Body, position: int, port: str) -> dict[str, str] | None:
        """How a value calls what others keep; None if it reads what no connection can."""
        renamed: dict[str, str] = {}
        for name in free_symbols(value):
            end = next((end for end, names in self.shared.items() if name in names), "")
            if end:
                changes = [k for k, item in enumerate(body) if _target(item) == name]
                before = sum(k < position for k in changes)
                if 0 < before < len(changes):
                    return None
                if before < len(changes):
                    self.old[port].add(name)
                    renamed[name] = _old(name)
                self.read[renamed.get(name, name)] = end
            elif name == START and self._at_once(port):
                renamed[name] = NOW
            elif name not in self.kept | self.owner.own | self.owner.fixed | self.owner.clock[port]:
                return None
        return renamed

    def _at_once(self, port: str) -> bool:
        """Whether the events of a port come while others step: connections never step."""
        return port == self.owner.ports.target and self.owner.ports.at_once

    def system(self, handlers: dict[str, Body]) -> EquationSystem:
        owner = self.owner
        made = owner._restricted(
            f"connection of {owner.system.name}", self.kept, frozenset(), handlers
        )
        traces = {*self.read, *self.shared[SOURCE], *self.shared[TARGET]}
        foreign = [ForeignInput(name, end, name) for name, end in self.read.items()]
        foreign += [ForeignInput(name, SUM, name) for name in sorted(self.summed)]
        foreign += [item for item in owner.system.foreign if item.name in self.added]
        parameters: dict[str, Variable] = {
            name: item for name, item in made.variables.items() if name not in traces
        }
        return replace(made, variables=parameters, foreign=tuple(foreign), once_per_event=True)


def _moved(part: Part) -> list[Equation]:
    """The states that blocks move, each with all that its move needs."""
    found = []
    for block in part.blocks:
        for item in block.moves:
            bounds = (item.low, item.high, item.test)
            needs = [item.value, *(slope for _, slope in item.slopes)]
            needs = [substitute(need, dict(item.draws)) for need in needs]
            needs += [bound for bound in bounds if bound is not None]
            found.append(Equation(item.variable, Call("sum", tuple(needs))))
    return found


def _blocks(part: Part, states: set[str]) -> tuple[MoveBlock, ...]:
    """The moves of some states."""
    kept = (
        replace(block, moves=tuple(item for item in block.moves if item.variable in states))
        for block in part.blocks
    )
    return tuple(block for block in kept if block.moves)


def _target(item: Statement) -> str:
    return item.name if isinstance(item, Set) else ""


def _old(name: str) -> str:
    return f"{name}#before"
