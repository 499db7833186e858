"""`.omt` and `.mep` files: what they say, what is wrong with them, whose tests are run as ours."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from annarchy_ml.cli import main
from annarchy_ml.validation.omt import OmtError, find_tests, read_test
from annarchy_ml.validation.suite import SuiteOptions, run_tests
from annarchy_ml.validation.verdicts import Verdict

SLOW_MS = [23.0, 46.0, 69.0, 92.0]


def write(folder: Path, name: str = "a.omt", expected: object = None, **said: object) -> Path:
    """A test of the spikes of LEMS_iaf.xml, or with other content."""
    options = {
        "spiketimes file": {
            "path": "results/iaf.spikes",
            "format": "TIME_ID",
            "ids": 0,
            "scaling": 1000,
        },
        "tolerance": 0.01,
    }
    kind = str(said.pop("kind", "spike times"))
    options = said.pop("options", options)
    test = {"target": "LEMS_iaf.xml", "engine": "jNeuroML", "mep": f"{name}.mep", **said}
    test["experiments"] = {"cell": {"observables": {kind: options}}}
    wanted = {"system": "s", "experiments": {"cell": {"expected": {kind: expected}}}}
    (folder / f"{name}.mep").write_text(yaml.safe_dump(wanted))
    (folder / name).write_text(yaml.safe_dump(test))
    return folder / name


def spikes_of(iaf: Path) -> list[float]:
    """The spikes of the first cell [ms]."""
    import annarchy_ml

    events = annarchy_ml.run(iaf, write_files=False).events
    return [round(float(t) * 1e3, 2) for t in events["slow[0]"].times_s]


def test_a_test_agrees_and_differs(iaf: Path) -> None:
    times = spikes_of(iaf)
    assert len(times) >= 2
    good = write(iaf.parent, expected=times)
    bad = write(iaf.parent, "b.omt", expected=[*times[:-1], times[-1] * 1.02])
    short = write(iaf.parent, "c.omt", expected=times[:-1])
    report = run_tests([good, bad, short], SuiteOptions())
    assert [case.verdict for case in report.cases] == [
        Verdict.AGREE,
        Verdict.DIFFER,
        Verdict.DIFFER,
    ]
    assert report.exit_code == 1
    assert report.cases[1].checks[0].numbers["least tolerance"] == pytest.approx(0.02 / 1.02, 0.05)
    assert "another number of values" in report.cases[2].checks[0].message


def test_a_model_runs_once_for_all_its_tests(iaf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from annarchy_ml.validation import suite

    runs: list[Path] = []
    real = suite.run_trial
    monkeypatch.setattr(suite, "run_trial", lambda m, *rest: runs.append(m) or real(m, *rest))
    tests = [write(iaf.parent, name, expected=spikes_of(iaf)) for name in ("a.omt", "b.omt")]
    assert run_tests(tests, SuiteOptions()).exit_code == 0
    assert runs == [iaf]


def test_several_processes_find_the_same(iaf: Path, folder: Path) -> None:
    other = folder / "LEMS_other.xml"
    other.write_text(iaf.read_text().replace('"100ms"', '"50ms"'))
    tests = [
        write(folder, "a.omt", spikes_of(iaf)),
        write(folder, "b.omt", spikes_of(other), target=other.name),
        write(folder, "c.omt", spikes_of(iaf), target=other.name),
    ]
    verdicts = [
        [case.verdict for case in run_tests(tests, SuiteOptions(jobs=jobs)).cases]
        for jobs in (1, 2)
    ]
    assert verdicts[0] == verdicts[1] == [Verdict.AGREE, Verdict.AGREE, Verdict.DIFFER]


def test_whose_tests_are_run(iaf: Path, folder: Path) -> None:
    times = spikes_of(iaf)
    tests = [
        write(folder, "a.omt", times),
        write(folder, "b.omt", times, engine="jNeuroML_NEURON"),
        write(folder, "c.omt", times, engine="Py_neuroConstruct"),
    ]
    for engines, ours in (((), "a"), (("jNeuroML_NEURON",), "b"), (("all",), "abc")):
        report = run_tests(tests, SuiteOptions(engines))
        run = [case for case in report.cases if case.verdict is not Verdict.SKIPPED]
        assert "".join(Path(case.name).stem for case in run) == ours
    assert run_tests(tests[2:], SuiteOptions()).exit_code == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "is no YAML"),
        ("- 1", "holds no table"),
        ("target: m.xml", "'engine' is missing"),
        ("{target: m.xml, engine: jNeuroML, mep: no.mep}", "cannot be read"),
        ("{target: m.xml, engine: jNeuroML, mep: a.mep}", "'experiments' is missing"),
        (
            "{target: m.xml, engine: e, mep: a.mep, experiments: {y: {observables: {dry: }}}}",
            "there is no experiment 'y'",
        ),
        (
            "{target: m.xml, engine: e, mep: a.mep, experiments: {x: {observables: {colour: }}}}",
            "there is no observable 'colour'",
        ),
    ],
)
def test_wrong_test_files_are_named(folder: Path, text: str, words: str) -> None:
    (folder / "a.mep").write_text("{system: s, experiments: {x: {expected: {dry: }}}}")
    (folder / "a.omt").write_text(text)
    with pytest.raises(OmtError, match=words):
        read_test(folder / "a.omt")
    report = run_tests([folder / "a.omt"], SuiteOptions())
    assert report.exit_code == 3
    assert words in report.cases[0].checks[0].message


def test_what_cannot_run_is_its_own_verdict(iaf: Path, folder: Path) -> None:
    (folder / "LEMS_broken.xml").write_text("<Lems><Target")
    gone = write(folder, "a.omt", [1.0], target="LEMS_gone.xml")
    broken = write(folder, "b.omt", [1.0], target="LEMS_broken.xml")
    absent = write(
        folder, "c.omt", [1.0], options={"file": {"path": "no.dat"}, "spike detection": {}}
    )
    report = run_tests([gone, broken, absent], SuiteOptions())
    assert {case.verdict for case in report.cases} == {Verdict.NOT_RUN}
    assert report.exit_code == 3
    assert "does not write 'no.dat'" in report.cases[2].checks[0].message


def test_files_are_validated_without_a_run(iaf: Path, folder: Path) -> None:
    (folder / "good.nml").write_text((folder / "cells.nml").read_text())
    test = folder / "v.omt"
    test.write_text("target: 'g*.nml c*.nml'\nengine: jNeuroML_validate\n")
    assert [c.name for c in run_tests([test], SuiteOptions()).cases[0].checks] == [
        "valid: cells.nml",
        "valid: good.nml",
    ]
    (folder / "good.nml").write_text("<neuroml id='x'><iafTauCell id='a'/></neuroml>")
    assert run_tests([test], SuiteOptions()).exit_code == 1


def test_tests_are_found_in_folders_hidden_ones_too(folder: Path) -> None:
    (folder / "sub").mkdir()
    for name in ("sub/.test.b.omt", "a.omt", "a.mep"):
        (folder / name).write_text("")
    names = [path.relative_to(folder).as_posix() for path in find_tests([folder, folder / "a.omt"])]
    assert names == ["a.omt", "sub/.test.b.omt"]


def test_a_record_agrees_with_the_model_and_not_with_another(
    iaf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test", "--record", str(iaf)]) == 0
    assert main(["test", str(iaf.parent)]) == 0
    assert main(["test", "--record", str(iaf)]) == 2  # a record is not overwritten
    cells = iaf.parent / "cells.nml"
    cells.write_text(cells.read_text().replace('thresh="-55mV"', 'thresh="-56mV"'))
    files = {form: iaf.parent / f"report.{form}" for form in ("json", "junit", "html")}
    options = [word for form, path in files.items() for word in (f"--{form}", str(path))]
    capsys.readouterr()
    assert main(["test", str(iaf.parent), *options]) == 1
    assert "differ: 1 differ" in capsys.readouterr().out
    assert all(path.stat().st_size for path in files.values())


def test_a_folder_without_tests_is_a_mistake(folder: Path) -> None:
    assert main(["test", str(folder)]) == 2


@pytest.mark.parametrize("engine", ["jNeuroML", "jNeuroML_validate"])
def test_what_nobody_understands_is_let_pass_where_it_is_asked_for(
    iaf: Path, folder: Path, engine: str
) -> None:
    times = spikes_of(iaf)
    iaf.write_text(iaf.read_text().replace("<Simulation ", '<Simulation colour="red" '))
    test = str(write(folder, "a.omt", times, engine=engine))
    assert main(["test", test]) != 0
    assert main(["test", "--lenient", test]) == 0


def test_included_files_may_lie_in_another_folder(iaf: Path, folder: Path) -> None:
    test = str(write(folder, "a.omt", spikes_of(iaf)))
    (folder / "lib").mkdir()
    (folder / "cells.nml").rename(folder / "lib" / "cells.nml")
    assert main(["test", test]) == 3
    assert main(["test", "-I", "lib", test]) == 0
