"""What the system tests share: the standard's examples on disk, and runs of LEMS texts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

REFERENCES = Path(__file__).parents[1] / "reference" / "jneuroml_examples.json"
EXECUTORS = ("compiled", "interpreter")

MODELS = Path(__file__).with_name("models")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Kernels and plans of these tests lie in a folder of their own, unless one is named."""
    if "ANNARCHY_ML_CACHE" in os.environ:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANNARCHY_ML_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def examples_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the LEMS examples, with the files that they include beside it."""
    from annarchy_ml.importers.neuroml import archive

    base = tmp_path_factory.mktemp("standard")
    for name in archive.archive_names():
        if name.startswith(archive.EXAMPLE_FOLDERS):
            path = base / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read_archived(name))
    return base / "LEMSexamples"


@pytest.fixture(scope="session")
def references() -> dict[str, Any]:
    """What jNeuroML computed for the examples: see make_references.py."""
    found: dict[str, Any] = json.loads(REFERENCES.read_text(encoding="utf-8"))
    return found


@pytest.fixture(params=EXECUTORS)
def executor(request: pytest.FixtureRequest) -> str:
    """Each of the two executors of kernels."""
    if request.param == "compiled":
        request.getfixturevalue("toolchain")
    return str(request.param)


@pytest.fixture
def check_model(executor: str) -> Callable[..., None]:
    """Runs a file of ``models`` and compares it with literal numbers.

    Columns are compared in every ``every``-th row to the 7 digits that jNeuroML writes, events
    by their times.
    """
    import annarchy_ml

    def check(name: str, every: int, columns: dict[str, str], events: dict[str, str]) -> None:
        path = MODELS / f"{name}.xml"
        results = annarchy_ml.run(path, write_files=False, executor=executor)
        assert results.provenance["device"] == f"cpu ({executor})"
        for column, text in columns.items():
            wanted = np.array(text.split(), float)
            np.testing.assert_allclose(
                np.asarray(results[column].values)[::every],
                wanted,
                rtol=3e-7,
                atol=1e-12 * np.abs(wanted).max(initial=0.0),
                err_msg=column,
            )
        for instance, text in events.items():
            times = results.events[instance].times_s
            np.testing.assert_allclose(times, np.array(text.split(), float), rtol=1e-9)

    return check


def _iaf(n: int = 6) -> Any:
    """A network of integrate-and-fire cells with a synapse and an input, and its population."""
    from annarchy_ml import NetworkModel

    net = NetworkModel("iaf")
    net.component(
        "lif",
        "iafCell",
        C="1 nF",
        leakConductance="0.05 uS",
        leakReversal="-60 mV",
        thresh="-50 mV",
        reset="-60 mV",
    )
    net.component("ampa", "expOneSynapse", gbase="60 nS", erev="0 mV", tauDecay="5 ms")
    net.component("pulse", "pulseGenerator", delay="1 ms", duration="80 ms", amplitude="0.7 nA")
    return net, net.population("cells", "lif", n)


@pytest.fixture
def iaf() -> Callable[..., Any]:
    """Makes networks of so many integrate-and-fire cells, with a synapse and an input to use."""
    return _iaf
