"""Tests of jNeuroML_NEURON: run by the method `neuron`, they agree to the step.

The spike times are those that the standard's own tests expect of NEURON, with a tolerance of 0.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import annarchy_ml
from annarchy_ml.cli import main
from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.options import CompileOptions
from annarchy_ml.validation.suite import SuiteOptions, method_of, run_tests
from annarchy_ml.validation.verdicts import Verdict

EX0 = "LEMS_NML2_Ex0_IaF.xml"
EX1 = "LEMS_NML2_Ex1_HH.xml"
EX15 = "LEMS_NML2_Ex15_CaDynamics.xml"
EX19 = "LEMS_NML2_Ex19_GapJunctions.xml"
EX5 = "LEMS_NML2_Ex5_DetCell.xml"
EX6 = "LEMS_NML2_Ex6_NMDA.xml"
EX7 = "LEMS_NML2_Ex7_STP.xml"
EX10 = "LEMS_NML2_Ex10_Q10.xml"
EX20A = "LEMS_NML2_Ex20a_AnalogSynapsesHH.xml"
EX5_MS = [102.22, 118.46, 134.5, 150.52, 166.55, 182.58, 198.6]
EX7_MS = [62.51, 91.16, 120.73, 150.55, 180.47, 210.44, 240.42, 270.41]
EX15_MS = [
    108.261,
    135.871,
    161.896,
    187.363,
    212.561,
    237.626,
    262.629,
    287.602,
    312.565,
    337.526,
    362.49,
    387.457,
    412.43,
    437.406,
    462.388,
    487.373,
    512.362,
    537.354,
    562.349,
    587.346,
]
EX20A_MS = [103.35, 119.95, 136.16, 152.2, 168.22, 184.25, 200.27]
CASES = [
    (EX20A, "ex20a_v.dat", 2, -64.4, EX20A_MS),
    (EX5, "ex5_v.dat", 1, 0.0, EX5_MS),
    (EX10, "hhq10_v.dat", 1, 0.0, [103.22, 146.89, 189.9]),
    (EX0, "iaf_v.dat", 1, -55.1, [41.0, 82.595, 124.19, 165.785, 207.38, 248.975, 290.57]),
    (EX0, "iaf_v.dat", 2, -55.1, [46.0, 92.6, 139.2, 185.8, 232.4, 279.0]),
    (EX0, "iaf_v.dat", 4, -55.1, [38.47, 77.725, 116.98, 156.235, 195.49, 234.745, 274.0]),
    (EX1, "hh_v.dat", 1, 0.0, [52.24, 68.5, 84.56, 100.67]),
    (EX19, "ex19_v.dat", 1, -69.5, [50.51, 112.29, 173.95, 235.6, 436.38, 489.24, 550.63]),
    (EX6, "ex6_v.dat", 1, -32.0, [229.78, 304.74, 379.74]),
    (EX6, "ex6_g.dat", 1, 1e-8, [75.59, 150.59, 225.17, 300.17, 375.17]),
    (EX6, "ex6_block.dat", 1, 180.0, [229.35, 304.32, 379.32]),
    (EX7, "ex7_v.dat", 1, -40.0, EX7_MS),
    (EX7, "ex7_v.dat", 2, -49.4, [33.11, 60.61, 90.87]),
    (EX7, "ex7_v.dat", 3, -49.4, [33.11, 60.44, 122.29]),
]


LONG = (EX15, "ex15_v.dat", 1, 0.0, EX15_MS)
IDS = [f"{case[0]}-{case[2]}" for case in (*CASES, LONG)]


@pytest.mark.parametrize("case", [*CASES, pytest.param(LONG, marks=pytest.mark.slow)], ids=IDS)
def test_spikes_are_those_of_neuron_to_the_step(
    folder: Path, case: tuple[str, str, int, float, list[float]]
) -> None:
    model, file, column, threshold, times = case
    main(["examples", model.split("_")[2], "demo"])
    verdicts = {}
    for engine in ("jNeuroML_NEURON", "jNeuroML"):
        test = folder / "demo" / "LEMSexamples" / f"{engine}.omt"
        observable = {
            "file": {"path": f"results/{file}", "columns": [0, column], "scaling": [1000, 1000]},
            "spike detection": {"method": "threshold", "threshold": threshold},
            "tolerance": 0,
        }
        said = {"target": model, "engine": engine, "mep": "a.mep"}
        said["experiments"] = {"v": {"observables": {"spike times": observable}}}
        wanted = {"system": "s", "experiments": {"v": {"expected": {"spike times": times}}}}
        (test.parent / "a.mep").write_text(yaml.safe_dump(wanted))
        test.write_text(yaml.safe_dump(said))
        report = run_tests([test], SuiteOptions((engine,)))
        verdicts[engine] = report.cases[0].verdict
    assert verdicts == {"jNeuroML_NEURON": Verdict.AGREE, "jNeuroML": Verdict.DIFFER}


@pytest.mark.parametrize(
    ("file", "old", "new", "seen"),
    [
        ("NML2_SingleCompHHCell.nml", 'scale="10mV"', 'scale="10.000002mV"', False),
        ("NML2_SingleCompHHCell.nml", 'midpoint="-40mV"', 'midpoint="-40.0002mV"', True),
        ("NML2_SingleCompHHCell.nml", '"120.0 mS_per_cm2"', '"120.00002 mS_per_cm2"', True),
        ("NML2_SingleCompHHCell.nml", 'amplitude="0.08nA"', 'amplitude="0.0800000001nA"', False),
    ],
)
def test_values_of_mechanisms_have_six_digits(
    folder: Path, file: str, old: str, new: str, seen: bool
) -> None:
    main(["examples", "Ex5", "demo"])
    model = folder / "demo" / "LEMSexamples" / EX5
    changed = next((folder / "demo").rglob(file))
    bits = [annarchy_ml.run(model, method=m)["hhpop[0]/v"].values for m in ("neuron", "reference")]
    text = changed.read_text()
    assert old in text
    changed.write_text(text.replace(old, new))
    after = [annarchy_ml.run(model, method=m)["hhpop[0]/v"].values for m in ("neuron", "reference")]
    assert ((after[0] != bits[0]).any(), (after[1] != bits[1]).any()) == (seen, True)


def test_a_method_that_is_given_counts_for_all_tests(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["examples", "Ex5", "demo"])
    home = folder / "demo" / "LEMSexamples"
    test = home / "a.omt"
    test.write_text(yaml.safe_dump({"target": EX5, "engine": "jNeuroML_NEURON"}))
    seen = []
    run = annarchy_ml.api.run

    def noted(model: Path, **options: object) -> object:
        seen.append(options["method"])
        return run(model, **options)

    monkeypatch.setattr("annarchy_ml.validation.trial.api.run", noted)
    run_tests([test], SuiteOptions())
    run_tests([test], SuiteOptions(run={"method": "euler"}))
    assert seen == ["neuron", "euler"]


def test_networks_built_in_python_are_refused() -> None:
    net = annarchy_ml.NetworkModel("net")
    net.component("source", "spikeGenerator", period="10 ms")
    net.population("cells", "source", 2)
    with pytest.raises(UsageError, match="for models in files"):
        net.compile(dt=1e-4, duration=0.1, method="neuron")


def test_a_format_without_a_run_refuses_a_method(folder: Path) -> None:
    main(["examples", "Ex5", "demo"])
    model = annarchy_ml.load(folder / "demo" / "LEMSexamples" / EX5)
    with pytest.raises(UsageError, match="'lems' does not say how equations are solved"):
        annarchy_ml.api.export_by(CompileOptions("neuron"), model, "lems", folder / "a.xml")
    made = annarchy_ml.api.export_by(CompileOptions("neuron"), model, "cpp", folder / "a")
    assert all(path.exists() for path in made)


def test_only_engines_whose_steps_are_known_have_a_method() -> None:
    """EDEN's source says how it steps; MOOSE, whose steps are not ours, has no row."""
    assert method_of("jNeuroML_EDEN") == "neuron"
    assert method_of("jNeuroML_Moose") == "reference"


PYLEMS = 0.0017119838869209783
"""The tolerance of the standard's own test of PyLEMS, for the same spikes of Ex5."""


@pytest.mark.parametrize(
    ("engine", "method"),
    [
        ("jNeuroML", "reference"),
        ("jNeuroML_NEURON", "neuron"),
        ("jNeuroML_NetPyNE", "neuron"),
        ("PyLEMS_NeuroML2", "euler"),
        ("jNeuroML_Brian2", "euler"),
    ],
)
def test_a_test_runs_by_the_method_of_its_engine(folder: Path, engine: str, method: str) -> None:
    """Ex5 as tests of these engines expect it: with the tolerance of one, another one differs."""
    main(["examples", "Ex5", "demo"])
    home = folder / "demo" / "LEMSexamples"
    tolerance = {"neuron": 0.0, "euler": PYLEMS, "reference": 0.0033}[method]
    file = {"path": "results/ex5_v.dat", "columns": [0, 1], "scaling": [1000, 1000]}
    looked = {"file": file, "spike detection": {"method": "threshold"}, "tolerance": tolerance}
    experiments = {"v": {"observables": {"spike times": looked}}}
    said = {"target": EX5, "engine": engine, "mep": "a.mep", "experiments": experiments}
    (home / "a.omt").write_text(yaml.safe_dump(said))
    wanted = {"system": "s", "experiments": {"v": {"expected": {"spike times": EX5_MS}}}}
    (home / "a.mep").write_text(yaml.safe_dump(wanted))
    assert method_of(engine) == method
    case = run_tests([home / "a.omt"], SuiteOptions((engine,))).cases[0]
    assert case.verdict is Verdict.AGREE
    if method != "reference":
        other = SuiteOptions((engine,), run={"method": "reference"})
        assert run_tests([home / "a.omt"], other).cases[0].verdict is Verdict.DIFFER
