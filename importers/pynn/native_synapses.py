"""Synapse types from equations that a script gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

from pyNN.standardmodels import StandardSynapseType, build_translations

from annarchy_ml.diagnostics import ModelError, UsageError
from annarchy_ml.expr import Binary, Conditional, Expr, Unary, free_symbols, parse
from annarchy_ml.expr.nodes import LOGIC
from annarchy_ml.expr.traverse import is_condition, postorder
from annarchy_ml.importers.pynn.equations import WEIGHT
from annarchy_ml.importers.pynn.synapse_equations import TARGET, SynapseEquations
from annarchy_ml.importers.pynn.synapses import Dynamic, Plastic

_STATEMENT = re.compile(r"(\w+)\s*=\s*(.+)")
_WEIGHT = re.compile(rf"\b{WEIGHT}\b")
_CLOCK = ("now", "dt_ms")
_KEPT, _FRACTION = "w", "dendritic_delay_fraction"
_TIME = ("t", "t_prev", "dt")
_COLUMNS = ("presynaptic_index", "postsynaptic_index", "weights", "delays")
_TAKEN = (WEIGHT, "delay", TARGET, *_CLOCK, *_TIME, *_COLUMNS, _KEPT, _FRACTION)
"""Names that stand for something already: here, in the engine, or in what `get` tells."""
Statements = tuple[tuple[str, str], ...]


class NativeSynapseType(Dynamic, StandardSynapseType):
    """A synapse with equations of its own; its parameters are called as in the equations."""

    def states_of(self, projection: Any) -> tuple[str, ...]:
        """All but the weight have initial values."""
        return tuple(name for name in self.equations.states if name != _KEPT)


class PlasticNativeSynapseType(Plastic, NativeSynapseType):
    """One that hears the spikes of its cell, or changes its weight."""

    def heard_after(self, given: dict[str, Any]) -> float:
        """As with STDP, if it hears its cell at all."""
        return super().heard_after(given) if self.equations.post else 0.0


@dataclass(frozen=True)
class _Given:
    """What a script says of a type.

    Attributes:
        name: of the type.
        parameters: their names.
        states: their initial values, by name.
        pre: what a spike that arrives does, in order.
        post: what a spike of the cell does.
    """

    name: str
    parameters: tuple[str, ...]
    states: Mapping[str, str]
    pre: Statements
    post: Statements

    @property
    def is_plastic(self) -> bool:
        """Whether it hears its cell, or changes its weight."""
        return bool(self.post) or any(name == WEIGHT for name, _ in self.pre)

    @property
    def is_apart(self) -> bool:
        """Whether the weight follows one kind of spikes alone, so that many could share it."""
        return self.is_plastic and not self._follows_both(WEIGHT)

    def _follows_both(self, name: str) -> bool:
        """Whether spikes that arrive and those of the cell change a state, if through others."""
        changes = [("pre", *item) for item in self.pre] + [("post", *item) for item in self.post]
        known, fresh, events = set[str](), {name}, set[str]()
        while fresh:
            known |= fresh
            made = [(event, text) for event, own, text in changes if own in fresh]
            events |= {event for event, _ in made}
            fresh = set[str]().union(*(free_symbols(parse(text)) for _, text in made)) - known
        return len(events) == 2

    def check(self) -> None:
        """Refuses names that nothing stands for, or two things."""
        own = (*self.parameters, *self.states)
        for name in (self.name, *own):
            if not name.isidentifier() or iskeyword(name):
                raise _fault(f"nothing can be called '{name}'", "use letters, digits, underscores")
        for name in own:
            if name in _TAKEN or own.count(name) > 1:
                raise _fault(f"'{name}' of '{self.name}' is taken", "give it another name")
        for text in self.states.values():
            self._check_text(text, self.parameters)
        for name, text in (*self.pre, *self.post):
            if name not in (*self.states, WEIGHT, TARGET):
                known = ", ".join((*self.states, WEIGHT, TARGET))
                raise _fault(
                    f"'{self.name}' has no state '{name}'",
                    f"give it an initial value, or one of {known} a value",
                )
            self._check_text(text, (*own, WEIGHT, *_CLOCK))
        sent = [name for name, _ in self.pre if name == TARGET]
        if len(sent) != 1 or any(name == TARGET for name, _ in self.post):
            raise _fault(
                f"'{self.name}' must send once when a spike arrives, and not when its cell spikes",
                f"write '{TARGET} = {WEIGHT}' in 'pre'",
            )

    def _check_text(self, text: str, known: tuple[str, ...]) -> None:
        try:
            made = parse(text)
        except ModelError as fault:
            raise UsageError(f"native_synapse_type: '{text}' of '{self.name}': {fault}") from fault
        if not _has_numbers(made):
            raise _fault(
                f"'{text}' of '{self.name}' takes a condition for a number, or the reverse",
                "write if(x > 0, 1, 0)",
            )
        for item in sorted(free_symbols(made) - {*known}):
            raise _fault(
                f"nothing is called '{item}' in '{text}' of '{self.name}'", "make it a parameter"
            )

    def equations(self) -> SynapseEquations:
        """What the compiler takes; a weight that changes is a state."""
        if not self.is_plastic:
            return SynapseEquations(self.name, self.parameters, self.states, self.pre, self.post)
        states = {_KEPT: WEIGHT, **self.states}
        return SynapseEquations(
            self.name, self.parameters, states, _kept(self.pre), _kept(self.post)
        )


def native_synapse_type(
    name: str,
    pre: str,
    parameters: Mapping[str, float],
    post: str = "",
    initial_values: Mapping[str, float | str] | None = None,
) -> type[NativeSynapseType]:
    """A synapse type from equations.

    Args:
        name: of the type.
        pre: what a spike that arrives does: lines ``x = ...`` in order, of which ``target = ...``
            says what is added to the receptor. States change at spikes alone; ``now`` is the time
            [ms], in whole steps. ``weight`` may be changed, too.
        parameters: defaults by name; each synapse has a ``weight`` and a ``delay`` besides.
        post: what a spike of the cell does; the type has a ``dendritic_delay_fraction`` then.
        initial_values: of states by name: numbers, or expressions of parameters.

    Raises:
        UsageError: If a name is not known, an expression cannot be read, or nothing is sent.
    """
    starts = {item: str(value) for item, value in (initial_values or {}).items()}
    given = _Given(name, tuple(parameters), starts, _read(name, pre), _read(name, post))
    given.check()
    defaults = {WEIGHT: 0.0, "delay": None}
    defaults |= {item: float(value) for item, value in parameters.items()}
    if given.post:
        defaults[_FRACTION] = 1.0
    members = {
        "__doc__": f"A spike that arrives:\n{pre}\nA spike of the cell:\n{post}",
        "equations": given.equations(),
        "is_apart": given.is_apart,
        "default_parameters": defaults,
        "translations": build_translations(*((item, item) for item in defaults)),
    }
    kind = PlasticNativeSynapseType if given.is_plastic else NativeSynapseType
    return type(name, (kind,), members)


def _read(name: str, text: str) -> Statements:
    """Statements, one a line."""
    made = []
    for line in text.splitlines():
        own = line.partition("#")[0].strip()
        found = _STATEMENT.fullmatch(own)
        if found is not None:
            made.append((found[1], found[2]))
        elif own:
            raise _fault(f"'{own}' of '{name}' is no statement", "write x = ...")
    return tuple(made)


def _has_numbers(made: Expr) -> bool:
    """Whether it is a number, and conditions stand where there must be one, and nowhere else."""
    wanted = [(made, False)]
    for node in postorder(made):
        logic = isinstance(node, Unary | Binary) and node.op in (*LOGIC, "not")
        tests = 1 if isinstance(node, Conditional) else len(node.operands) if logic else 0
        wanted += [(part, place < tests) for place, part in enumerate(node.operands)]
    return all(is_condition(part) == wants for part, wants in wanted)


def _kept(given: Statements) -> Statements:
    """Statements about the weight that a synapse keeps."""
    return tuple(
        (_KEPT if name == WEIGHT else name, _WEIGHT.sub(_KEPT, text)) for name, text in given
    )


def _fault(message: str, hint: str) -> UsageError:
    return UsageError(f"native_synapse_type: {message}", hint=hint)
