"""What neurons and synapses have in common: parameters, equations, functions, and their checks.

``Parameter`` and ``Variable`` are the object forms of what a text says. A list mixes both: its
items stand one below the other, so that lines are counted through the whole list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annarchy_ml.diagnostics.core import Span
from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.expr import Expr, symbol_nodes
from annarchy_ml.importers.equations.arguments import type_name as type_name
from annarchy_ml.importers.equations.arguments import with_arguments
from annarchy_ml.importers.equations.dimensions import Dimensioned
from annarchy_ml.importers.equations.faults import Section, fault
from annarchy_ml.importers.equations.globals import constant_names, functions_everywhere
from annarchy_ml.importers.equations.localities import check_locality
from annarchy_ml.importers.equations.operands import Functions
from annarchy_ml.importers.equations.statements import (
    LOCALITIES,
    Constant,
    Equation,
    Flags,
    read_equations,
    read_functions,
    read_parameters,
)
from annarchy_ml.importers.equations.units import quantity
from annarchy_ml.importers.equations.vocabulary import RESERVED


@dataclass(frozen=True)
class Parameter:
    """A parameter: its value, whether all elements share it, its type.

    Attributes:
        value: a number, a text with a unit such as ``"20 ms"``, or a law to draw from.
        locality: ``global`` (one value), ``semiglobal`` (one for each target), ``local``.
    """

    value: Any
    locality: str = "global"
    type: Any = float
    unit: str | None = None


@dataclass(frozen=True)
class Variable:
    """A variable: its equation as a text, and its flags as arguments."""

    equation: str
    init: Any = None
    min: Any = None
    max: Any = None
    method: str | None = None
    locality: str = ""
    type: Any = None
    unit: str | None = None


@dataclass(frozen=True)
class Named:
    """A parameter of a definition.

    Attributes:
        value: a number, or a law to draw from for each element.
        shared: whether it is global.
    """

    name: str
    value: Any
    locality: str
    type: str

    @property
    def shared(self) -> bool:
        """Whether all elements have one value."""
        return self.locality == "global"


class Definition(Dimensioned):
    """The parameters, variables and functions of a neuron or a synapse.

    Attributes:
        title: such as ``Neuron 'LIF'``.
        parameters, equations: in the order of their declaration.
        functions: its own, and those known everywhere.
    """

    localities: tuple[str, ...] = ()

    def __init__(self, title: str, functions: str | None) -> None:
        self.title = title
        text = "" if functions is None else functions
        shared = functions_everywhere()
        self.functions: Functions = read_functions(Section(title, "functions", text), shared)
        self.own_functions = {
            name: made for name, made in self.functions.items() if made is not shared.get(name)
        }
        self.parameters: dict[str, Named] = {}
        self.equations: list[Equation] = []
        self.variables: dict[str, Equation] = {}
        self.units = {}

    def section(self, name: str, text: str) -> Section:
        """A text of this definition."""
        return Section(self.title, name, text)

    def read_parameters(self, given: Any) -> None:
        """Parameters from a text, a dictionary, or a list of both."""
        if given is None:
            return
        if isinstance(given, Mapping):
            for name, value in given.items():
                self._add_parameter(name, value)
            return
        for text, _ in _items(given):
            for item in read_parameters(self.section("parameters", text)):
                self._read_parameter(item)

    def _read_parameter(self, item: Constant) -> None:
        self._new_name(item.name, item.section, item.span)
        refuse_flags(item.flags, ("locality", "type", "unit"), "a parameter", item.section)
        if item.flags.unit:
            self.note_unit(item.name, item.flags.unit, item.section, item.flags.place["unit"])
        locality = self._locality(item.flags, item.section, "local")
        type_ = item.flags.type
        self.parameters[item.name] = Named(item.name, item.value, locality, type_)

    def _add_parameter(self, name: str, value: Any) -> None:
        section = self.section("parameters", name)
        given = value if isinstance(value, Parameter) else Parameter(value)
        if not name.isidentifier():
            raise fault("equation.syntax", f"'{name}' is no name", section, None)
        self._new_name(name, section, None)
        if given.locality not in LOCALITIES:
            raise fault("equation.locality", f"unknown locality '{given.locality}'", section, None)
        if given.unit is not None:
            self.note_unit(name, str(given.unit), section, None)
        flags = Flags(locality=given.locality)
        locality = self._locality(flags, section, "global")
        if (number := quantity(given.value)) is None:
            what = f"'{given.value}' is no number with a unit"
            raise fault("equation.unit", what, section, None)
        self.parameters[name] = Named(name, number, locality, type_name(given.type, section))

    def read_equations(self, given: Any) -> None:
        """Variables from a text, a ``Variable``, or a list of both."""
        if given is None:
            return
        for text, item in _items(given):
            section = self.section("equations", text)
            found = read_equations(section, self.functions)
            if isinstance(item, Variable):
                found = [with_arguments(self, one, item, section) for one in found]
            for equation in found:
                self._declare(equation)

    def _declare(self, equation: Equation) -> None:
        name, section, span = equation.name, equation.section, equation.span
        again = name in self.variables
        if equation.updates and again:
            self.equations.append(equation)
            return
        if again:
            raise fault("equation.duplicate", f"'{name}' has an equation already", section, span)
        self._new_name(name, section, span)
        if equation.is_rate and equation.flags.type != "float":
            message = f"'{name}' has a gradient, so it cannot be of type {equation.flags.type}"
            raise fault("equation.type", message, section, span)
        self._locality(equation.flags, section, "local")
        if equation.flags.unit:
            where = equation.flags.place.get("unit", span)
            self.note_unit(name, equation.flags.unit, section, where)
        self.equations.append(equation)
        self.variables[name] = equation

    def _new_name(self, name: str, section: Section, span: Span | None) -> None:
        if name in self.reserved():
            message = f"'{name}' has a meaning of its own and cannot be declared"
            raise fault("equation.reserved-name", message, section, span)
        if name in self.parameters or name in self.variables:
            what = "a parameter" if name in self.parameters else "a variable"
            message = f"'{name}' is {what} already"
            raise fault("equation.duplicate", message, section, span)
        if name in self.own_functions:
            message = f"'{name}' is a function already"
            raise fault("equation.duplicate", message, section, span)

    def reserved(self) -> frozenset[str]:
        """Names that this kind of object has itself."""
        return RESERVED

    def _locality(self, flags: Flags, section: Section, default: str) -> str:
        """The locality in 5.x words, checked against the kind of the object."""
        word = flags.locality or default
        if word not in self.localities:
            message = f"'{word}' is no locality of a {self.title.partition(' ')[0].lower()}"
            hint = f"write one of: {', '.join(self.localities)}"
            raise fault("equation.locality", message, section, flags.place.get("locality"), hint)
        return LOCALITIES[word]

    def locality(self, equation: Equation) -> str:
        """The locality of a variable."""
        return LOCALITIES[equation.flags.locality or "local"]

    def type_of(self, name: str) -> str:
        """``float``, ``int`` or ``bool``; ``float`` for what it does not declare itself."""
        if name in self.parameters:
            return self.parameters[name].type
        return self.variables[name].flags.type if name in self.variables else "float"

    def check_names(self, e: Expr, section: Section, known: Iterable[str]) -> None:
        """Refuses names that mean nothing here.

        Raises:
            EquationError: At the first unknown name.
        """
        names = {*known, *self.parameters, *self.variables, *constant_names(), "t", "dt"}
        for node in symbol_nodes(e):
            if node.name in names:
                continue
            message = f"unknown name '{node.name}'"
            hint = did_you_mean(node.name, sorted(names))
            raise fault("equation.unknown-name", message, section, node.span, hint)

    def check_equation(self, equation: Equation, known: Iterable[str]) -> None:
        """Names, bounds, start value and method of one equation."""
        known = tuple(known)
        section = equation.section
        flags = equation.flags
        for part in (equation.value, flags.low, flags.high):
            if part is not None:
                self.check_names(part, section, known)
        _check_init(self, equation)
        check_locality(self, equation)
        method = flags.method
        linear = ("exponential", "semiimplicit", "event-driven")
        if method in linear and equation.nonlinear is not None:
            where = equation.nonlinear.span or equation.span
            message = f"'{method}' needs a rate that is linear in '{equation.name}'"
            raise fault("equation.method", message, section, where, "choose rk4 or explicit")


def refuse_flags(flags: Flags, known: tuple[str, ...], what: str, section: Section) -> None:
    """Refuses flags that mean nothing where they stand.

    Raises:
        EquationError: At the first of them.
    """
    for name, place in flags.place.items():
        if name not in known:
            message = f"{what} takes no flag '{name}'"
            raise fault("equation.flag", message, section, place)


def _items(given: Any) -> list[tuple[str, Any]]:
    """Texts with as many empty lines before them as lines stand before, and what they come from."""
    items = given if isinstance(given, (list, tuple)) else [given]
    found, lines = [], 0
    for item in items:
        text = item.equation if isinstance(item, Variable) else str(item)
        found.append(("\n" * lines + text, item))
        lines += text.count("\n") + 1
    return found


def _check_init(definition: Definition, equation: Equation) -> None:
    init = equation.flags.init
    if init is None or not hasattr(init, "operands"):  # a law is drawn from as it is
        return
    for node in symbol_nodes(init):
        if node.name not in definition.parameters and node.name not in constant_names():
            message = f"the start value of '{equation.name}' cannot depend on '{node.name}'"
            hint = "it may depend on parameters and constants"
            raise fault("equation.flag", message, equation.section, node.span, hint)
