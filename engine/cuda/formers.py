"""What projections were before their connections changed: the way of the events under way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.engine.cuda.connections import DOUBLES, FLOATS, Stored

if TYPE_CHECKING:
    from numpy.typing import NDArray

Place = tuple[int, int]
"""When an event was sent: in which step, and as which one of its port in that step."""
NEVER: Place = (0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
START: Place = (0, 0)
GONE = -1
"""The place of a connection that is not there any more."""


@dataclass(frozen=True, slots=True)
class Former:
    """Connections as they were before a change: those of the events that were sent until then.

    Attributes:
        since, until: the first event that goes over them, and the first one that does not.
        places: shape (n,): where each connection lies by now.
    """

    connections: Stored
    since: Place
    until: Place
    places: NDArray[np.int64]

    def weighted(self, now: Stored) -> Stored:
        """With the weights that they have by now."""
        both = FLOATS | DOUBLES
        kind = {0: None, FLOATS: np.float32, DOUBLES: np.float64}[now.layout & both]
        kept = self.connections.layout & ~both | now.layout & both
        weights: NDArray[Any] = np.zeros(0, np.uint8)
        if kind is not None:
            weights = np.frombuffer(now.weights, kind)[self.places]
        return replace(
            self.connections, layout=kept, weight=now.weight, weights=weights,
            transmits=now.transmits,
        )  # fmt: skip

    def moved(self, to: NDArray[np.int64]) -> Former:
        """The same connections, which lie elsewhere.

        Args:
            to: shape (n_before,): where each connection goes.
        """
        return replace(self, places=to[self.places])

    def left(self, to: NDArray[np.int64], targets: NDArray[np.int32]) -> Former:
        """Those of the connections that are still there, onto the targets that they have by now.

        Args:
            to: shape (n_before,): where each connection goes; `GONE` for nowhere.
            targets: shape (n_now,).
        """
        places = to[self.places]
        connections, order = self.connections.onto(
            np.where(places == GONE, GONE, targets[places] if len(targets) else GONE)
        )
        return replace(self, connections=connections, places=places[order])


class Formers:
    """The former connections of a network, by number of the projection."""

    def __init__(self) -> None:
        """Nothing has changed yet."""
        self._since: dict[int, Place] = {}
        self._former: dict[int, list[Former]] = {}

    def since(self, number: int) -> Place:
        """The first event that goes over the connections of now."""
        return self._since.get(number, START)

    def hear_from(self, number: int, place: Place) -> None:
        """What was sent before never arrives."""
        self._since[number] = place

    def of(self, number: int) -> list[Former]:
        """The former connections of a projection, the latest first; a list that may be cut."""
        return self._former.setdefault(number, [])

    def leave(self, number: int, before: Stored, until: Place) -> None:
        """Connections are about to change: events that were sent until then stay on them."""
        since, former = self.since(number), self.of(number)
        if since < until and before.size > 0:
            former.insert(0, Former(before, since, until, np.arange(before.size)))
        self._since[number] = until

    def move(self, number: int, to: NDArray[np.int64]) -> None:
        """The connections of a projection lie elsewhere: see `Former.moved`."""
        self._former[number] = [item.moved(to) for item in self.of(number)]

    def thin(self, number: int, to: NDArray[np.int64], targets: NDArray[np.int32]) -> None:
        """Connections of a projection have come and gone: see `Former.left`."""
        left = [item.left(to, targets) for item in self.of(number)]
        self._former[number] = [item for item in left if item.connections.size > 0]

    def take_over(self, before: Formers, projections: Sequence[tuple[int, int]]) -> None:
        """Knows what another network did of some projections: numbers there and here."""
        for old, new in projections:
            self._since[new] = before.since(old)
            self._former[new] = list(before.of(old))

    def forget(self, numbers: Iterable[int]) -> None:
        """No event of some projections is under way."""
        for number in numbers:
            self._since.pop(number, None)
            self._former.pop(number, None)

    def forget_all(self) -> None:
        """No event is under way."""
        self._since.clear()
        self._former.clear()
