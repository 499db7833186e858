"""Couplings, earlier values, pools and timetables of a network as a program finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.engine.cuda.layout import COUPLING_LEARNS, kernel_of
from annarchy_ml.engine.cuda.memory import Store, Words
from annarchy_ml.engine.past import past_index
from annarchy_ml.kernels.plan import CouplingPlan, SynapticCouplingPlan

if TYPE_CHECKING:
    from annarchy_ml.engine import _core
    from annarchy_ml.engine.cuda.device import Buffer
    from annarchy_ml.engine.cuda.texts import Texts

Places = dict[tuple[int, str], int]
"""Address of each field."""
_PART, _LANES = 4096, 8


class Given:
    """What gives values to cells apart from their kernels.

    Attributes:
        weights: of couplings: device memory, and the memory of the network that it follows.
        histories: earlier values, by field.
    """

    def __init__(self, texts: Texts, network: _core.Network, places: Places, store: Store) -> None:
        """Nothing is on the device yet."""
        self.texts, self.network, self.places, self._store = texts, network, places, store
        self.weights: list[tuple[Buffer, NDArray[np.uint8]]] = []
        self.histories: dict[tuple[int, str], Buffer] = {}

    def put(self, words: Words) -> None:
        """Copies everything to the device, and says where it is."""
        self._put_couplings(words)
        self._put_histories(words)
        for number, (source, target, _) in enumerate(self.texts.further.pools):
            first, size = self.texts.layout.pools[number], self._size(source[0])
            parts = self._store.room(-(-size // _PART) * _LANES * 8).address
            found = (self.places[source], self.places[target], size, self._size(target[0]), parts)
            _fill(words, first, found)
        for number in range(len(self.texts.layout.timetables)):
            self._put_timetable(words, number)

    def _put_timetable(self, words: Words, number: int) -> None:
        target, numbers, steps, *arrays = self.network.timetables[number]
        period, origin, last = numbers
        place = self._store.keep(np.array([last], np.int64))
        count = len(steps) // 8
        sizes = (self._size(target[0]), count, period, origin)
        kept = [self._store.keep(item) for item in (steps, *arrays)]
        first = self.texts.layout.timetables[number]
        _fill(words, first, [self.places[target], *sizes, *kept, place])

    def _size(self, group: int) -> int:
        return self.texts.plan.groups[group].size

    def _put_couplings(self, words: Words) -> None:
        rows, synaptic = 0, 0
        for number, item in enumerate(self.texts.plan.couplings):
            first = self.texts.layout.couplings[number]
            if isinstance(item, CouplingPlan):
                words[first] = self.places[item.target, item.target_field]
                self._put_rows(words, first, rows)
                rows += 1
            else:
                self._put_connections(words, first, item, synaptic)
                synaptic += 1

    def _put_rows(self, words: Words, first: int, number: int) -> None:
        head, row_ptr, sources, weights = self.network.stored_rows(number)
        _, transmits, *numbers, reach, weight = head
        _fill(words, first + 1, [int(item) for item in numbers])
        words.set_real(first + 9, weight)
        kept = self._store.room(len(weights))
        self.weights.append((kept, np.frombuffer(weights, np.uint8)))
        places = (self._store.keep(row_ptr), self._store.keep(sources), kept.address)
        _fill(words, first + 10, (*places, int(transmits), reach))

    def _put_connections(
        self, words: Words, first: int, item: SynapticCouplingPlan, number: int
    ) -> None:
        plan = self.texts.plan
        group = plan.groups[item.synapses]
        assert group.host is not None and group.host_index is not None
        size = plan.groups[group.host].size
        hosts = np.searchsorted(group.host_index, np.arange(size + 1)).astype(np.int64)
        _, transmits, learns, period, start, reach = self.network.connection_switches[number]
        words[first] = self.places[group.host, item.target_field]
        words[first + 2] = size
        words.set_real(first + 9, 1.0)
        words[first + 10] = self._store.keep(hosts)
        words[first + 13], words[first + 14] = int(transmits), reach
        _fill(words, first + COUPLING_LEARNS, (int(learns), period, start))
        index = past_index(plan, item)
        if index is not None:
            at = self.texts.layout.groups[item.synapses]
            place = kernel_of(plan, item.synapses).indices.index(item.sources)
            words[at.first + at.indices + place] = self._store.keep(index)

    def _put_histories(self, words: Words) -> None:
        texts = self.texts
        width = 4 if texts.plan.module.precision == "single" else 8
        for place, length in texts.further.histories(texts.plan).items():
            size = self._size(place[0])
            kept = self._store.room(2 * length * size * width)
            self.histories[place] = kept
            found = (self.places[place], kept.address, size, length)
            _fill(words, texts.layout.histories[place], found)

    def send_weights(self) -> None:
        """Weights of couplings may be changed where they lie."""
        for kept, weights in self.weights:
            if len(weights):
                self._store.device.upload(kept, weights)

    def earlier(self) -> dict[tuple[int, str], NDArray[Any]]:
        """The rings of earlier values: shape (2 * length, size)."""
        found = {}
        width = np.float32 if self.texts.plan.module.precision == "single" else np.float64
        for place, kept in self.histories.items():
            rows = np.zeros(kept.nbytes // np.dtype(width).itemsize, width)
            self._store.device.download(kept, rows)
            found[place] = rows.reshape(-1, max(self._size(place[0]), 1))
        return found

    def take_over(
        self,
        earlier: dict[tuple[int, str], NDArray[Any]],
        fields: dict[tuple[int, str], NDArray[Any]],
    ) -> None:
        """Goes on with the earlier values of another state.

        Of steps that were not kept, the oldest one that was stands for all before it.

        Args:
            earlier: rings of earlier values.
            fields: values by now, for what nothing was kept of.
        """
        for place, own in self.histories.items():
            values = fields[place]
            rows = own.nbytes // max(values.nbytes, 1)
            if place in earlier:
                made = _longer(earlier[place], rows // 2, self.network.step)
            else:
                made = np.tile(values, (rows, 1))
            self._store.device.upload(own, made)


def _longer(old: NDArray[Any], length: int, step: int) -> NDArray[Any]:
    """A ring of earlier values that keeps more of them: shape (2 * length, size).

    Args:
        old: the ring so far, shape (2 * its length, size).
        length: steps that are to be kept.
        step: the last one.
    """
    known = len(old) // 2
    if known == length:
        return old
    made = np.zeros((2 * length, old.shape[1]), old.dtype)
    for k in range(step - length, step):
        row = old[max(k, step - known + 1) % known]
        made[k % length] = made[k % length + length] = row
    return made


def _fill(words: Words, first: int, numbers: tuple[int, ...] | list[int]) -> None:
    for k, number in enumerate(numbers):
        words[first + k] = int(number)
