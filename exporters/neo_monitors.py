"""What a monitor has recorded as a Neo block: a signal of each variable, a train of each neuron."""

from __future__ import annotations

from typing import Any

import neo
import quantities as pq

_MS = pq.ms


def monitor_block(
    name: str,
    values: dict[str, Any],
    trains: dict[int, Any] | None,
    times: tuple[float, float, float],
) -> Any:
    """A block with one segment.

    Args:
        name: of the block.
        values: arrays [time, neuron] by variable; their units are those of the equations.
        trains: times of spikes [ms] by rank, if spikes were recorded.
        times: begin, end, and time between rows [ms].
    """
    begin, end, period = times
    block = neo.Block(name=name)
    segment = neo.Segment(name="run", index=0)
    block.segments.append(segment)
    for variable, rows in values.items():
        signal = neo.AnalogSignal(
            rows,
            units="dimensionless",
            sampling_period=period * _MS,
            t_start=begin * _MS,
            name=variable,
        )
        segment.analogsignals.append(signal)
    for rank, found in (trains or {}).items():
        train = neo.SpikeTrain(found, units="ms", t_start=begin * _MS, t_stop=end * _MS)
        train.annotate(rank=rank)
        segment.spiketrains.append(train)
    return block
