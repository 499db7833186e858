"""Whole printed modules: golden files, vectorised loops, and results that no cut changes."""

import re
import subprocess
from itertools import pairwise, product

import numpy as np
import pytest

from annarchy_ml.engine.build import contract_text
from annarchy_ml.engine.codegen.frames import fill
from annarchy_ml.engine.codegen.module import TargetLibrary, print_module
from annarchy_ml.engine.codegen.symbols import symbols_of
from annarchy_ml.engine.codegen.vector_math import declare_library, libmvec_functions
from annarchy_ml.expr import parse
from annarchy_ml.kernels.interpret import bind
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
    KernelModule,
    Placement,
    Propagate,
    Role,
    Store,
    When,
)

PLAIN = TargetLibrary(frozenset(), "/* kernel_abi.h */")
VECTOR = TargetLibrary(frozenset({"exp", "pow"}), "/* kernel_abi.h */")
EACH, SHARED = Placement.PER_INSTANCE, Placement.SHARED


def channel_module(precision="double"):
    """A relay with a random threshold, regimes, a scheme and an external."""
    fields = (
        Field("C1", EACH, Role.STATE),
        Field("O1", EACH, Role.STATE),
        Field("regime", EACH, Role.REGIME, DType.INT),
        Field("tau", SHARED, Role.PARAMETER, unit="s"),
    )
    body = (
        Draw("chance", 0),
        Propagate(("C1", "O1"), (Flow(0, 1, parse("peer"), parse("1 / tau")),), "C1 <-> O1"),
        When(
            parse("regime .eq. 0 .and. O1 .gt. chance"),
            (Emit("out"), Store("regime", parse("1"))),
            "O1 .gt. random(1)",
        ),
    )
    kernels = (
        Kernel("update", KernelKind.UPDATE, body, vectorize=False),
        Kernel("event in", KernelKind.EVENT, (Emit("out"),), "in"),
        Kernel("init 0", KernelKind.INIT, (Store("C1", parse("1")),)),
    )
    group = GroupKernel(
        "gate", fields, (External("pre/v", "pre"), External("peer", "pre")), ("pre",), ("out",),
        ("in",), kernels,
    )  # fmt: skip
    return KernelModule((group,), precision)


def test_hh_cell(hh_module, golden):
    golden("hh_cell_double.c", print_module(hh_module(), VECTOR))


def test_channel(golden):
    golden("channel_single.c", print_module(channel_module("single"), PLAIN))


def test_symbols(hh_module):
    assert symbols_of(hh_module()) == ("aml_0_update", "aml_0_event_0")
    assert symbols_of(channel_module()) == ("aml_0_update", "aml_0_event_0")


def test_missing_kernels_are_empty(native_kernels, make_storage):
    fields = (Field("v", EACH, Role.STATE),)
    module = KernelModule((GroupKernel("idle", fields, (), (), (), ("in",), ()),))
    kernels = native_kernels(module)
    assert symbols_of(module) == ("aml_0_update", "aml_0_event_0")
    storage = make_storage(module.groups[0], 3, {"v": 2.0})
    kernels.update(storage, (0.1, 0.0, 0.1, 1), 0, 3)
    kernels.event(storage, (0.1, 0.0, 0.1, 1), np.zeros(2, np.int32), None)
    assert list(storage.fields["v"]) == [2.0, 2.0, 2.0]


def test_hostile_text_stays_in_comments():
    name = 'a */ system("x"); /* \\\n#include <x>\n'
    fields = (Field(name, EACH, Role.STATE, unit="*/ \n evil"),)
    body = (Store(name, parse("1"), "v = 1 */ evil(); ??/\n evil"),)
    kernel = Kernel("*/ evil", KernelKind.UPDATE, body)
    group = GroupKernel("*/ evil", fields, (), (), (), (), (kernel,))
    source = print_module(KernelModule((group,)), PLAIN)
    code = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    assert "evil" not in code
    assert "#include" not in code
    assert "system" not in code.replace("a_system_x", "")


def test_frames_check_their_holes():
    with pytest.raises(ValueError, match="has the holes"):
        fill("event.c", title="", symbol="", setup="")
    with pytest.raises(ValueError, match="has the holes"):
        fill("vector_math.c", more="")


def test_library_declarations():
    text = declare_library({"exp", "pow", "ceil"}, frozenset({"exp", "pow"}), single=False)
    assert text.splitlines()[-3:] == [
        "aml_real ceil(aml_real);",
        "#define exp aml_exp",
        "aml_real pow(aml_real, aml_real) AML_SIMD;",
    ]
    assert declare_library({"log"}, frozenset(), single=True) == "aml_real logf(aml_real);"
    assert declare_library({"exp"}, frozenset(), single=True) == "#define expf aml_expf"
    assert declare_library(set(), frozenset({"exp"}), single=False) == ""
    assert libmvec_functions((2, 17)) == frozenset()
    assert libmvec_functions((2, 31)) < libmvec_functions((2, 36))


@pytest.mark.parametrize("precision", ["double", "single"])
def test_hh_loop_vectorises(precision, hh_module, toolchain, tmp_path):
    """The compiler reports vectorised loops; exp is inline, or called in its vector form."""
    if not toolchain.vector_math:
        pytest.skip("no vector library known for this compiler and machine")
    names = libmvec_functions((2, 22))
    source = print_module(hh_module(precision), TargetLibrary(names, contract_text()))
    source = source.replace("aml_0_update_any_power(context, begin, end);", "")
    (tmp_path / "kernels.c").write_text(source)
    command = [*toolchain.command, *toolchain.flags, "-fopt-info-vec-optimized", "kernels.c"]
    done = subprocess.run(
        [*command, "-S", "-o", "kernels.s"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "loop vectorized" in done.stderr
    assembly = (tmp_path / "kernels.s").read_text()
    block = assembly[assembly.index("aml_0_update_blocks:") :]
    block = block[: block.index(".cfi_endproc")]
    calls = re.findall(r"call\S*\s+\*?(\w+)", block)
    assert len(calls) in ((6, 12) if precision == "single" else (0,))
    assert all(call.startswith("_ZGV") for call in calls)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_no_cut_changes_a_bit(precision, hh_module, hh_values, native_kernels, make_storage):
    """Threads cut the instances anywhere: results depend neither on it nor on room behind them."""
    module, size, room, single = hh_module(precision), 83, 16, precision == "single"
    kernels = native_kernels(module)
    v = np.append(np.linspace(-0.08, 0.03, size), np.full(room, -0.065))
    results = []
    everywhere = ([0, size], range(size + 1), [0, 7, 8, 31, 64, size])
    for cuts, kernels.size in product(everywhere, (-1, size)):
        storage = make_storage(module.groups[0], size + room, hh_values | {"v": v}, single=single)
        for step in range(1, 300):
            for begin, end in pairwise(cuts):
                kernels.update(storage, (1e-5 * step, 1e-5 * (step - 1), 1e-5, step), begin, end)
        results.append(storage)
    for other in results[1:]:
        for name, values in results[0].fields.items():
            assert np.array_equal(values[:size], other.fields[name][:size]), name
        assert np.array_equal(results[0].emitted["spike"][:size], other.emitted["spike"][:size])
    assert results[0].emitted["spike"][:size].any()
    untouched = [
        found.fields["v"][size:] == v[size:].astype(found.fields["v"].dtype) for found in results
    ]
    assert all(np.all(found) for found in untouched[::2])
    assert not any(np.all(found) for found in untouched[1::2])


@pytest.mark.parametrize("precision", ["double", "single"])
def test_hh_trace_agrees_with_the_interpreter(
    precision, hh_module, hh_values, native_kernels, make_storage
):
    module, size, single = hh_module(precision), 19, precision == "single"
    group, kernels = module.groups[0], native_kernels(module)
    v = np.linspace(-0.08, 0.03, size)
    native, interpreted = (
        make_storage(group, size, hh_values | {"v": v}, single=single) for _ in range(2)
    )
    update = bind(group.kernels[0], group, interpreted)
    for step in range(1, 501):
        scalars = (1e-5 * step, 1e-5 * (step - 1), 1e-5, step)
        kernels.update(native, scalars, 0, size)
        update(*scalars, 0, size)
    tolerance = 2e-3 if single else 1e-9
    assert native.fields["v"] == pytest.approx(interpreted.fields["v"], rel=tolerance)
    assert np.array_equal(native.emitted["spike"], interpreted.emitted["spike"])


def test_scheme_with_draws_agrees_with_the_interpreter(native_kernels, make_storage):
    module, size = channel_module(), 50
    group, kernels = module.groups[0], native_kernels(module)
    others = {
        "externals": {"pre/v": np.zeros(2), "peer": np.array([20.0, 900.0])},
        "indices": {"pre": np.arange(size, dtype=np.int32) % 2},
        "seed": 5,
    }
    values = {"C1": 1.0, "tau": 0.01}
    native, interpreted = (make_storage(group, size, values, **others) for _ in range(2))
    update = bind(group.kernels[0], group, interpreted)
    for step in range(1, 30):
        scalars = (1e-4 * step, 1e-4 * (step - 1), 1e-4, step)
        kernels.update(native, scalars, 0, size)
        update(*scalars, 0, size)
    assert native.fields["O1"] == pytest.approx(interpreted.fields["O1"], rel=1e-13)
    assert np.array_equal(native.fields["regime"], interpreted.fields["regime"])
    assert np.array_equal(native.emitted["out"], interpreted.emitted["out"])
    assert 0 < native.emitted["out"].sum() < size * 29
