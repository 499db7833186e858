"""Draws of printed kernels: the interpreter's, in every kind of loop and for every cut."""

import re
import subprocess
from itertools import pairwise, product

import numpy as np
import pytest

from annarchy_ml.engine.build import contract_text
from annarchy_ml.engine.codegen.ahead import is_cheap, places_of_draws
from annarchy_ml.engine.codegen.module import TargetLibrary, print_module
from annarchy_ml.expr import parse
from annarchy_ml.kernels.interpret import bind
from annarchy_ml.kernels.nodes import (
    Count,
    Draw,
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
from annarchy_ml.kernels.verify import verify

EACH = Placement.PER_INSTANCE
FIELDS = (
    *(Field(name, EACH, Role.STATE) for name in "vwuznkxqr"),
    Field("mean", Placement.SHARED, Role.PARAMETER),
    Field("count", EACH, Role.COUNT, DType.INT),
)
LAWS = (
    Draw("a", 0),
    Draw("b", 1, law="normal"),
    Store("v", parse("v + b")),
    Let("own", parse("w * (1 + a)")),
    Draw("c", 2, law="poisson", arguments=(parse("mean * 2"),)),
    Draw("d", 3, law="poisson", arguments=(parse("own + 0 * v"),)),
    Draw("f", 5, law="gamma", arguments=(parse("own"),)),
    Draw("g", 6, law="binomial", arguments=(parse("3 * own"), parse("a"))),
    Draw("h", 7, law="gamma", arguments=(parse("mean + 0 * v"),), common=True),
    Draw("l", 8, law="binomial", arguments=(parse("2 * mean"), parse("0.4")), common=True),
    Store("u", parse("a")),
    Store("z", parse("b")),
    Store("q", parse("f + g")),
    Store("r", parse("h + l")),
    Store("n", parse("c")),
    Store("k", parse("d")),
    When(
        parse("w .gt. 3"),
        (
            Let("inner", parse("w / 2 + b * 0")),
            Draw("e", 4, law="poisson", arguments=(parse("inner"),)),
            Store("x", parse("x + e")),
        ),
    ),
)
SIZE, ROOM = 1203, 16


def module_of(*body, precision="double", vectorize=True, kind=KernelKind.UPDATE, port=""):
    kernel = Kernel("it", kind, body, port, vectorize)
    group = GroupKernel("g", FIELDS, (), (), (), (port,) if port else (), (kernel,))
    module = KernelModule((group,), precision)
    verify(module)
    return module


def storage_of(make_storage, module, mean, **others):
    w = np.resize([0.1, 0.0, 7.0, 29.0, 31.0, 500.0, -1.0, np.nan], SIZE + ROOM)
    return make_storage(module.groups[0], SIZE + ROOM, {"w": w, "mean": mean}, seed=9, **others)


@pytest.mark.parametrize("mean", [0.0, 1.0, 14.0, 60.0, -1.0])
@pytest.mark.parametrize("vectorize", [True, False])
@pytest.mark.parametrize("precision", ["double", "single"])
def test_loops_agree_with_the_interpreter(precision, vectorize, mean, native_kernels, make_storage):
    module = module_of(*LAWS, precision=precision, vectorize=vectorize)
    single = precision == "single"
    native, interpreted = (
        storage_of(make_storage, module, mean, single=single, stream=2) for _ in range(2)
    )
    update = bind(module.groups[0].kernels[0], module.groups[0], interpreted)
    kernels = native_kernels(module)
    for step in (1, 2, 2**33 + 1):
        scalars = (step * 1e-4, (step - 1) * 1e-4, 1e-4, step)
        kernels.update(native, scalars, 0, SIZE)
        update(*scalars, 0, SIZE)
    assert np.array_equal(native.fields["u"], interpreted.fields["u"])
    for name in "vznkxqr":
        found, expected = (item.fields[name][:SIZE] for item in (native, interpreted))
        assert found == pytest.approx(expected, rel=1e-6 if single else 1e-13, nan_ok=True), name
    assert np.nanmax(native.fields["x"]) > 200
    assert np.nanmax(native.fields["q"]) > 500
    assert len(np.unique(native.fields["r"][:SIZE])) == 1


@pytest.mark.parametrize("precision", ["double", "single"])
def test_no_cut_changes_a_draw(precision, native_kernels, make_storage):
    module = module_of(*LAWS, precision=precision)
    kernels = native_kernels(module)
    results = []
    cuts = ([0, SIZE], [0, 1, 17, 512, 600, 1201, SIZE])
    for kernels.size, ends in product((-1, SIZE), cuts):
        storage = storage_of(make_storage, module, 1.5, single=precision == "single")
        for step, (begin, end) in product((1, 2), pairwise(ends)):
            kernels.update(storage, (0.2, 0.1, 0.1, step), begin, end)
        results.append(storage)
    for other in results[1:]:
        for name, values in results[0].fields.items():
            same = np.array_equal(values[:SIZE], other.fields[name][:SIZE], equal_nan=True)
            assert same, name


@pytest.mark.parametrize("single", [False, True])
def test_events_agree_with_the_interpreter(single, native_kernels, make_storage):
    def keyed(item):
        if isinstance(item, Draw):
            return Draw(item.name, item.ordinal, "count", item.law, item.arguments)
        if isinstance(item, When):
            return When(item.test, tuple(map(keyed, item.body)))
        return item

    body = (Count("count"), *map(keyed, LAWS))
    precision = "single" if single else "double"
    module = module_of(*body, precision=precision, kind=KernelKind.EVENT, port="in")
    native, interpreted = (storage_of(make_storage, module, 1.5, single=single) for _ in range(2))
    targets = np.sort(np.random.default_rng(3).integers(0, SIZE, 3000)).astype(np.int32)
    native_kernels(module).event(native, (0.2, 0.1, 0.1, 4), targets, None)
    deliver = bind(module.groups[0].kernels[0], module.groups[0], interpreted)
    deliver(0.2, 0.1, 0.1, 4, targets, None)
    for name, expected in interpreted.fields.items():
        tolerance = 1e-5 if single else 1e-12
        assert native.fields[name] == pytest.approx(expected, rel=tolerance, nan_ok=True), name


def test_draws_are_not_called_one_by_one(toolchain, tmp_path):
    """The loop of the cells and those of the draws are vectors; none calls per instance."""
    if not toolchain.vector_math:
        pytest.skip("no vector library known for this compiler and machine")
    body = (Draw("a", 0), Draw("b", 1, law="normal"), Store("v", parse("v + a * b")))
    source = print_module(module_of(*body), TargetLibrary(frozenset(), contract_text()))
    (tmp_path / "kernels.c").write_text(source)
    command = [*toolchain.command, *toolchain.flags, "kernels.c", "-S", "-o", "kernels.s"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assembly = (tmp_path / "kernels.s").read_text()
    for function in ("aml_0_update_blocks", "aml_draw_uniform", "aml_draw_normal"):
        text = assembly[re.search(rf"^{function}[\w.]*:", assembly, re.MULTILINE).start() :]
        text = text[: text.index(".cfi_endproc")]
        called = set(re.findall(r"call\S*\s+\*?([a-zA-Z_]+)", text))
        assert called <= {"aml_draw_uniform", "aml_draw_normal", "memcpy"}, function
        assert re.search(r"v(mul|add|fmadd)\w*pd", text), function


def test_places_of_draws():
    body = (Let("m", parse("2 * w")), When(parse("m .gt. 1"), (Let("q", parse("m")), Draw("d", 0))))
    (place,) = places_of_draws(body)
    assert (place.draw.name, place.test) == ("d", parse("m .gt. 1"))
    assert place.before == (body[0], body[1].body[0])
    assert place.before_test == body[:1]
    assert is_cheap(place.before_test, place.test)
    assert not is_cheap((Let("m", parse("exp(w)")),), parse("m .gt. 1"))
    assert is_cheap((Let("other", parse("exp(w)")),), parse("m .gt. 1"))


def test_nothing_is_drawn_where_no_instance_asks(native_kernels, make_storage):
    """A faulty mean is harmless while no branch uses it."""
    draw = Draw("e", 0, law="poisson", arguments=(parse("w"),))
    module = module_of(When(parse("v .gt. 0.5"), (draw, Store("x", parse("e")))))
    storage = storage_of(make_storage, module, 1.0)
    kernels = native_kernels(module)
    kernels.update(storage, (0.2, 0.1, 0.1, 1), 0, SIZE)
    assert not storage.fields["x"].any()
    storage.fields["v"][700] = 1.0
    storage.fields["w"][700] = 9.0
    kernels.update(storage, (0.2, 0.1, 0.1, 1), 0, SIZE)
    assert list(np.flatnonzero(storage.fields["x"])) == [700]
