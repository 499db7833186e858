"""What a launch may have to begin again from: events under way, and earlier values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.engine.cuda.state import DeviceState
    from annarchy_ml.engine.cuda.wired import Port, Sent


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
