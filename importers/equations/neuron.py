"""Neurons as equations: read and checked when they are defined."""

from __future__ import annotations

from typing import Any

from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.expr import Expr, Number, is_stochastic, symbol_nodes
from annarchy_ml.importers.equations.conditions import read_stop_condition
from annarchy_ml.importers.equations.definition import Definition, refuse_flags
from annarchy_ml.importers.equations.faults import Section, fault
from annarchy_ml.importers.equations.localities import check_change
from annarchy_ml.importers.equations.statements import (
    Equation,
    read_condition,
    read_equations,
    read_value,
)
from annarchy_ml.importers.equations.values import time_of
from annarchy_ml.importers.equations.vocabulary import RESERVED


class Neuron(Definition):
    """A type of neuron, rate-coded without `spike`, spiking with it.

    Attributes:
        name, description: for reports.
        spiking: whether it spikes.
        spike: the condition.
        reset: assignments of a neuron that spikes.
        axon_spike, axon_reset: the same of spikes that only some synapses hear.
        refractory: refractory time [ms], or the name of what holds it; None for none.
        targets: conductances (``g_exc`` gives ``exc``) or sums that its equations read.
        summed: targets whose sums a spiking neuron reads.
        reductions: values over all neurons that its equations read, such as ``mean(r)``.
    """

    localities = ("local", "global", "population")
    reads_sums = False
    """Whether spiking neurons of this kind read weighted sums of rates."""
    needs_rate = True
    """Whether those that do not spike must define ``r``."""
    _count = 0

    def __init__(
        self,
        parameters: Any = "",
        equations: Any = "",
        spike: str | None = None,
        axon_spike: str | None = None,
        reset: Any = None,
        axon_reset: Any = None,
        refractory: Any = None,
        functions: str | None = None,
        name: str = "",
        description: str = "",
    ) -> None:
        Neuron._count += 1
        self.number = Neuron._count
        self.name = name or f"Neuron{self.number}"
        self.description = description
        self.spiking = spike is not None
        super().__init__(f"Neuron '{self.name}'", functions)
        self.read_parameters(parameters)
        self.read_equations(equations)
        self._targets: dict[str, None] = {}
        self._summed: dict[str, None] = {}
        self._reductions: dict[str, None] = {}
        self.sums_all = False
        for equation in self.equations:
            self._check(equation)
        self.spike = self._spike(spike)
        self.reset = self._reset(reset)
        self.axon_spike = self._spike(axon_spike, "axon_spike")
        self.axon_reset = self._reset(axon_reset, "axon_reset")
        self.refractory = self._refractory(refractory)
        _check_units(self, spike, axon_spike)
        if self.needs_rate and not self.spiking:
            _check_rate(self)

    @property
    def targets(self) -> tuple[str, ...]:
        """Targets that the equations read."""
        return tuple(self._targets)

    @property
    def summed(self) -> tuple[str, ...]:
        """Targets of rates that the equations of a spiking neuron read."""
        return tuple(self._summed)

    @property
    def reductions(self) -> tuple[str, ...]:
        """Values over all neurons that the equations read."""
        return tuple(self._reductions)

    def reserved(self) -> frozenset[str]:
        """In spiking neurons ``r`` is the measured rate."""
        return RESERVED | {"r"} if self.spiking else RESERVED

    def _check(self, equation: Equation) -> None:
        for node in symbol_nodes(equation.value):
            self._read(node, equation.section)
        flags = equation.flags
        if flags.method == "event-driven":
            message = "'event-driven' is a method of synapses"
            raise fault("equation.method", message, equation.section, flags.place.get("method"))
        if flags.unless_post:
            message = "'unless_post' is a flag of 'pre_spike'"
            place = flags.place["unless_post"]
            raise fault("equation.flag", message, equation.section, place)
        self.check_equation(equation, self._known())

    def _read(self, node: Any, section: Section) -> None:
        """Notes targets; refuses what a neuron cannot read."""
        name = node.name
        if name.startswith("g_") and self.spiking:
            self._targets.setdefault(name[2:])
        elif name.startswith("sum("):
            if self.spiking and self.reads_sums and name != "sum()":
                self._summed.setdefault(name[4:-1])
                return
            if self.spiking:
                message = f"'{name}' is the input of rate-coded neurons"
                hint = "a spiking neuron reads g_exc for the target exc"
                raise fault("equation.syntax", message, section, node.span, hint)
            self.sums_all |= name == "sum()"
            if name != "sum()":
                self._targets.setdefault(name[4:-1])
        elif name.startswith(("pre.", "post.")):
            message = f"'{name}' can be read by synapses only"
            raise fault("equation.unknown-name", message, section, node.span)
        elif "(" in name:
            self._reduce(node, section)

    def _reduce(self, node: Any, section: Section) -> None:
        """Notes a value over all neurons."""
        of = reduced(node.name)
        known = (*self.parameters, *self.variables)
        if of not in known:
            message, hint = f"unknown name '{of}'", did_you_mean(of, known)
            raise fault("equation.unknown-name", message, section, node.span, hint)
        self._reductions.setdefault(node.name)

    def _known(self) -> tuple[str, ...]:
        names = [f"g_{item}" if self.spiking else f"sum({item})" for item in self._targets]
        names += [f"sum({item})" for item in self._summed]
        names += self._reductions
        return (*names, *(("t_last", "r") if self.spiking else ("sum()",)))

    def _spike(self, text: str | None, name: str = "spike") -> Expr | None:
        if text is None:
            return None
        section = self.section(name, str(text))
        if not self.spiking:
            message = f"a neuron without 'spike' has no {name}"
            raise fault("equation.syntax", message, section, None)
        found = read_condition(section, self.functions)
        for node in symbol_nodes(found):
            self._read(node, section)
        self.check_names(found, section, self._known())
        return found

    def _reset(self, given: Any, name: str = "reset") -> list[Equation]:
        """The assignments of a reset."""
        if given is None:
            return []
        text = "\n".join(map(str, given)) if isinstance(given, (list, tuple)) else str(given)
        section = self.section(name, text)
        before = self.spike if name == "reset" else self.axon_spike
        if before is None:
            message = f"a neuron without '{name.replace('reset', 'spike')}' has no {name}"
            raise fault("equation.syntax", message, section, None)
        found = read_equations(section, self.functions)
        for equation in found:
            self._check_reset(equation)
        return found

    def _check_reset(self, equation: Equation) -> None:
        section, name = equation.section, equation.name
        refuse_flags(equation.flags, ("min", "max"), "a reset", section)
        if equation.is_rate:
            message = "a reset assigns values, it has no gradients"
            raise fault("equation.gradient", message, section, equation.span)
        for node in symbol_nodes(equation.value):
            self._read(node, section)
        known = self._known()
        self.check_names(equation.value, section, known)
        if name in self.parameters:
            message = f"'{name}' is a parameter: a reset cannot change it"
            raise fault("equation.type", message, section, equation.span)
        if name not in self.variables and name not in known:
            message, hint = f"unknown name '{name}'", did_you_mean(name, self.variables)
            raise fault("equation.unknown-name", message, section, equation.span, hint)
        check_change(self, equation)

    def _refractory(self, given: Any) -> Expr | None:
        if given is None:
            return None
        section = self.section("refractory", str(given))
        if not self.spiking:
            message = "a neuron without 'spike' has no refractory time"
            raise fault("equation.syntax", message, section, None)
        if not isinstance(given, str):
            return Number(time_of(given, "'refractory'"))
        found = read_value(section, self.functions)
        self.check_names(found, section, self._known())
        return found

    def stop_condition(self, text: str) -> tuple[Expr, bool]:
        """A condition that ends a run, and whether one neuron is enough for that.

        Raises:
            EquationError: If it is none.
        """
        section = self.section("stop_condition", text)
        found, any_of_them = read_stop_condition(section, self.functions)
        for node in symbol_nodes(found):
            self._read(node, section)
        self.check_names(found, section, self._known())
        if is_stochastic(found):
            message = "a condition that ends a run cannot draw"
            raise fault("unsupported.construct", message, section, found.span)
        return found, any_of_them


def _check_units(neuron: Neuron, spike: Any, axon_spike: Any) -> None:
    """Refuses units that do not fit, in conditions as the author wrote them, too."""
    changes = [*neuron.equations, *neuron.reset, *neuron.axon_reset]
    tests = ((neuron.spike, "spike", spike), (neuron.axon_spike, "axon_spike", axon_spike))
    placed = [(e, neuron.section(name, str(text))) for e, name, text in tests if e is not None]
    neuron.check_units(changes, placed)


def _check_rate(neuron: Neuron) -> None:
    """Refuses rate-coded neurons without a rate."""
    if "r" in neuron.variables or "r" in neuron.parameters:
        return
    section = neuron.section("equations", "")
    message, hint = (
        "a rate-coded neuron must define 'r', its firing rate",
        "or give it a 'spike' condition",
    )
    raise fault("equation.missing-r", message, section, None, hint)


def reduced(name: str) -> str:
    """What a value over all neurons is about: ``r`` of ``mean(r)``."""
    return name.partition("(")[2].removesuffix(")")
