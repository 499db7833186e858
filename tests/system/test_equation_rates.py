"""Rate-coded networks of equations: weighted sums, delays, plasticity (EQUATIONS.md §7, §8)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import annarchy_ml as aml

RAMP = aml.Neuron(equations="r = t")
INPUT = aml.Neuron(parameters="r = 0.0")
SUM = aml.Neuron(equations="r = sum(exc)")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    aml.clear()
    yield
    aml.clear()


@pytest.mark.parametrize("delay", [0.0, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("first", ["pre", "post"])
def test_delay_of_a_ramp(delay: float, first: str) -> None:
    net = aml.Network(dt=1.0)
    made = [net.create(3, RAMP if (first == "pre") == (k == 0) else SUM) for k in range(2)]
    pre, post = made if first == "pre" else made[::-1]
    net.connect(pre, post, "exc").one_to_one(weights=1.0, delays=delay)
    net.compile()
    net.simulate(50.0)
    assert post.r.tolist() == [49 - max(delay, 1)] * 3
    assert post.sum("exc").tolist() == [49 - max(delay, 1)] * 3


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("connect", ["dense", "sparse", "equal"])
def test_weighted_sums(threads: int, connect: str) -> None:
    rng = np.random.default_rng(3)
    net = aml.Network(seed=9)
    net.config(num_threads=threads)
    pre, post = net.create(150, INPUT), net.create(70, SUM)
    pre.r = rng.normal(size=150)
    projection = net.connect(pre, post, "exc")
    if connect == "dense":
        projection.all_to_all(weights=aml.Uniform(-1.0, 1.0))
    elif connect == "sparse":
        projection.fixed_probability(0.2, weights=aml.Normal(0.0, 1.0))
    else:
        projection.fixed_number_pre(7, weights=0.25)
    net.compile()
    net.step()
    assert np.allclose(post.r, projection.connectivity_matrix() @ pre.r, rtol=1e-12, atol=1e-13)
    assert np.count_nonzero(post.r) == 70


def test_threads_change_no_bit() -> None:
    found = []
    for threads in (1, 2, 3):
        net = aml.Network(seed=9)
        net.config(num_threads=threads)
        pop = net.create(300, aml.Neuron(equations="r = tanh(sum(exc)) + 0.1*Normal(0, 1)"))
        net.connect(pop, pop, "exc").fixed_probability(0.5, weights=aml.Normal(0.0, 0.2))
        net.compile()
        net.simulate(30.0)
        found.append(pop.r)
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_targets_are_apart_and_projections_of_one_target_add() -> None:
    neuron = aml.Neuron(equations="r = sum(exc) - 10*sum(inh) + 100*sum(none)\nall = sum()")
    net = aml.Network()
    pre, post = net.create(4, INPUT), net.create(2, neuron)
    pre.r = [1.0, 2.0, 3.0, 4.0]
    net.connect(pre[:2], post, "exc").all_to_all(weights=1.0)
    net.connect(pre[2], post[1], "exc").all_to_all(weights=5.0)
    net.connect(pre[3], post[0], "inh").all_to_all(weights=2.0)
    net.compile()
    net.step()
    assert post.r.tolist() == [3.0 - 80.0, 18.0]
    assert post.all.tolist() == [11.0, 18.0]


def test_relaxation_of_a_recurrent_pair() -> None:
    """Each sees the other one step late, in whatever order they were made."""
    neuron = aml.Neuron(parameters="tau = 5", equations="tau*dr/dt = sum(exc) + 1 - r")
    net = aml.Network(dt=0.5)
    one, two = net.create(1, neuron), net.create(1, neuron)
    net.connect(one, two, "exc").one_to_one(weights=0.5)
    net.connect(two, one, "exc").one_to_one(weights=-1.0)
    net.compile()
    a = b = 0.0
    for _ in range(40):
        net.step()
        a, b = a + 0.1 * (-b + 1 - a), b + 0.1 * (0.5 * a + 1 - b)
    assert one.r[0] == pytest.approx(a, rel=1e-13)
    assert two.r[0] == pytest.approx(b, rel=1e-13)


OJA = aml.Synapse(
    parameters=dict(tau=100.0, alpha=2.0),
    equations="tau*dw/dt = pre.r*post.r - alpha*post.r^2*w : min=0.0",
)


@pytest.mark.parametrize("threads", [1, 2])
def test_oja(threads: int) -> None:
    rng = np.random.default_rng(1)
    net = aml.Network(seed=2)
    net.config(num_threads=threads)
    pre, post = net.create(20, INPUT), net.create(5, SUM)
    projection = net.connect(pre, post, "exc", synapse=OJA)
    projection.all_to_all(weights=aml.Uniform(0.0, 0.3))
    w = projection.connectivity_matrix()
    net.compile()
    for _ in range(60):
        r = rng.random(20)
        pre.r = r
        net.step()
        out = w @ r
        w = np.maximum(w + (np.outer(out, r) - 2.0 * out[:, None] ** 2 * w) / 100.0, 0.0)
        assert np.allclose(post.r, out, rtol=1e-12)
    assert np.allclose(projection.connectivity_matrix(), w, rtol=1e-12)
    assert np.allclose(projection.w, w, rtol=1e-12)


def test_synapses_may_have_variables_and_constants() -> None:
    aml.Constant("speed", 0.01)
    synapse = aml.Synapse(
        parameters=dict(tau=10.0),
        equations="""
            tau*dtheta/dt = post.r^2 - theta : init=0.5, exponential
            dw/dt = speed * post.r*(post.r - theta)*pre.r : min=0.0, max=3.0
        """,
    )
    net = aml.Network()
    pre, post = net.create(2, INPUT), net.create(1, SUM)
    pre.r = [1.0, 2.0]
    projection = net.connect(pre, post, "exc", synapse=synapse).all_to_all(weights=0.5)
    net.compile()
    w, theta = np.array([0.5, 0.5]), 0.5
    for _ in range(5):
        net.step()
        out = w @ [1.0, 2.0]
        w = np.clip(w + 0.01 * out * (out - theta) * np.array([1.0, 2.0]), 0.0, 3.0)
        theta += (1 - np.exp(-0.1)) * (out**2 - theta)
    assert np.allclose(projection.w, [w], rtol=1e-12)
    assert np.allclose(projection.theta, [[theta, theta]], rtol=1e-12)


def test_weights_are_set_between_runs() -> None:
    net = aml.Network()
    pre, post = net.create(3, INPUT), net.create(2, SUM)
    pre.r = [1.0, 10.0, 100.0]
    projection = net.connect(pre, post, "exc").all_to_all(weights=1.0)
    net.compile()
    net.step()
    assert post.r.tolist() == [111.0, 111.0]
    projection.w = [[1.0, 2.0, 3.0], [0.0, 0.0, 4.0]]
    net.step()
    assert post.r.tolist() == [321.0, 400.0]


@pytest.mark.parametrize("operation", ["sum", "mean", "max", "min"])
@pytest.mark.parametrize("psp", ["w*pre.r", "w*exp(pre.r)", "pre.r - post.b*w", "w*k*pre.r + t"])
def test_psp_and_operations(operation: str, psp: str) -> None:
    rng = np.random.default_rng(5)
    net = aml.Network(seed=4)
    pre = net.create(30, INPUT)
    post = net.create(8, aml.Neuron(parameters="b = 0.0", equations="r = sum(exc)"))
    pre.r, post.b = rng.normal(size=30), rng.normal(size=8)
    synapse = aml.Synapse(parameters=dict(k=3.0), psp=psp, operation=operation)
    projection = net.connect(pre, post, "exc", synapse=synapse)
    projection.fixed_probability(0.3, weights=aml.Uniform(-1.0, 1.0))
    net.compile()
    net.simulate(3.0)
    w = projection.connectivity_matrix(fill=np.nan)
    r, b = pre.r[None, :], post.b[:, None]
    given = {
        "w*pre.r": w * r,
        "w*exp(pre.r)": w * np.exp(r),
        "pre.r - post.b*w": r - b * w,
        "w*k*pre.r + t": 3.0 * w * r + 2.0,
    }[psp]
    combine = {"sum": np.nansum, "mean": np.nanmean, "max": np.nanmax, "min": np.nanmin}
    assert post.r == pytest.approx(combine[operation](given, axis=1), rel=1e-12)


@pytest.mark.parametrize("psp", ["w*pre.r", "w*pre.r + 0*post.r"])
def test_delays_that_differ(psp: str) -> None:
    """Of a ramp r = t each source is seen as it was its own delay ago."""
    net = aml.Network(dt=0.5, seed=8)
    pre, post = net.create(6, RAMP), net.create(4, SUM)
    delays = np.random.default_rng(2).integers(1, 9, (4, 6)) * 0.5
    weights = np.random.default_rng(3).normal(size=(4, 6))
    projection = net.connect(pre, post, "exc", synapse=aml.Synapse(psp=psp))
    projection.from_matrix(weights, delays=delays)
    net.compile()
    net.simulate(20.0)
    assert post.r == pytest.approx((weights * (19.5 - delays)).sum(axis=1), rel=1e-12)
    assert np.array_equal(projection.delay, delays)


def test_synapses_of_one_neuron() -> None:
    synapse = aml.Synapse(
        parameters="tau = 10 : projection\ngain = 2\nshift = 1 : postsynaptic",
        equations="tau*dw/dt = gain*pre.r + shift - w",
    )
    net = aml.Network(seed=1)
    pre, post = net.create(4, INPUT), net.create((2, 2), SUM)
    projection = net.connect(pre, post[[1, 3]], "exc", synapse=synapse).all_to_all(weights=0.5)
    net.compile()
    assert (projection.tau, projection.shift) == (10.0, [1.0, 1.0])
    assert projection.gain == [[2.0] * 4] * 2
    dendrite = projection.dendrite((1, 1))
    assert (dendrite.post_rank, dendrite.pre_ranks, dendrite.size) == (3, [0, 1, 2, 3], 4)
    dendrite.w = 0.25
    dendrite[2].w = 0.75
    dendrite.gain = [0.0, 1.0, 2.0, 3.0]
    dendrite.shift = 5.0
    assert projection.w == [[0.5] * 4, [0.25, 0.25, 0.75, 0.25]]
    assert projection.shift == [1.0, 5.0]
    assert dendrite.receptive_field("gain").tolist() == [0.0, 1.0, 2.0, 3.0]
    with pytest.raises(aml.ANNarchyException, match="no synapses"):
        projection.dendrite(0)
    pre.r = 1.0
    net.step()
    assert dendrite.w == pytest.approx([0.25 + 4.75 / 10, 0.825, 0.75 + 6.25 / 10, 1.025])
    assert projection.dendrite(1).w == pytest.approx([0.75] * 4)


def test_learning_is_switched_off_and_on() -> None:
    net = aml.Network()
    pre, post = net.create(1, INPUT), net.create(1, SUM)
    pre.r = 1.0
    projection = net.connect(pre, post, "exc", synapse=aml.Hebb(eta=0.5)).all_to_all(weights=1.0)
    net.compile()
    net.disable_learning()
    net.simulate(3.0)
    assert projection.w == [[1.0]]
    net.enable_learning()
    net.simulate(2.0)
    assert projection.w == [[2.25]]
    net.reset()
    assert projection.w == [[2.25]]
    net.reset(synapses=True)
    assert projection.w == [[1.0]]


def test_synapses_listed_by_a_function() -> None:
    def neighbors(pre, post, dt, weight):  # type: ignore[no-untyped-def]
        found = aml.LILConnectivity(dt=dt)
        for rank in post.ranks:
            near = [item for item in (rank - 1, rank + 1) if item in pre.ranks]
            found.add(rank, near, [weight] * len(near), [2.0] * len(near))
        return found

    net = aml.Network()
    pre, post = net.create(4, INPUT), net.create(4, SUM)
    pre.r = [1.0, 10.0, 100.0, 1000.0]
    projection = net.connect(pre, post, "exc").from_function(method=neighbors, weight=0.5)
    net.compile()
    net.simulate(3.0)
    assert projection.pre_ranks == [[1], [0, 2], [1, 3], [2]]
    assert projection.delay == 2.0
    assert post.r.tolist() == [5.0, 50.5, 505.0, 50.0]


def test_monitors_pause_and_see_sums() -> None:
    net = aml.Network()
    pre, post = net.create(2, RAMP), net.create(2, SUM)
    net.connect(pre, post, "exc").one_to_one(weights=2.0)
    net.compile()
    seen = net.monitor(post, ["sum(exc)", "r"])
    net.simulate(3.0)
    seen.pause()
    net.simulate(4.0)
    seen.resume()
    net.simulate(2.0)
    assert seen.times() == {"start": [0, 7], "stop": [3, 9]}
    assert seen.get("sum(exc)", keep=True)[:, 0].tolist() == [0.0, 0.0, 2.0, 12.0, 14.0]
    assert seen.get("r")[:, 1].tolist() == [0.0, 0.0, 2.0, 12.0, 14.0]
    assert seen.get("r").shape == (0, 2)
    net.simulate(1.0)
    assert seen["r"].tolist() == [[16.0, 16.0]]
    with pytest.raises(aml.ANNarchyException, match="to record"):
        net.monitor(post, "sum(inh)")


def test_delay_is_set_before_compile() -> None:
    net = aml.Network(dt=0.5)
    pre, post = net.create(2, RAMP), net.create(2, SUM)
    projection = net.connect(pre, post, "exc").one_to_one(weights=1.0, delays=1.0)
    projection.delay = "2 ms"
    net.compile()
    net.simulate(10.0)
    assert projection.delay == 2.0
    assert post.r.tolist() == [7.5, 7.5]


@pytest.mark.parametrize("executor", ["compiled", "interpreter"])
@pytest.mark.parametrize("psp", ["w*pre.r", "w*pre.r + 0*post.r"])
def test_delays_are_set_while_it_runs(psp: str, executor: str) -> None:
    """Also longer than any before: what was not kept is what is known as the oldest."""
    net = aml.Network(dt=1.0)
    pre, post = net.create(3, RAMP), net.create(1, SUM)
    projection = net.connect(pre, post, "exc", synapse=aml.Synapse(psp=psp))
    projection.all_to_all(weights=1.0, delays=2.0)
    net.compile(executor=executor)
    net.simulate(20.0)
    assert post.r.tolist() == [3 * 17.0]
    projection.delay = [[1.0, 2.0, 5.0]]
    assert projection.delay == [[1.0, 2.0, 5.0]]
    net.step()
    assert post.r.tolist() == [19.0 + 18.0 + 18.0]  # 18 is the oldest that is kept
    net.simulate(9.0)
    assert post.r.tolist() == [28.0 + 27.0 + 24.0]
    projection.delay = 3.0
    net.step()
    assert (post.r.tolist(), projection.delay) == ([27.0 * 3], 3.0)
    net.reset(synapses=True)
    net.simulate(20.0)
    assert (post.r.tolist(), projection.delay) == ([3 * 17.0], 2.0)
