"""`compare` with results that are broken, hostile, or of engines that are not there."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml
from annarchy_ml.diagnostics import UsageError
from annarchy_ml.validation.comparing import Comparison, compare
from annarchy_ml.validation.engines import Elsewhere
from annarchy_ml.validation.verdicts import Report, Verdict

MODEL = Path(__file__).parents[1] / "models" / "LEMS_iaf.xml"
PLAIN = Comparison(converge=False)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    annarchy_ml.run(MODEL, out=tmp_path / "right")
    return tmp_path / "right"


def faults(report: Report) -> dict[str, str]:
    """Messages of what differs, by quantity."""
    return {
        check.name: check.message
        for case in report.cases
        for check in case.checks
        if check.verdict is Verdict.DIFFER
    }


class Caller:
    """Pickled as the call of a function."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("called"),)


@pytest.mark.parametrize("content", [Caller(), {"a": 1}, [1], None])
def test_a_pickle_of_anything_but_a_neo_block_is_refused(
    content: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("neo")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "other.pkl"
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(UsageError, match="Neo block"):
        compare([path, path], PLAIN)
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize("protocol", range(2, 6))
def test_pickled_blocks_of_neo_are_read(protocol: int, tmp_path: Path) -> None:
    """All kinds of its objects, with units and annotations."""
    neo = pytest.importorskip("neo")
    import quantities as pq

    block, segment = neo.Block(made=datetime(2020, 1, 1)), neo.Segment()
    block.segments.append(segment)
    rate, names = 1 * pq.kHz, {"path": ["a", "b"]}
    trace = neo.AnalogSignal(np.ones((5, 2)), "mV", sampling_rate=rate, array_annotations=names)
    unit = pq.CompoundUnit("mV/cm**2")
    uneven = neo.IrregularlySampledSignal([1, 2] * pq.s, [[1], [2]], units=unit, name="u")
    segment.analogsignals.append(trace)
    segment.irregularlysampledsignals.append(uneven)
    segment.spiketrains.append(neo.SpikeTrain([1, 2] * pq.ms, t_stop=3, name="cell"))
    segment.events.append(neo.Event([1] * pq.s, labels=["x"]))
    segment.epochs.append(neo.Epoch([1] * pq.s, durations=[1] * pq.s, labels=["y"]))
    block.groups.append(neo.Group(segment.spiketrains))
    path = tmp_path / "block.pkl"
    path.write_bytes(pickle.dumps(block, protocol))
    report = compare([path, path], PLAIN)
    assert {check.name for check in report.cases[0].checks} >= {"a", "b", "u[0]", "cell"}
    assert report.exit_code == 0


def one_unknown(rows: np.ndarray) -> np.ndarray:
    rows[9, 0] = np.nan
    return rows


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows[::-1], "times that do not rise"),
        (one_unknown, "times that do not rise"),
        (lambda rows: rows * [1e3, *[1] * (rows.shape[1] - 1)], "wrong unit of time: covers 0 to "),
    ],
)
def test_faulty_times_are_named(
    results: Path, change: Callable[[np.ndarray], np.ndarray], words: str
) -> None:
    path = next(item for item in results.rglob("*.dat"))
    rows = np.loadtxt(path, ndmin=2)
    np.savetxt(path, change(rows))
    found = faults(compare([MODEL, results], PLAIN))
    assert len(found) == rows.shape[1] - 1
    assert all(words in message for message in found.values())


def test_an_interpreter_that_is_none_could_not_run(tmp_path: Path) -> None:
    for python in (tmp_path / "nothing", tmp_path):
        wanted = Comparison(("pylems",), where=Elsewhere(str(python)), converge=False)
        report = compare([MODEL], wanted)
        assert report.exit_code == 3
        assert "cannot be started" in report.cases[0].checks[0].message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text[: text.rfind("\t", 0, len(text) // 2)], "instead of 3"),
        (lambda text: text.replace("\n", "\nx 1 2\n", 1), "line 2: 'x' is no number"),
        (lambda text: "\x00\xff\xfe,,\n", "is no number"),
        (lambda text: "", "0 columns beside time"),
    ],
)
def test_faulty_tables_are_told_by_line(
    results: Path, change: Callable[[str], str], words: str
) -> None:
    path = next(item for item in results.rglob("*.dat"))
    text = "\n".join(line.rstrip() for line in path.read_text().splitlines()) + "\n"
    path.write_text(change(text), encoding="latin-1")
    found = faults(compare([MODEL, results], PLAIN))
    assert len(found) == 2
    assert all(words in message and "usecols" not in message for message in found.values())


def test_commas_between_numbers_are_read(results: Path) -> None:
    path = next(item for item in results.rglob("*.dat"))
    rows = np.loadtxt(path, ndmin=2)
    np.savetxt(path, rows, delimiter=", ")
    assert compare([MODEL, results], PLAIN).exit_code == 0


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_value_that_is_no_finite_number_differs(results: Path, value: str) -> None:
    path = next(item for item in results.rglob("*.dat"))
    rows = np.loadtxt(path, ndmin=2)
    rows[50, 1] = float(value)
    np.savetxt(path, rows)
    assert list(faults(compare([MODEL, results], PLAIN))) == ["slow[0]/v"]
