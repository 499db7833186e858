"""Files and displays that a model asks for through simulation types of its own."""

from __future__ import annotations

from pathlib import Path

import annarchy_ml

MODEL = Path(__file__).with_name("models") / "own_output_types.xml"


def test_files_are_those_of_jneuroml(tmp_path: Path) -> None:
    """As jNeuroML 0.14.0 writes them: the event file by id and time, for its order says so."""
    annarchy_ml.run(MODEL, out=tmp_path)
    events = [line.split() for line in (tmp_path / "e.txt").read_text().splitlines()]
    assert events == [["7", "0.001"], ["7", "0.002"], ["7", "0.003"], ["7", "0.004"]]
    rows = [line.split() for line in (tmp_path / "o.dat").read_text().splitlines()]
    assert len(rows) == 9 and rows[1] == ["5.0E-4", "5.0E-4"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["e.txt", "o.dat"]


def test_display_is_read_by_its_meaning() -> None:
    (display,) = annarchy_ml.load(MODEL).request.displays
    assert display.title == "Clock"
    assert (display.xmin, display.xmax, display.ymin, display.ymax) == (0.0, 4.0, -1.0, 2.0)
    assert display.time_scale == 1e-3
    (line,) = display.lines
    assert (line.quantity, line.scale, line.color) == ("p[0]/tsince", 1e-3, "#ff0000")


def test_display_is_drawn(tmp_path: Path) -> None:
    picture = tmp_path / "clock.png"
    annarchy_ml.run(MODEL, write_files=False).plot(str(picture))
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_slash_at_the_end_of_a_quantity(tmp_path: Path) -> None:
    """Is no step of the path, in published files."""
    main = tmp_path / "main.xml"
    text = MODEL.read_text(encoding="utf-8")
    assert text.count('"p[0]/tsince"') > 1
    main.write_text(text.replace('"p[0]/tsince"', '"p[0]/tsince/"'), encoding="utf-8")
    results = annarchy_ml.run(main, write_files=False)
    expected = annarchy_ml.run(MODEL, write_files=False)
    assert (results["p[0]/tsince"].values == expected["p[0]/tsince"].values).all()
