"""Each kind of observable against numbers worked out by hand; the rule of tolerances."""

from __future__ import annotations

from math import pi
from pathlib import Path

import pytest

from annarchy_ml.validation.observables import Surroundings, check_observable
from annarchy_ml.validation.omt import OBSERVABLES, Observable
from annarchy_ml.validation.tolerance import compare
from annarchy_ml.validation.verdicts import Check, Verdict

TRACE = "0 -70 0.1\n1 -70 0.2\n2 20 0.9\n3 30 1.0\n4 -80 0.0\n5 -60 0.4\n6 10 0.5\n"
EVENTS = "0 1.0\n0 2.0\n0 4.0\n1 3.0\n"
STEP_V = "0 -70\n1 -70\n2 -80\n3 -80\n"
STEP_I = "0 0.1\n1 0.1\n2 -0.1\n3 -0.1\n"


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    """A run that wrote four files."""
    for name, text in (("t", TRACE), ("e", EVENTS), ("v", STEP_V), ("i", STEP_I)):
        (tmp_path / name).write_text(text)
    facts = {"area": 123.0, "temperature": 6.3}
    return Surroundings(lambda name: tmp_path / name, tmp_path, lambda kind, name: facts[kind])


def looked_at(around: Surroundings, kind: str, options: object, expected: object) -> Check:
    """The check of one observable."""
    return check_observable("x", Observable(kind, options, expected), around)


def column(number: int = 1, path: str = "t", **more: object) -> dict[str, object]:
    """A column of a file."""
    return {"path": path, "columns": [0, number], **more}


CASES = [
    ("spike times", {"file": column(), "spike detection": {}}, [2, 6], [2, 5]),
    (
        "spike times",
        {"file": column(), "spike detection": {"method": "derivative"}},
        [3],
        [3, 6],
    ),
    (
        "spike times",
        {"file": column(scaling=[1000, 1]), "spike detection": {"threshold": 25}},
        [3000],
        [2000],
    ),
    ("spike times", {"spiketimes file": {"path": "e", "ids": 1}}, [3.0], [1.0]),
    ("spike rate", {"spiketimes file": {"path": "e", "ids": 0}}, 2 / 3, 1.0),
    ("spike rate", {"spiketimes file": {"path": "e", "ids": "*"}}, 1 / 3, 2 / 3),
    (
        "spike rate",
        {
            "spiketimes file": {"path": "e", "ids": 0},
            "method": "duration based",
            "start_time": 1,
            "end_time": 3,
        },
        1.0,
        1.5,
    ),
    ("spike rate", {"file": column(), "spike detection": {}}, 0.25, 0.5),
    ("resting", {"file": column()}, 10, -60),
    ("resting", {"file": column(**{"path": "v"}), "average last": 3}, -230 / 3, -60),
    ("timeseries", {"file": column(path="v")}, [[0, -70], [1, -70], [2, -80], [3, -80]], [[0, 1]]),
    ("timeseries", {"file": column(path="v")}, {"file": {"path": "v"}}, {"file": {"path": "i"}}),
    (
        "input resistance",
        {
            "file_Vm": column(path="v"),
            "file_VC_i": column(path="i"),
            "holding window": [0, 1],
            "command window": [2, 3],
        },
        50.0,
        40.0,
    ),
    ("morphology", {"scaling": 2}, {"total area": 246}, {"total area": 123}),
    ("temperature", {}, 6.3, 37),
]


@pytest.mark.parametrize(("kind", "options", "right", "wrong"), CASES)
def test_right_values_agree_and_wrong_ones_differ(around, kind, options, right, wrong):
    assert looked_at(around, kind, options, right).verdict is Verdict.AGREE
    assert looked_at(around, kind, options, wrong).verdict is Verdict.DIFFER


def test_activation_variables_stay_between_0_and_1(around):
    assert (
        looked_at(around, "activation variables", {"file": column(2)}, None).verdict
        is Verdict.AGREE
    )
    left = looked_at(around, "activation variables", {"file": column(1)}, None)
    assert left.verdict is Verdict.DIFFER
    assert left.numbers == {"smallest": -80.0, "largest": 30.0}


def test_every_kind_is_tried_here():
    assert {case[0] for case in CASES} | {"activation variables", "dry"} == set(OBSERVABLES)


@pytest.mark.parametrize(
    ("kind", "options", "expected", "words"),
    [
        ("spike times", {}, [1.0], "neither 'file' nor 'spiketimes file'"),
        ("spike times", {"spiketimes file": {"path": "e", "ids": "*"}}, [1.0], "these are of 2"),
        ("spike times", {"spiketimes file": {"path": "e"}}, None, "no list of spike times"),
        ("spike times", {"spiketimes file": {"path": "e", "format": "XML"}}, [1], "no format"),
        ("spike times", {"file": column(9), "spike detection": {}}, [1.0], "no such table"),
        ("spike times", {"file": {"path": "no"}}, [1.0], "there is no file 'no'"),
        ("resting", {"file": column()}, None, "does not say what is expected"),
        ("resting", {}, 1.0, "'file' is missing"),
        ("spike rate", {"spiketimes file": {"path": "e"}, "method": "guess"}, 1.0, "no method"),
        (
            "input resistance",
            {"file_Vm": column(path="v"), "file_VC_i": column(path="i"), "holding window": [8, 9]},
            1.0,
            "no values in the holding window",
        ),
    ],
)
def test_what_cannot_be_looked_at_says_why(around, kind, options, expected, words):
    check = looked_at(around, kind, options, expected)
    assert check.verdict is Verdict.NOT_RUN
    assert words in check.message


@pytest.mark.parametrize(
    ("observed", "expected", "tolerance", "agree"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0, True),
        ([1.001], [1.0], 0.001 + 1e-9, True),
        ([1.0011], [1.0], 0.001, False),
        ([1e-8], [0.0], 0, True),  # the absolute part
        ([2e-8], [0.0], 5.0, False),
        ([float("nan")], [float("nan")], 1.0, False),
        ([], [], 0, True),
        ([1.0], [], 1.0, False),
        (["a"], [1.0], 1.0, False),
    ],
)
def test_rule_of_tolerances(observed, expected, tolerance, agree):
    assert compare(observed, expected, tolerance).agree is agree


def test_the_least_tolerance_is_the_least_that_agrees():
    least = compare([1.01, 2.0, 0.0], [1.0, 2.0, 0.0], 0).least
    assert least == pytest.approx(0.01)
    assert compare([1.01, 2.0, 0.0], [1.0, 2.0, 0.0], least).agree
    assert not compare([1.01, 2.0, 0.0], [1.0, 2.0, 0.0], least * 0.999).agree


CELL = """<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="d">
  <cell id="ball_and_stick"><morphology id="m">
    <segment id="0"><proximal x="0" y="0" z="0" diameter="10"/>
      <distal x="0" y="0" z="0" diameter="10"/></segment>
    <segment id="1"><parent segment="0"/><proximal x="0" y="0" z="0" diameter="2"/>
      <distal x="0" y="50" z="0" diameter="2"/></segment>
    <segment id="2"><parent segment="1" fractionAlong="0.5"/>
      <distal x="30" y="25" z="0" diameter="2"/></segment>
  </morphology></cell>
  <networkWithTemperature id="net" temperature="6.3 degC"/>
</neuroml>
"""


def test_facts_of_a_model(tmp_path: Path):
    from annarchy_ml import load
    from annarchy_ml.validation.model_facts import FactError, area, temperature

    (tmp_path / "cell.nml").write_text(CELL)
    model = load(tmp_path / "cell.nml")
    assert temperature(model) == 6.3
    assert area(model, "ball_and_stick") == pytest.approx(100 * pi + 2 * pi * 50 + 2 * pi * 30)
    nothing = '<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="d"/>'
    (tmp_path / "none.nml").write_text(nothing)
    with pytest.raises(FactError, match="no cell with segments"):
        area(load(tmp_path / "none.nml"), "x")


@pytest.mark.parametrize(
    "options",
    [
        {"file": column(), "spike detection": ["threshold"]},
        {"file": column(), "spike detection": {}, "tolerance": float("nan")},
    ],
)
def test_what_makes_no_sense_could_not_run(around: Surroundings, options: object) -> None:
    assert looked_at(around, "spike times", options, [2, 6]).verdict is Verdict.NOT_RUN


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        (
            {"file": column(scaling=[1000, 1000]), "spike detection": {}},
            ("time [ms]", "column 1 x 1000"),
        ),
        ({"file": column(2, scaling=[1, 1]), "spike detection": {}}, ("time [s]", "column 2")),
        ({"file": column(scaling=50), "spike detection": {}}, ("time [s] x 50", "column 1 x 50")),
        ({"spiketimes file": {"path": "e", "ids": 1, "scaling": 1000}}, ("time [ms]", "")),
        ({"spiketimes file": {"path": "e", "ids": 1}}, ("time [s]", "")),
    ],
)
def test_a_figure_says_in_which_units_it_is(
    around: Surroundings, options: dict[str, object], labels: tuple[str, str]
) -> None:
    (figure,) = looked_at(around, "spike times", options, [1.0]).figures
    assert (figure.x_label, figure.y_label) == labels
