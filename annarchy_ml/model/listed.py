"""Instances of a population that a file lists in rows: found by position or id, made when asked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from annarchy_ml.model.instance import Container, Group, Items

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(slots=True, eq=False)
class Listed:
    """Instances that a file lists in rows.

    Attributes:
        group: whose instances they are.
        begin: number of the first one in the group.
        ids: shape (n,), their ids; None where they are no whole numbers.
        names: gives their ids as texts.
        place: makes the container of one of them.
    """

    group: Group
    begin: int
    count: int
    ids: NDArray[np.int64] | None
    names: Callable[[], list[str]]
    place: Callable[[int], Container]
    _sorted: Any = None
    _named: dict[str, int] = field(default_factory=dict)

    def find(self, step: str) -> Container | None:
        """The one with an id; the first of them."""
        row = self.row(step)
        return None if row is None else self.place(row)

    def row(self, step: str) -> int | None:
        """The first row with an id."""
        return self._named_row(step) if self.ids is None else self._numbered_row(step, self.ids)

    def _named_row(self, step: str) -> int | None:
        if not self._named:
            self._named = {own: row for row, own in reversed(list(enumerate(self.names())))}
        return self._named.get(step)

    def _numbered_row(self, step: str, ids: NDArray[np.int64]) -> int | None:
        """The row with a number for an id, by bisection."""
        if not step.isdecimal() or str(int(step)) != step:
            return None
        if self._sorted is None:
            order = ids.argsort(kind="stable")
            self._sorted = order, ids[order]
        order, ascending = self._sorted
        at = int(ascending.searchsorted(int(step)))
        return int(order[at]) if at < len(ids) and ascending[at] == int(step) else None


class ListedItems(Items):
    """The items of a population, some of them listed in rows."""

    def __init__(self, items: Sequence[Any]) -> None:
        self.parts: list[list[Any] | Listed] = [list(items)]
        self._begins = [0]
        self._size = len(items)

    def append(self, item: Any) -> None:
        """One more item."""
        last = self.parts[-1]
        if not isinstance(last, list):
            last = []
            self.parts.append(last)
            self._begins.append(self._size)
        last.append(item)
        self._size += 1

    def add(self, listed: Listed) -> None:
        """Many more items."""
        self.parts.append(listed)
        self._begins.append(self._size)
        self._size += listed.count

    def find(self, step: str) -> Container | None:
        """The listed one with an id."""
        found = (part.find(step) for part in self.parts if isinstance(part, Listed))
        return next((item for item in found if item is not None), None)

    def names(self) -> list[str]:
        """The ids of the listed ones."""
        listed = (part.names() for part in self.parts if isinstance(part, Listed))
        return [name for names in listed for name in names]

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < self._size:
            raise IndexError(index)
        number = bisect_right(self._begins, index) - 1
        part, own = self.parts[number], index - self._begins[number]
        return part[own] if isinstance(part, list) else part.place(own)
