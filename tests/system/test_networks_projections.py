"""Projections of networks built from Python: delays, names, connections as arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from annarchy_ml import Explicit

Iaf = Callable[..., Any]
DT = 1e-4  # whose multiples are no round numbers: 3 * DT > 0.0003


@pytest.mark.parametrize("separate", (False, True))
def test_delays_are_whole_steps_summed_or_apart(separate: bool, executor: str, iaf: Iaf) -> None:
    steps = np.array([1, 2, 3, 5, 7, 10, 15, 22, 31])
    n = len(steps)
    net, _ = iaf(1)
    spike = net.part("spike", id="0", time="2.05 ms")
    source = net.population("source", net.component("once", "spikeArray", spike), 1)
    others = net.population("others", "lif", n)
    rule = Explicit(np.zeros(n, int), np.arange(n))
    net.projection("p", source, others, rule, "ampa", delay=steps * DT, separate=separate)
    net.record(others, "v")
    net.record_spikes(source)
    results = net.compile(DT, 60 * DT, executor=executor).run()
    sent = round(results.spikes("source")[0][0] / DT)
    moved = np.argmax(results.array("others", "v")[1] != -0.06, axis=0)
    assert moved.tolist() == (sent + steps).tolist()
