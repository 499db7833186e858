"""Collector, exceptions and catalog."""

import pickle

import pytest

from annarchy_ml.diagnostics import (
    CATALOG,
    Diagnostic,
    Diagnostics,
    EnvironmentFault,
    ModelError,
    NonFiniteError,
    Span,
    UnsupportedError,
    UsageError,
    closest,
    did_you_mean,
)

PLACE = Span("a.nml", 3, 7, 2)


def test_code_outside_catalog_is_our_bug():
    with pytest.raises(KeyError, match=r"no\.such"):
        Diagnostic("no.such", "something")
    with pytest.raises(KeyError):
        UsageError("something", code="no.such")


def test_equal_diagnostics_are_kept_once_in_order():
    found = Diagnostics()
    found.error("units.unknown", "one", PLACE)
    found.warning("expr.ambiguous", "two")
    found.error("units.unknown", "one", PLACE)
    assert [item.message for item in found] == ["one", "two"]
    assert len(found) == 2
    assert [item.message for item in found.errors] == ["one"]
    assert [item.message for item in found.warnings] == ["two"]


def test_warnings_do_not_raise():
    found = Diagnostics()
    found.warning("expr.ambiguous", "two", hint="write ( )")
    assert not found.has_errors
    found.raise_if_errors()


def test_errors_raise_with_everything_collected():
    found = Diagnostics()
    found.warning("expr.ambiguous", "two")
    found.error("units.unknown", "one", PLACE, component="net/pop")
    with pytest.raises(ModelError) as caught:
        found.raise_if_errors()
    assert caught.value.diagnostics == found.items
    assert not isinstance(caught.value, UnsupportedError)
    assert "error[units.unknown]: one" in str(caught.value)


def test_only_unsupported_constructs_raise_unsupported():
    found = Diagnostics()
    found.error("unsupported.construct", "no")
    with pytest.raises(UnsupportedError):
        found.raise_if_errors()


@pytest.mark.parametrize("kind", [ModelError, UnsupportedError, NonFiniteError])
def test_model_errors_survive_pickling(kind):
    error = kind(Diagnostic("run.nonfinite", "v is not a number"))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert again.diagnostics == error.diagnostics
    assert again.exit_code == 1


@pytest.mark.parametrize(("kind", "code"), [(UsageError, 2), (EnvironmentFault, 3)])
def test_plain_faults_have_exit_codes_and_survive_pickling(kind, code):
    error = kind("no compiler", code="compile.no-compiler", hint="install one")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert str(error) == "error[compile.no-compiler]: no compiler\n  hint: install one"
    assert again.exit_code == code


def test_catalog_rows_are_complete():
    assert len(CATALOG) >= 35
    for code, row in CATALOG.items():
        assert row.code == code
        subject, _, fault = code.partition(".")
        assert subject and fault and code == code.lower()
        assert all(row), code
        assert row.bad != row.good, code
        assert row.meaning.endswith("."), code


def test_span_part():
    assert PLACE.part(4, 3) == Span("a.nml", 3, 11, 3)
    assert str(PLACE) == "a.nml:3:7"


def test_closest_prefers_same_letters():
    assert closest("mv", ["mVs", "mV", "MV"]) == ("mV", "MV", "mVs")
    assert closest("tauRize", ["tauRise", "tauDecay", "g"], n=1) == ("tauRise",)
    assert closest("zzz", ["tauRise"]) == ()


def test_did_you_mean():
    assert did_you_mean("Cels.xml", ["Cells.xml", "Networks.xml"]) == "did you mean 'Cells.xml'?"
    assert did_you_mean("x", []) == ""
    assert did_you_mean("vv", ["vvv", "vvvv"]) == "did you mean 'vvv' or 'vvvv'?"


def test_faults_come_in_the_order_of_their_places():
    places = [None, ("b", 2, 1), ("a", 9, 1), ("b", 1, 7), ("b", 1, 3), ("a", 1, 1), ("b", 1, 3)]
    found = Diagnostics()
    for number, place in enumerate(places):
        found.error("units.mismatch", str(number), Span(*place) if place else None)
    wanted = ["4", "6", "3", "1", "5", "2", "0"]
    assert [item.message for item in found.items] == wanted
    assert [item.message for item in found.errors] == wanted
    with pytest.raises(ModelError) as caught:
        found.raise_if_errors()
    assert [item.message for item in caught.value.diagnostics] == wanted
