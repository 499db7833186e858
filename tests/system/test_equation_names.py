"""Names that scripts of ANNarchy use beside the main ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annarchy_ml as aml

INPUT = aml.Neuron(parameters="r = 0.0")
SUM = aml.Neuron(equations="r = sum(exc)")


@pytest.fixture(autouse=True)
def no_options() -> Iterator[None]:
    """Neither a default network nor options of a command line stay."""
    yield
    aml.parse_args([])
    aml.clear()


def test_the_default_network_by_its_names(tmp_path: Path) -> None:
    aml.set_seed(7)
    pop = aml.Population(3, INPUT)
    pop.r = aml.Uniform(0.0, 1.0)
    net = aml.default_network()
    assert (aml.magic_network(), net.seed) == (net, 7)
    aml.compile()
    first = pop.r
    aml.save(tmp_path / "state.npz")
    pop.r = 5.0
    aml.magic_network().load(tmp_path / "state.npz")
    assert np.array_equal(pop.r, first)
    other = aml.Network()
    aml.set_default_network(other)
    assert aml.default_network() is other


def test_callbacks_of_a_network() -> None:
    net, seen = aml.Network(), []
    net.create(1, INPUT)
    net.compile()

    @aml.every(network=net, period=2.0)
    def note(n: int) -> None:
        seen.append(n)

    net.simulate(4.0)
    net.disable_callbacks()
    assert not aml.callbacks_enabled(net)
    net.simulate(4.0)
    net.enable_callbacks()
    assert aml.callbacks_enabled(net)
    net.clear_all_callbacks()
    net.simulate(4.0)
    assert seen == [0, 1]


def test_parts_of_a_network() -> None:
    net = aml.Network()
    own = net.constant("k", 2.0)
    everywhere = aml.Constant("m", 3.0)
    assert (net.get_constant("k"), net.get_constant("m")) == (own, everywhere)
    with pytest.raises(aml.ANNarchyException, match="there is no constant 'n'"):
        net.get_constant("n")
    pop = net.create(3, INPUT)
    monitor = net.monitor(pop, "r")
    assert net.get_monitors() == [monitor]
    assert [item.rank for item in pop.neurons] == [0, 1, 2]
    made = aml.CurrentInjection(pop, net.create(3, aml.Izhikevich), "exc")
    assert net.connect(projection=made) is made


def test_a_run_until_tells_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    net = aml.Network(dt=0.5)
    pop = net.create(1, aml.Neuron(equations="r += 1.0"), stop_condition="r > 3.5")
    net.compile()
    assert net.simulate_until(100.0, pop, measure_time=True) == 2.0
    assert "Simulating 0.002 seconds of the network took" in capsys.readouterr().out


def test_added_functions_of_arrays() -> None:
    aml.add_function("grown(x, k) = 1.0/(1.0 + exp(-k*x))")
    grown = aml.functions("grown")
    assert grown(0.0, 3.0) == 0.5
    assert grown([[0.0, 1.0]], 2.0) == pytest.approx(1.0 / (1.0 + np.exp([[0.0, -2.0]])))
    with pytest.raises(aml.ANNarchyException, match="there is no function 'grwn'"):
        aml.functions("grwn")


def test_sparse_matrices() -> None:
    net = aml.Network(seed=3)
    pre, post = net.create(200, INPUT), net.create(150, SUM)
    weights = aml.sparse_random_matrix(pre, post, 0.1, aml.Uniform(1.0, 2.0))
    assert weights.shape == (200, 150)
    assert weights.nnz == pytest.approx(3000, abs=5 * np.sqrt(3000 * 0.9))
    assert 1.0 <= weights.tocoo().data.min() < weights.tocoo().data.max() < 2.0
    delays = aml.sparse_delays_from_weights(weights, aml.DiscreteUniform(2, 5))
    assert (delays != 0).nnz == weights.nnz
    projection = net.connect(pre, post, "exc").from_sparse(weights, delays=delays)
    assert projection.nb_synapses == weights.nnz
    pairs = projection.pairs()
    listed = np.asarray(delays.tocsr()[pairs[0], pairs[1]]).ravel()
    assert np.array_equal(np.asarray(pairs[3]), listed)
    delays[tuple(index[0] for index in weights.nonzero())] = 0.0
    with pytest.raises(aml.ANNarchyException, match=r"the synapse from 0 to [0-9]+ has no delay"):
        net.connect(pre, post, "exc").from_sparse(weights, delays=delays)
    with pytest.raises(aml.ANNarchyException, match="a probability lies between 0 and 1, not 2"):
        aml.sparse_random_matrix(pre, post, 2, 1.0)


def test_single_synapses_and_connections_of_a_file(tmp_path: Path) -> None:
    net = aml.Network()
    pre, post = net.create(3, INPUT), net.create(2, SUM)
    first = net.connect(pre, post, "exc")
    first.from_matrix([[1.0, None, 2.0], [None, 3.0, None]])
    assert first.synapse(2, 0).w == 2.0
    first.save_connectivity(tmp_path / "made.npz")
    again = net.connect(pre, post, "exc")
    again.connect_from_file(tmp_path / "made.npz")
    assert again.w == first.w


@pytest.mark.parametrize("ending", ["npz", "gz", "pickle"])
def test_monitors_write_files(tmp_path: Path, ending: str) -> None:
    from annarchy_ml.importers.equations.files.formats import read

    net = aml.Network()
    neuron = aml.Neuron(equations="v += 1.0", spike="v > 2.5", reset="v = 0.0")
    monitor = net.monitor(net.create((2, 2), neuron), ["v", "spike"])
    net.compile()
    net.simulate(7.0)
    monitor.save(tmp_path / f"found.{ending}", keep=True)
    found = read(tmp_path / f"found.{ending}")
    assert np.array_equal(found["v"], monitor.get("v", keep=True))
    assert {int(rank): list(steps) for rank, steps in found["spike"].items()} == monitor.get(
        "spike"
    )


def test_options_of_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "network.md"
    given = ["-j", "3", "--prec", "float", "--report", str(report), "-v", "input.txt"]
    assert aml.parse_args(given) == ["input.txt"]
    net = aml.Network()
    assert (net.num_threads, net.precision, net.device) == (3, "single", "cpu")
    net.create(2, aml.Izhikevich)
    net.compile()
    assert "Izhikevich" in report.read_text(encoding="utf-8")
    aml.parse_args(["--gpu", "1"])
    assert (aml.Network().device, aml.Network().num_threads) == ("cuda:1", None)
    aml.parse_args(["--gpu"])
    assert aml.Network().device == "cuda"


def test_the_environment_asks_for_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from annarchy_ml.importers.equations import command_line

    monkeypatch.setattr(command_line, "_done", [])
    monkeypatch.setattr("sys.argv", ["script.py", "-j", "2"])
    assert aml.Network().num_threads is None
    monkeypatch.setenv(command_line.VARIABLE, "1")
    made: Any = aml.Network()
    assert made.num_threads == 2


def test_keywords_of_annarchy() -> None:
    assert aml.Exponential(Lambda=4.0).mean == aml.Exponential(4.0).mean == 0.25
    assert repr(aml.Gamma(alpha=2.0, beta=3.0)) == repr(aml.Gamma(2.0, 3.0))
    assert repr(aml.Gamma(alpha=2.0)) == repr(aml.Gamma(2.0, 1.0))
    for wrong in ({}, {"rate": 1.0, "Lambda": 1.0}):
        with pytest.raises(TypeError, match="takes one 'rate'"):
            aml.Exponential(**wrong)
    with pytest.raises(TypeError, match="no argument 'gamma'"):
        aml.Gamma(2.0, gamma=1.0)
    pop = aml.Population((2, 5), INPUT)
    assert pop.rank_from_coordinates(coord=(1, 2)) == 7
    assert pop.normalized_coordinates_from_rank(7, norm=2.0) == (2.0, 1.0)
    proj = aml.Projection(pop, aml.Population(2, SUM), "exc").all_to_all()
    proj.set(value={"w": 0.5})
    assert set(np.ravel(proj.w)) == {0.5}
    aml.Creating(equation="pre.r > 0.1")
    aml.Pruning(equation="w < 0.1", proba=0.5)


def test_one_recorded_variable_as_a_dictionary() -> None:
    pop = aml.Population(3, INPUT)
    watching = aml.Monitor(pop, "r")
    aml.compile()
    aml.simulate(4.0)
    found = watching.get("r", keep=True, force_dict=True)
    assert list(found) == ["r"]
    assert np.array_equal(found["r"], watching.get("r"))


def test_functions_may_outlive_clear() -> None:
    aml.add_function("twice(x) = 2*x")
    aml.clear(functions=False, neurons=False, synapses=False)
    aml.Neuron(equations="r = twice(t)")
    aml.clear()
    with pytest.raises(aml.EquationError, match="twice"):
        aml.Neuron(equations="r = twice(t)")


def test_unknown_settings_are_warned_of() -> None:
    net = aml.Network()
    with pytest.warns(UserWarning, match=r"no setting 'num_treads' \(did you mean 'num_threads'"):
        net.config(num_treads=2, method="exponential")
    assert (net.num_threads, net.method) == (None, "exponential")
    with pytest.warns(UserWarning, match="there is no setting 'colour'"):
        aml.setup(colour=1)


def test_names_at_both_ends_are_told_at_connect() -> None:
    net = aml.Network()
    rates, spiking = net.create(2, SUM), net.create(2, aml.Izhikevich, name="cells")
    for pre, synapse, message in (
        (rates, aml.Synapse(psp="w*pre.rr"), "reads 'pre.rr', but 'pop0' has no 'rr'"),
        (rates, aml.Synapse(equations="dw/dt = mean(post.x)"), "but 'pop0' has no 'x'"),
        (spiking, aml.Synapse(pre_spike="g_target += w*post.vv"), "'cells' has no 'vv'"),
        (spiking, aml.Synapse(pre_spike="w += pre.i_ofset"), r"did you mean 'i_offset'\?"),
    ):
        with pytest.raises(aml.ANNarchyException, match=message):
            net.connect(pre, pre, "exc", synapse)
    assert net.get_projections() == []
    late = aml.Synapse(pre_spike="g_target += w*post.g_late")
    net.connect(spiking, spiking, "exc", late).one_to_one()
    with pytest.raises(aml.ANNarchyException, match="'cells' has no 'g_late'"):
        net.compile()
    net.connect(spiking, spiking, "late").one_to_one()
    net.compile()
    net.simulate(2.0)


def test_rows_without_times_are_told() -> None:
    net = aml.Network()
    pop = net.create(aml.TimedArray(rates=[[1.0], [2.0], [3.0]], schedule=[0.0, 2.0]))
    seen = net.monitor(pop, "r")
    with pytest.warns(UserWarning, match="has 2 times for 3 rows: the last ones never come"):
        net.compile()
    net.simulate(4.0)
    assert seen.get("r")[:, 0].tolist() == [1.0, 1.0, 2.0, 2.0]


def test_wrong_names_are_told_with_near_ones() -> None:
    net = aml.Network()
    pop = net.create(3, SUM, name="cells")
    proj = net.connect(pop, pop, "exc", name="loop").all_to_all()
    for what, message in (
        (
            lambda: net.get_population("cell"),
            "there is no population 'cell' (did you mean 'cells'?)",
        ),
        (lambda: net.get_projection("lop"), "there is no projection 'lop' (did you mean 'loop'?)"),
        (lambda: net.simulte(1.0), "a network has no 'simulte' (did you mean 'simulate'?)"),
        (
            lambda: proj.connect_all_to_al(),
            "the synapses of 'loop' have no attribute 'connect_all_to_al' "
            "(did you mean 'connect_all_to_all'?)",
        ),
        (lambda: pop[7], "7 chooses none of 3 neurons, which count from 0"),
        (lambda: net.create("5", SUM), "a geometry is made of whole numbers from 1 on, not '5'"),
        (
            lambda: aml.Network().compile(),
            "the network has no population: create one before compile()",
        ),
    ):
        with pytest.raises((aml.ANNarchyException, AttributeError, IndexError)) as told:
            what()
        assert str(told.value) == message


def test_one_spike_time_is_a_list_of_one() -> None:
    for given in (3.0, "3 ms", [3.0], [[3.0]]):
        assert aml.SpikeSourceArray(given).spike_times == [[3.0]]
