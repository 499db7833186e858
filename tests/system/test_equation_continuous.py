"""Spiking synapses that see both neurons, or transmit in every step (EQUATIONS.md §8, §11)."""

from __future__ import annotations

import numpy as np
import pytest

import annarchy_ml as aml

RUNS = [("compiled", 1), ("compiled", 3), ("interpreter", 1)]


@pytest.mark.parametrize(("executor", "threads"), RUNS)
@pytest.mark.parametrize("first", ["pre", "post"])
def test_order_of_a_step(executor: str, threads: int, first: str) -> None:
    """Arrived spikes, then equations with the values of this step, then spikes of the target."""
    net = aml.Network()
    net.config(num_threads=threads)
    made = {}
    for end in (first, "post" if first == "pre" else "pre"):
        every = 3 if end == "pre" else 5
        neuron = aml.Neuron(equations="mp = t", spike=f"modulo(t, {every}) == 0")
        made[end] = net.create(2, neuron)
    synapse = aml.Synapse(
        pre_spike="a = pre.mp : init=7.0\ng_target += w",
        post_spike="b = post.mp",
        equations="a = a - 1 : min=0.0\nb = b - 1 : min=0.0\nw = a + b + 0.5*post.mp",
    )
    projection = net.connect(made["pre"], made["post"], "exc", synapse).all_to_all(weights=0.0)
    seen = net.monitor(made["post"], "g_exc")
    monitor = net.monitor(projection, ["a", "b", "w"])
    net.compile(executor=executor)
    net.simulate(16.0)
    a, b, w = 7.0, 0.0, 0.0
    rows: dict[str, list[float]] = {"a": [], "b": [], "w": [], "g": []}
    for k in range(16):
        arrives = k >= 1 and (k - 1) % 3 == 0
        if arrives:
            a = k - 1.0
        rows["g"].append(2 * w if arrives else 0.0)
        a, b = max(a - 1, 0.0), max(b - 1, 0.0)
        w = a + b + 0.5 * k
        if k % 5 == 0:
            b = float(k)
        for name, value in (("a", a), ("b", b), ("w", w)):
            rows[name].append(value)
    found = monitor.get()
    for name in ("a", "b", "w"):
        assert found[name] == [[[value] * 2] * 2 for value in rows[name]]
    assert seen.get("g_exc").tolist() == [[value] * 2 for value in rows["g"]]


@pytest.mark.parametrize(("executor", "threads"), RUNS)
@pytest.mark.parametrize("delay", [1.0, 3.0])
def test_gap_junctions(executor: str, threads: int, delay: float) -> None:
    """Values of `pre` are those of a delay ago, values of `post` those of the step before."""
    net = aml.Network(seed=1)
    net.config(num_threads=threads)
    neuron = aml.Neuron(parameters="a = 0.0", equations="v = a*t^2\nseen = g_exc", spike="v > 1e9")
    pop = net.create(3, neuron)
    pop.a = [1.0, 2.0, 4.0]
    gap = aml.Synapse(psp="w*(post.v - pre.v)")
    net.connect(pop, pop, "exc", gap).all_to_all(weights=0.5, delays=delay)
    net.connect(pop, pop, "exc").one_to_one(weights=100.0)
    net.compile(executor=executor)
    net.simulate(10.0)
    late, now = pop.a * (9 - delay) ** 2, pop.a * 8.0**2
    wanted = [0.5 * sum(now[i] - late[j] for j in range(3) if i != j) for i in range(3)]
    assert pop.seen == pytest.approx(wanted)


def test_calcium_rule() -> None:
    """Clopath-like: depression at spikes by a trace of the target, growth in every step."""
    net = aml.Network(dt=0.5)
    source = net.create(4, aml.Neuron(parameters="n = 3", equations="c = modulo(t/dt, n)",
                                      spike="c == 0"))  # fmt: skip
    source.n = [3.0, 4.0, 5.0, 7.0]
    target = net.create(1, aml.Neuron(equations="v = 0.9*v + g_exc\nu = v^2", spike="v > 1e9"))
    rule = aml.Synapse(
        parameters="tau = 5.0 : projection\nup = 0.01 : projection",
        equations="tau*dx/dt = -x\ndw/dt = up*x*post.u : min=0.0, max=2.0",
        pre_spike="g_target += w\nw = clip(w - 0.001*post.v, 0.0, 2.0)\nx += 1",
    )
    projection = net.connect(source, target, "exc", rule).all_to_all(weights=0.1)
    net.compile()
    net.simulate(60.0)
    w, x, v = np.full(4, 0.1), np.zeros(4), 0.0
    spiked = np.zeros(4, bool)
    for k in range(120):
        g = float(w[spiked].sum())
        w = np.where(spiked, np.clip(w - 0.001 * v, 0.0, 2.0), w)
        x = x + spiked
        v = 0.9 * v + g
        w, x = np.clip(w + 0.5 * 0.01 * x * v**2, 0.0, 2.0), x - 0.5 * x / 5.0
        spiked = np.array([k % n == 0 for n in (3, 4, 5, 7)])
    assert projection.w[0] == pytest.approx(w.tolist(), rel=1e-12)
    assert projection.x[0] == pytest.approx(x.tolist(), rel=1e-12)


def test_switches_and_faults() -> None:
    net = aml.Network()
    pop = net.create(2, aml.Neuron(equations="v = t", spike="modulo(t, 2) == 0"))
    synapse = aml.Synapse(equations="n = n + 1 + 0*post.v\nm = m", pre_spike="m = m + 1")
    projection = net.connect(pop, pop, "exc", synapse).one_to_one(weights=1.0)
    net.compile()
    net.simulate(4.0)
    assert (projection.n[0], projection.m[0]) == ([4.0], [2.0])
    projection.update = False
    net.simulate(2.0)
    assert (projection.n[0], projection.m[0]) == ([4.0], [3.0])
    projection.update = True
    projection.transmission = False
    net.simulate(2.0)
    assert (projection.n[0], projection.m[0]) == ([4.0], [3.0])
    with pytest.raises(aml.EquationError, match="two start values"):
        aml.Synapse(pre_spike="x = 1 : init=2", equations="x = x : init=1")
