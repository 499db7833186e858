"""The interpreter: both its forms, masks, repeated targets, odd values."""

import warnings

import numpy as np
import pytest

from annarchy_ml.expr import parse
from annarchy_ml.expr.nodes import Binary, Call, Conditional, Number, Symbol
from annarchy_ml.kernels.interpret import Storage, bind, rounds
from annarchy_ml.kernels.nodes import (
    Draw,
    DType,
    Emit,
    External,
    Field,
    Flow,
    GroupKernel,
    Kernel,
    KernelKind,
    Let,
    Placement,
    Propagate,
    Role,
    Set,
    Store,
    When,
)

EACH, SHARED = Placement.PER_INSTANCE, Placement.SHARED
FIELDS = (
    Field("v", EACH, Role.STATE),
    Field("w", EACH, Role.STATE),
    Field("regime", EACH, Role.REGIME, DType.INT),
    Field("tau", SHARED, Role.PARAMETER),
)


def group_of(*body, kind=KernelKind.UPDATE, externals=(), vectorize=True):
    port = "in" if kind is KernelKind.EVENT else ""
    kernel = Kernel("it", kind, tuple(body), port, vectorize)
    return GroupKernel("cell", FIELDS, externals, ("j",), ("spike",), ("in",), (kernel,))


def storage_of(size, single=False, **values):
    real = np.float32 if single else np.float64
    fields = {
        "v": np.array(np.broadcast_to(values.get("v", 0.0), size), real),
        "w": np.array(np.broadcast_to(values.get("w", 0.0), size), real),
        "regime": np.array(np.broadcast_to(values.get("regime", 0), size), np.int32),
        "tau": np.array([values.get("tau", 1.0)], real),
    }
    return Storage(
        fields,
        externals={"peer": values.get("peer", np.zeros(1))},
        indices={"j": values.get("j", np.zeros(size, np.int32))},
        emitted={"spike": np.zeros(size, np.int32)},
        seed=7,
        single=single,
    )


def run(group, storage, begin=0, end=None, step=1):
    size = len(storage.fields["v"])
    function = bind(group.kernels[0], group, storage)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        function(0.2, 0.1, 0.1, step, begin, size if end is None else end)


SIZES = pytest.mark.parametrize("size", [1, 3, 20])


@SIZES
def test_a_store_is_seen_by_what_follows(size):
    group = group_of(Store("v", parse("v + 1")), Store("w", parse("2 * v")))
    storage = storage_of(size, v=np.arange(size))
    run(group, storage)
    assert list(storage.fields["w"]) == [2 * (k + 1) for k in range(size)]


@SIZES
def test_a_local_keeps_the_value_it_was_given(size):
    group = group_of(Let("old", parse("v")), Store("v", parse("9")), Store("w", parse("old")))
    storage = storage_of(size, v=np.arange(size))
    run(group, storage)
    assert list(storage.fields["w"]) == list(range(size))


@SIZES
def test_when_acts_on_some(size):
    group = group_of(
        Let("a", parse("0")),
        When(
            parse("v .gt. 0.5 .and. regime .eq. 0"),
            (
                Emit("spike"),
                Store("v", parse("0")),
                Set("a", parse("3")),
                When(parse("w .gt. 0"), (Store("regime", parse("1")), Emit("spike"))),
            ),
        ),
        Store("w", parse("a")),
    )
    storage = storage_of(size, v=np.arange(size) % 2, w=np.arange(size) % 4 - 2.0)
    run(group, storage)
    fired = np.arange(size) % 2 == 1
    twice = np.arange(size) % 4 == 3
    assert np.array_equal(storage.fields["w"], 3.0 * fired)
    assert not storage.fields["v"].any()
    assert np.array_equal(storage.emitted["spike"], fired * 1 + twice * 1)
    assert np.array_equal(storage.fields["regime"], twice * 1)


def test_only_the_given_range_is_stepped():
    storage = storage_of(20)
    run(group_of(Store("v", parse("1"))), storage, 2, 17)
    assert storage.fields["v"].sum() == 15
    assert storage.fields["v"][2] == storage.fields["v"][16] == 1


@SIZES
def test_externals_are_read_through_their_index(size):
    externals = (External("peer", "j"), External("level", "", shared=True))
    group = group_of(Store("v", parse("peer + level")), externals=externals)
    storage = storage_of(size, peer=np.array([5.0, 6.0]), j=np.arange(size, dtype=np.int32) % 2)
    storage.externals["level"] = np.array([0.5])
    run(group, storage)
    assert list(storage.fields["v"]) == [5.5 + k % 2 for k in range(size)]


@SIZES
def test_faulty_values_spread_without_warnings(size):
    group = group_of(
        Store("w", parse("log(v) + 1 / v + sqrt(v) + exp(1e3)")),
        Store("v", Conditional(parse("v .gt. 0"), parse("v / 0"), parse("0 / v"))),
    )
    storage = storage_of(size, v=np.zeros(size))
    run(group, storage)
    assert np.isnan(storage.fields["v"]).all()
    assert not np.isfinite(storage.fields["w"]).any()


@SIZES
def test_literals_alone_follow_ieee(size):
    group = group_of(Store("v", parse("1 / 0")), Store("w", parse("0 / 0")))
    storage = storage_of(size)
    run(group, storage)
    assert np.isinf(storage.fields["v"]).all()
    assert np.isnan(storage.fields["w"]).all()


def test_both_forms_draw_the_same_numbers():
    group = group_of(Draw("u", 3), Store("v", parse("u")))
    few, many = storage_of(5), storage_of(50)
    run(group, few, step=2**40)
    run(group, many, step=2**40)
    assert np.array_equal(few.fields["v"], many.fields["v"][:5])
    assert len(set(many.fields["v"])) == 50


@SIZES
def test_kinetic_scheme(size):
    flows = (Flow(0, 1, parse("30 / tau"), parse("70")),)
    group = group_of(Propagate(("v", "w"), flows))
    storage = storage_of(size, v=1.0)
    run(group, storage)
    expected = 0.7 + 0.3 * np.exp(-100 * 0.1)
    assert storage.fields["v"] == pytest.approx(np.full(size, expected), rel=1e-14)


def test_single_precision_stays_single():
    group = group_of(
        Let("a", parse("v * 0.1 + t + regime + tau")),
        Store("v", Conditional(parse("a .gt. 1"), parse("exp(a)"), parse("H(v) + max(v, 0.3)"))),
        When(parse("w .lt. 1"), (Store("w", parse("v + 1e-3")),)),
        Propagate(("v", "w"), (Flow(0, 1, parse("1"), parse("2")),)),
    )
    storage = storage_of(3, single=True, v=np.linspace(0, 9, 3))
    run(group, storage)
    assert storage.fields["v"].dtype == np.float32


def test_every_function_in_both_forms():
    calls = {
        "sin": 1, "cos": 1, "tan": 1, "sinh": 1, "cosh": 1, "tanh": 1, "asin": 1, "acos": 1,
        "atan": 1, "exp": 1, "log": 1, "log10": 1, "sqrt": 1, "ceil": 1, "floor": 1, "abs": 1,
        "factorial": 1, "H": 1, "min": 3, "max": 3, "sum": 3, "product": 3, "pow": 2,
    }  # fmt: skip
    for name, count in calls.items():
        args = (Symbol("v"), Symbol("w"), Number(0.25))[:count]
        group = group_of(Store("v", Call(name, args)))
        values = np.array([-2.0, -0.5, 0.0, 0.3, 1.0, 3.0, np.nan])
        few = storage_of(7, v=values, w=values[::-1])
        many = storage_of(21, v=np.tile(values, 3), w=np.tile(values[::-1], 3))
        run(group, few)
        run(group, many)
        assert many.fields["v"][:7] == pytest.approx(few.fields["v"], rel=1e-14, nan_ok=True), name


def test_deep_expressions():
    deep = Symbol("v")
    for _ in range(5000):
        deep = Binary("+", deep, Number(1.0))
    for size in (1, 20):
        storage = storage_of(size)
        run(group_of(Store("v", deep)), storage)
        assert storage.fields["v"][0] == 5000.0


def test_init_may_store_shared_values():
    group = group_of(Store("tau", parse("tau * 3")), kind=KernelKind.INIT)
    storage = storage_of(20, tau=2.0)
    run(group, storage)
    assert storage.fields["tau"][0] == 6.0


@pytest.mark.parametrize("repeats", [1, 5])
@pytest.mark.parametrize("weighted", [False, True])
def test_repeated_targets_act_one_after_the_other(repeats, weighted):
    group = group_of(Store("v", parse("2 * v + weight")), Emit("spike"), kind=KernelKind.EVENT)
    targets = np.repeat(np.array([0, 0, 2, 3, 3, 3], np.int32), repeats)
    weights = np.arange(1.0, len(targets) + 1) if weighted else None
    storage = storage_of(4)
    bind(group.kernels[0], group, storage)(0.2, 0.1, 0.1, 1, targets, weights)
    expected = np.zeros(4)
    for k, target in enumerate(targets):
        expected[target] = 2 * expected[target] + (1.0 if weights is None else weights[k])
    assert np.array_equal(storage.fields["v"], expected)
    assert list(storage.emitted["spike"]) == [2 * repeats, 0, repeats, 3 * repeats]


def test_rounds_name_each_instance_once():
    targets = np.array([4, 4, 1, 4, 0, 1])
    found = [sorted(targets[chosen]) for chosen in rounds(targets)]
    assert found == [[0, 1, 4], [1, 4], [4]]
    assert list(rounds(np.zeros(0, np.int32))) == []
