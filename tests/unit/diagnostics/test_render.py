"""The exact text of diagnostics."""

import json

from annarchy_ml.diagnostics import Diagnostic, Span
from annarchy_ml.diagnostics.render import render, render_all, to_dict

LINE = '<DerivedVariable name="iSyn" dimension="conductance" value="g * v"/>'
MISMATCH = Diagnostic(
    "units.mismatch",
    "'g * v' is a current, but 'iSyn' is declared as a conductance",
    Span("synapses.nml", 42, 61, 5),
    "current",
    ("g is a conductance (µS), v a voltage (mV)",),
    "write dimension=\"current\", or remove '* v'",
    related=((Span("synapses.nml", 42, 41, 11), "declared here"),),
)


def lines_of(text, first_line=1):
    return lambda file: [""] * (first_line - 1) + text.split("\n")


def test_the_form_of_an_error():
    assert render(MISMATCH, lines_of(LINE, 42)) == (
        "error[units.mismatch]: 'g * v' is a current, but 'iSyn' is declared as a conductance\n"
        "  --> synapses.nml:42:61\n"
        '   42 | <DerivedVariable name="iSyn" dimension="conductance" value="g * v"/>\n'
        "      |                                         -----------         ^^^^^ current\n"
        "      |                                         declared here\n"
        "  note: g is a conductance (µS), v a voltage (mV)\n"
        "  hint: write dimension=\"current\", or remove '* v'"
    )


def test_three_marks_on_a_line():
    related = ((Span("f", 1, 1), "first"), (Span("f", 1, 5), "second"))
    text = render(Diagnostic("expr.syntax", "m", Span("f", 1, 9), "third", related=related),
                  lines_of("abcdefghijk"))  # fmt: skip
    assert text.split("\n")[2:] == [
        "    1 | abcdefghijk",
        "      | -   -   ^ third",
        "      | |   second",
        "      | first",
    ]


def test_related_place_elsewhere():
    diagnostic = Diagnostic(
        "type.duplicate", "twice", Span("b.xml", 1, 2, 3), related=((Span("a.xml", 2, 1, 4), "x"),)
    )
    assert render(diagnostic, lines_of("<abc/>\nline")) == (
        "error[type.duplicate]: twice\n"
        "  --> b.xml:1:2\n"
        "    1 | <abc/>\n"
        "      |  ^^^\n"
        "  ::: a.xml:2:1\n"
        "    2 | line\n"
        "      | ---- x"
    )


def test_file_that_cannot_be_read_costs_the_picture_only(tmp_path):
    missing = str(tmp_path / "none.nml")
    text = render(Diagnostic("expr.syntax", "wrong", Span(missing, 1, 1)))
    assert text == f"error[expr.syntax]: wrong\n  --> {missing}:1:1"


def test_reads_the_file_itself(tmp_path):
    file = tmp_path / "m.nml"
    file.write_text("<a\tb='µ'/>\n", encoding="utf-8")
    text = render(Diagnostic("expr.syntax", "wrong", Span(str(file), 1, 4, 5), component="n/p"))
    assert text.split("\n")[2:] == [
        "    1 | <a    b='µ'/>",
        "      |       ^^^^^",
        "  component: n/p",
    ]


def test_warning_and_no_place():
    assert render(Diagnostic("expr.ambiguous", "m", severity="warning")) == (
        "warning[expr.ambiguous]: m"
    )


def test_long_line_is_cut_around_the_caret():
    line = "x" * 5000 + "WRONG" + "y" * 5000
    shown = render(Diagnostic("expr.syntax", "m", Span("f", 1, 5001, 5)), lines_of(line))
    source, marks = shown.split("\n")[2:4]
    assert len(source) < 180
    assert source[marks.index("^") : marks.rindex("^") + 1] == "WRONG"


def test_hostile_text_cannot_drive_the_terminal():
    shown = render(
        Diagnostic("expr.syntax", "a\x1b[2Jb\nc", Span("f\x1b", 1, 1), "l\x07"),
        lines_of("\x1b[31m\u202e\r"),
    )
    assert not set("\x1b\x07\r\u202e") & set(shown)
    assert shown.split("\n")[0].endswith("b c")


def test_place_outside_the_file():
    shown = render(Diagnostic("expr.syntax", "m", Span("f", 99, 1)), lines_of("one line"))
    assert shown == "error[expr.syntax]: m\n  --> f:99:1"
    render(Diagnostic("expr.syntax", "m", Span("f", 1, 900)), lines_of("one line"))


def test_render_all_reads_each_file_once():
    asked = []

    def source(file):
        asked.append(file)
        return ["text"]

    one = Diagnostic("expr.syntax", "m", Span("f", 1, 1))
    two = Diagnostic("expr.syntax", "n", Span("f", 1, 2))
    assert render_all([one, two], source).count("error[") == 2
    assert asked == ["f"]


def test_dictionary_is_json_ready():
    data = json.loads(json.dumps(to_dict(MISMATCH)))
    assert data["file"] == "synapses.nml"
    assert data["line"] == 42
    assert data["related"][0]["label"] == "declared here"
    assert to_dict(Diagnostic("expr.syntax", "m"))["file"] is None
