"""Programs of devices against the CPU engine, run on threads that stand for a device's.

Both run the same Kernel IR. Traces differ by the rounding of ``exp`` and its like, and by
contraction, as those of the interpreter do (`test_executors.py`); events fall into the same steps.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

STEPS = 300
LIMIT = 1e-12
GROWING = {"Ex22_PinskyRinzelCA3": 1e-10, "Ex8_AdEx": 1e-10}
REFUSED = {"Ex25_MultiComp": "compartments"}


def example_names() -> list[str]:
    from annarchy_ml.importers.neuroml.archive import archive_names

    found = [Path(name).stem for name in archive_names() if "LEMS_NML2_Ex" in name]
    return sorted(name.removeprefix("LEMS_NML2_") for name in found)


def run(path: Path, steps: int = STEPS, **options: Any) -> Any:
    import annarchy_ml

    simulation = annarchy_ml.load(path).compile(**options)
    return simulation.run(steps * simulation.plan.dt)


def same(first: Any, second: Any, limit: float = LIMIT) -> None:
    assert len(first.signals) > 0
    for column, signal in first.signals.items():
        values = np.asarray(signal)
        scale = np.abs(values).max() or 1.0
        assert np.abs(values - np.asarray(second[column])).max() <= limit * scale, column
    assert np.array_equal(first.events.times_s, second.events.times_s)
    assert np.array_equal(first.events.offsets, second.events.offsets)


@pytest.mark.parametrize("name", [name for name in example_names() if name not in REFUSED])
def test_standard_example(examples_folder: Path, toolchain: Any, name: str) -> None:
    path = examples_folder / f"LEMS_NML2_{name}.xml"

    expected = run(path, executor="compiled")
    found = run(path, device="emulated", threads=2)

    assert found.provenance["device"] == "emulated"
    same(expected, found, GROWING.get(name, LIMIT))


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_run_is_refused_by_name(
    examples_folder: Path, toolchain: Any, name: str
) -> None:
    from annarchy_ml.diagnostics import UnsupportedError

    with pytest.raises(UnsupportedError, match=REFUSED[name]):
        run(examples_folder / f"LEMS_NML2_{name}.xml", device="emulated")
