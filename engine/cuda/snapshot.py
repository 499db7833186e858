"""What a launch may have to begin again from: events under way, and earlier values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.engine.cuda.memory import Store

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.engine.cuda.device import Buffer, Device
    from annarchy_ml.engine.cuda.state import DeviceState
    from annarchy_ml.engine.cuda.wired import Port, Sent


_ENTRY = "copy_pieces"
_TEXTS = "prelude.cuh", "copies.cuh"
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(slots=True)
class Snapshot:
    """What a device kept at the end of a step; fields are those of the network.

    Attributes:
        sent: events, by out-port and step.
        times: of their steps [s].
        earlier: of fields, rings of earlier values.
    """

    sent: Sent
    times: dict[int, float]
    earlier: dict[tuple[int, str], NDArray[Any]]

    def sent_at(self, port: Port, step: int) -> int:
        """How many events of a step a port has."""
        return len(self.sent.get(port, {}).get(step, ()))

    def under_way(self, step: int) -> tuple[Sent, dict[int, float]]:
        """All events, and the times of their steps [s]."""
        return self.sent, self.times

    def forget_group(self, group: int) -> None:
        """What a group has sent never arrives."""
        self.sent = {port: sent for port, sent in self.sent.items() if port[0] != group}

    def forget(self) -> None:
        """No event is under way."""
        self.sent = {}


def taken(state: DeviceState) -> Snapshot:
    """Copies what a device keeps now; its fields go to the network."""
    state.mirror.fetch()
    return Snapshot(*state.ports.under_way(state.network.step), state.values.earlier())


def backup_of(state: DeviceState) -> Backup:
    """Keeps what a launch of a state changes, and another state goes on with."""
    events, earlier = state.ports.memory(), state.values.histories.values()
    return Backup(state.device, [state.mirror.buffer, *events, *earlier])


class Backup:
    """Pieces of device memory and their copies there, which nobody need fetch to keep them."""

    def __init__(self, device: Device, pieces: Sequence[Buffer]) -> None:
        """Makes room for the copies of whole pieces, of some words of 32 bits each."""
        self._device, self._store, self._count = device, Store(device), len(pieces)
        text = "".join((_TEMPLATES / name).read_text("ascii") for name in _TEXTS)
        self._program = device.compile(text, (_ENTRY,))
        table = [(own.address, self._store.room(own.nbytes).address, own.nbytes // 4)
                 for own in pieces]  # fmt: skip
        self._table = self._store.keep(np.array(table, np.uint64).ravel())

    def take(self) -> None:
        """Copies all pieces; launches before that have ended, those after it wait."""
        self._device.launch(self._program, _ENTRY, (self._table, self._count, 0))

    def restore(self) -> None:
        """Makes all pieces what they were."""
        self._device.launch(self._program, _ENTRY, (self._table, self._count, 1))
