"""The native engine: fields, time, kernels, attachments, reductions, errors."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

core = pytest.importorskip("annarchy_ml.engine._core", reason="the native core is not built")

DECAY = "UPDATE(decay) { EACH F(0)[i] += c->dt * (-F(0)[i] / 0.01); }"
CLOCK = """
UPDATE(watch) { EACH { F(0)[i] = c->t; F(1)[i] = c->t_prev; F(2)[i] = (aml_real)c->step; } }
"""


def one_group(compile_kernels, text, symbol, size=1, fields=("v",), dt=1e-4, **options):
    network = core.Network(dt, **options)
    real = "float" if options.get("precision") == "single" else "double"
    library = core.KernelLibrary(compile_kernels(text, real=real))
    group = network.add_group("cells", size, [(name, "real", True, True) for name in fields])
    network.set_kernels(group, library.address(symbol))
    network.set_schedule([(group, 0, size)])
    return network, group


def test_fields_are_zeroed_aligned_views_that_keep_the_network_alive():
    network = core.Network(1e-3, precision="single")
    fields = [("v", "real", True, False), ("tau", "real", False, False), ("n", "int", True, False)]
    group = network.add_group("cells", 5, fields)
    views = [network.field(group, name) for name in ("v", "tau", "n")]
    del network
    assert [view.dtype for view in views] == [np.float32, np.float32, np.int32]
    assert [view.shape for view in views] == [(5,), (1,), (5,)]
    assert all(view.ctypes.data % 64 == 0 and not view.any() for view in views)
    views[0][:] = 3.0
    assert views[0].sum() == 15.0


@pytest.mark.parametrize("precision", ["double", "single"])
def test_a_widened_field_has_the_shared_value_everywhere_and_old_views_live_on(precision):
    network = core.Network(0.1, precision=precision)
    group = network.add_group("cells", 5, [("a", "real", False, False), ("n", "int", False, False)])
    old = network.field(group, "a")
    old[...] = 2.5
    network.field(group, "n")[...] = 7
    for name in ("a", "a", "n"):
        network.widen_field(group, name)
    assert network.field(group, "a").tolist() == [2.5] * 5
    assert network.field(group, "n").tolist() == [7] * 5
    assert old.tolist() == [2.5]
    with pytest.raises(core.EngineError):
        network.widen_field(group, "b")


@pytest.mark.parametrize("precision", ["double", "single"])
def test_a_decay_equals_the_same_additions_in_numpy(compile_kernels, precision, recorded):
    network, group = one_group(compile_kernels, DECAY, "decay", size=3, precision=precision)
    v = network.field(group, "v")
    v[:] = [1.0, 2.0, -3.0]
    expected = v.copy()
    traces = network.record([(group, "v", 2), (group, "v", 0)])
    assert network.run(50) == 50
    for _ in range(50):
        expected += (1e-4 * (-expected.astype(np.float64) / 0.01)).astype(expected.dtype)
    np.testing.assert_allclose(v, expected, rtol=1e-12 if precision == "double" else 1e-5)
    times, values = recorded(network, traces)
    assert values.shape == (51, 2)
    assert values[0].tolist() == [-3.0, 1.0]
    assert values[-1].tolist() == [v[2], v[0]]
    assert times[0] == 0.0


def test_time_is_accumulated_not_multiplied(compile_kernels, recorded):
    network, group = one_group(
        compile_kernels, CLOCK, "watch", fields=("t", "before", "k"), dt=5e-5
    )
    traces = network.record([(group, name, 0) for name in ("t", "before", "k")])
    network.run(1000)
    expected = np.concatenate([[0.0], np.cumsum(np.full(1000, 5e-5))])
    times, values = recorded(network, traces)
    assert np.array_equal(times, expected)
    assert np.array_equal(values[1:, 0], expected[1:])
    assert np.array_equal(values[1:, 1], expected[:-1])
    assert np.array_equal(values[1:, 2], np.arange(1, 1001))
    assert (network.t, network.step) == (expected[-1], 1000)
    assert not np.array_equal(expected, np.arange(1001) * 5e-5)


def test_reset_goes_back_to_the_start_and_keeps_values(compile_kernels, recorded):
    network, group = one_group(compile_kernels, DECAY, "decay")
    network.field(group, "v")[:] = 1.0
    traces = network.record([(group, "v", 0)])
    network.run(10)
    left = network.field(group, "v")[0]
    network.reset()
    assert (network.t, network.step) == (0.0, 0)
    assert recorded(network, traces)[0].size == 0
    network.run(1)
    assert recorded(network, traces)[1][0, 0] == left


ATTACHED = """
UPDATE(synapse) { EACH F(0)[i] = X(0)[INDEX(0, i)] + F(1)[i]; }
UPDATE(cell) { EACH F(0)[i] += F(1)[i] + F(2)[i]; }
"""


def test_attached_instances_step_first_and_are_reduced_in_order(compile_kernels):
    library = core.KernelLibrary(compile_kernels(ATTACHED))
    network = core.Network(1e-3)
    cells = network.add_group("cells", 3, [(n, "real", True, False) for n in ("v", "s", "p")])
    network.set_kernels(cells, library.address("cell"))
    for name, hosts in (("a", [0, 0, 2]), ("b", [0, 1, 2])):
        group = network.add_group(name, 3, [(n, "real", True, False) for n in ("i", "w")])
        network.set_kernels(group, library.address("synapse"))
        network.set_host(group, cells, hosts)
        network.set_index(group, 0, hosts)
        network.bind_external(group, 0, cells, "v", index=0)
        network.field(group, "w")[:] = [1.0, 2.0, 3.0]
        network.add_reduction(group, "i", "s", "add")
        if name == "b":
            network.add_reduction(group, "i", "p", "multiply")
    network.set_schedule([(cells, 0, 2), (cells, 2, 3)])
    network.field(cells, "v")[:] = [1.0, 10.0, 100.0]
    network.run(1)
    assert network.field(cells, "s").tolist() == [2.0 + 3.0 + 2.0, 12.0, 103.0 + 103.0]
    assert network.field(cells, "p").tolist() == [2.0, 12.0, 103.0]
    assert network.field(cells, "v").tolist() == [10.0, 34.0, 409.0]


def test_hosts_without_attached_instances_get_the_neutral_value():
    network = core.Network(1e-3)
    cells = network.add_group("cells", 3, [(n, "real", True, False) for n in ("s", "p")])
    group = network.add_group("inputs", 1, [("i", "real", True, False)])
    network.set_host(group, cells, [1])
    network.add_reduction(group, "i", "s", "add")
    network.add_reduction(group, "i", "p", "multiply")
    network.field(group, "i")[:] = 5.0
    network.refresh_reductions(cells)
    assert network.field(cells, "s").tolist() == [0.0, 5.0, 0.0]
    assert network.field(cells, "p").tolist() == [1.0, 5.0, 1.0]


def test_ctypes_functions_can_be_kernels():
    network = core.Network(1e-3)
    group = network.add_group("cells", 4, [("v", "real", True, False)], out_ports=["spike"])
    v = network.field(group, "v")
    seen = []

    @ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
    def update(context, begin, end):
        v[begin:end] += 1.0
        seen.append(ctypes.cast(context, ctypes.POINTER(ctypes.c_double))[0])

    network.set_kernels(group, ctypes.cast(update, ctypes.c_void_p).value)
    network.set_schedule([(group, 0, 3), (group, 3, 4)])
    network.run(2)
    assert v.tolist() == [2.0] * 4
    assert seen == [1e-3, 1e-3, 2e-3, 2e-3]


def test_non_finite_values_stop_the_run_and_are_located(compile_kernels, recorded):
    text = "UPDATE(grow) { EACH F(0)[i] *= i == 2 ? 1e30 : 1.0; }"
    network, group = one_group(compile_kernels, text, "grow", size=4)
    network.field(group, "v")[:] = 1.0
    traces = network.record([(group, "v", 1), (group, "v", 2)])
    with pytest.raises(core.NonFiniteError) as caught:
        network.run(1000)
    error = caught.value
    assert (error.code, error.group, error.field, error.index) == ("non_finite", "cells", "v", 2)
    assert error.time == pytest.approx(11e-4)
    assert error.last == pytest.approx(1e300)
    assert "'v' of instance 2 of 'cells' is not finite" in str(error)
    assert recorded(network, traces)[1].shape == (12, 2)


def test_non_finite_values_are_found_without_a_recording(compile_kernels):
    text = "UPDATE(grow) { EACH F(0)[i] *= 1e30; }"
    network, group = one_group(compile_kernels, text, "grow", size=100)
    network.field(group, "v")[70:] = 1.0
    with pytest.raises(core.NonFiniteError) as caught:
        network.run(1000)
    assert (caught.value.index, caught.value.last, network.step) == (70, None, 64)


def test_libraries_of_another_abi_are_refused(compile_kernels, tmp_path):
    path = compile_kernels(DECAY, version="99")
    with pytest.raises(core.EngineError, match="version 99") as caught:
        core.KernelLibrary(path)
    assert (caught.value.code, caught.value.place) == ("library", path)
    with pytest.raises(core.EngineError, match="cannot open"):
        core.KernelLibrary(tmp_path / "missing.so")
    good = core.KernelLibrary(compile_kernels(DECAY, real="float"))
    assert (good.abi_version, good.real_size, good.has("decay")) == (core.ABI_VERSION, 4, True)
    with pytest.raises(core.EngineError, match="has no symbol 'missing'"):
        good.address("missing")


def build_wrong(network, cells, action):
    if action == "field":
        network.field(cells, "w")
    elif action == "schedule":
        network.set_schedule([(cells, 0, 2)])
    elif action == "host":
        network.set_host(cells, cells, [0, 1, 2])
    elif action == "index":
        network.set_index(cells, 0, [0])
    elif action == "group":
        network.field(7, "v")
    elif action == "record":
        network.record([(cells, "v", 3)])
    else:
        network.add_projection(cells, "out", cells, "in", [0, 1, 1, 1], [9], None, [1e-3])


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("field", "group 'cells' has no field 'w'"),
        ("schedule", "every instance"),
        ("host", "attached"),
        ("index", "one value per instance"),
        ("group", "no group of this number"),
        ("record", "lies outside the group"),
        ("projection", "outside the target group"),
    ],
)
def test_what_does_not_fit_together_is_refused(action, message):
    network = core.Network(1e-3)
    cells = network.add_group("cells", 3, [("v", "real", True, False)], ["in"], ["out"])
    with pytest.raises(core.EngineError, match=message) as caught:
        build_wrong(network, cells, action)
    assert caught.value.code == "argument"


def test_an_index_that_points_outside_stops_before_the_first_step(compile_kernels):
    network, group = one_group(compile_kernels, ATTACHED, "synapse", size=2, fields=("i", "w"))
    network.set_index(group, 0, [0, 2])
    network.bind_external(group, 0, group, "i", index=0)
    with pytest.raises(core.EngineError, match="points outside 'cells'"):
        network.run(1)
    assert network.step == 0


READER = "UPDATE(reader) { EACH F(0)[i] = X(0)[INDEX(1, i)]; }"


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("missing", ["an index is not set", "an external of 'cells' is not bound"])
def test_what_is_not_bound_is_named_before_anything_reads_it(compile_kernels, threads, missing):
    size = 2000
    network, group = one_group(compile_kernels, READER, "reader", size=size, threads=threads)
    network.set_index(group, 1, np.arange(size, dtype=np.int32))
    if "index" in missing:
        network.bind_external(group, 0, group, "v", index=1)  # index 0 stays without values
    else:
        network.set_index(group, 0, np.arange(size, dtype=np.int32))
        network.bind_external(group, 1, group, "v", index=1)  # external 0 stays without a field
    with pytest.raises(core.EngineError, match=missing):
        network.run(1)
