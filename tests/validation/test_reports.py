"""Reports as JSON, JUnit XML and HTML: what they say, and that text from models does no harm."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest

from annarchy_ml.validation.report_files import write_report
from annarchy_ml.validation.svg import thinned
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
        if tag != "meta":
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
