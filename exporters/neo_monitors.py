"""What a monitor has recorded as a Neo block: a signal of each variable, a train of each neuron."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import neo
import numpy as np
import quantities as pq

from annarchy_ml.exporters.spike_trains import LazySpikeTrainList, TrainBuilder
from annarchy_ml.results import EventTable

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
    now = datetime.now(UTC)
    block = neo.Block(name=name, rec_datetime=now, session_start_time=now)  # NWB asks for a start
    segment = neo.Segment(name="run", rec_datetime=now, index=0)
    segment.block = block
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
    if trains:
        segment.spiketrains = _trains(trains, (begin, end), segment)
    return block


def _trains(trains: dict[int, Any], ends: tuple[float, float], segment: Any) -> LazySpikeTrainList:
    """A train of each neuron [ms], made when it is looked at."""
    ranks = list(trains)
    times = [np.asarray(found, np.float64) for found in trains.values()]
    offsets = np.cumsum([0, *map(len, times)])
    events = EventTable(np.concatenate(times), offsets, [""] * len(ranks))
    builder = TrainBuilder(events, ends, lambda row, _: {"rank": ranks[row]}, segment, "ms")
    return LazySpikeTrainList(builder, parent=segment)
