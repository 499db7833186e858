"""OSB Model Validation with our engine: the same verdicts as `annarchy-ml test`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from annarchy_ml.cli import main
from annarchy_ml.validation.suite import SuiteOptions, run_tests
from annarchy_ml.validation.verdicts import Verdict

NETWORK = """<Lems>
    <Target component="sim1"/>
    <Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
    <Include file="cells.nml"/>
    <networkWithTemperature id="net1" type="networkWithTemperature" temperature="6.3 degC">
        <population id="slow" component="slowCell" size="1"/>
    </networkWithTemperature>
    <Simulation id="sim1" length="100ms" step="0.05ms" target="net1">
        <OutputFile id="of1" fileName="v.dat">
            <OutputColumn id="v" quantity="slow[0]/v"/>
        </OutputFile>
    </Simulation>
</Lems>"""


def write(folder: Path, name: str, kind: str, options: object, expected: object) -> Path:
    """A test of one observable of LEMS_warm.xml."""
    (folder / "LEMS_warm.xml").write_text(NETWORK)
    wanted = {"system": "s", "experiments": {"x": {"expected": {kind: expected}}}}
    said = {"target": "LEMS_warm.xml", "engine": "annarchy_ml", "mep": f"{name}.mep"}
    said["experiments"] = {"x": {"observables": {kind: options}}}
    (folder / f"{name}.mep").write_text(yaml.safe_dump(wanted))
    (folder / f"{name}.omt").write_text(yaml.safe_dump(said))
    return folder / f"{name}.omt"


FILE = {"path": "v.dat", "columns": [0, 1], "scaling": [1000, 1000]}
RESET = {"method": "threshold", "threshold": -69.99}
CASES = [
    ("temperature", {"tolerance": 0.001}, 6.3, True),
    ("temperature", {"tolerance": 0.001}, 7.3, False),
    ("resting", {"file": FILE, "tolerance": 0.5}, -60.0, True),
    ("resting", {"file": FILE, "tolerance": 0.01}, -80.0, False),
    ("spike times", {"file": FILE, "spike detection": RESET, "tolerance": 0.01}, [1.0], False),
    ("activation variables", {"file": FILE}, None, False),
    ("resting", {"file": {"path": "no.dat"}}, -60.0, False),
]


@pytest.mark.parametrize(("kind", "options", "expected", "agree"), CASES)
def test_verdicts_are_those_of_osb_model_validation(iaf, kind, options, expected, agree):
    pytest.importorskip("omv")
    test = write(iaf.parent, "a", kind, options, expected)
    ours = run_tests([test], SuiteOptions()).cases[0].verdict
    assert (ours is Verdict.AGREE) is agree
    assert (main(["omv", "test", str(test)]) == 0) is agree


def test_tests_of_other_engines_run_with_ours(iaf: Path, monkeypatch: pytest.MonkeyPatch):
    engines = pytest.importorskip("omv.engines")
    before = dict(engines.OMVEngines)
    test = write(iaf.parent, "a", "temperature", {"tolerance": 0.001}, 6.3)
    test.write_text(test.read_text().replace("engine: annarchy_ml", "engine: jNeuroML"))
    assert main(["omv", "--as", "jNeuroML", "all", "--engine=jNeuroML"]) == 0
    assert engines.OMVEngines["jNeuroML"] is before["jNeuroML"]
    assert main(["omv", "--as", "jNeurML", "all"]) == 2
    assert main(["omv", "nonsense"]) == 2


def test_a_faulty_model_fails_and_says_why(iaf: Path, capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("omv")
    test = write(iaf.parent, "a", "temperature", {}, 6.3)
    (iaf.parent / "LEMS_warm.xml").write_text(NETWORK.replace("slowCell", "slowCel"))
    assert main(["omv", "test", str(test)]) == 1
    assert "slowCel" in capsys.readouterr().out


def test_models_can_be_read_leniently_and_with_other_folders(iaf: Path):
    """As `annarchy-ml run`: an attribute that nobody knows, a file that lies elsewhere."""
    pytest.importorskip("omv")
    test = write(iaf.parent, "a", "temperature", {"tolerance": 0.001}, 6.3)
    model = iaf.parent / "LEMS_warm.xml"
    model.write_text(NETWORK.replace('size="1"', 'size="1" colour="red"'))
    assert main(["omv", "test", str(test)]) == 1
    assert main(["omv", "--lenient", "test", str(test)]) == 0
    model.write_text(NETWORK)
    elsewhere = iaf.parent / "library"
    elsewhere.mkdir()
    (iaf.parent / "cells.nml").rename(elsewhere / "cells.nml")
    assert main(["omv", "test", str(test)]) == 1
    assert main(["omv", "-I", str(elsewhere), "test", str(test)]) == 0


def test_without_the_package_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(sys.modules, "omv.engines", None)
    assert main(["omv", "list"]) == 3
    assert "pip install OSBModelValidation" in capsys.readouterr().err
