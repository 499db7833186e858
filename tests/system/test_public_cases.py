"""The public conformance cases: 75 simulations, among them 31 + 6 of the standard's own examples.

The cases lie beside the repository, in ``../shared/conformance``; without them these tests are
left out. Each is run to its end and compared by the checker that comes with them: its limits are
those of the ``.mep`` and ``.omt`` files of the sources where there are any.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CONFORMANCE = ROOT.parent / "shared" / "conformance"
KNOWN = {
    line.split()[0]: line.split(maxsplit=1)[1]
    for line in (ROOT / ".ci" / "conformance-known.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
}
"""Cases that are not met, and why."""


def simulations() -> dict[str, dict[str, Any]]:
    """What is known of each case that is run, by its name."""
    files = sorted((CONFORMANCE / "cases").glob("*/case.json"))
    cases = {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in files}
    return {name: case for name, case in cases.items() if case["kind"] == "simulate"}


CASES = simulations()
OF_MORPHOLOGIES = [name for name in CASES if name.startswith("nml2_morph_")]
WITH_MORPHOLOGY = {
    *OF_MORPHOLOGIES,
    *(name for name, case in CASES.items() if case["max_segments_per_cell"] > 1),
}
pytestmark = pytest.mark.skipif(not CASES, reason="no public cases beside the repository")


def marked(name: str) -> Any:
    """A case; slow ones are left out by default, those of known faults must stay so."""
    marks: list[pytest.MarkDecorator] = []
    if name not in WITH_MORPHOLOGY:
        marks.append(pytest.mark.slow)
    if name in KNOWN:
        marks.append(pytest.mark.xfail(reason=KNOWN[name], strict=True))
    return pytest.param(name, marks=marks)


@pytest.mark.parametrize("name", [marked(name) for name in CASES])
def test_a_public_case_passes(name: str, tmp_path: Path) -> None:
    import annarchy_ml

    case = CONFORMANCE / "cases" / name
    results = annarchy_ml.run(case / "model" / CASES[name]["entry"], out=tmp_path)

    assert results.complete
    command = [sys.executable, str(CONFORMANCE / "check.py"), "compare", str(case), str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_cases_hold_all_of_the_standards_own_examples() -> None:
    """31 of the pyneuroml archive, with Ex25 among them, and 6 simulations of morphologies."""
    from annarchy_ml.importers.neuroml.examples import list_examples

    archived = {item.name.partition("_")[0].lower() for item in list_examples()}
    kept = {name.split("_")[1] for name in CASES if name.startswith("nml2_ex")}

    assert len(CASES) == 75
    assert len(archived) == 31 and archived == kept
    assert len(OF_MORPHOLOGIES) == 6
    assert "nml2_ex25_multicomp" in WITH_MORPHOLOGY


def test_cases_with_morphology_are_met_without_exception() -> None:
    assert not WITH_MORPHOLOGY & KNOWN.keys()
