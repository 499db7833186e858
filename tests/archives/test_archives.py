"""COMBINE archives: what is run, what is written, what is refused."""

from __future__ import annotations

import json
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml

import annarchy_ml
from annarchy_ml.api import run_archive
from annarchy_ml.archives import algorithms
from annarchy_ml.archives.mathml import evaluate
from annarchy_ml.archives.omex import parsed
from annarchy_ml.cli import main

ROOT = Path(__file__).parents[2]
MATH = 'xmlns="http://www.w3.org/1998/Math/MathML"'
MODEL = """<Lems xmlns="http://www.neuroml.org/lems/0.7.6">
  <Target component="sim"/>
  <Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
  <iafTauCell id="cell" leakReversal="-50mV" thresh="-55mV" reset="-70mV" tau="30ms"/>
  <network id="net"><population id="pop" component="cell" size="1"/></network>
  <Simulation id="sim" length="1s" step="0.1ms" target="net">
    <OutputFile id="o" fileName="v.dat"><OutputColumn id="v" quantity="pop[0]/v"/></OutputFile>
  </Simulation>
</Lems>"""
TAU = "/lems:Lems/lems:iafTauCell[@id='cell']/@tau"
SEDML = f"""<sedML xmlns="http://sed-ml.org/sed-ml/level1/version3"
    xmlns:lems="http://www.neuroml.org/lems/0.7.6" level="1" version="3">
 <listOfSimulations>
  <uniformTimeCourse id="s" initialTime="0" outputStartTime="0.05" outputEndTime="0.1"
      numberOfPoints="100"><algorithm kisaoID="KISAO:0000030"/></uniformTimeCourse>
 </listOfSimulations>
 <listOfModels>
  <model id="m" language="urn:sedml:language:lems" source="LEMS_m.xml"/>
  <model id="slow" language="urn:sedml:language:lems" source="#m"><listOfChanges>
   <changeAttribute target="{TAU}" newValue="60ms"/></listOfChanges></model>
 </listOfModels>
 <listOfTasks>
  <task id="t" modelReference="m" simulationReference="s"/>
  <task id="t2" modelReference="slow" simulationReference="s"/>
  <repeatedTask id="rep" range="r" resetModel="true">
   <listOfRanges><vectorRange id="r"><value>20</value><value>60</value></vectorRange></listOfRanges>
   <listOfChanges><setValue modelReference="m" target="{TAU}" range="r"
       ><math {MATH}><ci>r</ci></math></setValue></listOfChanges>
   <listOfSubTasks><subTask order="1" task="t"/></listOfSubTasks>
  </repeatedTask>
 </listOfTasks>
 <listOfDataGenerators>
  <dataGenerator id="time"><listOfVariables><variable id="time_v"
    symbol="urn:sedml:symbol:time" taskReference="t"/></listOfVariables
    ><math {MATH}><ci>time_v</ci></math></dataGenerator>
  <dataGenerator id="mv"><listOfVariables><variable id="v_v" target="pop[0]/v" taskReference="t"
    /></listOfVariables><listOfParameters><parameter id="k" value="1000"/></listOfParameters
    ><math {MATH}><apply><times/><ci>v_v</ci><ci>k</ci></apply></math></dataGenerator>
  <dataGenerator id="v2"><listOfVariables><variable id="v_2" taskReference="t2"
    target="/lems:Lems/lems:Simulation/lems:OutputFile/lems:OutputColumn[@id='v']"
    /></listOfVariables><math {MATH}><ci>v_2</ci></math></dataGenerator>
  <dataGenerator id="vr"><listOfVariables><variable id="v_r" target="pop[0]/v"
    taskReference="rep"/></listOfVariables><math {MATH}><ci>v_r</ci></math></dataGenerator>
 </listOfDataGenerators>
 <listOfOutputs>
  <report id="first" name="a report"><listOfDataSets>
   <dataSet id="ds_t" label="time" dataReference="time"/>
   <dataSet id="ds_v" label="v" dataReference="mv"/>
   <dataSet id="ds_2" label="v2" dataReference="v2"/></listOfDataSets></report>
  <report id="second"><listOfDataSets>
   <dataSet id="ds_r" label="vr" dataReference="vr"/></listOfDataSets></report>
  <plot2D id="plot"><listOfCurves><curve id="c" logX="false" logY="false"
    xDataReference="time" yDataReference="mv"/></listOfCurves></plot2D>
 </listOfOutputs>
</sedML>"""
MANIFEST = """<omexManifest xmlns="http://identifiers.org/combine.specifications/omex-manifest">
 <content location="." format="http://identifiers.org/combine.specifications/omex"/>
 <content location="./exp/sim.sedml" master="true"
   format="http://identifiers.org/combine.specifications/sed-ml.level-1.version-3"/>
 <content location="./other.sedml"
   format="http://identifiers.org/combine.specifications/sed-ml.level-1.version-3"/>
</omexManifest>"""


def _archive(folder: Path, sedml: str = SEDML, **files: str | bytes) -> Path:
    path = folder / "a.omex"
    given = {"manifest.xml": MANIFEST, "exp/sim.sedml": sedml, "exp/LEMS_m.xml": MODEL, **files}
    with zipfile.ZipFile(path, "w") as file:
        for name, text in given.items():
            file.writestr(name, text)
    return path


def _ran(tau: str, folder: Path) -> Any:
    model = folder / "m.xml"
    model.write_text(MODEL.replace("30ms", tau))
    return annarchy_ml.load(model).compile(duration=0.1).run()["pop[0]/v"].values[500::5]


def test_reports_hold_what_runs_give(tmp_path: Path) -> None:
    made = run_archive(_archive(tmp_path), tmp_path / "out")
    assert made["status"] == "SUCCEEDED"
    with h5py.File(tmp_path / "out/reports.h5") as file:
        first, second = file["exp/sim.sedml/first"], file["exp/sim.sedml/second"]
        np.testing.assert_allclose(first[0], np.linspace(0.05, 0.1, 101))
        np.testing.assert_allclose(first[1], 1000.0 * _ran("30ms", tmp_path))
        np.testing.assert_array_equal(first[2], _ran("60ms", tmp_path))
        assert second.shape == (1, 2, 1, 101)
        np.testing.assert_array_equal(second[0, 0, 0], _ran("20ms", tmp_path))
        np.testing.assert_array_equal(second[0, 1, 0], first[2])
        assert list(first.attrs["sedmlDataSetLabels"]) == ["time", "v", "v2"]
        assert (first.attrs["_type"], first.attrs["sedmlName"]) == ("SedReport", "a report")
        assert file["exp/sim.sedml/plot"].attrs["_type"] == "SedPlot2D"
        assert file["exp"].attrs["combineArchiveLocation"] == "exp"
    with zipfile.ZipFile(tmp_path / "out/plots.zip") as file:
        assert file.namelist() == ["exp/sim.sedml/plot.pdf"]
        assert file.read("exp/sim.sedml/plot.pdf").startswith(b"%PDF")


def test_the_log_tells_all(tmp_path: Path) -> None:
    code = main(["omex", "-i", str(_archive(tmp_path)), "-o", str(tmp_path / "out")])
    assert code == 0
    log = yaml.safe_load((tmp_path / "out/log.yml").read_text())
    (document,) = log["sedDocuments"]  # the master alone
    assert (log["status"], document["location"]) == ("SUCCEEDED", "exp/sim.sedml")
    assert [item["id"] for item in document["tasks"]] == ["t", "t2", "rep"]
    assert {item["algorithm"] for item in document["tasks"]} == {"KISAO_0000030"}
    assert document["outputs"][0]["dataSets"][2] == {"id": "ds_2", "status": "SUCCEEDED"}
    assert document["outputs"][2]["curves"] == [{"id": "c", "status": "SUCCEEDED"}]


def test_what_fails_fails_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = SEDML.replace('newValue="60ms"', 'newValue="60mV"')
    code = main(["omex", "-i", str(_archive(tmp_path, wrong)), "-o", str(tmp_path / "out")])
    assert code == 1
    assert "sim.sedml: t2: error[units.mismatch]" in capsys.readouterr().err
    log = yaml.safe_load((tmp_path / "out/log.yml").read_text())
    (document,) = log["sedDocuments"]
    assert [item["status"] for item in document["tasks"]] == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert [item["status"] for item in document["outputs"]] == ["FAILED", "SUCCEEDED", "SUCCEEDED"]
    with h5py.File(tmp_path / "out/reports.h5") as file:
        assert set(file["exp/sim.sedml"]) == {"second", "plot"}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("KISAO:0000030", "KISAO:0000027", "the algorithm KISAO_0000027 is not supported"),
        ("uniformTimeCourse", "steadyState", "<steadyState> 's' is not supported"),
        ('initialTime="0"', 'initialTime="1"', "begins at 1 s"),
        ("urn:sedml:language:lems", "urn:sedml:language:sbml", "not in LEMS"),
        ("changeAttribute ", "changeXML ", "only changeAttribute is"),
        ('resetModel="true"', 'resetModel="false"', "goes on where it ended"),
        ("[@id='cell']/@tau", "[@id='none']/@tau", "fits no element"),
        ("[@id='cell']/@tau", "[@id='cell']/@tua", "there is no 'tua' there"),
        ("<times/>", "<factorial/>", "<factorial> in a formula"),
        ('source="LEMS_m.xml"', 'source="../../LEMS_m.xml"', "is no file of the archive"),
        ("plot2D", "plot3D", "<plot3D> 'plot' is not supported"),
        ("symbol:time", "symbol:amount", "the symbol"),
        ('plot2D id="plot"', 'plot2D id="../plot"', "the id '../plot', which is no name"),
        ('plot2D id="plot"', 'plot2D id="second"', "the id 'second', as another one has"),
    ],
)
def test_what_is_not_supported_is_named(before: str, after: str, said: str, tmp_path: Path) -> None:
    assert before in SEDML
    made = run_archive(_archive(tmp_path, SEDML.replace(before, after)), tmp_path / "out")
    assert made["status"] == "FAILED"
    assert said in json.dumps(made)


@pytest.mark.parametrize("name", ["../out.txt", "/etc/x", "a/../../b", "c:\\x"])
def test_names_that_lead_out_are_refused(name: str, tmp_path: Path) -> None:
    made = run_archive(_archive(tmp_path, **{name: "x"}), tmp_path / "out")
    assert "leads out of the archive" in made["exception"]["message"]


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.omex").write_text("no zip")
    made = run_archive(tmp_path / "a.omex", tmp_path / "out")
    assert "is no COMBINE archive" in made["exception"]["message"]
    assert main(["omex", "-i", str(tmp_path / "a.omex"), "-o", str(tmp_path / "out")]) == 1


@pytest.mark.parametrize(("place", "byte"), [(6, 1), (8, 97)], ids=["encrypted", "packed"])
def test_what_cannot_be_unpacked_is_said(place: int, byte: int, tmp_path: Path) -> None:
    path = _archive(tmp_path)
    data = bytearray(path.read_bytes())
    for mark, more in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        data[data.index(mark) + place + more] = byte
    path.write_bytes(data)
    made = run_archive(path, tmp_path / "out")
    assert f"'{path}' is no COMBINE archive that can be unpacked" in made["exception"]["message"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_are_not_read(encoding: str, tmp_path: Path) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY y "z">]><x>&y;</x>'
    manifest = {"manifest.xml": text.encode(encoding)}
    made = run_archive(_archive(tmp_path, **manifest), tmp_path / "out")
    assert "document type" in made["exception"]["message"]
    made = run_archive(_archive(tmp_path, f"<!DOCTYPE x>{SEDML}"), tmp_path / "out")
    assert "document type" in made["sedDocuments"][0]["exception"]["message"]


@pytest.mark.parametrize(
    ("policy", "method"),
    [("NONE", ""), ("SAME_MATH", ""), ("SIMILAR_APPROXIMATIONS", "reference"), ("", "reference")],
)
def test_policies_decide_on_substitutes(
    policy: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(algorithms.VARIABLE, policy or algorithms.DEFAULT_POLICY)
    assert algorithms.choose("KISAO:0000032").method == "rk4"
    if method:
        chosen = algorithms.choose("KISAO_0000019")
        assert (chosen.method, chosen.note) == (
            method,
            "KISAO_0000030 stands for KISAO_0000019 (CVODE)",
        )
    else:
        with pytest.raises(annarchy_ml.UsageError, match="KISAO_0000019"):
            algorithms.choose("KISAO_0000019")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<cn>2.5</cn>", 2.5),
        ('<cn type="e-notation">2<sep/>3</cn>', 2000.0),
        ("<apply><minus/><ci>x</ci></apply>", [-1.0, -2.0, -4.0]),
        ("<apply><divide/><ci>x</ci><cn>2</cn></apply>", [0.5, 1.0, 2.0]),
        ("<apply><power/><ci>x</ci><cn>2</cn></apply>", [1.0, 4.0, 16.0]),
        ('<apply><csymbol definitionURL="urn:sedml:function:max"/><ci>x</ci></apply>', 4.0),
        ("<piecewise><piece><cn>1</cn><apply><gt/><ci>x</ci><cn>1.5</cn></apply></piece>"
         "<otherwise><cn>0</cn></otherwise></piecewise>", [0.0, 1.0, 1.0]),
    ],
)  # fmt: skip
def test_formulas(text: str, value: object, tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    path.write_text(f"<math {MATH}>{text}</math>")
    found = evaluate(parsed(path), {"x": np.array([1.0, 2.0, 4.0])})
    np.testing.assert_array_equal(found, value)


def test_the_container_is_described() -> None:
    spec = json.loads((ROOT / "biosimulators.json").read_text())
    assert spec["version"] == annarchy_ml.__version__
    listed = {item["kisaoId"]["id"]: item["id"] for item in spec["algorithms"]}
    assert listed == algorithms.OWN
    docker = (ROOT / "Dockerfile").read_text()
    assert f"VERSION={annarchy_ml.__version__}" in docker
    assert 'ENTRYPOINT ["annarchy-ml", "omex"]' in docker
    # the registry's words, all of them: it takes no others
    changes = {"SedAttributeModelChange", "SedSetValueAttributeModelChange"}
    for item in spec["algorithms"]:
        assert {kind for rule in item["modelChangePatterns"] for kind in rule["types"]} == changes
        assert [form["id"] for form in item["modelFormats"]] == ["format_9004"]  # LEMS


def test_the_container_is_sent_what_the_wheel_is_made_of_and_no_more() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    sent = {line[1:] for line in lines if line.startswith("!")}
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = settings["project"]
    wheel = settings["tool"]["scikit-build"]["wheel"]
    needed = {*wheel["packages"].values(), *(name.split("/")[0] for name in wheel["force-include"])}
    needed |= {"pyproject.toml", "CMakeLists.txt", "cpp", "LICENSE", project["readme"]}
    assert sent == needed


def test_biosimulators_utils_reads_archive_and_reports(tmp_path: Path) -> None:
    pytest.importorskip("biosimulators_utils")
    from biosimulators_utils.report.io import ReportReader
    from biosimulators_utils.sedml.io import SedmlSimulationReader

    run_archive(_archive(tmp_path), tmp_path / "out")
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'  # libSEDML asks for it
    (tmp_path / "sim.sedml").write_text(declaration + SEDML)
    reader = SedmlSimulationReader()
    document = reader.run(str(tmp_path / "sim.sedml"), validate_models_with_languages=False)
    assert not reader.errors
    found = ReportReader().run(document.outputs[0], str(tmp_path / "out"), "exp/sim.sedml/first")
    assert found["ds_v"].shape == (101,)


def test_biosimulators_utils_reads_the_description(tmp_path: Path) -> None:
    pytest.importorskip("biosimulators_utils")
    from biosimulators_utils.sedml.io import SedmlSimulationReader
    from biosimulators_utils.simulator import specs

    path = ROOT / "biosimulators.json"
    assert specs.gen_algorithms_from_specs(str(path)).keys() == algorithms.OWN.keys()
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'  # libSEDML asks for it
    (tmp_path / "sim.sedml").write_text(declaration + SEDML)
    document = SedmlSimulationReader().run(
        str(tmp_path / "sim.sedml"), validate_models_with_languages=False
    )
    description = json.loads(path.read_text())
    assert specs.does_simulator_have_capabilities_to_execute_sed_document(document, description)
    document.tasks[0].simulation.algorithm.kisao_id = "KISAO_0000029"  # a Gillespie method
    assert not specs.does_simulator_have_capabilities_to_execute_sed_document(document, description)


def test_an_interrupted_run_ends_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = annarchy_ml.Simulation.run

    def stopped(self: Any, *given: Any, **more: Any) -> Any:
        found = real(self, *given, **more)
        found.provenance["complete"] = False
        return found

    monkeypatch.setattr(annarchy_ml.Simulation, "run", stopped)
    out = tmp_path / "out"
    assert main(["omex", "-i", str(_archive(tmp_path)), "-o", str(out)]) == 130
    assert not (out / "reports.h5").exists()
