"""The files that a LEMS model names: their text, their rows, and where they may lie."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annarchy_ml.diagnostics import EnvironmentFault, ModelError, Span
from annarchy_ml.exporters import float_text, lems_files
from annarchy_ml.model.simulation import (
    EventOutputFile,
    EventSelection,
    OutputColumn,
    OutputFile,
)
from annarchy_ml.results import Column, EventTable, Results, SignalTable

JAVA_TEXTS = [
    (0.0, "0.0"),
    (-0.0, "-0.0"),
    (1e-5, "1.0E-5"),
    (0.001, "0.001"),
    (0.00099999, "9.9999E-4"),
    (-0.065, "-0.065"),
    (1.0, "1.0"),
    (123456.7, "123456.7"),
    (9999999.0, "9999999.0"),
    (1e7, "1.0E7"),
    (1.2345678e7, "1.2345678E7"),
    (0.1 + 0.2, "0.3"),
    (3.4028235e38, "3.4028235E38"),
    (1e39, "Infinity"),
    (1.4e-45, "1.4E-45"),
    (1.17549435e-38, "1.1754944E-38"),
    (float("nan"), "NaN"),
    (float("inf"), "Infinity"),
    (float("-inf"), "-Infinity"),
]


@pytest.fixture(params=["native", "plain"])
def path_taken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs a test once with the native writer and once with the plain one."""
    assert lems_files._writers() is not lems_files.plain_writers(), "the native core is not built"
    if request.param == "plain":
        monkeypatch.setattr(lems_files, "_writers", lems_files.plain_writers)
    chosen: str = request.param
    return chosen


@pytest.mark.parametrize(("number", "text"), JAVA_TEXTS)
def test_numbers_read_as_in_java(number: float, text: str) -> None:
    assert float_text.texts([number]).tolist() == [text]


@given(st.floats(width=32, allow_nan=False))
def test_text_reads_back_as_the_same_number(number: float) -> None:
    (text,) = float_text.texts([number]).tolist()
    assert np.float32(float(text.replace("Infinity", "inf"))) == np.float32(number)
    assert "." in text or "Infinity" in text


def test_native_and_plain_text_agree(tmp_path: Path) -> None:
    core = pytest.importorskip("annarchy_ml.engine._core", reason="the native core is not built")
    rng = np.random.default_rng(3)
    bits = rng.integers(0, 2**32, (5000, 4), dtype=np.uint32).view(np.float32)
    bits[~np.isfinite(bits)] = np.inf
    small = rng.integers(1, 9000, (500, 4), dtype=np.uint32).view(np.float32)
    values = np.concatenate([bits, small, rng.normal(-0.06, 0.03, (500, 4))]).astype(np.float64)
    values[0] = [np.nan, -np.inf, 0.0, -0.0]
    times = np.arange(len(values)) * 1e-5
    columns = [times, *values.T]
    core.write_table(tmp_path / "a", columns)
    float_text.write_table(tmp_path / "b", columns)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    trains = [("x y", times[1::3]), ("7", times), ("none", times[:0]), ("x y", times[2::3])]
    for time_first in (True, False):
        core.write_events(tmp_path / "c", trains, time_first)
        float_text.write_events(tmp_path / "d", trains, time_first)
        assert (tmp_path / "c").read_bytes() == (tmp_path / "d").read_bytes()


def test_table(tmp_path: Path, path_taken: str) -> None:
    columns = [Column("p[0]/v", "V"), Column("p[1]/v", "V")]
    table = SignalTable([0.0, 1e-5, 2e-5], [[-0.065, 1], [-0.0649, 2], [0, 3]], columns)
    asked = (OutputColumn("b", "p[1]/v"), OutputColumn("a", "p[0]/v"), OutputColumn("b", "p[1]/v"))
    results = Results(table, outputs=[OutputFile("of", "sub/v.dat", asked)])
    assert results.save_outputs(tmp_path) == (tmp_path / "sub" / "v.dat",)
    assert (tmp_path / "sub" / "v.dat").read_bytes() == (
        b"0.0\t1.0\t-0.065\t1.0\t\n1.0E-5\t2.0\t-0.0649\t2.0\t\n2.0E-5\t3.0\t0.0\t3.0\t\n"
    )


def test_a_long_table_keeps_the_order_of_its_rows(tmp_path: Path, path_taken: str) -> None:
    """Threads print bands of rows: columns of a larger array, a steady one, one that steps."""
    values = np.stack([np.arange(30_000.0), np.full(30_000, -0.07), np.arange(30_000) // 7], axis=1)
    table = SignalTable(np.arange(30_000) * 0.5, values, [Column("a"), Column("b"), Column("c")])
    asked = tuple(OutputColumn(name, name) for name in "abc")
    results = Results(table, outputs=[OutputFile("of", "v.dat", asked)])
    lems_files.write(results, tmp_path)
    found = np.loadtxt(tmp_path / "v.dat", dtype=np.float32)
    assert np.array_equal(found, np.float32(np.column_stack([table.times, values])))
    assert [path.name for path in tmp_path.iterdir()] == ["v.dat"]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({}, list(range(11))),
        ({"interval_s": 0.3}, [0, 3, 6, 9]),
        ({"start_s": 0.2, "stop_s": 0.5}, [2, 3, 4, 5]),
        ({"start_s": 0.25}, [3, 4, 5, 6, 7, 8, 9, 10]),
        ({"start_s": 5.0}, []),
    ],
)
def test_interval_and_window(tmp_path: Path, window: dict[str, float], expected: list[int]) -> None:
    table = SignalTable(np.arange(11) * 0.1, np.arange(11.0)[:, None], [Column("n")])
    output = OutputFile("of", "n.dat", (OutputColumn("n", "n"),), **window)
    lems_files.write(Results(table, outputs=[output]), tmp_path)
    lines = (tmp_path / "n.dat").read_text().splitlines()
    assert [int(float(line.split("\t")[1])) for line in lines] == expected


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("TIME_ID", "0.1\t7\n0.1\tsecond\n0.2\tsecond\n1.0E-4\t7\n"),
        ("ID_TIME", "7\t0.1\nsecond\t0.1\nsecond\t0.2\n7\t1.0E-4\n"),
    ],
)
def test_events_by_time_then_network(tmp_path: Path, path_taken: str, form: str, text: str) -> None:
    events = EventTable.from_events(
        [0.1, 0.1, 0.2, 0.1, 1e-4], [1, 0, 1, 2, 0], ["p[0]", "p[1]", "p[2]"]
    )
    # the selections stand in another order than the instances in the network
    chosen = (EventSelection("second", "p[1]"), EventSelection("7", "p[0]"))
    output = EventOutputFile("eof", "s.txt", form, chosen)  # type: ignore[arg-type]
    lems_files.write(Results((), events, outputs=[output]), tmp_path)
    lines = text.splitlines(keepends=True)
    assert (tmp_path / "s.txt").read_text() == "".join([lines[3], *lines[:3]])


def test_no_events_give_an_empty_file(tmp_path: Path, path_taken: str) -> None:
    events = EventTable.from_events([], [], ["p[0]"])
    outputs = [
        EventOutputFile("a", "a.txt", "TIME_ID", (EventSelection("0", "p[0]"),)),
        EventOutputFile("b", "b.txt", "ID_TIME", ()),
    ]
    lems_files.write(Results((), events, outputs=outputs), tmp_path)
    assert [(tmp_path / name).read_bytes() for name in ("a.txt", "b.txt")] == [b"", b""]


def _named(*names: str) -> list[OutputFile]:
    return [
        OutputFile(f"of{i}", name, (), span=Span("m.xml", i + 1, 3)) for i, name in enumerate(names)
    ]


@pytest.mark.parametrize(
    "name",
    ["/etc/x.dat", "../x.dat", "a/../../x.dat", "a/..", "..", ".", "", " ", "a\0b", "C:\\x.dat",
     "C:x.dat", "\\\\host\\share\\x.dat", "link/x.dat"],
)  # fmt: skip
def test_a_path_outside_is_refused(tmp_path: Path, name: str) -> None:
    base = tmp_path / "out"
    base.mkdir()
    (base / "link").symlink_to(tmp_path)
    results = Results(outputs=_named("fine.dat", name))
    with pytest.raises(ModelError) as caught:
        lems_files.write(results, base)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "output.outside"
    assert diagnostic.span == Span("m.xml", 2, 3)
    assert "--allow-outside" in diagnostic.hint
    assert [path.name for path in base.iterdir()] == ["link"]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        lems_files.output_paths(_named("../a", "b", "./b", "/c"), tmp_path)
    codes = [diagnostic.code for diagnostic in caught.value.diagnostics]
    assert codes == ["output.outside", "output.duplicate", "output.outside"]


def test_paths_inside_are_kept(tmp_path: Path) -> None:
    paths = lems_files.output_paths(_named("a/./b.dat", "a/../c.dat", "sim:1.dat"), tmp_path)
    assert paths == (tmp_path / "a/b.dat", tmp_path / "c.dat", tmp_path / "sim:1.dat")


def test_outside_can_be_allowed(tmp_path: Path) -> None:
    base, other = tmp_path / "out", tmp_path / "other.dat"
    results = Results(outputs=_named("../up.dat", str(other)))
    written = lems_files.write(results, base, allow_outside=True)
    assert written == (tmp_path / "up.dat", other)
    assert other.exists()


def test_a_file_in_place_of_a_folder(tmp_path: Path, full: Results) -> None:
    (tmp_path / "deep").write_text("in the way")
    with pytest.raises(EnvironmentFault, match=r"i\.dat' cannot be written"):
        lems_files.write(full, tmp_path)


def test_an_output_that_was_not_recorded_names_the_closest(tmp_path: Path, full: Results) -> None:
    missing = dataclasses.replace(full.outputs[1], columns=(OutputColumn("i", "hhpop[0]/I"),))
    full.outputs = (missing,)
    with pytest.raises(KeyError, match=r"hhpop\[0\]/i"):
        lems_files.write(full, tmp_path)
    assert list(tmp_path.rglob("*.dat")) == []
