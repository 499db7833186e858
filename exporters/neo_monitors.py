"""What a monitor has recorded as a Neo block: a signal of each variable, a train of each neuron."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
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
    spikes: dict[int, Any] | None,
    times: tuple[float, float, float],
    ranks: Any,
    provenance: dict[str, Any],
) -> Any:
    """A block with one segment.

    Args:
        name: of the block.
        values: arrays [time, neuron] by variable; their units are those of the equations.
        spikes: steps of spikes by rank, if spikes were recorded.
        times: begin, end, and time between rows [ms].
        ranks: of the neurons, shape (n,).
        provenance: how it was made, with the ``dt`` of a step [ms] and the ``population``.
    """
    begin, end, period = times
    now = provenance.get("session_start_time") or datetime.now(UTC)  # NWB asks for it
    block = neo.Block(name=name, rec_datetime=now, **{**provenance, "session_start_time": now})
    group = neo.Group(name=provenance["population"], population=provenance["population"])
    block.groups.append(group)
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
        signal.annotate(source_population=group.name, variable=variable)
        if rows.shape[-1:] == np.shape(ranks):
            signal.array_annotate(rank=np.asarray(ranks))
        signal.segment = segment
        segment.analogsignals.append(signal)
        group.add(signal)
    if spikes:
        trains, own = _trains(spikes, provenance["dt"]), list(spikes)

        def annotate(row: int, _: str) -> dict[str, Any]:
            return {"rank": own[row], "source_population": group.name}

        builder = TrainBuilder(trains, (begin, end), annotate, segment, "ms")
        segment.spiketrains = LazySpikeTrainList(builder, parent=segment)
        group.spiketrains = LazySpikeTrainList(builder)
    return block


def _trains(spikes: dict[int, Any], dt: float) -> EventTable:
    """The train of each neuron [ms], from its steps of spikes."""
    offsets = np.cumsum([0, *map(len, spikes.values())])
    steps = np.fromiter(chain.from_iterable(spikes.values()), np.float64, int(offsets[-1]))
    return EventTable(steps * dt, offsets, [""] * len(spikes))
