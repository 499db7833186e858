"""`compare`: each kind of planted error is found, equal results agree, engines are started."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml
from annarchy_ml.cli import main
from annarchy_ml.diagnostics import UsageError
from annarchy_ml.validation.comparing import Comparison, compare
from annarchy_ml.validation.engines import ENGINES, Elsewhere, Engine
from annarchy_ml.validation.verdicts import Report, Verdict

PLAIN = Comparison(converge=False)


@pytest.fixture
def hh(folder: Path) -> Path:
    """The Hodgkin-Huxley cell Ex5 of the standard, with its spikes in a file too."""
    from annarchy_ml.importers.neuroml import examples

    copied = examples.copy_example(examples.find_example("Ex5"), folder / "demo")
    model = Path(copied[0])
    text = model.read_text()
    wanted = """<EventOutputFile id="e" fileName="results/ex5.spikes" format="ID_TIME">
        <EventSelection id="0" select="hhpop[0]" eventPort="spike"/></EventOutputFile>
        <OutputFile"""
    model.write_text(text.replace("<OutputFile", wanted, 1))
    return model


@pytest.fixture
def results(hh: Path, folder: Path) -> Path:
    """The files of a right run."""
    annarchy_ml.run(hh, out=folder / "right")
    return folder / "right"


def table(path: Path) -> np.ndarray:
    return np.loadtxt(path, ndmin=2)


def faults(report: Report) -> dict[str, str]:
    """Messages of what differs, by quantity."""
    return {
        check.name: check.message
        for case in report.cases
        for check in case.checks
        if check.verdict is Verdict.DIFFER
    }


def test_a_model_agrees_with_its_own_files(hh: Path, results: Path):
    report = compare([hh, results], PLAIN)
    assert faults(report) == {}
    assert report.exit_code == 0
    names = [check.name for check in report.cases[0].checks]
    assert names[0] == "hhpop[0]/v"
    assert names[-1] == "hhpop[0]:spike"


def wrong_unit(folder: Path) -> None:
    path = folder / "results/ex5_v.dat"
    values = table(path)
    np.savetxt(path, values * [1, 1000])


def shifted_spikes(folder: Path) -> None:
    path = folder / "results/ex5.spikes"
    np.savetxt(path, table(path) + np.array([0, 4e-4]), fmt=["%d", "%.9g"])


def missing_column(folder: Path) -> None:
    path = folder / "results/ex5_vars.dat"
    np.savetxt(path, table(path)[:, :-1])


def one_spike_less(folder: Path) -> None:
    path = folder / "results/ex5.spikes"
    np.savetxt(path, np.delete(table(path), 3, axis=0), fmt=["%d", "%.9g"])


def drift(folder: Path) -> None:
    path = folder / "results/ex5_v.dat"
    values = table(path)
    slower = np.interp(values[:, 0], values[:, 0] * 1.01, values[:, 1])
    np.savetxt(path, np.column_stack([values[:, 0], slower]))


def missing_file(folder: Path) -> None:
    (folder / "results/ex5.spikes").unlink()


def offset(folder: Path) -> None:
    path = folder / "results/ex5_v.dat"
    np.savetxt(path, table(path) + np.array([0, 1e-3]))


def cut_short(folder: Path) -> None:
    path = folder / "results/ex5_v.dat"
    np.savetxt(path, table(path)[:20000])


PLANTED = [
    (wrong_unit, "hhpop[0]/v", "wrong unit: the values are 0.001 times as large"),
    (shifted_spikes, "hhpop[0]:spike", "spikes shifted by up to -0.4 ms"),
    (missing_column, "kChans/kChan/n/q", "'ex5_vars.dat' has 2 columns beside time, this is 3"),
    (one_spike_less, "hhpop[0]:spike", "1 spike extra, the first at 150.7"),
    (drift, "hhpop[0]/v", "which drift by -9."),
    (missing_file, "hhpop[0]:spike", "there is no file 'ex5.spikes'"),
    (offset, "hhpop[0]/v", "of its variation (limit 0.001)"),
    (cut_short, "hhpop[0]/v", "covers 0 to 300 ms instead of 0 to 199.99 ms"),
]


@pytest.mark.parametrize(("plant", "name", "words"), PLANTED)
def test_planted_errors_are_found_and_nothing_else(hh, results, plant, name, words):
    plant(results)
    report = compare([hh, results], PLAIN)
    found = faults(report)
    assert report.exit_code == 1
    assert [key for key in found if key.endswith(name)] == list(found)
    assert words in next(iter(found.values()))


@pytest.mark.parametrize(("plant", "name", "words"), PLANTED)
def test_folders_without_a_model_show_the_same_errors(results, folder, plant, name, words):
    planted = folder / "planted"
    shutil.copytree(results, planted)
    assert compare([planted, results], PLAIN).exit_code == 0
    plant(planted)
    found = faults(compare([planted, results], PLAIN))
    assert len(found) == 1
    if "missing" not in plant.__name__:
        assert words in next(iter(found.values()))


@pytest.mark.parametrize("gone", [1, 2, 3])
def test_the_others_tell_which_column_is_missing(hh, results, gone):
    path = results / "results/ex5_vars.dat"
    np.savetxt(path, np.delete(table(path), gone, axis=1))
    found = faults(compare([hh, results], PLAIN))
    (name,) = found
    assert name.endswith(("m/q", "h/q", "n/q")[gone - 1])
    assert f"has 2 columns beside time, this is {gone}" in found[name]


def test_two_columns_are_missing(hh, results):
    path = results / "results/ex5_vars.dat"
    np.savetxt(path, np.delete(table(path), [1, 3], axis=1))
    found = faults(compare([hh, results], PLAIN))
    assert sorted(name[-3:] for name in found) == ["m/q", "n/q"]


@pytest.mark.parametrize("suffix", [".pkl", ".nwb", ".nix"])
def test_neo_files(hh, folder, suffix):
    pytest.importorskip({".pkl": "neo", ".nwb": "pynwb", ".nix": "nixio"}[suffix])
    whole = annarchy_ml.run(hh, write_files=False)
    first, second = (whole.save(folder / f"{name}{suffix}") for name in "ab")
    report = compare([first, second], PLAIN)
    assert report.exit_code == 0
    assert len(report.cases[0].checks) >= 5


def test_a_neo_file_of_matlab(hh, folder):
    neo = pytest.importorskip("neo")
    block = annarchy_ml.run(hh, write_files=False).to_neo()
    for name in "ab":
        neo.io.NeoMatlabIO(str(folder / f"{name}.mat")).write_block(block)
    report = compare([folder / "a.mat", folder / "b.mat"], PLAIN)
    assert report.exit_code == 0


def test_a_neo_file_with_another_unit(hh, folder):
    import neo
    import quantities as pq

    whole = annarchy_ml.run(hh, write_files=False)
    right = whole.save(folder / "a.pkl")
    block = whole.to_neo()
    signals = block.segments[0].analogsignals
    place = next(k for k, signal in enumerate(signals) if signal.units == pq.V)
    volts = signals[place]

    def saved(unit, values, name):
        other = neo.AnalogSignal(
            values, units=unit, t_start=volts.t_start, sampling_period=volts.sampling_period
        )
        other.array_annotate(**volts.array_annotations)
        signals[place] = other
        neo.io.PickleIO(str(folder / name)).write_block(block)
        return folder / name

    millivolts = saved(pq.mV, volts.magnitude * 1e3, "mv.pkl")
    assert compare([right, millivolts], PLAIN).exit_code == 0
    found = faults(compare([right, saved(pq.mA, volts.magnitude, "ma.pkl")], PLAIN))
    assert list(found) == ["hhpop[0]/v"]
    assert "wrong unit: mA" in found["hhpop[0]/v"]
    found = faults(compare([right, saved(pq.mV, volts.magnitude, "slip.pkl")], PLAIN))
    assert "wrong unit: the values are 0.001 times as large" in found["hhpop[0]/v"]


def test_finer_steps_show_order_and_limit(hh, results):
    report = compare([hh, results], Comparison())
    found = {check.name: check.numbers for check in report.cases[-1].checks}
    assert found["hhpop[0]/v"]["order"] == pytest.approx(1.0, abs=0.2)  # forward Euler


def test_another_method_is_nearer_to_the_limit(hh, folder):
    annarchy_ml.run(hh, out=folder / "rk4", method="rk4")
    report = compare([hh, folder / "rk4"], Comparison())
    message = report.cases[-1].checks[0].message
    assert "rk4 is nearest to the limit" in message


DECAY = """<Lems><Target component="s"/>
<Include file="Simulation.xml"/><Include file="NeuroMLCoreDimensions.xml"/>
<ComponentType name="decay"><Parameter name="tau" dimension="time"/>
<Exposure name="x" dimension="none"/><Dynamics>
<StateVariable name="x" dimension="none" exposure="x"/>
<TimeDerivative variable="x" value="-x / tau"/><OnStart><StateAssignment variable="x" value="1"/>
</OnStart></Dynamics></ComponentType>
<ComponentType name="one"><Children name="all" type="decay"/></ComponentType>
<one id="n"><decay id="d" tau="10ms"/></one>
<Simulation id="s" length="20ms" step="2ms" target="n">
<OutputFile id="o" fileName="x.dat"><OutputColumn id="x" quantity="d/x"/></OutputFile>
</Simulation></Lems>"""


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("rk2", 2), ("rk4", 4)])
def test_the_order_and_the_limit_are_those_of_the_method(folder, method, order):
    model = folder / "LEMS_decay.xml"
    model.write_text(DECAY)
    for name, wrong in (("exact", 0.0), ("far", 0.3)):
        (folder / name).mkdir()
        times = np.arange(11) * 2e-3
        np.savetxt(folder / name / "x.dat", np.column_stack([times, np.exp(-times / 0.01) + wrong]))
    wanted = Comparison(run={"method": method})
    case = compare([model, folder / "exact", folder / "far"], wanted).cases[-1]
    (check,) = case.checks
    assert check.numbers["order"] == pytest.approx(order, abs=0.15)
    assert f"{folder / 'exact'} is nearest to the limit" in check.message
    apart = {key: value for key, value in check.numbers.items() if "RMS" in key}
    assert [value for key, value in apart.items() if "far" in key] == [pytest.approx(0.3, abs=0.01)]


def stand_in(tmp_path: Path, program: str) -> Engine:
    """An engine that is a Python program."""
    (tmp_path / "engine.py").write_text(program)
    return Engine(lambda model, python: [[python, str(tmp_path / "engine.py"), model]])


COPIES = """
import pathlib, shutil, sys
assert pathlib.Path(sys.argv[1]).is_file() and pathlib.Path("../examples").is_dir()
shutil.copytree({results!r}, ".", dirs_exist_ok=True)
"""


@pytest.mark.parametrize(
    ("program", "verdict", "words"),
    [
        (COPIES, Verdict.AGREE, ""),
        ("raise SystemExit('<x> is not supported yet')", Verdict.LACKS_FEATURE, "not supported"),
        (
            "raise SystemExit('The exporter cannot yet handle inputs of type: x')",
            Verdict.LACKS_FEATURE,
            "cannot yet handle",
        ),
        ("raise SystemExit('cells cannot *YET* handle it')", Verdict.LACKS_FEATURE, "handle it"),
        ("raise SystemExit('unknown cell type hh')", Verdict.LACKS_FEATURE, "cell type hh"),
        ("raise SystemExit('out of luck')", Verdict.NOT_RUN, "out of luck"),
        ("import time; time.sleep(60)", Verdict.NOT_RUN, "took more than 2 s"),
        ("", Verdict.NOT_RUN, "wrote none of the files"),
        (
            "open('results/ex5_v.dat', 'w').write('0 0\\n1 0\\n')",
            Verdict.DIFFER,
            "covers 0 to 300 ms instead",
        ),
    ],
)
def test_how_engines_end(hh, results, monkeypatch, program, verdict, words):
    program = program.replace("{results!r}", repr(str(results)))
    monkeypatch.setitem(ENGINES, "stand-in", stand_in(results.parent, program))
    wanted = Comparison(("stand-in",), converge=False, where=Elsewhere(limit_s=2))
    (case,) = compare([hh], wanted).cases
    assert case.verdict is verdict
    assert words in case.checks[0].message


def test_an_engine_that_is_not_there(hh, monkeypatch):
    monkeypatch.setitem(ENGINES, "none", Engine(lambda m, p: [], ("no_such_module",), ("no_prog",)))
    report = compare([hh], Comparison(("none",), converge=False))
    assert report.exit_code == 3
    assert "there is no no_prog, no_such_module" in report.cases[0].checks[0].message


def test_a_program_of_the_name_is_enough(hh, results, folder, monkeypatch):
    """EDEN is started by its module, or by its own program where that is on the path."""
    program = folder / "bin" / "eden"
    program.parent.mkdir()
    text = COPIES.replace("{results!r}", repr(str(results))).replace("sys.argv[1]", "sys.argv[2]")
    program.write_text(f"#!{sys.executable}\n{text}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    report = compare([hh], Comparison(("eden",), converge=False))
    assert report.exit_code == 0


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
def test_jneuroml_agrees(hh):
    report = compare([hh], Comparison(("jneuroml",), converge=False))
    assert report.exit_code == 0


def test_what_cannot_be_compared(hh, results, folder):
    (folder / "empty").mkdir()
    for paths, engines, words in (
        ([hh], (), "nothing to compare with"),
        ([results], (), "nothing to compare with"),
        ([hh], ("jneurml",), "no engine 'jneurml'"),
        ([results, results], ("jneuroml",), "only a LEMS file"),
        ([results, folder / "empty"], (), "there are no results"),
        ([results, hh], (), "neither a folder"),
    ):
        with pytest.raises(UsageError, match=words):
            compare(paths, Comparison(engines, converge=False))


def test_the_command(hh, results, folder, capsys):
    words = ["compare", str(hh), str(results), "--no-convergence", "--json", "r.json"]
    assert main(words) == 0
    one_spike_less(results)
    assert main([*words, "--html", "r.html", "--junit", "r.xml"]) == 1
    assert "differ: 1 differ" in capsys.readouterr().out
    found = json.loads((folder / "r.json").read_text())
    numbers = found["cases"][0]["checks"][-1]["numbers"]
    assert (numbers["missing"], numbers["extra"]) == (0, 1)
    assert "<svg" in (folder / "r.html").read_text()


def test_another_interpreter_is_asked_by_the_name_that_it_has_here(hh, folder, monkeypatch):
    seen = []
    engine = Engine(lambda model, python: seen.append(python) or [[python, "-c", ""]])
    monkeypatch.setitem(ENGINES, "seen", engine)
    (folder / "python").symlink_to(sys.executable)  # a link says which packages it has
    for python in (sys.executable, "./python"):
        wanted = Comparison(("seen",), converge=False, where=Elsewhere(python))
        assert "wrote none of the files" in compare([hh], wanted).cases[0].checks[0].message
    assert seen == [sys.executable, str(folder / "python")]


@pytest.mark.parametrize("option", ["--tolerance", "--threshold"])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_numbers_that_are_none_are_refused(results, capsys, option, value):
    assert main(["compare", str(results), str(results), option, value]) == 2
    said = capsys.readouterr().err
    assert "is no number that something" in said or "not in the range" in said


@pytest.mark.parametrize("at", [0, 1], ids=["our run", "half the step"])
def test_an_interrupted_run_is_not_compared(
    iaf: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    annarchy_ml.run(iaf, out=folder / "before")
    given = ["compare", str(iaf), str(folder / "before")]
    assert main([*given, "--no-convergence"]) == 0
    real = annarchy_ml.Simulation.run
    runs: list[bool] = []

    def stopped(self: Any, *given: Any, **more: Any) -> Any:
        found = real(self, *given, **more)
        runs.append(len(runs) == at)
        found.provenance["complete"] = not runs[-1]
        return found

    monkeypatch.setattr(annarchy_ml.Simulation, "run", stopped)
    assert main(given) == 130
    assert len(runs) == at + 1


def test_what_nobody_understands_is_let_pass_where_it_is_asked_for(iaf: Path, folder: Path) -> None:
    annarchy_ml.run(iaf, out=folder / "before")
    iaf.write_text(iaf.read_text().replace("<Simulation ", '<Simulation colour="red" '))
    given = ["compare", str(iaf), str(folder / "before"), "--no-convergence"]
    assert main(given) == 3
    assert main([*given, "--lenient"]) == 0
