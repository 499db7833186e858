"""Connectors by distance and from files, and how projections show themselves (EQUATIONS.md §15)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.io import mmwrite

import annarchy_ml as aml

INPUT = aml.Neuron(parameters="r = 0.0")


def positions(shape: tuple[int, ...]) -> Any:
    axes = [np.linspace(0.0, 1.0, n) if n > 1 else np.zeros(1) for n in shape]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(shape))


def distances(pre: tuple[int, ...], post: tuple[int, ...]) -> Any:
    return np.linalg.norm(positions(post)[:, None] - positions(pre)[None], axis=2)


@pytest.mark.parametrize("shapes", [((7,), (5,)), ((6, 4), (3, 3)), ((3, 1, 2), (2, 2, 2))])
def test_weights_by_distance(shapes: Any) -> None:
    net = aml.Network()
    pre, post = (net.create(shape, INPUT) for shape in shapes)
    d = distances(*shapes)
    one = net.connect(pre, post, "exc").gaussian(amp=2.0, sigma=0.3, limit=0.1)
    wanted = 2.0 * np.exp(-(d**2) / (2 * 0.3**2))
    assert np.allclose(one.connectivity_matrix(), np.where(wanted > 0.2, wanted, 0.0), rtol=1e-14)
    two = net.connect(pre, post, "inh").connect_dog(1.0, 0.2, 0.5, 0.6, delays=2.0)
    wanted = np.exp(-(d**2) / (2 * 0.2**2)) - 0.5 * np.exp(-(d**2) / (2 * 0.6**2))
    kept = np.abs(wanted) > 0.01 * 0.5
    assert np.allclose(two.connectivity_matrix(), np.where(kept, wanted, 0.0), rtol=1e-14)
    assert two.delay == 2.0


def test_a_neuron_and_itself() -> None:
    net = aml.Network()
    pop = net.create((4, 4), INPUT)
    apart = net.connect(pop, pop, "exc").gaussian(1.0, 5.0)
    joined = net.connect(pop[:2, :], pop, "exc").gaussian(1.0, 5.0, allow_self_connections=True)
    assert (apart.nb_synapses, joined.nb_synapses) == (240, 128)
    assert np.all(np.diag(apart.connectivity_matrix()) == 0.0)
    assert joined.connectivity_matrix()[3, 3] == 1.0


def test_files_of_matrix_market(tmp_path: Path) -> None:
    matrix = sparse.random(5, 7, 0.4, random_state=2).toarray()
    mmwrite(tmp_path / "weights.mtx", sparse.coo_matrix(matrix))
    net = aml.Network()
    pre, post = net.create(7, INPUT), net.create(5, INPUT)
    made = net.connect(pre, post, "exc").from_matrix_market(tmp_path / "weights.mtx")
    assert np.allclose(made.connectivity_matrix(), matrix)


def test_receptive_fields() -> None:
    net = aml.Network()
    pre, post = net.create((2, 3), INPUT), net.create((2, 2), INPUT)
    weights = np.arange(24.0).reshape(4, 6)
    made = net.connect(pre, post, "exc").from_matrix(weights)
    fields = made.receptive_fields()
    assert fields.shape == (4, 6)
    for rank in range(4):
        i, j = divmod(rank, 2)
        own = fields[2 * i : 2 * i + 2, 3 * j : 3 * j + 3]
        assert np.array_equal(own, weights[rank].reshape(2, 3))
        assert np.array_equal(made.dendrite(rank).receptive_field(), own)


@pytest.mark.parametrize(
    ("connect", "message"),
    [
        (lambda p: p.all_to_all(weights=[0.1] * 6), "weights are a number or a law here; from_mat"),
        (lambda p: p.all_to_all(delays=[1.0, 2.0]), "delays are a number or a law here; from_mat"),
        (lambda p: p.fixed_probability(0.5, weights=np.ones(6)), "weights are a number or a law"),
        (lambda p: p.all_to_all(delays=float("nan")), "delays are times in ms, not nan"),
        (
            lambda p: p.from_matrix(np.ones((2, 3)), delays=[1.0] * 5),
            r"shape \(5,\), but there are 6",
        ),
        (lambda p: p.from_matrix(np.ones((2, 3)), delays=[1.0, "a"] * 3), "are no list of numbers"),
    ],
)
def test_values_that_a_connector_cannot_give(connect: Any, message: str) -> None:
    """They are refused at once, in words of the language."""
    net = aml.Network()
    projection = net.connect(net.create(3, INPUT), net.create(2, INPUT), "exc")
    with pytest.raises(aml.ANNarchyException, match=message):
        connect(projection)


@pytest.mark.parametrize("look", ["w", "nb_synapses", "pre_ranks"])
@pytest.mark.parametrize(
    ("connect", "message"),
    [
        (lambda p: p.fixed_number_pre(2), "'few': a target cannot have that many sources"),
        (lambda p: p.fixed_number_post(2), "'few': a source cannot have that many targets"),
    ],
)
def test_too_few_neurons_are_told_by_name_before_compile(
    connect: Any, message: str, look: str
) -> None:
    """A neuron of two has one other; whoever looks at its synapses first learns that."""
    net = aml.Network()
    cells = net.create(2, INPUT)
    projection = net.connect(cells, cells, "exc", name="few")
    connect(projection)
    with pytest.raises(aml.ANNarchyException, match=message):
        getattr(projection, look)


def test_delays_listed_one_by_one() -> None:
    net = aml.Network(dt=1.0)
    projection = net.connect(net.create(3, INPUT), net.create(2, INPUT), "exc")
    projection.from_matrix([[1.0, None, 2.0], [3.0, 4.0, None]], delays=[1.0, 2.0, 3.0, 4.0])
    assert projection.delay == [[1.0, 2.0], [3.0, 4.0]]
