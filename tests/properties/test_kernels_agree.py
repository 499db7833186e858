"""Random small kernels: compiled code and the interpreter agree; no cut of the range matters."""

import random
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annarchy_ml.expr.nodes import Binary, Call, Conditional, Number, Symbol, Unary
from annarchy_ml.expr.traverse import map_bottom_up
from annarchy_ml.kernels.interpret import bind
from annarchy_ml.kernels.nodes import (
    LAWS,
    Draw,
    DType,
    Emit,
    External,
    Field,
    GroupKernel,
    Kernel,
    KernelKind,
    KernelModule,
    Let,
    Placement,
    Role,
    Set,
    Store,
    When,
)
from annarchy_ml.kernels.rewrite import map_expressions
from annarchy_ml.kernels.text import module_text
from annarchy_ml.kernels.verify import verify

SIZE = 21
FIELDS = (
    Field("v", Placement.PER_INSTANCE, Role.STATE),
    Field("cell/w", Placement.PER_INSTANCE, Role.STATE),
    Field("mode", Placement.PER_INSTANCE, Role.REGIME, DType.INT),
    Field("tau", Placement.SHARED, Role.PARAMETER),
    Field("n", Placement.SHARED, Role.PARAMETER),
)
STATES = ("v", "cell/w")
OUTER = (*STATES, "mode", "tau", "n", "peer", "t", "dt")
ARITHMETIC = ("+", "-", "*", "/", "^")
SHAKE, SHAKES = 2.0**-49, 8  # 8 units in the last place: functions may be off by a few
NUMBERS = st.sampled_from([0.0, 0.5, 1.0, 2.0, -3.0, 0.1, 10.0])


def numbers(names, depth=3):
    """Expressions whose values are numbers of moderate size."""
    leaf = st.builds(Symbol, st.sampled_from(names)) | st.builds(Number, NUMBERS)
    if depth == 0:
        return leaf
    inner = numbers(names, depth - 1)
    # Smooth functions only: where a decision hangs on the last bit, no two executors agree.
    bounded = st.builds(lambda f, e: Call(f, (e,)), st.sampled_from(["sin", "tanh"]), inner)
    positive = st.builds(lambda e: Binary("+", Number(1.5), Call("sin", (e,))), inner)
    return st.one_of(
        leaf,
        st.builds(Unary, st.just("-"), inner),
        st.builds(Binary, st.sampled_from(["+", "-", "*"]), inner, inner),
        st.builds(Binary, st.just("/"), inner, positive | st.builds(Symbol, st.just("tau"))),
        st.builds(Binary, st.just("^"), positive, st.builds(Symbol, st.just("n")) | inner),
        st.builds(Conditional, conditions(names), inner, inner),
        st.builds(lambda e: Call("exp", (Call("tanh", (e,)),)), inner),
        bounded,
    )


def conditions(names):
    """Tests whose outcome does not depend on rounding: of values that are never computed."""
    outer = st.sampled_from(["v", "mode", "peer"])
    compared = st.builds(
        Binary,
        st.sampled_from(["<", ">", "<=", ">=", "==", "!="]),
        st.builds(Symbol, outer),
        st.builds(Number, st.sampled_from([0.25, 1.0, -0.75])),
    )
    both = st.builds(Binary, st.sampled_from(["and", "or"]), compared, compared)
    return compared | both | st.builds(Unary, st.just("not"), compared)


@st.composite
def bodies(draw, depth=1):
    """Statements; `v` and `mode` are stored at the end, so that tests of them stay exact."""
    statements, names = [], list(OUTER)
    for number in range(draw(st.integers(1, 4))):
        name = f"a{depth}{number}"
        statements.append(Let(name, draw(numbers(tuple(names)))))
        names.append(name)
    if draw(st.booleans()):
        law = draw(st.sampled_from(sorted(LAWS)))
        # Counts of at most 30: beyond, acceptance hangs on the last bits of a logarithm.
        mean = Binary("*", Number(10.0), Binary("+", Number(1.5), Call("sin", (Symbol("v"),))))
        first, chance = (
            draw(st.just(mean) | st.just(Symbol("tau"))),
            Binary("/", mean, Number(30.0)),
        )
        arguments = (first, chance)[: LAWS[law]]
        statements.append(Draw(f"u{depth}", depth, law=law, arguments=arguments))
        names.append(f"u{depth}")
    if draw(st.booleans()):
        statements.append(Set(f"a{depth}0", draw(numbers(tuple(names)))))
    inner = []
    if depth > 0:
        inner = [item for item in draw(bodies(depth - 1)) if not isinstance(item, Store | Emit)]
        inner += [Emit("spike"), Store("cell/w", draw(numbers(tuple(names))))]
        statements.append(When(draw(conditions(names)), tuple(inner)))
    statements.append(Store("cell/w", draw(numbers(tuple(names)))))
    statements.append(Store("mode", Conditional(draw(conditions(names)), Number(1), Number(0))))
    statements.append(Store("v", Call("tanh", (draw(numbers(tuple(names))),))))
    return tuple(statements)


def group_of(body, vectorize):
    kernel = Kernel("update", KernelKind.UPDATE, body, vectorize=vectorize)
    return GroupKernel("g", FIELDS, (External("peer", "j"),), ("j",), ("spike",), (), (kernel,))


def finite(values):
    return np.clip(np.nan_to_num(values, nan=1e9, posinf=1e9, neginf=-1e9), -1e9, 1e9)


def shaken(group, draws):
    """The group with every computed number a few units in the last place off, up or down."""

    def off(node):
        if not isinstance(node, Call) and not (isinstance(node, Binary) and node.op in ARITHMETIC):
            return node
        return Binary("*", node, Number(1.0 + draws.choice((-1, 1)) * SHAKE))

    def change(_, expression):
        return map_bottom_up(expression, off)

    kernels = tuple(
        replace(item, body=map_expressions(item.body, change)) for item in group.kernels
    )
    return replace(group, kernels=kernels)


def bounds(group, exact, run):
    """How far rounding may take each field: the spread of values that are computed a little off.

    An expression that amplifies rounding amplifies these deviations too; where it does not, hardly
    more than they themselves remain.
    """
    draws = random.Random(1)
    spread = {name: 1e-12 * (1.0 + np.abs(finite(values))) for name, values in exact.items()}
    for _ in range(SHAKES):
        for name, values in run(shaken(group, draws)).items():
            spread[name] += np.abs(finite(values) - finite(exact[name]))
    return spread


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(bodies(), min_size=4, max_size=4), st.integers(1, SIZE - 1))
def test_agreement(native_kernels, make_storage, some_bodies, cut):
    groups = tuple(group_of(body, n % 2 == 0) for n, body in enumerate(some_bodies))
    module = KernelModule(groups)
    verify(module)
    kernels = native_kernels(module)
    for number, group in enumerate(groups):
        values = {
            "v": np.linspace(-1.1, 1.3, SIZE), "cell/w": np.linspace(2, -1, SIZE), "tau": 0.7,
            "n": float(number), "mode": np.arange(SIZE) % 2,
        }  # fmt: skip
        others = {
            "externals": {"peer": np.array([0.25, -2.0, 3.0])},
            "indices": {"j": (np.arange(SIZE) % 3).astype(np.int32)},
            "seed": 99,
        }
        whole, parts, interpreted = (make_storage(group, SIZE, values, **others) for _ in range(3))
        scalars = (0.3, 0.2, 0.1, 5)

        def run(changed, values=values, others=others, scalars=scalars):
            storage = make_storage(changed, SIZE, values, **others)
            bind(changed.kernels[0], changed, storage)(*scalars, 0, SIZE)
            return storage.fields

        kernels.update(whole, scalars, 0, SIZE, number)
        for begin, end in ((0, cut), (cut, SIZE)):
            kernels.update(parts, scalars, begin, end, number)
        bind(group.kernels[0], group, interpreted)(*scalars, 0, SIZE)
        allowed = bounds(group, interpreted.fields, run)
        for name, expected in interpreted.fields.items():
            assert np.array_equal(whole.fields[name], parts.fields[name], equal_nan=True), name
            apart = np.abs(finite(whole.fields[name]) - finite(expected))
            assert np.all(apart <= allowed[name]), f"{name}\n{module_text(module)}"
        assert np.array_equal(whole.emitted["spike"], interpreted.emitted["spike"])


def test_whole_numbers_and_another_group_beside_reals(native_kernels, make_storage):
    """Where vectors of whole numbers are longer than those of reals, no cut matters either."""
    read = Conditional(Binary(">", Symbol("peer"), Number(0.25)), Number(10.0), Symbol("v"))
    fired = Unary("not", Binary("<", Symbol("mode"), Number(0.25)))
    grown = Binary("+", Number(1.5), Call("sin", (Symbol("cell/w"),)))
    body = (
        When(fired, (Emit("spike"), Store("cell/w", Call("sin", (read,))))),
        Store("cell/w", Binary("^", grown, Symbol("cell/w"))),
        Store("mode", Conditional(Binary("<", Symbol("v"), Number(0.0)), Number(1), Number(0))),
    )
    group = group_of(body, True)
    kernels = native_kernels(KernelModule((group,)))
    size, scalars = 61, (0.3, 0.2, 0.1, 5)

    def stepped(cuts):
        values = {"v": np.linspace(-1.1, 1.3, size), "mode": np.arange(size) % 2}
        values["cell/w"] = np.linspace(2, -1, size)
        storage = make_storage(
            group, size, values, externals={"peer": np.array([0.25, -2.0, 3.0])},
            indices={"j": (np.arange(size) % 3).astype(np.int32)},
        )  # fmt: skip
        for begin, end in zip((0, *cuts), (*cuts, size), strict=True):
            kernels.update(storage, scalars, begin, end, 0)
        return storage.fields

    whole = stepped(())
    for cut in range(1, size):
        for name, values in stepped((cut,)).items():
            assert np.array_equal(whole[name], values), f"{name} cut at {cut}"
