"""The standard's 30 examples in reference mode, against what jNeuroML 0.14.0 computes.

The examples are read from the archive inside the pyneuroml distribution. The reference is
``tests/reference/jneuroml_examples.json`` (made by ``make_references.py`` there): 40 rows of every
quantity that an example records or displays, its extremes and how often it rises through their
middle. Measure: difference over the largest absolute value of the column. Limit: 1e-5, of which the
text of the reference (32-bit floats) takes 6e-8. By default runs are cut to ``DEFAULT_STEPS``, and
the rows up to there are compared; the slow tests run to the end and compare the extremes too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

LIMIT = 1e-5
DEFAULT_STEPS = 12_000
EXAMPLES = (
    "Ex0_IaF", "Ex1_HH", "Ex2_Izh", "Ex3_Net", "Ex4_KS", "Ex4a_KS", "Ex5_DetCell", "Ex6_NMDA",
    "Ex7_STP", "Ex8_AdEx", "Ex9_FN", "Ex10_Q10", "Ex11_STDP", "Ex12_Net2", "Ex13_Instances",
    "Ex14_PyNN", "Ex15_CaDynamics", "Ex16_Inputs", "Ex17_Tissue", "Ex18_GHK", "Ex19_GapJunctions",
    "Ex19a_GapJunctionInstances", "Ex20_AnalogSynapses", "Ex20a_AnalogSynapsesHH",
    "Ex21_CurrentBasedSynapses", "Ex22_PinskyRinzelCA3", "Ex23_Spiketimes",
    "Ex24_FractionalConductance", "Ex26_Weights", "Ex27_MultiSynapses",
)  # fmt: skip
RANDOM = {
    "Ex16_Inputs": (
        "izhPop[6]/", "izhPop[7]/", "izhPop[8]/", "izhPop[10]/", "izhPop[12]/",
        "spikeGenPoissonPop[0]/", "spikeGenRefPoissonPop[0]/", "spikeGenRandomPop[0]/",
    ),
    "Ex14_PyNN": ("pop_spikes1[0]/", "pop_spikes2[0]/"),
    "Ex23_Spiketimes": ("iafPop", "pynnPop", "hhpop"),
}  # fmt: skip
"""Beginnings of the paths that depend on random numbers."""


def run(folder: Path, name: str, **options: Any) -> Any:
    """One example with all its displayed and recorded quantities."""
    import annarchy_ml

    path = folder / f"LEMS_NML2_{name}.xml"
    return annarchy_ml.run(path, write_files=False, **options)


def fixed_columns(name: str, reference: dict[str, Any]) -> dict[str, Any]:
    """The columns of a reference that depend on no random numbers."""
    return {
        path: column
        for path, column in reference["columns"].items()
        if not path.startswith(RANDOM.get(name, ("\0",)))
    }


def differences(name: str, results: Any, reference: dict[str, Any]) -> dict[str, float]:
    """The largest difference in each fixed column, over its largest absolute value."""
    rows = [row for row in reference["rows"] if row < len(results.times)]
    found = {}
    for path, column in fixed_columns(name, reference).items():
        wanted = np.asarray(column["values"][: len(rows)])
        scale = max(abs(column["min"]), abs(column["max"])) or 1.0
        found[path] = float(np.max(np.abs(results[path].values[rows] - wanted)) / scale)
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_equals_jneuroml_at_its_start(
    examples_folder: Path, references: dict[str, Any], name: str
) -> None:
    reference = references["examples"][name]
    steps = min(DEFAULT_STEPS, reference["steps"])
    end = reference["end"] * steps / reference["steps"]

    results = run(examples_folder, name, duration=end)

    assert results.complete
    assert len(results.times) == steps + 1
    too_large = {k: v for k, v in differences(name, results, reference).items() if not v <= LIMIT}
    assert too_large == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_example_equals_jneuroml_to_its_end(
    examples_folder: Path, references: dict[str, Any], name: str
) -> None:
    reference = references["examples"][name]

    results = run(examples_folder, name)

    assert len(results.times) == reference["steps"] + 1
    too_large = {k: v for k, v in differences(name, results, reference).items() if not v <= LIMIT}
    assert too_large == {}
    for path, column in fixed_columns(name, reference).items():
        values = np.asarray(results[path].values)
        scale = max(abs(column["min"]), abs(column["max"])) or 1.0
        assert values.min() == pytest.approx(column["min"], abs=LIMIT * scale), path
        assert values.max() == pytest.approx(column["max"], abs=LIMIT * scale), path
        if column["max"] - column["min"] > 1e-3 * scale:
            assert _rises(values) == column["rises"], path


def _rises(values: Any) -> int:
    above = values > (values.min() + values.max()) / 2
    return int(np.count_nonzero(above[1:] & ~above[:-1]))


def test_every_example_of_the_archive_is_named_here(examples_folder: Path) -> None:
    found = {path.stem for path in examples_folder.glob("LEMS_NML2_Ex*.xml")}

    assert found == {f"LEMS_NML2_{name}" for name in (*EXAMPLES, "Ex25_MultiComp")}


def test_reference_holds_every_displayed_quantity(
    examples_folder: Path, references: dict[str, Any]
) -> None:
    import annarchy_ml

    model = annarchy_ml.load(examples_folder / "LEMS_NML2_Ex12_Net2.xml")

    wanted = {item.path for item in model.request.wanted}
    assert wanted == set(references["examples"]["Ex12_Net2"]["columns"])


@pytest.mark.parametrize("name", ["Ex12_Net2", "Ex6_NMDA", "Ex7_STP"])
def test_recorded_events_are_as_many(
    examples_folder: Path, references: dict[str, Any], name: str
) -> None:
    results = run(examples_folder, name)

    counts = {path: len(results.events[path]) for path in references["examples"][name]["events"]}
    assert counts == references["examples"][name]["events"]


def test_random_spikes_are_as_many_over_seeds(
    examples_folder: Path, references: dict[str, Any]
) -> None:
    """Means of the numbers of spikes over 24 seeds of each program: within 4 standard errors."""
    reference = references["examples"]["Ex23_Spiketimes"]["event_counts_by_seed"]
    ours: dict[str, list[int]] = {path: [] for path in reference}
    for seed in range(24):
        results = run(examples_folder, "Ex23_Spiketimes", seed=seed)
        for path, counts in ours.items():
            counts.append(len(results.events[path]))

    for kind in ("iafPop", "pynnPop", "hhpop"):
        mine = np.concatenate([counts for path, counts in ours.items() if path.startswith(kind)])
        theirs = np.concatenate([c for path, c in reference.items() if path.startswith(kind)])
        error = np.sqrt(mine.var() / len(mine) + theirs.var() / len(theirs))
        assert abs(mine.mean() - theirs.mean()) < 4 * error, kind
        assert 0.5 < (mine.std() + 0.5) / (theirs.std() + 0.5) < 2, kind


def test_seed_of_the_file_is_used_and_another_one_differs(examples_folder: Path) -> None:
    first, again, other = (
        run(examples_folder, "Ex23_Spiketimes", seed=seed, duration=0.05) for seed in (None, 123, 7)
    )

    path = "iafPop[0]/v"
    assert np.array_equal(first[path].values, again[path].values)
    assert not np.array_equal(first[path].values, other[path].values)
