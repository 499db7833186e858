"""Networks of equations of every kind: both executors agree, and threads change no bit.

Executors differ by the rounding of functions and by contraction. What that makes of 60 or 600 steps
stays below `LIMIT` of the largest value of a column; spikes are the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import equation_corpus as corpus
import numpy as np
import pytest

import annarchy_ml as aml

pytestmark = pytest.mark.filterwarnings("ignore:.*no equation of")
LIMIT = 1e-12
N = 41


def run(name: str, executor: str = "compiled", threads: int = 1) -> dict[str, np.ndarray]:
    """What there is to see of a model."""
    model = corpus.CORPUS[name]
    net = aml.Network(dt=model.dt, seed=3)
    net.config(num_threads=threads)
    watch = corpus.Watch.of(net, model.build(aml, net, N))
    net.compile(executor=executor)
    if model.after is not None:
        model.after(net)
    net.simulate(model.duration)
    return watch.values()


@pytest.mark.parametrize("name", corpus.CORPUS)
def test_interpreter_agrees_with_compiled_code(name: str, toolchain: Any) -> None:
    compiled, interpreted = (run(name, executor) for executor in ("compiled", "interpreter"))
    assert compiled.keys() == interpreted.keys()
    for label, values in compiled.items():
        assert values.size > 0, label
        assert values.any(), label
        largest = np.abs(values).max()
        assert np.isfinite(largest), label
        assert values.shape == interpreted[label].shape, label
        assert np.abs(values - interpreted[label]).max() <= LIMIT * largest, label


@pytest.mark.parametrize("name", corpus.CORPUS)
def test_threads_change_no_bit(name: str, toolchain: Any) -> None:
    """Also of more threads than there are cores, and than fit the number of neurons."""
    one = run(name)
    for threads in (2, 3, 7):
        several = run(name, threads=threads)
        for label, values in one.items():
            assert values.tobytes() == several[label].tobytes(), (threads, label)


def test_the_same_equations_are_compiled_once(
    toolchain: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the neurons and synapses are made anew, and for other threads and sizes."""
    monkeypatch.setenv("ANNARCHY_ML_CACHE", str(tmp_path))
    kept = []
    for threads in (1, 1, 2):
        run("stepped_stdp", threads=threads)
        kept.append(sorted(item.name for item in (tmp_path / "libraries").iterdir()))
    assert kept[0]
    assert kept[0] == kept[1] == kept[2]
