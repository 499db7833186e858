"""The published tests of the public cases: `annarchy-ml test` passes them, and OMV says the same.

The cases lie beside the repository, in ``../shared/conformance``; without them these tests are left
out. A model runs for as long as its authors had it run. Each test is run once by `annarchy-ml test`
and once by OSB Model Validation itself with our engine class, whichever engine it is for.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from annarchy_ml.cli import main
from annarchy_ml.validation.omt import read_test
from annarchy_ml.validation.suite import SuiteOptions, run_tests
from annarchy_ml.validation.verdicts import Case, Verdict

ROOT = Path(__file__).parents[2]
CASES = ROOT.parent / "shared" / "conformance" / "cases"
HOMES = sorted(path.parent for path in CASES.glob("*/expectations"))
QUICK = ("nml2_ex0_iaf", "nml2_ex9_fn")
PASSED = ("jNeuroML", "jNeuroML_NEURON")
"""Engines that pass all of their own tests here."""
DRAWN = {
    ("osb_netpyne_spikers", "test.spiker.jnmlnrn.omt"),
    ("osb_noisycurrent", "test.noisy.jnmlnrn.omt"),
}
"""Spikes that follow from the random numbers of NEURON's generator, expected to the step."""
pytestmark = pytest.mark.skipif(not HOMES, reason="no public cases beside the repository")


def marked(home: Path) -> object:
    slow = () if home.name in QUICK else pytest.mark.slow
    return pytest.param(home, marks=slow, id=home.name)


def told(case: Case) -> str:
    return "; ".join(item.message for item in case.checks if item.verdict is not Verdict.AGREE)


@pytest.fixture(params=[marked(home) for home in HOMES])
def tests(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Path]:
    """The tests of a case, beside its model."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.chdir(tmp_path)
    found: list[Path] = importlib.import_module("model_tests").lay_out(
        request.param, tmp_path, True
    )
    assert found
    return found


def test_what_its_engine_passes_we_pass_and_omv_says_the_same(
    tests: list[Path], request: pytest.FixtureRequest
) -> None:
    pytest.importorskip("omv", reason="OSBModelValidation is not installed (extra [omv])")
    home = request.node.callspec.params["tests"]
    for path in tests:
        engine = read_test(path).engine
        ours = run_tests([path], SuiteOptions((engine,))).cases[0]
        agrees = ours.verdict is Verdict.AGREE
        if engine in PASSED:
            assert agrees is ((home.name, path.name) not in DRAWN), (path.name, told(ours))
        assert (main(["omv", "--as", engine, "test", str(path)]) == 0) is agrees, path.name
