"""What synapses know of their neurons over a delay, and what the synapses of a neuron share.

`t_pre` and `t_post` are compared with ANNarchy 5.0.4.1, which was run with the same network.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import annarchy_ml as ann

pytestmark = pytest.mark.filterwarnings("ignore:.*no equation of")
RUNS = [("compiled", 1), ("compiled", 3), ("interpreter", 1), ("emulated", 1)]
CLOCK = ann.Neuron(
    parameters="k = 3.0\nshift = 0.0", equations="c = modulo(t + shift, k)", spike="c == 0"
)
SEEN = ann.Synapse(
    equations="""
        e1 = t_pre
        e2 = t_post
        x = pre.c
        a = a
        b = b
        c = c
        d = d
        y = y
        z = z
    """,
    pre_spike="a = t_pre\nb = t_post\ny = pre.c + 10*t",
    post_spike="c = t_pre\nd = t_post\nz = pre.c + 10*t",
)
LONG_AGO = -10000.0
TIMES = {
    "e1": [0, 0, 0, 3, 3, 3, 6, 6, 6, 9, 9, 9],
    "e2": [LONG_AGO, LONG_AGO, LONG_AGO, 3, 3, 3, 3, 7, 7, 7, 7, 11],
    "c": [0, 0, 0, 3, 3, 3, 3, 6, 6, 6, 6, 9],
    "d": [0, 0, 0, 3, 3, 3, 3, 7, 7, 7, 7, 11],
}
"""ANNarchy's rows, whatever the delay: the source fires in 0, 3, ..., the target in 3, 7, 11."""
AT_ARRIVAL = {
    1: {
        "a": [0, 0, 0, 0, 3, 3, 3, 6, 6, 6, 9, 9],
        "b": [0, LONG_AGO, LONG_AGO, LONG_AGO, 3, 3, 3, 3, 3, 3, 7, 7],
    },
    3: {
        "a": [0, 0, 0, 0, 0, 0, 3, 3, 3, 6, 6, 6],
        "b": [0, 0, 0, LONG_AGO, LONG_AGO, LONG_AGO, 3, 3, 3, 7, 7, 7],
    },
}
"""ANNarchy's rows by delay."""


def network(run: tuple[str, int], dt: float = 1.0) -> tuple[Any, Any]:
    """A network, and what `compile` is told."""
    executor, threads = run
    net = ann.Network(dt=dt, seed=5)
    net.config(num_threads=threads)
    if executor == "emulated":
        net.config(device=executor)
    return net, {} if executor == "emulated" else {"executor": executor}


def rows(run: tuple[str, int], delays: Any, later: Any = None) -> dict[str, Any]:
    """What two synapses have seen in twelve steps, by variable, shape (12, 2)."""
    net, options = network(run)
    pre, post = net.create(2, CLOCK), net.create(1, CLOCK)
    post.k, post.shift = 4.0, 1.0
    projection = net.connect(pre, post, "exc", SEEN)
    projection.from_matrix(np.ones((1, 2)), delays=delays)
    monitor = net.monitor(projection, [*"abcdxyz", "e1", "e2"])
    net.compile(**options)
    if later is not None:
        projection.delay = later
    net.simulate(12.0)
    return {name: np.array(values)[:, 0] for name, values in monitor.get().items()}


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("delay", [1, 3])
def test_times_of_spikes_are_annarchys(run: tuple[str, int], delay: int) -> None:
    """A spike counts from the moment at which it is sent, no matter when it arrives."""
    found = rows(run, float(delay))
    for name, expected in {**TIMES, **AT_ARRIVAL[delay]}.items():
        assert found[name].T.tolist() == [expected] * 2, name


def seen_over(delay: int) -> dict[str, list[float]]:
    """What equations and statements of spikes see of a source that counts modulo 3."""
    x, y, z = [], [], []
    at_pre = at_post = 0.0
    for k in range(12):
        if k >= delay and (k - delay) % 3 == 0:
            at_pre = (k - delay) % 3 + 10.0 * k
        now = max(k + 1 - delay, 0) % 3
        if (k + 1) % 4 == 0:
            at_post = now + 10.0 * k
        x, y, z = [*x, now], [*y, at_pre], [*z, at_post]
    return {"x": x, "y": y, "z": z}


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("delays", [(1, 1), (3, 3), (2, 3), (5, 1)])
def test_values_of_the_source_are_those_of_a_delay_ago(
    run: tuple[str, int], delays: tuple[int, int]
) -> None:
    """Wherever they are read (EQUATIONS.md §8): in equations, and when spikes arrive or are sent.

    What arrives in step k left in step k - delay, and sees what was at its end.
    """
    given: Any = float(delays[0]) if delays[0] == delays[1] else np.array([delays], float)
    wanted = [seen_over(delay) for delay in delays]
    for found in (rows(run, given), rows(run, 4.0, later=np.array([delays], float))):
        for name in "xyz":
            assert found[name].T.tolist() == [item[name] for item in wanted], name


SHARED = ann.Synapse(
    parameters="shape = 2.0 : postsynaptic",
    equations="""
        n = Normal(0.0, 1.0) : postsynaptic
        g = Gamma(shape, 1.0) + Binomial(5, 0.5) : postsynaptic
        u = Uniform(0.0, 1.0) + DiscreteUniform(0, 3) : postsynaptic
        10*dq/dt = -q*(1 + Uniform(0.0, 1.0)) + 1 : postsynaptic, implicit
        first = first : postsynaptic, init=Uniform(0.0, 1.0)
        one = one : projection, init=Uniform(0.0, 1.0)
        l = Normal(0.0, 1.0)
        w = w + n + first + one
    """,
)
NAMES = ["n", "g", "u", "q", "l", "w"]


def drawn(run: tuple[str, int], spiking: bool) -> tuple[dict[str, Any], Any, Any]:
    """What was drawn in some steps; the network; the projection."""
    net, options = network(run)
    kind = CLOCK if spiking else ann.Neuron(parameters="r = 1.0")
    other = CLOCK if spiking else ann.Neuron(equations="r = sum(exc)")
    pre, post = net.create(3, kind), net.create(5, other)
    rule = SHARED
    if spiking:
        rule = ann.Synapse(
            parameters="shape = 2.0 : postsynaptic",
            equations="\n".join(str(item.section.text) for item in SHARED.equations[:1]),
            pre_spike="g_target += w",
        )
    projection = net.connect(pre, post[1:], "exc", rule).all_to_all(weights=0.0)
    monitor = net.monitor(projection, NAMES)
    net.compile(**options)
    net.simulate(6.0)
    return {name: np.array(values) for name, values in monitor.get().items()}, net, projection


@pytest.mark.parametrize("spiking", [False, True])
def test_synapses_of_a_neuron_share_the_laws_of_semiglobal_variables(spiking: bool) -> None:
    """One draw for each post neuron and step, the same for all of its synapses and however run."""
    reference, net, projection = drawn(RUNS[0], spiking)
    for name in "ngu":
        assert reference[name].shape == (6, 4)
        assert len(np.unique(reference[name])) == 24
    assert len(np.unique(reference["l"])) == 6 * 4 * 3
    weights = reference["w"]
    assert np.all(weights == weights[:, :, :1])
    start = np.array(projection.first) + projection.one
    grown = np.cumsum(reference["n"] + start, axis=0)
    assert weights[:, :, 0] == pytest.approx(grown, rel=1e-12)
    assert len(set(projection.first)) == 4
    net.reset(projections=True)
    assert len(set(projection.first)) == 4
    for run in RUNS[1:]:
        found, _, again = drawn(run, spiking)
        assert [*again.first, again.one] == pytest.approx([*start - again.one, again.one])
        for name, values in found.items():
            assert values == pytest.approx(reference[name], rel=1e-12, abs=1e-14), (name, run)


def test_semiglobal_laws_have_their_moments() -> None:
    """Of 200 neurons and 200 steps: mean and variance within four standard errors."""
    net = ann.Network(seed=7)
    pre = net.create(2, ann.Neuron(parameters="r = 1.0"))
    post = net.create(200, ann.Neuron(equations="r = sum(exc)"))
    rule = ann.Synapse(
        equations="n = Normal(1.0, 2.0) : postsynaptic\ng = Gamma(3.0, 0.5) : postsynaptic"
    )
    projection = net.connect(pre, post, "exc", rule).all_to_all(weights=1.0)
    monitor = net.monitor(projection, ["n", "g"])
    net.compile()
    net.simulate(200.0)
    found = monitor.get()
    for name, mean, variance in (("n", 1.0, 4.0), ("g", 1.5, 0.75)):
        values = np.array(found[name])
        assert values.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / values.size))
        assert values.var() == pytest.approx(variance, rel=0.04)
        assert abs(np.corrcoef(values[:-1].ravel(), values[1:].ravel())[0, 1]) < 0.02
        assert abs(np.corrcoef(values[:, :-1].ravel(), values[:, 1:].ravel())[0, 1]) < 0.02
