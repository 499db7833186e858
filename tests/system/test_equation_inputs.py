"""What scripts give is used, or refused by its name: arguments, flags, values, constants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

RATE = aml.Neuron(parameters="r = 1.0", name="Rate")
SUM = aml.Neuron(equations="r = sum(exc)", name="Sum")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    aml.clear()
    yield
    aml.clear()


def ends() -> tuple[aml.Network, aml.Population, aml.Population]:
    net = aml.Network(dt=1.0, seed=1)
    return net, net.create(3, RATE), net.create(2, SUM)


def turned() -> None:
    cells = aml.Network().create((3, 4), aml.Neuron(parameters="r = 0.0"))
    cells.r = np.ones((4, 3))


def test_constant_leaves_parameters_of_its_name_alone() -> None:
    net = aml.Network(dt=1.0, seed=1)
    constant = net.constant("tau", 3.0)
    own = net.create(1, aml.Neuron(parameters="tau = 10.0", equations="r = tau"))
    reads = net.create(1, aml.Neuron(equations="r = tau"))
    net.compile()
    constant.set(5.0)
    net.simulate(1.0)
    assert (own.r[0], reads.r[0]) == (10.0, 5.0)


def test_constant_leaves_parameters_of_synapses_alone() -> None:
    net, pre, post = ends()
    constant = net.constant("eta", 1.0)
    rule = "dw/dt = eta*pre.r"
    own = net.connect(pre, post, "exc", aml.Synapse(parameters="eta = 2.0", equations=rule))
    reads = net.connect(pre, post, "exc", aml.Synapse(equations=rule))
    for item in (own, reads):
        item.all_to_all(weights=0.0)
    net.compile()
    constant.set(5.0)
    net.simulate(1.0)
    assert (own.w[0][0], reads.w[0][0]) == (2.0, 5.0)


def test_constant_of_a_network_hides_the_one_of_all() -> None:
    net = aml.Network(dt=1.0, seed=1)
    net.constant("K", 2.0)
    everywhere = aml.Constant("K", 1.0)
    population = net.create(1, aml.Neuron(equations="r = K"))
    net.compile()
    everywhere.set(4.0)
    net.simulate(1.0)
    assert population.r[0] == 2.0


def test_refractory_time_may_be_a_constant() -> None:
    net = aml.Network(dt=0.1, seed=1)
    net.constant("wait", 3.0)
    neuron = aml.Neuron(
        parameters="tau = 10.0",
        equations="tau*dv/dt = 1.5 - v : exponential",
        spike="v > 1.0",
        reset="v = 0.0",
        refractory="wait",
    )
    monitor = net.monitor(net.create(1, neuron), "spike")
    net.compile()
    net.simulate(50.0)
    assert np.diff(monitor.get("spike")[0]).tolist() == [140, 140]


def test_start_values_read_parameters_of_each_neuron() -> None:
    net = aml.Network(dt=1.0, seed=1)
    parameters = {"a": aml.Parameter([1.0, 2.0, 3.0], locality="local")}
    population = net.create(3, aml.Neuron(parameters=parameters, equations="r = r : init=2*a"))
    assert population.r.tolist() == [2.0, 4.0, 6.0]


def test_shared_variable_draws_its_start_value_once() -> None:
    shared = aml.Variable("x = x", init=aml.Uniform(0.0, 1.0), locality="global")
    net = aml.Network(dt=1.0, seed=1)
    population = net.create(3, aml.Neuron(equations=[shared, "r = x"]))
    net.compile()
    first = population.x
    net.simulate(1.0)
    assert isinstance(first, float)
    assert population.r.tolist() == [first] * 3


@pytest.mark.parametrize(
    ("period", "offset", "expected"),
    [(1.5, None, [0.0, 1.5, 3.0, 4.5, 7.5, 9.0]), (2.0, 0.5, [0.5, 2.5, 4.5, 8.5])],
)
def test_period_goes_on_through_a_pause(
    period: float, offset: float | None, expected: list[float]
) -> None:
    net = aml.Network(dt=0.5, seed=1)
    population = net.create(1, aml.Neuron(equations="r = t"))
    monitor = net.monitor(population, "r", period=period, period_offset=offset)
    net.compile()
    net.simulate(5.0)
    monitor.pause()
    net.simulate(2.0)
    monitor.resume()
    net.simulate(3.0)
    assert monitor.get("r")[:, 0].tolist() == expected


def test_stopped_monitor_stays_so_through_a_reset() -> None:
    net = aml.Network(dt=1.0, seed=1)
    monitor = net.monitor(net.create(1, aml.Neuron(equations="r = t")), "r")
    net.compile()
    net.simulate(3.0)
    monitor.stop()
    net.reset()
    net.simulate(3.0)
    assert monitor.get("r").shape == (0, 1)
    monitor.resume()
    net.simulate(2.0)
    assert monitor.get("r")[:, 0].tolist() == [3.0, 4.0]


def test_traces_with_a_value_for_each_synapse_are_kept_apart() -> None:
    source = aml.Neuron(equations="v = 0.0", spike="v > 1")
    target = aml.Neuron(equations="v = g_exc", spike="v > 1e9")
    parameters = {"a": aml.Parameter(1.0, locality="local")}
    synapse = aml.Synapse(parameters=parameters, equations="dx/dt = a", pre_spike="g_target += w*x")
    net = aml.Network(dt=1.0, seed=1)
    projection = net.connect(net.create(3, source), net.create(2, target), "exc", synapse)
    projection.all_to_all(weights=1.0)
    projection.a = [[1, 2, 3], [4, 5, 6]]
    net.compile()
    net.simulate(2.0)
    assert projection.x == [[2, 4, 6], [8, 10, 12]]
    projection.a = 2.0
    net.simulate(1.0)
    assert projection.x == [[4, 6, 8], [10, 12, 14]]


def test_views_of_views_are_in_order() -> None:
    net, pre, _ = ends()
    assert pre[[2, 0, 1]][[2, 0, 0]].ranks.tolist() == [0, 2]
    assert net.populations == net.get_populations()


Call = Callable[[], Any]


def connected(**given: Any) -> Call:
    def call() -> None:
        net, pre, post = ends()
        net.connect(pre, post, "exc").all_to_all(**given)

    return call


def compiled(name: str, *given: Any, **named: Any) -> Call:
    def call() -> None:
        net = ends()[0]
        net.compile()
        getattr(net, name)(*given, **named)

    return call


def recorded(**given: Any) -> Call:
    def call() -> None:
        net, pre, _ = ends()
        net.monitor(pre, "r", **given)

    return call


def neuron(**given: Any) -> Call:
    return lambda: aml.Neuron(**{"equations": "r = 1.0", **given})


SPIKING = {"equations": "v = 1.0", "spike": "v > 2.0"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (connected(weight=0.5), "connectors have no argument 'weight'"),
        (connected(delay=2.0), "connectors have no argument 'delay'"),
        (connected(delays=-2.0), "delays are times in ms, not -2.0"),
        (lambda: ends()[0].compile(cleann=True), r"compile\(\) has no argument 'cleann'"),
        (compiled("simulate", 1.0, callback=True), r"simulate\(\) has no argument 'callback'"),
        (compiled("simulate", "abc"), "the duration is a time in ms, not 'abc'"),
        (compiled("simulate", float("nan")), "the duration is a time in ms"),
        (compiled("simulate", -1.0), "the duration is a time in ms, not -1.0"),
        (turned, r"'r' takes an array of shape \(3, 4\), not \(4, 3\)"),
        (compiled("reset", population=True), r"reset\(\) has no argument 'population'"),
        (compiled("config", seed=4), "seed: the network is compiled already"),
        (compiled("config", method="rk4"), "method: the network is compiled already"),
        (lambda: aml.Network().config(paradigm="mpi"), "there is no paradigm 'mpi': openmp, cuda"),
        (lambda: aml.Network().config(device="tpu"), "there is no device 'tpu': cpu, cuda, cuda:N"),
        (lambda: aml.Network().config(device=1), "there is no device 1: cpu"),
        (compiled("config", device="cuda"), "device: the network is compiled already"),
        (compiled("config", paradigm="cuda"), "paradigm: the network is compiled already"),
        (lambda: aml.Network().config(num_threads=0), "num_threads is at least 1"),
        (lambda: aml.Network(dt=0.0), "dt is longer than 0"),
        (lambda: aml.Network(dt="fast"), "dt is a time in ms, not 'fast'"),
        (recorded(period=-1.0), "the period is a time in ms, not -1.0"),
        (neuron(parameters="tau = 10.0 : min=0.0"), "a parameter takes no flag 'min'"),
        (neuron(parameters={"a": aml.Parameter(1.0, unit="kV")}), "'kV' is no unit"),
        (neuron(equations=[aml.Variable("r = 1.0", unit="V")]), "no unit of the native scale"),
        (neuron(**SPIKING, reset="v = 0.0 : init=3.0"), "a reset takes no flag 'init'"),
        (neuron(**SPIKING, refractory=-2.0), "'refractory' is a time in ms, not -2.0"),
        (
            lambda: aml.Synapse(pre_spike="g_target += w : init=1"),
            "'pre_spike' takes no flag 'init'",
        ),
        (
            lambda: aml.Synapse(pre_spike="g_target += w", post_spike="w += 1 : unless_post"),
            "'post_spike' takes no flag 'unless_post'",
        ),
    ],
)  # fmt: skip
def test_what_would_do_nothing_is_refused(call: Call, message: str) -> None:
    with pytest.raises((aml.ANNarchyException, TypeError), match=message):
        call()


def test_arrays_with_one_axis_to_speak_of_are_flat() -> None:
    cells = aml.Network().create((3, 4), aml.Neuron(parameters="r = 0.0"))
    cells.r = np.arange(12.0).reshape(1, 12)
    np.testing.assert_array_equal(cells.r, np.arange(12.0).reshape(3, 4))


@pytest.mark.parametrize("value", [[1, 2, 3], [[1, 2], [3, 4]], "much"])
def test_weights_that_do_not_fit_are_refused(value: Any) -> None:
    net, pre, post = ends()
    projection = net.connect(pre, post, "exc").all_to_all()
    with pytest.raises(aml.ANNarchyException, match="'w'"):
        projection.w = value


def test_parameter_of_a_whole_projection_takes_one_value() -> None:
    net, pre, post = ends()
    rule = aml.Synapse(parameters={"eta": 1.0}, equations="dw/dt = eta*pre.r")
    projection = net.connect(pre, post, "exc", rule).all_to_all()
    with pytest.raises(aml.ANNarchyException, match="'eta' of 'proj0' has one value"):
        projection.eta = [1.0, 2.0]


def test_target_that_nothing_reads_is_told() -> None:
    net, pre, post = ends()
    net.connect(pre, post, "ecx").all_to_all()
    with pytest.warns(UserWarning, match="no equation of 'pop1' reads the target 'ecx'"):
        net.compile()


def test_attributes_are_kept_by_their_type() -> None:
    whole = aml.Parameter(3.7, type=int, locality="local")
    parameters = {"k": whole, "b": aml.Parameter(2, type=bool)}
    net = aml.Network(dt=1.0, seed=1)
    population = net.create(2, aml.Neuron(parameters=parameters, equations="r = 10*b + k"))
    net.compile()
    net.simulate(1.0)
    assert population.r.tolist() == [13.0, 13.0]
    population.k = [2.9, -2.9]
    net.simulate(1.0)
    assert population.r.tolist() == [12.0, 8.0]
    population[1].k = 5.5
    net.simulate(1.0)
    assert population.r.tolist() == [12.0, 15.0]


def test_functions_of_a_neuron_call_those_of_all() -> None:
    aml.add_function("double(x) = 2*x")
    made = aml.Neuron(functions="more(x) = double(x) + 1", equations="r = more(3)")
    net = aml.Network(dt=1.0, seed=1)
    population = net.create(1, made)
    net.compile()
    net.simulate(1.0)
    assert population.r[0] == 7.0
    assert population.more(1.0) == 3.0


@pytest.mark.parametrize(
    ("target", "synapse", "message"),
    [
        (None, None, "a target is a name"),
        ([], None, "a target is a name"),
        ("two words", None, "a target is a name"),
        ("exc", 3, "a projection is made of a Synapse"),
        ("exc", "dw/dt = pre.zz", "reads 'pre.zz', but 'pop0' has no 'zz'"),
    ],
)
def test_projections_of_something_else_are_refused(target: Any, synapse: Any, message: str) -> None:
    net, pre, post = ends()
    rule = aml.Synapse(equations=synapse) if isinstance(synapse, str) else synapse
    with pytest.raises(aml.ANNarchyException, match=message):
        net.connect(pre, post, target, rule).all_to_all()
        net.compile()


def test_empty_views_are_refused() -> None:
    net, pre, post = ends()
    with pytest.raises(aml.ANNarchyException, match="an empty view of 'pop0'"):
        net.connect(pre[3:3], post, "exc")


def test_drawn_weights_of_plastic_synapses_are_double() -> None:
    cell = aml.Neuron(equations="v = g_exc", spike="v > 1e9")
    rule = aml.Synapse(pre_spike="g_target += w\nw = 0.9*w")
    net = aml.Network(dt=1.0, seed=1)
    projection = net.connect(net.create(4, cell), net.create(3, cell), "exc", rule)
    projection.all_to_all(weights=aml.Uniform(0.0, 1.0))
    before = projection.w
    net.compile()
    assert projection.w == before


@pytest.mark.parametrize("connect", ["fixed_number_pre", "fixed_number_post"])
def test_half_a_connection_is_refused(connect: str) -> None:
    net, source, target = ends()
    projection = net.connect(source, target, "exc")
    with pytest.raises(aml.ANNarchyException, match=r"must be whole, but is 1\.5"):
        getattr(projection, connect)(1.5)


@pytest.mark.parametrize("text", ["s = 2*k", "s = 1.0 : max=k", "s = s : init=k"])
def test_what_a_value_for_all_neurons_reads_is_the_same_for_all(text: str) -> None:
    """Before and after `compile`, for all neurons and for one; equal ones may be set."""
    flags = ", population" if ":" in text else " : population"
    kind = aml.Neuron(parameters="k = 1.0\nfree = 1.0", equations=f"{text}{flags}\nr = s + free")
    net = aml.Network()
    cells = net.create(3, kind)
    message = "'k' of 'pop0' is read by 's', one value for all neurons: it cannot differ"
    cells.k = [3.0, 3.0, 3.0]
    cells.free = [1.0, 2.0, 3.0]
    for _ in range(2):
        with pytest.raises(aml.ANNarchyException, match=message):
            cells.k = [1.0, 2.0, 3.0]
        with pytest.raises(aml.ANNarchyException, match=message):
            cells[1].k = 4.0
        net.compile()
        net.simulate(1.0)
        cells.k = 5.0
    given = aml.Neuron({"k": aml.Parameter([1.0, 2.0], locality="local")}, f"{text}{flags}\nr = s")
    net = aml.Network()
    net.create(2, given)
    with pytest.raises(aml.ANNarchyException, match="it cannot differ"):
        net.compile()
