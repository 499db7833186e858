"""What is known in all networks: constants and functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from annarchy_ml.importers.equations.faults import ANNarchyException, Section

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.operands import Functions

_CONSTANTS: dict[str, Constant] = {}
_NETWORK_NAMES: set[str] = set()
_FUNCTIONS: Functions = {}


class Listener(Protocol):
    """A network, as its constants know it."""

    def constant_changed(self, item: Constant) -> None:
        """Takes over the new value."""


class Constant:
    """A number that equations of all networks may use by its name.

    Attributes:
        value: the number; `set` changes it from the next step on.
    """

    def __init__(self, name: str, value: float, net: object = None) -> None:
        if name in _CONSTANTS:
            raise ANNarchyException(f"there is a constant '{name}' already")
        self.name = name
        self.value = float(value)
        self._networks: list[Listener] = []
        if net is None:
            _CONSTANTS[name] = self
        else:
            _NETWORK_NAMES.add(name)

    def set(self, value: float) -> None:
        """Gives it another value, in running networks too."""
        self.value = float(value)
        for network in self._networks:
            network.constant_changed(self)

    def watched_by(self, network: Listener) -> None:
        """Tells a network of changes."""
        if network not in self._networks:
            self._networks.append(network)

    def unwatched_by(self, network: Listener) -> None:
        """Does not tell a network of changes any more."""
        self._networks = [item for item in self._networks if item is not network]

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        return f"Constant('{self.name}', {self.value})"


def constant_names() -> frozenset[str]:
    """Names of all constants, those of single networks too."""
    return frozenset((*_CONSTANTS, *_NETWORK_NAMES))


def constants_everywhere() -> dict[str, Constant]:
    """The constants of all networks."""
    return _CONSTANTS


def add_function(function: str) -> None:
    """Adds a function, such as ``"f(x) = 1/(1 + exp(-x))"``, that all equations may call."""
    from annarchy_ml.importers.equations.statements import read_functions

    section = Section("add_function", "function", function)
    _FUNCTIONS.update(read_functions(section, functions_everywhere()))


def functions_everywhere() -> Functions:
    """The functions that were added."""
    return dict(_FUNCTIONS)


def forget(functions: bool = True) -> None:
    """Removes all constants and, if asked to, functions."""
    _CONSTANTS.clear()
    _NETWORK_NAMES.clear()
    if functions:
        _FUNCTIONS.clear()
