"""Kinetic schemes in vectors: as exact as one by one, whatever stands beside an instance."""

from itertools import pairwise, product

import numpy as np
import pytest

from annarchy_ml.expr import parse
from annarchy_ml.kernels.interpret import bind
from annarchy_ml.kernels.nodes import (
    Draw,
    Field,
    Flow,
    GroupKernel,
    Kernel,
    KernelKind,
    KernelModule,
    Let,
    Placement,
    Propagate,
    Role,
    Store,
)
from annarchy_ml.kernels.schemes import propagate

SIZE, DT = 83, 1e-3
STEP = (DT, 0.0, DT, 1)
STATES = ("a", "b", "c", "d")
FLOWS = ((0, 1), (1, 2), (3, 2), (0, 3), (1, 2))
PEERS = [0.0, 1e-6, 3.0, 100.0, 900.0, 5e3, 2e4, 1e7, 1e12]
"""Rates [1/s]: none, slow ones, those of several substeps, stiff ones."""


def scheme_module(precision="double", name="aa"):
    """Four states, a ring with two edges between b and c, and two further schemes."""
    rates = [
        (parse("up"), parse("3")),
        (parse("2 * up"), parse("up / 3")),
        (parse("g"), parse("up")),
    ]
    rates += [(parse("0.1 * g"), parse("7")), (parse("0"), parse("peer"))]
    flows = tuple(Flow(*ends, *both) for ends, both in zip(FLOWS, rates, strict=True))
    second = (Flow(0, 1, parse("a * g"), parse("1 + noise")),)
    body = (
        Let("up", parse("g * (1 + b)")),
        Propagate(STATES, flows, "first"),
        Draw("noise", 0),
        Store("seen", parse("a + 2 * g + noise")),
        Propagate(("o", "p"), second, "second"),
        Propagate(("alone",), (), "third"),
        Store("later", parse("o + p + alone")),
    )
    each = (*STATES, "o", "p", "alone", "seen", "later")
    fields = (
        *(Field(item, Placement.PER_INSTANCE, Role.STATE) for item in each),
        Field("g", Placement.PER_INSTANCE, Role.PARAMETER),
        Field("peer", Placement.SHARED, Role.PARAMETER),
    )
    kernel = Kernel("update", KernelKind.UPDATE, body)
    return KernelModule((GroupKernel(name, fields, (), (), (), (), (kernel,)),), precision)


def values_of(size):
    random = np.random.default_rng(4)
    occupancies = random.dirichlet(np.ones(4), size).T
    given = dict(zip(STATES, occupancies, strict=True))
    rates = np.resize(PEERS, size) * random.uniform(0.5, 1.0, size)
    return given | {"o": 0.25, "p": 0.75, "alone": 1.0, "g": rates, "peer": 20.0}


def rates_of(values):
    g = values["g"]
    up, one = g * (1 + values["b"]), np.ones_like(g)
    return [up, 2 * up, g, 0.1 * g, 0 * g], [3 * one, up / 3, up, 7 * one, 20 * one]


@pytest.mark.parametrize("precision", ["double", "single"])
def test_every_instance_is_as_exact_as_alone(precision, native_kernels, make_storage):
    module, single = scheme_module(precision), precision == "single"
    storage = make_storage(module.groups[0], SIZE, values_of(SIZE), single=single)
    values = {name: found[:SIZE].astype(float) for name, found in storage.fields.items()}
    native_kernels(module).update(storage, STEP, 0, SIZE)
    forward, reverse = rates_of(values)
    found = np.array([storage.fields[name] for name in STATES])
    for i in range(SIZE):
        start = [values[name][i] for name in STATES]
        rates = ([rate[i] for rate in forward], [rate[i] for rate in reverse])
        expected = propagate(start, FLOWS, *rates, DT)
        assert found[:, i] == pytest.approx(expected, rel=1e-5 if single else 1e-11)
        assert found[:, i].sum() == pytest.approx(1.0, rel=1e-6 if single else 3e-15)


def test_no_neighbour_changes_a_bit(native_kernels, make_storage):
    module, room = scheme_module(), 16
    kernels, results = native_kernels(module), []
    for cuts, kernels.size in product(
        ([0, SIZE], range(SIZE + 1), [0, 7, 8, 64, SIZE]), (-1, SIZE)
    ):
        storage = make_storage(module.groups[0], SIZE + room, values_of(SIZE + room))
        for step in range(1, 20):
            for begin, end in pairwise(cuts):
                kernels.update(storage, (DT * step, DT * (step - 1), DT, step), begin, end)
        results.append(storage)
    for other in results[1:]:
        for name, values in results[0].fields.items():
            assert np.array_equal(values[:SIZE], other.fields[name][:SIZE]), name


def test_a_step_agrees_with_the_interpreter(native_kernels, make_storage):
    """Statements between schemes, and a rate that an earlier scheme and a draw decide."""
    module = scheme_module()
    group = module.groups[0]
    native, interpreted = (make_storage(group, SIZE, values_of(SIZE)) for _ in range(2))
    native_kernels(module).update(native, STEP, 0, SIZE)
    bind(group.kernels[0], group, interpreted)(*STEP, 0, SIZE)
    for name, values in interpreted.fields.items():
        assert native.fields[name] == pytest.approx(values, rel=1e-9), name


@pytest.mark.parametrize("rate", [np.nan, np.inf, 1e300])
def test_faulty_rates_harm_nobody_else(rate, native_kernels, make_storage):
    module = scheme_module()
    kernels, storages = native_kernels(module), []
    for bad in (1.0, rate):
        values = values_of(SIZE)
        values["g"][[3, 40]] = bad
        storages.append(make_storage(module.groups[0], SIZE, values))
        kernels.update(storages[-1], STEP, 0, SIZE)
    others = np.delete(np.arange(SIZE), [3, 40])
    for name in STATES:
        good, harmed = (storage.fields[name] for storage in storages)
        assert np.isnan(harmed[[3, 40]]).all()
        assert np.array_equal(good[others], harmed[others])


@pytest.mark.parametrize("rate", [-2000.0, -1e7])
def test_where_no_state_is_left_nothing_moves(rate, native_kernels, make_storage):
    """Negative rates are none of a scheme: as one by one, no vector makes occupancies of them."""
    module = scheme_module()
    storage = make_storage(module.groups[0], SIZE, values_of(SIZE))
    values = {name: found[:SIZE].copy() for name, found in storage.fields.items()}
    storage.fields["g"][:SIZE] = values["g"] = np.full(SIZE, rate)
    native_kernels(module).update(storage, STEP, 0, SIZE)
    forward, reverse = rates_of(values)
    starts = np.array([values[name] for name in STATES])
    expected = propagate(starts, FLOWS, forward, reverse, DT)
    assert np.array([storage.fields[name] for name in STATES]) == pytest.approx(expected, rel=1e-9)
