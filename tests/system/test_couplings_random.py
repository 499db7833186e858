"""Couplings that are drawn at random do what a plain loop does, and the same with any threads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import annarchy_ml as aml

CELLS = """<Lems><Include file="Cells.xml"/>
<ComponentType name="rateCell" extends="baseCell"><Parameter name="tau" dimension="time"/>
  <Property name="exc" dimension="none" defaultValue="0"/>
  <Property name="inh" dimension="none" defaultValue="0"/>
  <Property name="drive" dimension="none" defaultValue="1"/>
  <Exposure name="r" dimension="none"/><Exposure name="q" dimension="none"/>
  <Dynamics><StateVariable name="r" dimension="none" exposure="r"/>
    <DerivedVariable name="q" dimension="none" exposure="q" value="r * r"/>
    <TimeDerivative variable="r" value="(exc - inh + drive - r) / tau"/>
    <OnStart><StateAssignment variable="r" value="drive"/></OnStart></Dynamics></ComponentType>
<rateCell id="rate" tau="10 ms"/></Lems>"""
STEPS, DT, TAU = 40, 1e-3, 10e-3
GIVES: dict[str, Any] = {  # of weight, and r and q of source and target
    "w * pre.r": lambda w, r, q, s, u: w * r,
    "w * pre.q": lambda w, r, q, s, u: w * q,
    "w * (pre.r - post.r)": lambda w, r, q, s, u: w * (r - s),
    "w * pre.r * post.q": lambda w, r, q, s, u: w * r * u,
    "w * w * pre.q / (1 + post.r * post.r)": lambda w, r, q, s, u: w * w * q / (1 + s * s),
}
COMBINE: dict[str, Any] = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min}


class Drawn(NamedTuple):
    """A coupling: populations, spans of cells, and what is written of it."""

    ends: tuple[int, int]
    spans: tuple[slice, slice]
    rule: Any
    into: str
    psp: str
    operation: str
    weight: Any
    delay: Any


def drawn_rule(random: Any, sources: int, targets: int) -> Any:
    listed = int(random.integers(0, 80))
    pairs = random.integers(0, sources, listed), random.integers(0, targets, listed)
    rules = [
        aml.AllToAll(self_connections=bool(random.random() < 0.5)),
        aml.FixedProbability(float(random.choice([0.1, 0.5, 1.0]))),
        aml.FixedIndegree(int(random.integers(0, 5))),
        aml.FixedOutdegree(int(random.integers(0, 5))),
        aml.FixedTotalNumber(int(random.integers(0, 60))),
        aml.Explicit(*pairs),
    ]
    return rules[int(random.integers(len(rules)))]


def drawn_coupling(random: Any, sizes: list[int]) -> Drawn:
    ends = tuple(random.integers(0, len(sizes), 2).tolist())
    first = [int(random.integers(0, sizes[end])) for end in ends]
    spans = [slice(int(a * (random.random() < 0.5)), None) for a in first]
    counts = [sizes[end] - span.start for end, span in zip(ends, spans, strict=True)]
    rule = drawn_rule(random, *counts)
    weights = [0.05, -0.02, aml.Uniform(-0.05, 0.05), aml.Normal(0.0, 0.03)]
    delays = [None, "1 ms", "3 ms", "20 ms", aml.Uniform(1e-3, 9e-3)]
    if isinstance(rule, aml.Explicit):
        weights.append(random.uniform(-0.05, 0.05, len(rule.sources)))
        delays.append(random.uniform(1e-3, 15e-3, len(rule.sources)))
    return Drawn(
        (ends[0], ends[1]),
        (spans[0], spans[1]),
        rule,
        str(random.choice(["exc", "inh"])),
        str(random.choice(list(GIVES))),
        str(random.choice(list(COMBINE))),
        weights[int(random.integers(len(weights)))],
        delays[int(random.integers(len(delays)))],
    )


def plain_loop(simulation: Any, couplings: list[Drawn], drives: list[Any]) -> list[Any]:
    """Rates of all populations, step by step, connection by connection."""
    r = [[drive] for drive in drives]
    q = [[drive**2] for drive in drives]
    rows = [simulation.coupling(f"c{k}") for k in range(len(couplings))]
    for step in range(1, STEPS + 1):
        given = [{"exc": np.zeros(len(d)), "inh": np.zeros(len(d))} for d in drives]
        for made, item in zip(rows, couplings, strict=True):
            source, target = item.ends
            back = np.maximum(step - np.rint(made.delays / DT).astype(int), 0)
            seen = [
                np.array([past[source][b][s] for b, s in zip(back, made.sources, strict=True)])
                for past in (r, q)
            ]
            own = [past[target][step - 1][made.targets] for past in (r, q)]
            weights = np.broadcast_to(made.weights, made.sources.shape).astype(float)
            gives = GIVES[item.psp](weights, *seen, *own)
            for cell in np.unique(made.targets):
                combined = COMBINE[item.operation](gives[made.targets == cell])
                given[target][item.into][cell] += combined
        for k, drive in enumerate(drives):
            now = r[k][-1]
            q[k].append(now**2)
            r[k].append(now + DT * (given[k]["exc"] - given[k]["inh"] + drive - now) / TAU)
    return [np.array(item) for item in r]


@pytest.mark.parametrize("seed", range(16))
def test_random_couplings(tmp_path: Path, toolchain: Any, seed: int) -> None:
    (tmp_path / "cells.xml").write_text(CELLS, encoding="utf-8")
    random = np.random.default_rng(seed)
    sizes = random.choice([1, 2, 5, 17, 33, 64, 130], int(random.integers(1, 4))).tolist()
    couplings = [drawn_coupling(random, sizes) for _ in range(int(random.integers(1, 6)))]
    drives = [random.uniform(0, 1, size) for size in sizes]
    net = aml.NetworkModel("net")
    net.include(str(tmp_path / "cells.xml"))
    cells = [net.population(f"p{k}", "rate", size) for k, size in enumerate(sizes)]
    for own, drive in zip(cells, drives, strict=True):
        own.set(drive=drive)
        net.record(own, "r")
    for k, item in enumerate(couplings):
        source, target = (cells[e][s] for e, s in zip(item.ends, item.spans, strict=True))
        values = {"weight": item.weight, "delay": item.delay, "operation": item.operation}
        net.coupling(f"c{k}", source, target, item.rule, item.into, psp=item.psp, **values)

    executions = [("compiled", n) for n in (1, 2, 3, 7)] + [("interpreter", 1)]
    found = []
    for executor, threads in executions:
        simulation = net.compile(
            dt="1 ms", duration="40 ms", seed=5, executor=executor, threads=threads
        )
        results = simulation.run()
        found.append([results.array(f"p{k}", "r")[1] for k in range(len(sizes))])
    wanted = plain_loop(simulation, couplings, drives)
    for k, values in enumerate(wanted):
        np.testing.assert_allclose(found[0][k], values, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(found[-1][k], values, rtol=1e-11, atol=1e-13)
        assert all(np.array_equal(one[k], found[0][k]) for one in found[1:4])
