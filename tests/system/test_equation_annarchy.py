"""Networks of the corpus beside ANNarchy 5, whose numbers `tests/reference/make_annarchy.py` kept.

Where ANNarchy is known to compute something else, the corpus says why (`Model.differs`), and here
the numbers must differ: an explanation that has become untrue is a fault as well.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import equation_corpus as corpus
import numpy as np
import pytest

import annarchy_ml as aml

pytestmark = pytest.mark.filterwarnings("ignore:.*no equation of")
KEPT = json.loads(
    (Path(__file__).parents[1] / "reference" / "annarchy.json").read_text(encoding="utf-8")
)
COMPARED = [name for name, item in corpus.CORPUS.items() if not item.random and not item.only_ours]
LIMIT = 1e-11
"""Of the largest value of a series: another order of additions, and other functions, by up to 600
steps."""


def distances(name: str) -> dict[str, float]:
    """How far each series is from ANNarchy's, as part of its largest value."""
    model = corpus.CORPUS[name]
    net = aml.Network(dt=model.dt, seed=3)
    watch = corpus.Watch.of(net, model.build(aml, net, KEPT["n"]))
    net.compile()
    net.simulate(model.duration)
    found = {}
    for label, values in watch.values().items():
        expected = np.array(KEPT["models"][name][label])
        series = values.ndim == 2 and not label.endswith(" spike")
        every = round(KEPT["every_ms"] / model.dt)
        own = values[every - 1 :: every] if series else values
        own = own.reshape(len(own), -1)
        if own.shape != expected.reshape(len(expected), own.shape[1]).shape:
            found[label] = float("inf")
        else:
            largest = np.abs(expected).max(initial=0.0) or 1.0
            found[label] = float(np.abs(own - expected).max(initial=0.0) / largest)
    return found


def test_references_are_those_of_the_corpus() -> None:
    assert sorted(KEPT["models"]) == sorted(COMPARED)


@pytest.mark.parametrize("name", COMPARED)
def test_numbers_are_annarchys_where_they_should_be(name: str, toolchain: Any) -> None:
    found = distances(name)
    assert found.keys() == KEPT["models"][name].keys()
    if corpus.CORPUS[name].differs:
        assert max(found.values()) > 1e-6, found
    else:
        assert max(found.values()) < LIMIT, found
