"""Memory of a device as it is filled: what was put there, and the words that say where it is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.engine.cuda.device import Buffer, Device

_ALIGNMENT = 256


class Words:
    """64-bit words, some of them numbers, some of them addresses."""

    def __init__(self, size: int) -> None:
        """So many words, all of them 0."""
        self.values = np.zeros(size, np.uint64)

    def __setitem__(self, place: int, value: int) -> None:
        """Sets a word to a whole number or an address."""
        self.values[place] = value & 0xFFFFFFFFFFFFFFFF

    def set_real(self, place: int, value: float) -> None:
        """Sets a word to a number in double precision."""
        self.values[place : place + 1].view(np.float64)[0] = value


class Store:
    """Pieces of device memory that live as long as it does."""

    def __init__(self, device: Device) -> None:
        """Nothing is stored yet."""
        self.device = device
        self._held: list[Buffer] = []

    def room(self, nbytes: int) -> Buffer:
        """Memory filled with zeros."""
        made = self.device.allocate(max(nbytes, 8))
        self._held.append(made)
        return made

    def keep(self, values: Any) -> int:
        """Copies memory to the device; gives its address there, 0 for nothing."""
        data = np.frombuffer(values, np.uint8) if len(values) else np.zeros(0, np.uint8)
        if not len(data):
            return 0
        made = self.room(len(data))
        self.device.upload(made, data)
        return made.address


class Mirror:
    """Arrays of this process that have a place on the device, all in one piece of memory.

    Attributes:
        arrays: of this process.
        buffer: that piece.
    """

    def __init__(self, device: Device, arrays: list[NDArray[Any]]) -> None:
        """Makes room for arrays; nothing is copied yet."""
        self.device, self.arrays = device, arrays
        self._offsets, total = [], 0
        for item in arrays:
            self._offsets.append(total)
            total += -(-max(item.nbytes, 1) // _ALIGNMENT) * _ALIGNMENT
        self.buffer = device.allocate(max(total, _ALIGNMENT))

    def address(self, number: int) -> int:
        """Where an array begins."""
        return self.buffer.address + self._offsets[number]

    def send(self) -> None:
        """Copies all arrays to the device."""
        for item, offset in zip(self.arrays, self._offsets, strict=True):
            self.device.upload(self.buffer, np.ascontiguousarray(item), offset)

    def fetch(self) -> None:
        """Copies all arrays back."""
        for item, offset in zip(self.arrays, self._offsets, strict=True):
            self.device.download(self.buffer, item, offset)
