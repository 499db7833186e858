"""`compare` on ten of the standard's examples: each kind of planted error is found, and no other.

Every model writes traces and the spikes of some cells. Its right results agree with it; then each
error is planted into a copy of them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import annarchy_ml
from annarchy_ml.importers.neuroml import examples
from annarchy_ml.validation.comparing import Comparison, compare
from annarchy_ml.validation.verdicts import Report, Verdict

FEW = ("Ex0", "Ex6")
MORE = ("Ex1", "Ex3", "Ex5", "Ex7", "Ex8", "Ex10", "Ex12", "Ex14")
EXAMPLES = [*FEW, *(pytest.param(name, marks=pytest.mark.slow) for name in MORE)]
PLAIN = Comparison(converge=False)
_POTENTIAL = re.compile(r"(.+)/v")


@dataclass(frozen=True)
class Case:
    """A model, its right results, and where errors are planted.

    Attributes:
        table: file of traces, the potential in its first column beside time.
        traces: the quantities in it.
        events: file of events, a number and a time a line.
        train: number of the cell with most events.
        spikes: the quantity of these.
    """

    model: Path
    right: Path
    table: str
    traces: tuple[str, ...]
    events: str
    train: int
    spikes: str


def with_events(model: Path) -> None:
    """Lets a model write the spikes of the cells whose potentials it writes, if it writes none."""
    text = model.read_text(encoding="utf-8")
    if "<EventOutputFile" in text:
        return
    before = annarchy_ml.run(model, write_files=False)
    cells = dict.fromkeys(m[1] for m in map(_POTENTIAL.fullmatch, before.signals) if m)
    wanted = "".join(
        f'<EventSelection id="{k}" select="{cell}" eventPort="spike"/>'
        for k, cell in enumerate(cells)
    )
    added = f'<EventOutputFile id="added" fileName="a.spikes" format="ID_TIME">{wanted}'
    text = text.replace("<OutputFile", f"{added}</EventOutputFile><OutputFile", 1)
    model.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module", params=EXAMPLES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp(request.param)
    copied = examples.copy_example(examples.find_example(request.param), folder / "model")
    model = Path(copied[0])
    with_events(model)
    right = folder / "right"
    results = annarchy_ml.run(model, out=right)
    table = next(item for item in results.outputs if hasattr(item, "columns"))
    events = next(item for item in results.outputs if not hasattr(item, "columns"))
    assert events.format == "ID_TIME"
    numbers, counts = np.unique(np.loadtxt(right / events.path, ndmin=2)[:, 0], return_counts=True)
    train = int(numbers[np.argmax(counts)])
    selection = next(item for item in events.selections if int(item.id) == train)
    traces = tuple(column.quantity for column in table.columns)
    assert traces[0].endswith("/v") and counts.max() > 2
    spikes = f"{selection.path}:{selection.port}"
    return Case(model, right, table.path, traces, events.path, train, spikes)


def faults(report: Report) -> dict[str, str]:
    """Messages of what differs, by quantity."""
    return {
        check.name: check.message
        for item in report.cases
        for check in item.checks
        if check.verdict is not Verdict.AGREE
    }


def in_table(case: Case, folder: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    path = folder / case.table
    np.savetxt(path, change(np.loadtxt(path, ndmin=2)), fmt="%.9g")


def in_train(case: Case, folder: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    path = folder / case.events
    rows = np.loadtxt(path, ndmin=2)
    own = rows[:, 0] == case.train
    times = change(rows[own, 1])
    changed = np.column_stack([np.full(len(times), case.train), times])
    np.savetxt(path, np.vstack([rows[~own], changed]), fmt=["%d", "%.9g"])


def test_right_results_agree(case: Case) -> None:
    report = compare([case.model, case.right], PLAIN)
    assert faults(report) == {} and report.exit_code == 0
    names = {check.name for check in report.cases[0].checks}
    assert {*case.traces, case.spikes} <= names


def planted(case: Case, folder: Path, plant: Callable[[Path], None]) -> dict[str, str]:
    wrong = folder / "wrong"
    shutil.copytree(case.right, wrong)
    plant(wrong)
    report = compare([case.model, wrong], PLAIN)
    assert report.exit_code == 1
    return faults(report)


def test_a_wrong_unit(case: Case, tmp_path: Path) -> None:
    def millivolts(rows: np.ndarray) -> np.ndarray:
        rows[:, 1] *= 1e3
        return rows

    found = planted(case, tmp_path, lambda folder: in_table(case, folder, millivolts))
    assert list(found) == [case.traces[0]]
    assert "wrong unit: the values are 0.001 times as large" in found[case.traces[0]]


def test_shifted_spikes(case: Case, tmp_path: Path) -> None:
    found = planted(
        case, tmp_path, lambda folder: in_train(case, folder, lambda times: times + 4e-4)
    )
    assert list(found) == [case.spikes]
    assert "spikes shifted by up to -0.4 ms" in found[case.spikes]
    assert "drift" not in found[case.spikes]


def test_a_missing_column(case: Case, tmp_path: Path) -> None:
    found = planted(
        case, tmp_path, lambda folder: in_table(case, folder, lambda rows: rows[:, :-1])
    )
    assert list(found) == [case.traces[-1]]
    assert f"has {len(case.traces) - 1} column" in found[case.traces[-1]]


def test_one_spike_less(case: Case, tmp_path: Path) -> None:
    found = planted(
        case, tmp_path, lambda folder: in_train(case, folder, lambda times: np.delete(times, 1))
    )
    assert list(found) == [case.spikes]
    assert found[case.spikes].startswith("1 spike extra, the first at ")


def test_a_drift(case: Case, tmp_path: Path) -> None:
    found = planted(
        case, tmp_path, lambda folder: in_train(case, folder, lambda times: times * 1.01)
    )
    assert list(found) == [case.spikes]
    assert re.search(r"which drift by -(9\.9|10)\S* ms per second", found[case.spikes])
