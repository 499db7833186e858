"""The public cases exported, read again and run: the same bits, or refused by name.

The cases lie beside the repository, in ``../shared/conformance``; without them these tests are left
out. Every case is written in every format. What a format cannot say stands in `REFUSED`, with the
words of the refusal; all else must give the bits of the original in its first steps.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import annarchy_ml
from annarchy_ml import UsageError
from annarchy_ml.model.simulation import EventOutputFile

CASES = Path(__file__).parents[3] / "shared" / "conformance" / "cases"
STEPS = 4000
OUT = {"lems": "made.xml", "neuroml": "made.nml", "hdf5": "made.nml.h5", "sonata": "made"}
WRITTEN = {"lems": 75, "neuroml": 66, "hdf5": 56, "sonata": 49}
"""How many of the 75 each format can say, as docs/export.md tells."""
REFUSED: dict[str, dict[str, tuple[str, ...]]] = {
    "neuroml": {
        "nothing that NeuroML has an element for": (
            "lems_example1",
            "lems_example2",
            "lems_example3",
            "lems_example4",
            "lems_example5",
            "lems_example6",
            "lems_example7",
            "lems_example8",
            "osb_arbor_scoping",
        )
    },
    "sonata": {
        "no NeuroML network": (
            "lems_example1",
            "lems_example2",
            "lems_example3",
            "lems_example4",
            "lems_example5",
            "lems_example6",
            "lems_example7",
            "lems_example8",
            "nml2_ex17_tissue",
            "osb_arbor_scoping",
        ),
        "a sineGenerator": ("nml2_ex16_inputs",),
        "<electricalProjection>": (
            "nml2_ex19_gapjunctions",
            "nml2_ex19a_gapjunctioninstances",
            "nml2_ex26_weights",
            "osb_opencortex_gapjunctions",
        ),
        "<continuousProjection>": (
            "nml2_ex20_analogsynapses",
            "nml2_ex20a_analogsynapseshh",
            "osb_delmolino_low",
            "osb_psyneulink_abc",
            "osb_pyloric_fig2c",
            "osb_wilsoncowan_driven_dl",
        ),
        "a poissonFiringSynapse": ("nml2_ex23_spiketimes", "osb_netpyne_spikers"),
        "a pulseGeneratorDL": ("nml2_ex2_izh", "osb_hindmarshrose_dl"),
        "a noisyCurrentSource": ("osb_noisycurrent",),
    },
    "hdf5": {
        "nothing that NeuroML has an element for": (
            "lems_example1",
            "lems_example2",
            "lems_example3",
            "lems_example4",
            "lems_example5",
            "lems_example6",
            "lems_example7",
            "lems_example8",
            "osb_arbor_scoping",
        ),
        "synapticConnection": (
            "nml2_ex11_stdp",
            "nml2_ex16_inputs",
            "nml2_ex23_spiketimes",
            "nml2_ex3_net",
            "nml2_ex6_nmda",
            "nml2_ex7_stp",
        ),
        "none that NeuroML has elements for": (
            "nml2_ex17_tissue",
            "nml2_ex21_currentbasedsynapses",
            "nml2_ex27_multisynapses",
            "own_event_timing",
        ),
    },
}
"""What cannot be said: by format, words of the refusal, cases."""
LAST_BITS = {("osb_c302_a_oscillator", "sonata")}
"""Currents of several projections onto a cell are added up in another order."""
QUICK = ("nml2_ex5_detcell", "osb_opencortex_deterministic", "own_event_timing")


def simulations() -> dict[str, Path]:
    """The model of each case that is run, by its name."""
    files = sorted(CASES.glob("*/case.json"))
    known = {path.parent: json.loads(path.read_text(encoding="utf-8")) for path in files}
    runs = {home: case for home, case in known.items() if case["kind"] == "simulate"}
    return {home.name: home / "model" / case["entry"] for home, case in runs.items()}


MODELS = simulations()
pytestmark = pytest.mark.skipif(not MODELS, reason="no public cases beside the repository")


def each(names: list[str]) -> list[object]:
    """Cases; most are slow."""
    slow = pytest.mark.slow
    return [pytest.param(name, marks=() if name in QUICK else slow) for name in names]


def recorded(path: Path, asked: Path) -> dict[str, bytes]:
    """What one model records, and the spikes of its files, if another is run for some steps."""
    wanted = annarchy_ml.load(asked).compile()
    simulation = annarchy_ml.load(path).compile()
    dt = simulation.plan.dt
    results = simulation.run(min(STEPS * dt, simulation.plan.duration))
    paths = [item.path for item in wanted.plan.recordings]
    found = {name: results[name].values.tobytes() for name in paths}
    for output in wanted.lowered.outputs:
        for item in output.selections if isinstance(output, EventOutputFile) else ():
            row = results.events.row(item.path, item.port)
            found[f"{item.path}:{item.port}"] = bytes(results.events.memory_of(row))
    return found


@pytest.mark.parametrize("to", OUT)
@pytest.mark.parametrize("name", each(list(MODELS)))
def test_a_public_case_gives_the_same_bits_or_is_refused(
    name: str, to: str, tmp_path: Path
) -> None:
    words = next((key for key, names in REFUSED.get(to, {}).items() if name in names), "")
    place = tmp_path / OUT[to]
    if words:
        with pytest.raises(UsageError, match=re.escape(words)):
            annarchy_ml.export(MODELS[name], to, place)
        assert not list(tmp_path.iterdir())
        return
    made = annarchy_ml.export(MODELS[name], to, place)
    before = recorded(MODELS[name], MODELS[name])
    after = recorded(made[-1], MODELS[name])
    assert before and after.keys() == before.keys()
    if (name, to) in LAST_BITS:
        for path, data in before.items():
            found, wanted = np.frombuffer(after[path]), np.frombuffer(data)
            np.testing.assert_allclose(found, wanted, rtol=1e-14, err_msg=path)
    else:
        assert after == before


@pytest.mark.parametrize("to", OUT)
def test_the_manual_says_how_many_each_format_can_say(to: str) -> None:
    refused = [name for names in REFUSED.get(to, {}).values() for name in names]
    assert len(refused) == len(set(refused)) and set(refused) <= MODELS.keys()
    assert len(MODELS) - len(refused) == WRITTEN[to]
    page = Path(__file__).parents[2] / "docs" / "export.md"
    text = page.read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| of 75 public models"))
    cells = [cell.strip() for cell in row.split("|")[2:]]
    assert cells[list(OUT).index(to)] == str(WRITTEN[to])
