"""A Neo list of spike trains over one shared array: each train is made when it is looked at.

Neo takes about 0.1 ms to construct a train and, starting from one array for all, searches that
array once per train: minutes for 100,000 trains. Here the list costs nothing, a train one slice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableSequence, Sequence
from typing import Any

import neo
import numpy as np
import quantities as pq
from neo.core.dataobject import ArrayDict
from neo.core.spiketrainlist import SpikeTrainList

from annarchy_ml.garbage import collection_paused
from annarchy_ml.results import EventTable

_AHEAD = 1000
"""Trains that are made together when all are looked at."""

Annotate = Callable[[int, str], dict[str, Any]]


class TrainBuilder:
    """Makes the spike trains of an event table, each once.

    Args:
        events: Where the times are.
        ends: Of the recording; no event lies outside.
        annotate: Gives the annotations of a train, from its row and its path.
        segment: The `neo.Segment` that the trains belong to.
        units: Of all times.
    """

    def __init__(
        self,
        events: EventTable,
        ends: tuple[Any, Any],
        annotate: Annotate,
        segment: Any,
        units: Any = "s",
    ) -> None:
        self.events, self.units = events, units
        self._annotate = annotate
        self._offsets = events.offsets.tolist()
        self._built: list[Any] = [None] * len(events)
        empty = neo.SpikeTrain([], units=units, t_start=ends[0], t_stop=ends[1])
        empty.segment = segment
        self.t_start, self.t_stop = empty.t_start, empty.t_stop
        # As in a slice of a train, the ends are one object that all share.
        self._shared = dict(vars(empty))

    def train(self, row: int) -> Any:
        """A train, equal to what Neo's constructor gives but made without its checks."""
        train = self._built[row]
        if train is None:
            begin = self._offsets[row]
            count = self._offsets[row + 1] - begin
            path = self.events.paths[row]
            # A view of an array would look up each attribute that is set here.
            train = self._built[row] = np.ndarray.__new__(neo.SpikeTrain, count, np.float64)
            np.ndarray.__setitem__(train, ..., self.events.times_s[begin : begin + count])
            vars(train).update(
                self._shared,
                name=path or None,
                annotations=self._annotate(row, path),
                array_annotations=ArrayDict(count),
            )
        return train


class _Slots(MutableSequence[Any]):
    """A list whose items are trains, or rows of trains that nobody has looked at."""

    def __init__(self, builder: TrainBuilder, rows: Iterable[int]) -> None:
        self._builder = builder
        self._slots: list[Any] = list(rows)

    def _resolve(self, slot: Any) -> Any:
        return self._builder.train(slot) if isinstance(slot, int) else slot

    def __len__(self) -> int:
        return len(self._slots)

    def __getitem__(self, index: Any) -> Any:
        found = self._slots[index]
        if not isinstance(index, slice):
            return self._resolve(found)
        with collection_paused():
            return [self._resolve(slot) for slot in found]

    def __iter__(self) -> Iterator[Any]:
        begin = 0
        while begin < len(self._slots):
            yield from self[begin : begin + _AHEAD]
            begin += _AHEAD

    def __setitem__(self, index: Any, value: Any) -> None:
        self._slots[index] = value

    def __delitem__(self, index: Any) -> None:
        del self._slots[index]

    def insert(self, index: int, value: Any) -> None:
        self._slots.insert(index, value)

    def __add__(self, others: Iterable[Any]) -> list[Any]:
        return [*self, *others]

    def __radd__(self, others: Iterable[Any]) -> list[Any]:
        return [*others, *self]

    def rows(self) -> list[int] | None:
        """The rows in this list, or None if trains from elsewhere were put into it."""
        return self._slots if all(type(slot) is int for slot in self._slots) else None


class LazySpikeTrainList(SpikeTrainList):  # type: ignore[misc]  # Neo has no types
    """Neo's list of spike trains, with no train in it until one is asked for.

    It stands wherever Neo and Elephant expect a `SpikeTrainList`; a pickled or copied one is a
    plain `SpikeTrainList`.

    Args:
        builder: Makes the trains.
        rows: Which trains; all by default.
        parent: The segment, or None in a group.
    """

    def __init__(
        self, builder: TrainBuilder, rows: Sequence[int] | None = None, parent: Any = None
    ) -> None:
        super().__init__(parent=parent)
        self._builder = builder
        self._items = _Slots(builder, range(len(builder.events)) if rows is None else rows)

    @property
    def multiplexed(self) -> tuple[Any, Any]:
        """Train numbers and times of all spikes, train after train; builds no train."""
        rows = self._items.rows()
        if rows is None:
            numbers, times = SpikeTrainList(items=self).multiplexed
            return numbers, times
        events = self._builder.events
        numbers = np.repeat(np.array(rows, dtype=np.int64), events.counts[rows])
        return numbers, pq.Quantity(events.times_of(rows), self._builder.units)

    @property
    def all_channel_ids(self) -> list[int]:
        """The numbers that `multiplexed` may hold."""
        rows = self._items.rows()
        return list(SpikeTrainList(items=self).all_channel_ids if rows is None else rows)

    @property
    def t_start(self) -> Any:
        """Start of the recording."""
        return self._builder.t_start

    @property
    def t_stop(self) -> Any:
        """End of the recording."""
        return self._builder.t_stop

    def __str__(self) -> str:
        return f"SpikeTrainList of {len(self)} trains"

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        state = vars(SpikeTrainList()) | {"_items": list(self), "segment": self.segment}
        return SpikeTrainList, (), state


class LazyArraySpikeTrainList(SpikeTrainList):  # type: ignore[misc]  # Neo has no types
    """Neo's list over one array of times and one of channels, which makes a train when asked.

    Neo's own makes all trains as soon as one is looked at, each by a search through all times.

    Args:
        plain: Neo's list; its arrays are shared, in the units and the order that they have there.
    """

    def __init__(
        self, items: Any = None, parent: Any = None, plain: SpikeTrainList | None = None
    ) -> None:
        super().__init__(items=items, parent=parent)
        self.__dict__.update(vars(plain) if plain is not None else {})

    def _spiketrains_from_array(self) -> None:
        """Gives the list its items: Neo calls this when the first train is asked for."""
        times = self._spike_time_array
        builder = None if times is None else self._made(times)
        self._items = [] if builder is None else _Slots(builder, range(len(builder.events)))

    def _made(self, times: Any) -> TrainBuilder:
        channels = np.asarray(self._all_channel_ids)
        known = np.isin(self._channel_id_array, channels)
        order = np.argsort(channels, kind="stable")
        rows = order[np.searchsorted(channels, self._channel_id_array[known], sorter=order)]
        events = EventTable.from_events(times.magnitude[known], rows, [""] * len(channels))
        ends = (self._spiketrain_metadata["t_start"], self._spiketrain_metadata["t_stop"])
        given = self._annotations

        def annotate(row: int, _: str) -> dict[str, Any]:
            return {name: _of_row(value, row) for name, value in given.items()} | {
                "channel_id": channels[row]
            }

        return TrainBuilder(events, ends, annotate, self.segment, times.dimensionality)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        items = self._items if self._items is None else list(self._items)
        return SpikeTrainList, (), vars(self) | {"_items": items}


def _of_row(value: Any, row: int) -> Any:
    """The annotation of one train: texts and single values are the same for all."""
    return value[row] if hasattr(value, "__len__") and not isinstance(value, str) else value
