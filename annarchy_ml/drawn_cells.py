"""Cells with morphology as results show them: shapes in space with a value for each compartment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.model.cell_shape import CellShape


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCell:
    """A cell, and values along it.

    Attributes:
        path: of the cell, such as ``pop[0]``.
        shape: in space.
        values: one for each compartment [SI].
        variable: what the values are.
        unit: SI symbol of the values.
        dimension: its LEMS name, or ``none``.
        time: of the values [s].
        recorded: the compartments of which traces were recorded, by path.
    """

    path: str
    shape: CellShape
    values: NDArray[Any]
    variable: str
    unit: str
    dimension: str
    time: float
    recorded: Mapping[str, int] = field(default_factory=dict)


class DrawnCells(Sequence[DrawnCell]):
    """Cells that are made when they are first looked at."""

    def __init__(self, make: Callable[[], Iterable[DrawnCell]]) -> None:
        self._make: Callable[[], Iterable[DrawnCell]] | None = make
        self._made: Sequence[DrawnCell] = ()

    @property
    def _cells(self) -> Sequence[DrawnCell]:
        if self._make is not None:
            self._made, self._make = tuple(self._make()), None
        return self._made

    def __len__(self) -> int:
        return len(self._cells)

    @overload
    def __getitem__(self, index: int) -> DrawnCell: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[DrawnCell]: ...

    def __getitem__(self, index: int | slice) -> DrawnCell | Sequence[DrawnCell]:
        return self._cells[index]

    def __iter__(self) -> Iterator[DrawnCell]:
        return iter(self._cells)

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (tuple(self),)
