"""Reports as JSON, JUnit XML and HTML: what they say, and that text from models does no harm."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest

from annarchy_ml.validation.report_files import write_report
from annarchy_ml.validation.svg import svg_text, thinned
from annarchy_ml.validation.verdicts import Case, Check, Curve, Figure, Report, Verdict

EVIL = "<script>alert('x')</script> \x07 & \"q\""
FIGURE = Figure(EVIL, (Curve("a", (0.0, 1.0, 2.0), (1.0, float("nan"), 3.0)), Curve("b", (), ())))
REPORT = Report(
    "Tests",
    (
        Case("one", (Check("v", Verdict.AGREE, "", {"rms [V]": 1e-7}, (FIGURE,)),), 1.5),
        Case(
            EVIL,
            (
                Check("a", Verdict.DIFFER, EVIL, {"x": float("inf"), "n": None}),
                Check("b", Verdict.NOT_RUN, "first\nsecond"),
                Check("c", Verdict.LACKS_FEATURE, "no"),
                Check("d", Verdict.SKIPPED, "no"),
            ),
        ),
    ),
    {"engine": "annarchy_ml"},
)


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([Verdict.AGREE, Verdict.SKIPPED], 0),
        ([Verdict.AGREE, Verdict.NOT_RUN, Verdict.DIFFER], 1),
        ([Verdict.AGREE, Verdict.NOT_RUN], 3),
        ([Verdict.AGREE, Verdict.LACKS_FEATURE], 3),
        ([Verdict.SKIPPED], 3),
        ([], 3),
    ],
)
def test_exit_codes(verdicts, code):
    cases = tuple(Case("c", (Check("k", verdict),)) for verdict in verdicts)
    assert Report("t", cases).exit_code == code


def test_json(tmp_path: Path):
    write_report(REPORT, tmp_path / "r.json", "json")
    found = json.loads((tmp_path / "r.json").read_text(), parse_constant=pytest.fail)
    assert found["verdict"] == "differ"
    assert [case["verdict"] for case in found["cases"]] == ["agree", "differ"]
    assert found["cases"][1]["checks"][0]["numbers"] == {"x": "inf", "n": None}
    assert found["cases"][0]["checks"][0]["numbers"] == {"rms [V]": 1e-7}


def test_junit(tmp_path: Path):
    write_report(REPORT, tmp_path / "r.xml", "junit")
    suite = ElementTree.parse(tmp_path / "r.xml").getroot()[0]
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "5", "failures": "1", "errors": "1", "skipped": "2"}
    tags = [[child.tag for child in case] for case in suite]
    assert tags == [[], ["failure"], ["error"], ["skipped"], ["skipped"]]
    assert suite[2][0].get("message") == "could not run: first"


class Page(HTMLParser):
    """Which elements a page has, whether all are closed, and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.loaded: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.loaded += [
            value for name, value in attrs if name in ("src", "href") and value[0] != "#"
        ]
        if tag not in ("meta", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_html_is_whole_and_loads_nothing(tmp_path: Path):
    write_report(REPORT, tmp_path / "r.html", "html")
    page = Page()
    page.feed((tmp_path / "r.html").read_text())
    assert page.open == []
    assert {"svg", "table", "path"} <= page.tags
    assert "script" not in page.tags
    assert page.loaded == []


def test_a_column_without_any_number_is_left_out(tmp_path: Path):
    write_report(REPORT, tmp_path / "r.html", "html")
    text = (tmp_path / "r.html").read_text()
    assert "<th>rms [V]</th>" in text and "<th>x</th>" in text
    assert "<th>n</th>" not in text


def test_a_measure_in_several_units_is_one_column(tmp_path: Path):
    checks = (
        Check("v", Verdict.AGREE, "", {"largest [V]": 1.5, "shift [ms]": 2.0}),
        Check("i", Verdict.AGREE, "", {"largest [A]": 2.5}),
        Check("q", Verdict.AGREE, "", {"largest [1]": 3.5, "shift [ms]": None}),
    )
    write_report(Report("t", (Case("c", checks),)), tmp_path / "r.html", "html")
    text = (tmp_path / "r.html").read_text()
    assert text.count("<th>largest</th>") == 1 and "<th>shift [ms]</th>" in text
    for shown in ("1.5 V", "2.5 A", "3.5", "2"):
        assert f'<td class="number">{shown}</td>' in text


def test_thinning_keeps_each_extreme():
    values = [0.0] * 10_000
    values[4321], values[77] = 5.0, -3.0
    x, y = thinned([0.1 * row for row in range(10_000)], values, 100)
    assert len(x) <= 210
    assert {(432.1, 5.0), (7.7, -3.0)} <= {(round(a, 6), b) for a, b in zip(x, y, strict=True)}


def height(picture: str) -> int:
    found = re.search(r'viewBox="0 0 720 (\d+)"', picture)
    assert found is not None
    return int(found[1])


def texts(picture: str) -> list[str]:
    """What a picture says, in order."""
    return [item.text or "" for item in ElementTree.fromstring(picture).iter() if item.text]


def places(picture: str) -> list[list[float]]:
    """The heights of each curve's points."""
    curves = re.findall(r'<path d="(M[^"]+)" fill="none" stroke="#', picture)
    return [[float(y) for y in re.findall(r"[ML]\S+ ([-\d.]+)", curve)] for curve in curves]


def test_a_curve_stays_off_the_edges_of_its_picture() -> None:
    curve = Curve("v", (0.0, 1.0, 2.0), (-0.07, 0.03, -0.07))
    picture = svg_text(Figure("cell", (curve,), "time [ms]", "V"))
    (found,) = places(picture)
    frame = 240 - 26 - 40
    assert found[0] == pytest.approx(240 - 40 - frame * 0.05 / 1.1, abs=0.06)
    assert found[1] == pytest.approx(26 + frame * 0.05 / 1.1, abs=0.06)
    assert "-0.06" in texts(picture) and texts(picture)[-3:] == ["time [ms]", "V", "v"]


def test_spikes_alone_make_a_low_picture_without_heights() -> None:
    trains = (Curve("a", (1.0, 5.0), (2.0, 2.0), True), Curve("b", (1.0,), (1.0,), True))
    picture = svg_text(Figure("cell", trains, "time [ms]"))
    assert height(picture) == 110
    assert "1.5" not in texts(picture)  # of a scale that would mean nothing
    above, below = places(picture)
    assert above[0] == above[1] < below[0] < 110 - 40
    with_line = (*trains, Curve("v", (0.0, 6.0), (0.0, 3.0)))
    assert height(svg_text(Figure("cell", with_line, "time [ms]"))) == 240


def test_only_a_line_that_another_covers_is_broad() -> None:
    line, marks = Curve("v", (0.0, 1.0), (0.0, 1.0)), Curve("s", (0.5,), (0.0,), True)
    assert 'stroke-width="4"' in svg_text(Figure("f", (line, line)))
    assert 'stroke-width="4"' not in svg_text(Figure("f", (line, marks)))


def test_a_long_path_may_break_behind_its_slashes(tmp_path: Path) -> None:
    report = Report("t", (Case("c", (Check("pop[0]/chan<1>/m/q", Verdict.AGREE),)),))
    write_report(report, tmp_path / "r.html", "html")
    text = (tmp_path / "r.html").read_text()
    assert '<td class="name">pop[0]/<wbr>chan&lt;1&gt;/<wbr>m/<wbr>q</td>' in text
