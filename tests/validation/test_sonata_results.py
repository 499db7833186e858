"""`compare` and `test` with SONATA: configurations as models, reports and spikes as results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml
from annarchy_ml.diagnostics import UsageError
from annarchy_ml.validation.comparing import Comparison, compare
from annarchy_ml.validation.recording import record
from annarchy_ml.validation.suite import SuiteOptions, run_tests
from annarchy_ml.validation.verdicts import Verdict

h5py = pytest.importorskip("h5py", reason="h5py is not installed (extra [hdf5])")
MODEL = Path(__file__).parents[1] / "models" / "LEMS_iaf.xml"
PLAIN = Comparison(converge=False)


@pytest.fixture
def circuit(tmp_path: Path) -> Path:
    return annarchy_ml.export(MODEL, "sonata", tmp_path / "circuit")[-1]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Reports as others write them, nodes in another order, with the numbers of the LEMS file."""
    wanted = [f"{name}[*]{what}" for name in ("slow", "fast") for what in ("/v", ":spike")]
    results = annarchy_ml.load(MODEL).compile(record=wanted).run()
    folder = tmp_path / "other" / "output"
    folder.mkdir(parents=True)
    with h5py.File(folder / "spikes.h5", "w") as spikes:
        for name, nodes in (("slow", [0]), ("fast", [1, 0])):
            rows = [results[f"{name}[{node}]/v"].values[:-1] * 1e3 for node in nodes]
            with h5py.File(folder / f"{name}_v.h5", "w") as file:
                data = file.create_dataset(f"report/{name}/data", data=np.stack(rows, axis=1))
                data.attrs["units"] = "mV"
                file[f"report/{name}/mapping/node_ids"] = nodes
                file[f"report/{name}/mapping/index_pointers"] = range(len(nodes) + 1)
                file[f"report/{name}/mapping/time"] = [0.0, 100.0, 0.05]
            times, cells = results.spikes(name)
            assert len(times)
            spikes[f"spikes/{name}/timestamps"] = times * 1e3
            spikes[f"spikes/{name}/node_ids"] = cells
    return tmp_path / "other"


def test_results_of_others_agree(circuit: Path, written: Path) -> None:
    report = compare([circuit, written], PLAIN)
    assert report.exit_code == 0, report
    names = {check.name for check in report.cases[0].checks}
    cells = ("slow[0]", "fast[0]", "fast[1]")
    assert names == {cell + what for cell in cells for what in ("/v", ":spike")}


def shifted(file: Any) -> None:
    file["spikes/slow/timestamps"][...] = file["spikes/slow/timestamps"][:] + 1.0


def one_spike_less(file: Any) -> None:
    for name in ("timestamps", "node_ids"):
        values = file[f"spikes/slow/{name}"][1:]
        del file[f"spikes/slow/{name}"]
        file[f"spikes/slow/{name}"] = values


def another_unit(file: Any) -> None:
    file["report/slow/data"][...] = file["report/slow/data"][:] * 1e-3


def another_node(file: Any) -> None:
    file["report/slow/mapping/node_ids"][...] = 7


def several_elements(file: Any) -> None:
    file["report/slow/mapping/index_pointers"][...] = [0, 2]


def another_population(file: Any) -> None:
    file.move("report/slow", "report/other")


def no_time(file: Any) -> None:
    del file["report/slow/mapping/time"]


@pytest.mark.parametrize(
    ("place", "change", "words"),
    [
        ("spikes", shifted, "shifted by up to"),
        ("spikes", one_spike_less, "1 spike"),
        ("slow_v", another_unit, "wrong unit"),
        ("slow_v", another_node, "has no node 0"),
        ("slow_v", several_elements, "several elements of node 0"),
        ("slow_v", another_population, "has no '/report/slow'"),
        ("slow_v", no_time, "SONATA"),
    ],
)
def test_planted_errors_are_found_alone(
    circuit: Path, written: Path, place: str, change: Callable[[Any], None], words: str
) -> None:
    with h5py.File(written / "output" / f"{place}.h5", "r+") as file:
        change(file)
    report = compare([circuit, written], PLAIN)
    assert report.exit_code == 1
    wrong = [item for item in report.cases[0].checks if item.verdict is Verdict.DIFFER]
    assert [item.name for item in wrong] == ["slow[0]:spike" if place == "spikes" else "slow[0]/v"]
    assert words in wrong[0].message


def test_a_file_that_is_none_is_named(circuit: Path, written: Path) -> None:
    (written / "output" / "slow_v.h5").write_text("no such file")
    (written / "output" / "spikes.h5").unlink()
    checks = compare([circuit, written], PLAIN).cases[0].checks
    said = {item.name: item.message for item in checks if item.verdict is Verdict.DIFFER}
    spikes = {"slow[0]:spike", "fast[0]:spike", "fast[1]:spike"}
    assert said.keys() == {"slow[0]/v", *spikes}
    assert "'slow_v.h5' is none" in said["slow[0]/v"]
    assert "there is no file 'spikes.h5'" in said["fast[0]:spike"]


def test_other_engines_do_not_run_circuits(circuit: Path) -> None:
    with pytest.raises(UsageError, match="only a LEMS file") as caught:
        compare([circuit], Comparison(("jneuroml",)))
    assert "--to lems" in str(caught.value)


def test_a_circuit_is_recorded_as_a_test_by_the_files_that_it_writes(circuit: Path) -> None:
    expected, test = record(circuit, {})
    said = test.read_text()
    assert "path: output/slow_v.h5" in said and "ids: fast_1" in said
    report = run_tests([test], SuiteOptions())
    assert [case.verdict for case in report.cases] == [Verdict.AGREE]
    assert len(report.cases[0].checks) == 6  # v and spikes of three cells
    assert not (circuit.parent / "output").exists()
    last = [line for line in expected.read_text().splitlines() if line.strip().startswith("- ")][-1]
    expected.write_text(expected.read_text().replace(last, f"{last}1"))
    assert run_tests([test], SuiteOptions()).cases[0].verdict is Verdict.DIFFER


def test_a_test_of_a_circuit_names_files_that_it_writes(circuit: Path) -> None:
    record(circuit, {})
    test = circuit.parent / ".test.simulation_config.omt"
    test.write_text(test.read_text().replace("slow_v.h5", "none.h5"))
    case = run_tests([test], SuiteOptions()).cases[0]
    said = " ".join(check.message for check in case.checks)
    assert case.verdict is Verdict.NOT_RUN
    assert "the model does not write 'output/none.h5'; its files: output/fast_v.h5" in said
