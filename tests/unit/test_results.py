"""Results: what is in them, under which names, and how they present themselves."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import time
from array import array

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annarchy_ml.diagnostics import Diagnostic
from annarchy_ml.recorded import cell_of
from annarchy_ml.recorded_events import CellPaths, joined
from annarchy_ml.results import (
    Column,
    EventTable,
    PathParts,
    Results,
    RowTable,
    SignalTable,
    UnknownPathError,
    split_path,
    time_text,
)

TIMES = np.arange(5) * 1e-4
VALUES = np.arange(15.0).reshape(5, 3)
COLUMNS = (
    Column("pop[0]/v", "V", "voltage"),
    Column("pop[1]/v", "V", "voltage"),
    Column("pop[0]/chan/m/q"),
)


@pytest.fixture
def results() -> Results:
    events = EventTable.from_events([0.3, 0.1, 0.2], [0, 2, 2], ["pop[0]", "pop[1]", "pop[2]"])
    return Results(
        SignalTable(TIMES, VALUES, COLUMNS),
        events,
        aliases={"pop/0/cell/v": "pop[0]/v", "pop/2/cell": "pop[2]"},
        provenance={"model": "net.xml", "complete": True},
    )


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("v", PathParts("", -1, "", "", "v")),
        ("hh/v", PathParts("", -1, "", "hh", "v")),
        ("pop[3]", PathParts("pop", 3, "", "", "")),
        ("pop[3]/v", PathParts("pop", 3, "", "", "v")),
        ("pop[3]/chan/m/q", PathParts("pop", 3, "", "chan/m", "q")),
        ("pop[0]/synapses:syn:0/g", PathParts("pop", 0, "", "synapses:syn:0", "g")),
        ("pop/3/cell", PathParts("pop", 3, "cell", "", "")),
        ("pop/3/cell/7/v", PathParts("pop", 3, "cell", "7", "v")),
        ("pop/x/cell/v", PathParts("", -1, "", "pop/x/cell", "v")),
        ("pop/3", PathParts("", -1, "", "pop", "3")),
        ("", PathParts("", -1, "", "", "")),
    ],
)
def test_split_path(path: str, parts: PathParts) -> None:
    assert split_path(path) == parts


@given(st.text(alphabet="ab[]/0:", max_size=12))
@example("pop/3/cell/v")
@example("]/3/cell")
def test_split_path_takes_any_text(path: str) -> None:
    parts = split_path(path)
    assert (parts.index == -1) == (parts.population == "")
    assert cell_of(path) == parts.cell


def test_signal_has_values_unit_and_times(results: Results) -> None:
    signal = results["pop[1]/v"]
    assert (signal.path, signal.unit, signal.dimension) == ("pop[1]/v", "V", "voltage")
    assert signal.values.tolist() == [1, 4, 7, 10, 13]
    assert signal.times_s is results.times
    assert np.asarray(signal).sum() == 35
    assert repr(signal) == "<Signal pop[1]/v, 5 values from 1 V to 13 V>"


@pytest.mark.parametrize(
    ("unit", "dimension", "shown"),
    [
        ("V", "", ("V", "none")),
        ("kg·m⁻³", "density", ("kg·m⁻³", "density")),
        ("1", "none", ("1", "none")),
        ("", "", ("1", "none")),
    ],
)
def test_what_is_not_told_is_a_plain_number(
    unit: str, dimension: str, shown: tuple[str, str]
) -> None:
    column = Column("x", unit, dimension)
    assert (column.unit, column.dimension) == shown


def test_signals_share_the_table(results: Results) -> None:
    assert np.shares_memory(results["pop[0]/v"].values, results.tables[0].values)


def test_other_spellings(results: Results) -> None:
    assert results["pop/0/cell/v"].path == "pop[0]/v"
    assert "pop/0/cell/v" in results
    assert "pop/1/cell/v" not in results
    assert results.events["pop/2/cell"].path == "pop[2]"


def test_paths_are_counted_off(results: Results) -> None:
    assert list(results) == [column.path for column in COLUMNS]
    assert {path: results[path].unit for path in results}["pop[1]/v"] == "V"
    assert list(Results()) == []


def test_unknown_path_names_the_closest(results: Results) -> None:
    with pytest.raises(KeyError) as caught:
        results["pop[0]/V"]
    assert str(caught.value) == (
        "no signal 'pop[0]/V'; the closest are 'pop[0]/v', 'pop[1]/v', 'pop[0]/chan/m/q'"
    )
    with pytest.raises(KeyError, match="nothing was recorded"):
        Results()["v"]


def test_a_path_recorded_twice_is_its_first_column() -> None:
    columns = (Column("v", "V"), Column("v", "V"))
    results = Results(SignalTable([0.0], [[1.0, 2.0]], columns))
    assert results["v"].values.tolist() == [1.0]
    assert list(results.signals) == ["v"]


def test_matching_takes_brackets_as_text(results: Results) -> None:
    assert results.signals.matching("pop[*]/v") == ["pop[0]/v", "pop[1]/v"]
    assert results.signals.matching("*/q") == ["pop[0]/chan/m/q"]
    assert results.signals.matching("pop[?]/chan/?/q") == ["pop[0]/chan/m/q"]


def test_to_dict_and_table(results: Results) -> None:
    assert list(results.to_dict()) == ["t", "pop[0]/v", "pop[1]/v", "pop[0]/chan/m/q"]
    names, values = results.table("*/v")
    assert names == ("t", "pop[0]/v", "pop[1]/v")
    np.testing.assert_array_equal(values, np.column_stack([TIMES, VALUES[:, :2]]))
    assert list(Results().to_dict()) == ["t"]


def test_tables_with_different_times() -> None:
    slow = SignalTable([0.0, 1.0], [[1.0], [2.0]], [Column("b")])
    both = Results([SignalTable(TIMES, VALUES, COLUMNS), slow])
    assert both["b"].times_s.tolist() == [0.0, 1.0]
    with pytest.raises(ValueError, match="different times"):
        both.to_dict()


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match="shape"):
        SignalTable(TIMES, VALUES, COLUMNS[:2])
    with pytest.raises(ValueError, match="offsets"):
        EventTable([0.1], [0, 2], ["a"])
    with pytest.raises(ValueError, match="ports"):
        EventTable([0.1], [0, 1], ["a"], ["spike", "spike"])


def test_events_by_row_path_and_port() -> None:
    table = EventTable.from_events(
        [0.1, 0.2, 0.3], [1, 0, 1], ["a[0]", "a[0]"], ["spike", "release"]
    )
    assert table[1].times_s.tolist() == [0.1, 0.3]
    assert table[-1].port == "release"
    assert table["a[0]"].port == "spike"
    assert table["a[0]", "release"].times_s.tolist() == [0.1, 0.3]
    assert [len(train) for train in table] == [1, 2]
    assert repr(table[1]) == "<EventTrain a[0] (release), 2 events from 0.1 s to 0.3 s>"
    with pytest.raises(KeyError, match="no events of 'a\\[0\\] \\(x\\)'"):
        table["a[0]", "x"]
    with pytest.raises(IndexError):
        table[2]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 4)), max_size=40))
def test_from_events_and_chronological_are_inverse(events: list[tuple[int, int]]) -> None:
    table = EventTable.from_events(
        [time for time, _ in events], [train for _, train in events], [f"p[{i}]" for i in range(5)]
    )
    times, trains = table.chronological()
    assert list(zip(times, trains, strict=True)) == sorted(events)
    for row, train in enumerate(table):
        assert train.times_s.tolist() == sorted(time for time, owner in events if owner == row)
    chosen, places = table.chronological([3, 1])
    assert [(t, (3, 1)[p]) for t, p in zip(chosen, places, strict=True)] == sorted(
        (event for event in events if event[1] in (1, 3)), key=lambda e: (e[0], -e[1])
    )


def test_a_hundred_thousand_trains_are_cheap() -> None:
    rng = np.random.default_rng(1)
    paths = [f"pop[{i}]" for i in range(100_000)]
    times, ids = np.sort(rng.random(500_000)), rng.integers(0, len(paths), 500_000)
    begin = time.perf_counter()
    table = EventTable.from_events(times, ids, paths)
    for row in range(0, len(table), 100):
        assert table[row].path == paths[row]
    assert time.perf_counter() - begin < 1.0


def test_repr_states_units_and_completeness(results: Results) -> None:
    assert repr(results) == (
        "Results of net.xml: 0 s to 400 µs, 5 rows, one each 100 µs\n"
        "  3 signals: 2 in V, 1 without unit\n"
        "    pop[0]/v, 5 values from 0 V to 12 V\n"
        "    pop[1]/v, 5 values from 1 V to 13 V\n"
        "    pop[0]/chan/m/q, 5 values from 2 to 14\n"
        "  3 events in 3 trains"
    )
    results.provenance.update(complete=False, stopped_at=0.0003)
    assert "  NOT COMPLETE: stopped at 300 µs" in repr(results)


def test_repr_of_many_signals_and_of_nothing() -> None:
    columns = [Column(f"p[{i}]/v", "V") for i in range(20)]
    many = Results(
        SignalTable(TIMES, np.zeros((5, 20)), columns),
        warnings=[Diagnostic("run.noise-step", "noise", severity="warning")],
    )
    assert "and 12 more" in repr(many)
    assert repr(many).endswith("1 warning")
    assert repr(Results()) == "Results of a run\n  no signals"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.3, "300 ms"), (2.0, "2 s"), (2.5e-5, "25 µs"), (0.0, "0 s"), (0.001, "1 ms")],
)
def test_time_text(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


def test_results_can_be_sent_to_another_process(results: Results) -> None:
    again = pickle.loads(pickle.dumps(results))
    assert repr(again) == repr(results)
    assert again["pop/0/cell/v"].values.tolist() == results["pop[0]/v"].values.tolist()
    assert again.events["pop[2]"].times_s.tolist() == [0.1, 0.2]


def test_import_needs_numpy_only() -> None:
    code = (
        "import sys, annarchy_ml.results; "
        "print([m for m in ('neo', 'quantities', 'matplotlib', 'sympy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_events_of_populations_need_no_path_per_cell() -> None:
    exc = CellPaths("exc", np.array([2, 5, 9], np.int32))
    table = joined(
        [
            EventTable.from_events([0.2, 0.3], [1, 0], ["one[0]", "one[1]"]),
            EventTable.from_events([0.1, 0.1, 0.2, 0.4], [2, 0, 2, 1], exc),
        ]
    )
    assert list(table.paths) == ["one[0]", "one[1]", "exc[2]", "exc[5]", "exc[9]"]
    assert table.paths[-1] == "exc[9]" and table.paths[1:3] == ["one[1]", "exc[2]"]
    assert list(exc[1:]) == ["exc[5]", "exc[9]"]
    assert table["exc[9]"].times_s.tolist() == [0.1, 0.2]
    assert table["one[0]"].times_s.tolist() == [0.3]
    results = Results(events=table)
    times, cells = results.spikes("exc")
    assert times.tolist() == [0.1, 0.1, 0.2, 0.4]
    assert cells.tolist() == [2, 9, 9, 5]
    times, cells = results.spikes("one")
    assert times.tolist() == [0.2, 0.3] and cells.tolist() == [1, 0]
    with pytest.raises(UnknownPathError, match="no events of 'inh'"):
        results.spikes("inh")


def test_a_variable_of_a_population_as_an_array() -> None:
    columns = [Column(path, "V") for path in ("a[1]/v", "a[0]/v", "b[0]/v", "a[3]/v", "a[0]/x/g")]
    values = np.arange(10.0).reshape(2, 5)
    results = Results(SignalTable([0.0, 0.1], values, columns))
    times, found = results.array("a", "v")
    assert times.tolist() == [0.0, 0.1]
    assert found.tolist() == [[0.0, 1.0, 3.0], [5.0, 6.0, 8.0]]
    assert results.array("a", "x/g")[1].tolist() == [[4.0], [9.0]]
    assert np.shares_memory(results.array("b", "v")[1], values)
    with pytest.raises(UnknownPathError, match="no signal 'b\\[\\*\\]/u'"):
        results.array("b", "u")


def test_memory_is_shown_as_arrays_and_can_be_pickled() -> None:
    """What a run hands over: rows of the time and two values, and events train after train."""
    rows = memoryview(array("d", [0.0, 1.0, 2.0, 0.5, 3.0, 4.0, 1.0, 5.0, 6.0]))
    table = RowTable(rows, [Column("a", "V"), Column("b")])
    times, offsets = memoryview(array("d", [0.1, 0.2, 0.1])), memoryview(array("q", [0, 2, 2, 3]))
    events = EventTable(times, offsets, ["p[0]", "p[1]", "p[2]"])
    results = Results(table, events)
    for shown in (results, pickle.loads(pickle.dumps(results)), copy.deepcopy(results)):
        assert shown.times.tolist() == [0.0, 0.5, 1.0]
        assert shown.tables[0].values.tolist() == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
        assert shown["b"].values.tolist() == [2.0, 4.0, 6.0]
        assert shown["b"].times_s.tolist() == [0.0, 0.5, 1.0]
        assert list(shown.to_dict()) == ["t", "a", "b"]
        assert shown.tables[0][-1].path == "b"
        assert shown.events["p[0]"].times_s.tolist() == [0.1, 0.2]
        assert shown.events.counts.tolist() == [2, 0, 1]
        assert list(shown.events.memory_of(2)) == [0.1]
    assert np.shares_memory(results["a"].values, results.tables[0].values)
    signal = pickle.loads(pickle.dumps(results["a"]))
    assert (signal.path, signal.unit, signal.values.tolist()) == ("a", "V", [1.0, 3.0, 5.0])
    with pytest.raises(IndexError):
        table[2]
    assert RowTable(rows[:0], [Column("a")]).values.shape == (0, 1)
