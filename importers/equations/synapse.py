"""Synapses as equations: read and checked when they are defined."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from annarchy_ml.expr import Binary, Expr, Symbol, free_symbols, symbol_nodes
from annarchy_ml.importers.equations.definition import Definition, refuse_flags
from annarchy_ml.importers.equations.ends import end_of, outside
from annarchy_ml.importers.equations.faults import Section, fault
from annarchy_ml.importers.equations.localities import check_change
from annarchy_ml.importers.equations.statements import (
    Equation,
    read_equations,
    read_value,
    reads_of,
)
from annarchy_ml.importers.equations.structure.rules import Rule, read_rule
from annarchy_ml.importers.equations.values import is_law
from annarchy_ml.importers.equations.vocabulary import RESERVED

TARGET = "g_target"
OPERATIONS = ("sum", "max", "min", "mean")


class Synapse(Definition):
    """A type of synapse, spiking with `pre_spike` or `post_spike`, rate-coded without.

    Attributes:
        name, description: for reports.
        spiking: whether it hears spikes.
        pre_spike, post_spike: statements done when a spike arrives, when the target spikes.
        psp, operation: what a rate-coded synapse gives, and how these are joined.
    """

    localities = ("local", "global", "projection", "semiglobal", "postsynaptic")
    _count = 0

    def __init__(
        self,
        parameters: Any = "",
        equations: Any = "",
        psp: str | None = None,
        operation: str = "sum",
        pre_spike: Any = None,
        post_spike: Any = None,
        pre_axon_spike: Any = None,
        functions: str | None = None,
        pruning: Any = None,
        creating: Any = None,
        name: str = "",
        description: str = "",
    ) -> None:
        Synapse._count += 1
        self.number = Synapse._count
        self.name = name or f"Synapse{self.number}"
        self.description = description
        super().__init__(f"Synapse '{self.name}'", functions)
        if operation not in OPERATIONS:
            section = self.section("operation", operation)
            message = f"unknown operation '{operation}'"
            raise fault(
                "equation.syntax", message, section, None, f"one of {', '.join(OPERATIONS)}"
            )
        self.spiking = pre_spike is not None or post_spike is not None
        self.operation = operation
        self.read_parameters(parameters)
        self.read_equations(equations)
        self.psp = self._psp(psp)
        self.pre_spike = self._statements("pre_spike", pre_spike)
        self.post_spike = self._statements("post_spike", post_spike)
        self.pre_axon_spike = self._statements("pre_axon_spike", pre_axon_spike)
        self.pruning = self._rule("pruning", pruning, ("proba",))
        self.creating = self._rule("creating", creating, ("proba", "w", "d"))
        for item in (*self.pre_spike, *self.post_spike):
            _take_start(self, item)
        _refuse_laws(self.variables.values())
        self._check_all()
        events = (*self.pre_spike, *self.post_spike, *self.pre_axon_spike)
        self.check_units([*self.equations, *events])

    @property
    def is_plain(self) -> bool:
        """Whether a spike only adds the weight to the conductance."""
        added = Binary("+", Symbol(TARGET), Symbol("w"))
        adds = all(item.name == TARGET and item.value == added for item in self.pre_spike)
        silent = self.spiking and not self.pre_spike
        joined = self.operation != "sum" or self.psp is not None
        joined = joined or self.pruning is not None or self.creating is not None
        joined = joined or bool(self.pre_axon_spike)
        more = self.equations or self.post_spike or joined or silent
        return adds and len(self.pre_spike) < 2 and not more

    @property
    def hears_post(self) -> bool:
        """Whether the spikes of the target do something."""
        return bool(self.post_spike)

    @property
    def names_read(self) -> frozenset[str]:
        """All names that its texts read."""
        return _read(self)

    @property
    def event_driven(self) -> list[Equation]:
        """Variables that are brought up to date at events only."""
        return [item for item in self.equations if item.flags.method == "event-driven"]

    def _statements(self, name: str, given: Any) -> list[Equation]:
        if given is None:
            return []
        text = "\n".join(map(str, given)) if isinstance(given, (list, tuple)) else str(given)
        return read_equations(self.section(name, text), self.functions)

    def _rule(self, name: str, given: Any, flags: tuple[str, ...]) -> Rule | None:
        """When synapses come or go."""
        if given is None:
            return None
        section = self.section(name, getattr(given, "text", str(given)))
        found = read_rule(section, self.functions, flags)
        names = free_symbols(found.condition)
        own = () if name == "creating" else (*self.variables, "w")
        self.check_names(found.condition, section, ("t", "dt", *own, *outside(names)))
        return found

    def _psp(self, text: str | None) -> Expr | None:
        if text is None:
            return None
        section = self.section("psp", str(text))
        found = read_value(section, self.functions)
        self.check_names(found, section, (*self._known(), *outside(free_symbols(found))))
        return found

    def _known(self) -> tuple[str, ...]:
        return ("w", "t_pre", "t_post") if self.spiking else ("w",)

    def _check_all(self) -> None:
        for equation in self.equations:
            self._read(equation)
            self._check_weight(equation)
            self.check_equation(equation, (*self._known(), *self._outside(equation)))
        driven = {item.name for item in self.event_driven}
        for equation in self.equations:
            self._check_driven(equation, driven)
        for equation in (*self.pre_spike, *self.post_spike, *self.pre_axon_spike):
            self._check_statement(equation)

    def _check_weight(self, equation: Equation) -> None:
        if equation.flags.unless_post:
            message = "'unless_post' is a flag of 'pre_spike'"
            place = equation.flags.place["unless_post"]
            raise fault("equation.flag", message, equation.section, place)

    def _outside(self, equation: Equation) -> tuple[str, ...]:
        """What the equation reads from the neurons at both ends."""
        names = free_symbols(equation.value)
        return tuple(outside(names))

    def _read(self, equation: Equation) -> None:
        for node in symbol_nodes(equation.value):
            if "(" in node.name and end_of(node.name) is None:
                message, where = f"'{node.name}' needs 'pre.' or 'post.' here", equation.section
                raise fault("equation.unknown-name", message, where, node.span)

    def _check_driven(self, equation: Equation, driven: set[str]) -> None:
        """What event-driven variables may read, and who may read them."""
        own = equation.name in driven
        for node in symbol_nodes(equation.value):
            other = self.variables.get(node.name)
            if own and node.name != equation.name and self._moves(node.name):
                message = f"the event-driven '{equation.name}' cannot depend on '{node.name}'"
                hint = "it may depend on parameters and constants"
                raise fault("equation.dependency", message, equation.section, node.span, hint)
            if not own and other is not None and node.name in driven:
                message = f"'{equation.name}' is computed in every step and cannot read the "
                message += f"event-driven '{node.name}'"
                raise fault("equation.dependency", message, equation.section, node.span)

    def _moves(self, name: str) -> bool:
        """Whether a name changes while an event-driven variable waits."""
        local = name in self.variables and self.locality(self.variables[name]) == "local"
        return local or name in ("w", "t", "t_pre", "t_post") or "." in name

    def _check_statement(self, equation: Equation) -> None:
        section, name = equation.section, equation.name
        more = ("unless_post",) if section.name == "pre_spike" else ()
        more = (*more, "init") if name in self.variables else more
        refuse_flags(equation.flags, ("min", "max", *more), f"'{section.name}'", section)
        if equation.is_rate:
            message = f"'{section.name}' assigns values, it has no gradients"
            raise fault("equation.gradient", message, section, equation.span)
        self._read(equation)
        known = (*self._known(), *self._outside(equation), TARGET)
        for part in (equation.value, equation.flags.low, equation.flags.high):
            if part is not None:
                self.check_names(part, section, known)
        if name in self.parameters:
            message = f"'{name}' is a parameter: a spike cannot change it"
            raise fault("equation.type", message, section, equation.span)
        if section.name == "pre_axon_spike" and name != TARGET:
            message = f"an axonal spike changes '{TARGET}' only"
            raise fault("equation.syntax", message, section, equation.span)
        check_change(self, equation)
        if name == TARGET:
            self._check_target(equation, section)
        elif name not in self.variables and name != "w":
            from annarchy_ml.diagnostics.suggest import did_you_mean

            hint = did_you_mean(name, [*self.variables, "w", TARGET])
            raise fault(
                "equation.unknown-name", f"unknown name '{name}'", section, equation.span, hint
            )

    def _check_target(self, equation: Equation, section: Section) -> None:
        if section.name == "post_spike":
            message = f"'{TARGET}' can be changed in 'pre_spike' only"
            raise fault("equation.syntax", message, section, equation.span)
        if not equation.updates:
            message = f"'{TARGET}' can only be added to"
            raise fault(
                "equation.syntax", message, section, equation.span, f"write '{TARGET} += ...'"
            )

    def reserved(self) -> frozenset[str]:
        """``w`` may have an equation; the conductance of the target may not."""
        return RESERVED | {TARGET}


def _read(synapse: Synapse) -> frozenset[str]:
    """All names that the texts of a synapse read, those of start values too."""
    parts = (*synapse.equations, *synapse.pre_spike, *synapse.post_spike, *synapse.pre_axon_spike)
    starts = [item.flags.init for item in synapse.variables.values()]
    known = (item for item in starts if item is not None and hasattr(item, "operands"))
    return frozenset().union(*map(free_symbols, known), *map(reads_of, parts))


def _refuse_laws(variables: Iterable[Equation]) -> None:
    """Refuses start values that only Python could draw."""
    for item in variables:
        if is_law(item.flags.init):
            message = f"the start value of '{item.name}' is a law made in Python"
            hint = "write it into the text of the equation: init=Uniform(0.0, 1.0)"
            raise fault("unsupported.construct", message, item.section, item.span, hint)


def _take_start(synapse: Synapse, item: Equation) -> None:
    """A start value may stand where spikes change a variable."""
    init, known = item.flags.init, synapse.variables.get(item.name)
    if init is None or known is None:
        return
    if known.flags.init not in (None, init):
        message = f"'{item.name}' has two start values"
        raise fault("equation.flag", message, item.section, item.flags.place["init"])
    made = replace(known, flags=replace(known.flags, init=init))
    synapse.variables[item.name] = made
    synapse.equations = [made if one is known else one for one in synapse.equations]
