"""Results that every exporter must be able to write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from annarchy_ml.model.simulation import (
    Display,
    EventOutputFile,
    EventSelection,
    Line,
    OutputColumn,
    OutputFile,
)
from annarchy_ml.results import Column, EventTable, Results, SignalTable

ROWS = 101
COLUMNS = (
    Column("hhpop[0]/v", "V", "voltage", "hhcell"),
    Column("hhpop[1]/v", "V", "voltage", "hhcell"),
    Column("hhpop[0]/bioPhys1/naChan/m/q"),
    Column("hhpop[0]/i", "A", "current"),
    Column("hhpop[1]/naChans/gDensity", "S/m^2", "conductanceDensity"),
)
OUTPUTS = (
    OutputFile("of0", "v.dat", (OutputColumn("v", "hhpop[0]/v"), OutputColumn("v", "hhpop[1]/v"))),
    OutputFile("of1", "deep/er/i.dat", (OutputColumn("i", "hhpop[0]/i"),)),
    EventOutputFile(
        "eof",
        "spikes.txt",
        "TIME_ID",
        (EventSelection("0", "hhpop[0]"), EventSelection("1", "b[0]")),
    ),
)
DISPLAYS = (
    Display("d0", "Voltage", 0, 100, -90, 50, 1e-3, (Line("v", "hhpop[0]/v", 1e-3),)),
    Display("d1", "Current", lines=(Line("i", "hhpop[0]/i", 1e-9, color="#ff0000"),)),
)


def make_full() -> Results:
    """Signals of several populations and units, events, outputs and displays."""
    times = np.arange(ROWS) * 1e-3
    steps = np.arange(ROWS)[:, None] + np.arange(len(COLUMNS))
    values = np.sin(steps) * [0.03, 0.03, 1.0, 1e-9, 300.0]
    events = EventTable.from_events(
        [0.01, 0.02, 0.02, 0.05], [0, 0, 2, 2], ["hhpop[0]", "hhpop[1]", "b[0]"]
    )
    return Results(
        SignalTable(times, values, COLUMNS),
        events,
        provenance={
            "model": "models/LEMS_hh.xml",
            "model_hash": "ab12",
            "engine_version": "0.1.0",
            "method": "reference",
            "precision": "double",
            "threads": 2,
            "dt": 1e-3,
            "duration": 0.1,
            "seed": 12345,
            "wall_times": {"compile": 0.1, "run": 0.2},
            "date": "2026-03-01T12:00:00+01:00",
            "complete": True,
        },
        outputs=OUTPUTS,
        displays=DISPLAYS,
    )


def make_signals_only() -> Results:
    """Single precision, and a table with times of its own."""
    first = SignalTable([0.0, 0.1, 0.2], np.ones((3, 1), np.float32), [Column("p[0]/v", "V")])
    uneven = SignalTable([0.0, 0.1, 0.5], np.ones((3, 1)), [Column("x")])
    return Results([first, uneven])


def make_events_only() -> Results:
    """Trains of two ports, one of them silent."""
    events = EventTable.from_events([0.5], [1], ["p[0]", "p[0]"], ["spike", "release"])
    return Results((), events)


def make_odd_names() -> Results:
    """Names that a format might stumble over."""
    names = ["a$b{[0]/_v", "π:x/y/v", "p[0]/synapses:syn:0/g"]
    columns = [Column(name, unit) for name, unit in zip(names, ("V", "odd", ""), strict=True)]
    events = EventTable.from_events([0.1], [0], ["a$b{[0]"])
    return Results(SignalTable([0.0, 0.1], np.ones((2, 3)), columns), events)


def make_stopped() -> Results:
    """A run that was stopped, its last value not finite."""
    table = SignalTable([0.0, 0.1], [[1.0], [np.nan]], [Column("p[0]/v", "V", "voltage")])
    return Results(table, provenance={"complete": False, "stopped_at": 0.1, "duration": 9.0})


CASES: dict[str, Any] = {
    "full": make_full,
    "signals only": make_signals_only,
    "events only": make_events_only,
    "odd names": make_odd_names,
    "stopped": make_stopped,
    "empty": Results,
}


@pytest.fixture
def full() -> Results:
    return make_full()


@pytest.fixture(params=list(CASES))
def any_results(request: pytest.FixtureRequest) -> Results:
    results: Results = CASES[request.param]()
    return results
