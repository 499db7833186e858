"""Constants of one network, and what it knows of those of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annarchy_ml.importers.equations.base import NetworkBase
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.globals import Constant, constants_everywhere

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.definition import Definition
    from annarchy_ml.importers.equations.running import Running


class NetworkConstants(NetworkBase):
    """Numbers that equations of a network use by their names."""

    running: Running | None
    _constants: dict[str, Constant]

    def constant(self, name: str, value: float) -> Constant:
        """A constant of this network."""
        made = Constant(name, value, net=self)
        self._constants[name] = made
        return made

    def constant_values(self) -> dict[str, float]:
        """Values of all constants that equations of this network may use."""
        everywhere = {**constants_everywhere(), **self._constants}
        return {name: item.value for name, item in everywhere.items()}

    def constant_value(self, given: Any) -> float:
        """The value of a constant, itself or by its name."""
        if isinstance(given, Constant):
            return given.value
        return self.constant_values()[given]

    def constant_changed(self, item: Constant) -> None:
        """A constant has another value from the next step on."""
        if self.running is None or self._constants.get(item.name, item) is not item:
            return
        types: list[tuple[str, Definition | None]] = [
            *((one.name, one.neuron_type) for one in self.populations),
            *((one.name, one.definition) for one in self.projections),
        ]
        owners = frozenset(who for who, one in types if one and item.name in one.parameters)
        self.running.constant_changed(item.name, item.value, owners)

    def get_constants(self) -> list[Constant]:
        """All constants that its equations may use."""
        return [*constants_everywhere().values(), *self._constants.values()]

    def get_constant(self, name: str) -> Constant:
        """A constant that its equations may use, by its name.

        Raises:
            ANNarchyException: If there is none.
        """
        for item in reversed(self.get_constants()):
            if item.name == name:
                return item
        raise ANNarchyException(f"there is no constant '{name}'")
