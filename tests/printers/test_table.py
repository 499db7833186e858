"""One table of expressions through every printer: its text, and its value once compiled.

The printers are C in double and in single precision, and the interpreter's two forms.
"""

import subprocess

import numpy as np
import pytest

from annarchy_ml.engine.build import contract_text
from annarchy_ml.engine.codegen.module import TargetLibrary, print_module
from annarchy_ml.engine.codegen.printer import CPrinter, Value
from annarchy_ml.expr import FUNCTIONS, evaluate, parse
from annarchy_ml.expr.nodes import Binary, Call, Conditional, Number, Symbol, Unary
from annarchy_ml.kernels.interpret import bind
from annarchy_ml.kernels.nodes import (
    DType,
    Field,
    GroupKernel,
    Kernel,
    KernelKind,
    KernelModule,
    Let,
    Placement,
    Role,
    Store,
    When,
)

SCOPE = {
    "x": Value("x"),
    "y": Value("y"),
    "p": Value("p", power="p_power"),
    "n": Value("n", integer=True),
}
X, Y, N = Symbol("x"), Symbol("y"), Symbol("n")
NUMBERS = {"x": 0.75, "y": -2.5, "p": 3.0, "n": 2.0}


def call(name, *args):
    return Call(name, args)


TABLE = [
    # expression, C text in double precision, in single precision
    (parse("x + y - 3"), "x + y - 3.0", "x + y - 3.0f"),
    (parse("x - (y - 3)"), "x - (y - 3.0)", "x - (y - 3.0f)"),
    (parse("x + (y + 3)"), "x + (y + 3.0)", "x + (y + 3.0f)"),
    (parse("x * (y / 3)"), "x * (y / 3.0)", "x * (y / 3.0f)"),
    (parse("x / (y * 3)"), "x / (y * 3.0)", "x / (y * 3.0f)"),
    (parse("(x + y) * 3"), "(x + y) * 3.0", "(x + y) * 3.0f"),
    (Unary("-", Unary("-", X)), "-(-x)", "-(-x)"),
    (Unary("-", parse("x + y")), "-(x + y)", "-(x + y)"),
    (Binary("-", X, Number(-1.0)), "x - -1.0", "x - -1.0f"),
    (Binary("^", Number(-2.0), Number(2.0)), "aml_small_power(-2.0, 2)",
     "aml_small_powerf(-2.0f, 2)"),
    (parse("x * 0.1"), "x * 0.1", "x * 0.1f"),
    (parse("x * 1e22"), "x * 1e+22", "x * 1e+22f"),
    (parse("x + 16777217"), "x + 16777217.0", "x + 16777216.0f"),
    (Binary("*", X, Number(1 / 3)), "x * 0.3333333333333333", "x * 0.33333334f"),
    (Number(float("inf")), "__builtin_inf()", "__builtin_inff()"),
    (Number(float("-inf")), "-__builtin_inf()", "-__builtin_inff()"),
    (Number(float("nan")), '__builtin_nan("")', '__builtin_nanf("")'),
    (parse("x ^ 0"), "1.0", "1.0f"),
    (parse("x ^ 1"), "x", "x"),
    (parse("x ^ 2"), "x * x", "x * x"),
    (parse("x ^ 4"), "x * x * x * x", "x * x * x * x"),
    (parse("y / x ^ 3"), "y / (x * x * x)", "y / (x * x * x)"),
    (parse("x ^ 7"), "aml_small_power(x, 7)", "aml_small_powerf(x, 7)"),
    (parse("x ^ 16"), "pow(x, 16.0)", "powf(x, 16.0f)"),
    (parse("x ^ 0.5"), "pow(x, 0.5)", "powf(x, 0.5f)"),
    (Binary("^", X, Number(-2.0)), "1.0 / (x * x)", "1.0f / (x * x)"),
    (parse("(x + 1) ^ 3"), "aml_small_power(x + 1.0, 3)", "aml_small_powerf(x + 1.0f, 3)"),
    (parse("x ^ p"), "aml_small_power(x, p_power)", "aml_small_powerf(x, p_power)"),
    (parse("x ^ y"), "pow(x, y)", "powf(x, y)"),
    (call("pow", X, Number(2.0)), "x * x", "x * x"),
    (N, "(aml_real)n", "(aml_real)n"),
    (parse("-n * 2"), "-((aml_real)n) * 2.0", "-((aml_real)n) * 2.0f"),
    (Conditional(parse("n .eq. 2"), X, Y), "n == 2 ? x : y", "n == 2 ? x : y"),
    (Conditional(parse("2 .neq. n"), X, Y), "2 != n ? x : y", "2 != n ? x : y"),
    (Conditional(parse("n .lt. x"), X, Y), "(aml_real)n < x ? x : y",
     "(aml_real)n < x ? x : y"),
    (Binary("+", Conditional(parse("x .geq. 0"), X, Y), Number(1.0)),
     "(x >= 0.0 ? x : y) + 1.0", "(x >= 0.0f ? x : y) + 1.0f"),
    (Conditional(parse("x .gt. 0 .and. y .lt. 0 .and. x .leq. 1"), X, Y),
     "x > 0.0 && y < 0.0 && x <= 1.0 ? x : y", "x > 0.0f && y < 0.0f && x <= 1.0f ? x : y"),
    (Conditional(parse("x .gt. 1 .and. (y .lt. 0 .or. x .lt. y)"), X, Y),
     "x > 1.0 && (y < 0.0 || x < y) ? x : y", "x > 1.0f && (y < 0.0f || x < y) ? x : y"),
    (Conditional(parse("(x .gt. 1 .and. y .lt. 0) .or. .not. (x .lt. y)"), X, Y),
     "(x > 1.0 && y < 0.0) || !(x < y) ? x : y", "(x > 1.0f && y < 0.0f) || !(x < y) ? x : y"),
    (call("exp", parse("-x / 2")), "exp(-x / 2.0)", "expf(-x / 2.0f)"),
    (call("abs", Y), "fabs(y)", "fabsf(y)"),
    (call("H", Y), "aml_heaviside(y)", "aml_heavisidef(y)"),
    (call("factorial", Number(5.0)), "aml_factorial(5.0)", "aml_factorialf(5.0f)"),
    (call("min", X), "x", "x"),
    (call("min", X, Y, Number(1.0)), "aml_min(aml_min(x, y), 1.0)",
     "aml_minf(aml_minf(x, y), 1.0f)"),
    (call("max", X, Y), "aml_max(x, y)", "aml_maxf(x, y)"),
    (Conditional(parse("x .gt. 0.5"), call("min", Y, X), X),
     "aml_choice(x > 0.5, aml_min(y, x), x)", "aml_choicef(x > 0.5f, aml_minf(y, x), x)"),
    (Conditional(parse("x .lt. 0.5"), call("min", Y, X), X),
     "aml_choice(x < 0.5, aml_min(y, x), x)", "aml_choicef(x < 0.5f, aml_minf(y, x), x)"),
    (call("sum", X, parse("y - x"), Number(1.0)), "x + (y - x) + 1.0", "x + (y - x) + 1.0f"),
    (Binary("*", call("sum", X, Y), Y), "(x + y) * y", "(x + y) * y"),
    (call("product", X, parse("y + x")), "x * (y + x)", "x * (y + x)"),
] + [
    (call(name, X), f"{FUNCTIONS[name].cpp}(x)", f"{FUNCTIONS[name].cpp}f(x)")
    for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan", "log",
                 "log10", "sqrt", "ceil", "floor", "log2", "log1p", "expm1", "erf", "cbrt")
] + [
    (call(name, X, Y), f"{name}(x, y)", f"{name}f(x, y)") for name in ("atan2", "hypot")
]  # fmt: skip


@pytest.mark.parametrize(("expression", "double", "single"), TABLE)
def test_text(expression, double, single):
    assert CPrinter(single=False).expression(expression, SCOPE) == double
    assert CPrinter(single=True).expression(expression, SCOPE) == single


def test_every_function_is_in_the_table():
    used = {node.function for node, _, _ in TABLE if isinstance(node, Call)}
    named = {name for name, row in FUNCTIONS.items() if not row.stochastic}
    assert named - used - {"sum", "product"} == set()


def module_of_table(precision, vectorize):
    """A kernel that stores the value of each row in a field of its own."""
    each, shared = Placement.PER_INSTANCE, Placement.SHARED
    inputs = (
        Field("x", each, Role.STATE),
        Field("y", each, Role.STATE),
        Field("p", shared, Role.PARAMETER),
        Field("n", each, Role.REGIME, DType.INT),
    )
    outputs = tuple(Field(f"out/{k}", each, Role.STATE) for k in range(len(TABLE)))
    stores = tuple(Store(f"out/{k}", row[0]) for k, row in enumerate(TABLE))
    kernel = Kernel("update", KernelKind.UPDATE, stores, vectorize=vectorize)
    group = GroupKernel("table", inputs + outputs, (), (), (), (), (kernel,))
    return KernelModule((group,), precision)


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("vectorize", [True, False])
def test_values(precision, vectorize, native_kernels, make_storage):
    module = module_of_table(precision, vectorize)
    group, single = module.groups[0], precision == "single"
    native = make_storage(group, 21, NUMBERS, single=single)
    native_kernels(module).update(native, (0.2, 0.1, 0.1, 1), 0, 21)
    interpreted = make_storage(group, 21, NUMBERS, single=single)
    bind(group.kernels[0], group, interpreted)(0.2, 0.1, 0.1, 1, 0, 21)
    tolerance = 2e-6 if single else 4e-15
    for k, (expression, text, _) in enumerate(TABLE):
        expected = evaluate(expression, NUMBERS)
        for storage in (native, interpreted):
            found = storage.fields[f"out/{k}"]
            assert found == pytest.approx(expected, rel=tolerance, abs=0, nan_ok=True), text


def statements_module(precision):
    """Statements of every kind, in a vectorised kernel, one by one, and for events."""
    from annarchy_ml.kernels.nodes import Count, Draw, Emit, External, Flow, Propagate, Set

    each, shared = Placement.PER_INSTANCE, Placement.SHARED
    body = (
        Let("a", parse("x / tau + peer"), "a = x / tau */ // \\ ??/"),
        Draw("u", 0),
        Set("a", parse("a + u")),
        When(
            parse("a .gt. 0.2"),
            (
                Emit("spike"),
                Let("b", parse("a * q ^ p")),
                Store("x", parse("b")),
                When(parse("b .gt. 0.5"), (Store("mode", Number(1.0)), Set("a", Number(0.0)))),
            ),
        ),
        When(parse("a .leq. 0.2"), (Let("b", parse("-a")), Store("x", parse("b")))),
        Propagate(("q", "r"), (Flow(0, 1, parse("abs(a)"), parse("2 / tau")),), "KS"),
    )
    fields = (
        Field("x", each, Role.STATE, unit="V"),
        *(Field(name, each, Role.STATE) for name in "qr"),
        Field("tau", shared, Role.PARAMETER, unit="s"),
        Field("p", shared, Role.PARAMETER),
        Field("mode", each, Role.REGIME, DType.INT),
        Field("n", each, Role.COUNT, DType.INT),
    )
    event = (
        Count("n"), Draw("chance", 1, "n"), Store("x", parse("x + weight * chance")),
        When(parse("x .gt. 1"), (Emit("spike"), Draw("again", 2, "n"))),
    )  # fmt: skip
    groups = tuple(
        GroupKernel(
            name, fields, (External("peer", "j"),), ("j",), ("spike",), ("in",),
            (Kernel("update", KernelKind.UPDATE, body, vectorize=vectorize),
             Kernel("event in", KernelKind.EVENT, event, "in")),
        )
        for name, vectorize in (("at once", True), ("one by one", False))
    )  # fmt: skip
    return KernelModule(groups, precision)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_warnings(precision, toolchain, tmp_path):
    """Printed code compiles without warnings, but for locals that are not used."""
    vector = frozenset({"exp"}) if toolchain.vector_math else frozenset()
    source = print_module(statements_module(precision), TargetLibrary(vector, contract_text()))
    path = tmp_path / "kernels.c"
    path.write_text(source, encoding="ascii")
    flags = [flag for flag in toolchain.flags if flag != "-w"]
    warn = [
        "-Wall",
        "-Wextra",
        "-Werror",
        "-Wno-unused-variable",
        "-Wno-unused-function",
        "-Wno-pass-failed",
    ]
    done = subprocess.run(
        [*toolchain.command, *flags, *warn, path, "-o", tmp_path / "k.so", *toolchain.linking],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("exponent", [3.0, 2.5])
@pytest.mark.parametrize("number", [0, 1])
def test_statements(precision, exponent, number, native_kernels, make_storage):
    module, size = statements_module(precision), 37
    group, single = module.groups[number], precision == "single"
    random = np.random.default_rng(1)
    values = {
        "x": random.normal(size=size), "q": random.random(size), "r": random.random(size),
        "tau": 0.9, "p": exponent,
    }  # fmt: skip
    real = np.float32 if single else np.float64
    others = {
        "externals": {"peer": random.normal(size=3).astype(real)},
        "indices": {"j": random.integers(0, 3, size).astype(np.int32)},
        "seed": 2**40 + 3,
        "stream": 11,
        "single": single,
    }
    native, interpreted = (make_storage(group, size, values, **others) for _ in range(2))
    kernels = native_kernels(module)
    targets = np.sort(random.integers(0, size, 25)).astype(np.int32)
    weights = random.random(25).astype(real)
    for step in range(1, 4):
        scalars = (0.1 * step, 0.1 * step - 0.1, 0.1, step)
        kernels.update(native, scalars, 0, size, number)
        bind(group.kernels[0], group, interpreted)(*scalars, 0, size)
        for given in (weights, None):
            kernels.event(native, scalars, targets, given, number)
            bind(group.kernels[1], group, interpreted)(*scalars, targets, given)
    for name, values_of in interpreted.fields.items():
        tolerance = 1e-4 if single else 1e-12
        assert native.fields[name] == pytest.approx(values_of, rel=tolerance, abs=tolerance), name
    assert np.array_equal(native.emitted["spike"], interpreted.emitted["spike"])
    assert native.emitted["spike"].any()
