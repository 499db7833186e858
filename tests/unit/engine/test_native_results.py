"""The native engine: recording, streaming to disk, interruption, and result files."""

from __future__ import annotations

import ctypes
import math
import os
import signal
import threading
import time

import numpy as np
import pytest

core = pytest.importorskip("annarchy_ml.engine._core", reason="the native core is not built")

COUNT = "UPDATE(count) { EACH F(0)[i] = (aml_real)c->step + 1000.0 * i; }"


@pytest.fixture
def counting(compile_kernels):
    library = core.KernelLibrary(compile_kernels(COUNT))

    def build(size=3):
        network = core.Network(0.5)
        fields = [("x", "real", True, True), ("shared", "real", False, False)]
        group = network.add_group("cells", size, [*fields, ("mode", "int", True, False)])
        network.set_kernels(group, library.address("count"))
        network.set_schedule([(group, 0, size)])
        network.field(group, "shared")[:] = 7.0
        network.field(group, "mode")[:] = 5
        return network, group

    return build


def test_rows_are_the_start_and_every_interval(counting, recorded):
    network, group = counting()
    traces = network.record([(group, "x", 2), (group, "shared", 2), (group, "mode", 0)], 4)
    network.run(7)
    network.run(6)
    times, values = recorded(network, traces)
    assert times.tolist() == [0.0, 2.0, 4.0, 6.0]
    assert values[:, 0].tolist() == [0.0, 2004.0, 2008.0, 2012.0]
    assert values[:, 1].tolist() == [7.0] * 4
    assert values[:, 2].tolist() == [5.0] * 4


def test_a_recording_may_start_between_two_runs(counting, recorded):
    network, group = counting()
    network.run(3)
    traces = network.record([(group, "x", 0)])
    assert recorded(network, traces)[0].size == 0
    network.run(2)
    times, values = recorded(network, traces)
    assert times.tolist() == [1.5, 2.0, 2.5]
    assert values[:, 0].tolist() == [3.0, 4.0, 5.0]


def test_many_rows_stay_in_order_over_chunks(counting, recorded):
    network, group = counting(100)
    traces = network.record([(group, "x", i) for i in range(100)])
    network.run(5000)
    times, values = recorded(network, traces)
    assert np.array_equal(times, np.arange(5001) * 0.5)
    assert np.array_equal(values[1:], np.arange(1, 5001)[:, None] + 1000.0 * np.arange(100))


def test_rows_beyond_a_budget_are_kept_on_disk(counting, tmp_path, recorded):
    network, group = counting(100)
    traces = network.record([(group, "x", i) for i in range(100)])
    path = tmp_path / "rows.bin"
    network.stream_to(traces, path, 3_000_000)
    network.run(20_000)
    assert network.memory_bytes < 6_000_000 < network.estimate_bytes(20_000)
    assert path.stat().st_size > 10_000_000
    for length in (20_001, 40_001):
        assert network.complete_file(traces) == length
        rows = np.memmap(path, np.float64, "r", shape=(length, 101))
        assert np.array_equal(rows[:, 0], np.arange(length) * 0.5)
        assert np.array_equal(rows[1:, 8], np.arange(1, length) + 7000.0)
        network.run(20_000)
    times, values = recorded(network, traces)  # those on disk and those that are not yet
    assert np.array_equal(times, np.arange(60_001) * 0.5)
    assert np.array_equal(values[1:, 7], np.arange(1, 60_001) + 7000.0)
    network.run(20_000)
    assert np.array_equal(values[1:, 7], np.arange(1, 60_001) + 7000.0)
    network.reset()
    network.run(3)
    assert network.complete_file(traces) == 0
    assert recorded(network, traces)[1][1:, 7].shape == (3,)


def test_what_was_recorded_is_shown_and_not_copied(counting, recorded):
    """A view stays as it is while the run goes on, over a reset, and without its network."""
    network, group = counting()
    traces = network.record([(group, "x", 0), (group, "x", 1)])
    network.run(50_000)
    times, values = recorded(network, traces)
    again = recorded(network, traces)[1]
    assert np.shares_memory(values, again) and not values.flags.writeable
    network.run(50_000)
    assert recorded(network, traces)[1].shape == (100_001, 2)
    network.reset()
    network.run(10)
    del network
    assert times.shape == (50_001,) and np.array_equal(times, np.arange(50_001) * 0.5)
    assert np.array_equal(values[1:, 1], np.arange(1, 50_001) + 1000.0)


def test_a_poll_function_sees_progress_and_can_stop_the_run(counting):
    network, _ = counting()
    seen = []

    def poll(done):
        seen.append(done)
        return len(seen) < 3

    done = network.run(10**12, poll=poll, poll_every=0.001)
    assert done == seen[-1] == network.step
    assert network.interrupted
    assert network.run(5) == 5
    assert not network.interrupted


def test_an_error_in_the_poll_function_reaches_the_caller(counting):
    network, _ = counting()
    with pytest.raises(ZeroDivisionError):
        network.run(10**12, poll=lambda done: 1 // 0, poll_every=0.001)


def test_ctrl_c_stops_at_the_end_of_a_step_and_keeps_the_rows(counting, interruptible, recorded):
    network, group = counting()
    traces = network.record([(group, "x", 0)], 1000)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    begun = time.perf_counter()
    done = network.run(10**12)
    assert time.perf_counter() - begun < 5.0
    assert network.interrupted
    assert done == network.step > 0
    assert recorded(network, traces)[0].size == done // 1000 + 1


def test_what_was_recorded_can_be_read_in_the_poll_only(counting, recorded):
    network, group = counting()
    traces = network.record([(group, "x", 0)], 1000)
    seen, caught = [], []

    def look():
        while not caught:
            try:
                recorded(network, traces)
            except core.EngineError as error:
                caught.append(error.code)

    def poll(done):
        seen.append(recorded(network, traces)[1][-1, 0])
        if len(seen) == 1:
            threading.Thread(target=look).start()
        return not caught

    network.run(10**12, poll=poll, poll_every=0.02)
    assert seen[0] == recorded(network, traces)[1][int(seen[0]) // 1000, 0]
    assert caught == ["state"]


def test_a_run_goes_on_after_an_error_and_a_reset(compile_kernels):
    text = "UPDATE(grow) { EACH F(0)[i] *= 1e200; }"
    network = core.Network(1.0)
    group = network.add_group("cells", 1, [("x", "real", True, True)])
    network.set_kernels(group, core.KernelLibrary(compile_kernels(text)).address("grow"))
    network.set_schedule([(group, 0, 1)])
    for _ in range(2):
        network.field(group, "x")[:] = 1.0
        with pytest.raises(core.NonFiniteError):
            network.run(5)
        network.reset()
        network.field(group, "x")[:] = 0.0
        assert network.run(5) == 5
        network.reset()


def test_other_python_threads_run_meanwhile_but_may_not_change_the_network(counting):
    network, group = counting()
    caught = []

    def poll(done):
        try:
            network.add_group("late", 1, [])
        except core.EngineError as error:
            caught.append(error.code)
        return False

    network.run(10**12, poll=poll, poll_every=0.001)
    assert caught == ["state"]
    assert network.field(group, "x")[0] == network.step


JAVA = [
    (0.0, "0.0"),
    (-0.0, "-0.0"),
    (1.0, "1.0"),
    (-65.0, "-65.0"),
    (0.1, "0.1"),
    (0.001, "0.001"),
    (0.000999, "9.99E-4"),
    (1e-5, "1.0E-5"),
    (-0.06500001, "-0.06500001"),
    (123456.7, "123456.7"),
    (9999999.0, "9999999.0"),
    (1e7, "1.0E7"),
    (1.2345678e10, "1.2345678E10"),
    (1e300, "Infinity"),
    (float("-inf"), "-Infinity"),
    (float("nan"), "NaN"),
    (1.4e-45, "1.4E-45"),
    (3.4028235e38, "3.4028235E38"),
    (100.0, "100.0"),
    (16777216.0, "1.6777216E7"),
]


def test_tables_have_the_digits_of_the_reference(tmp_path):
    path = tmp_path / "table.dat"
    numbers = np.array([number for number, _ in JAVA])
    core.write_table(path, [np.array([0.0, 5e-5]), *np.stack([numbers, numbers]).T])
    text = "\t".join(text for _, text in JAVA)
    assert path.read_text() == f"0.0\t{text}\t\n5.0E-5\t{text}\t\n"
    assert os.listdir(tmp_path) == ["table.dat"]


def test_any_float_reads_back_as_itself(tmp_path):
    bits = np.random.default_rng(0).integers(0, 2**32, 200_000, dtype=np.uint32)
    numbers = bits.view(np.float32)
    numbers = numbers[np.isfinite(numbers)].astype(np.float64)[:, None]
    for style, kind in (("float32", np.float32), ("float64", np.float64)):
        core.write_table(tmp_path / "t.dat", [numbers[:, 0], numbers[:, 0]], style)
        back = np.loadtxt(tmp_path / "t.dat", dtype=np.float64, delimiter="\t", usecols=(0, 1))
        assert np.array_equal(back.astype(kind), numbers.astype(kind).repeat(2, axis=1))


def test_event_files_in_both_orders(tmp_path):
    path = tmp_path / "spikes.dat"
    trains = [("b c", [0.002, 2.5]), ("a", np.array([0.001, 2.5])), ("b c", [])]
    core.write_events(path, trains, True)
    assert path.read_text() == "0.001\ta\n0.002\tb c\n2.5\tb c\n2.5\ta\n"
    core.write_events(path, trains, False)
    assert path.read_text() == "a\t0.001\nb c\t0.002\nb c\t2.5\na\t2.5\n"
    core.write_events(path, [], True)
    assert path.read_text() == ""


@pytest.mark.parametrize("helpers", [0, 1, 3])
def test_files_printed_during_a_run_are_those_written_after_it(counting, tmp_path, helpers):
    """In pieces over several runs, and in a run that is stopped; denormals are printed as such."""
    network, group = counting(5)
    network.field(group, "shared")[:] = 1e-42
    names = [("x", 0), ("x", 3), ("shared", 0)]
    traces = network.record([(group, name, i) for name, i in names])
    files = [(tmp_path / "a", [0, 2, 1, 1]), (tmp_path / "b", [3]), (tmp_path / "c", [])]
    printer = network.print_rows(traces, files, helpers)
    network.run(20_000)
    network.run(7)
    network.run(10**12, poll=lambda done: done < 30_000, poll_every=0.001)
    rows = np.asarray(network.rows(traces))
    assert len(rows) > 50_000
    for number in range(len(files)):
        assert not files[number][0].exists()
        printer.finish(number)
    core.write_table(tmp_path / "d", [rows[:, k] for k in (0, 2, 1, 1)])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "d").read_bytes()
    assert (tmp_path / "b").read_bytes() == b"1.0E-42\t\n" * len(rows)
    assert (tmp_path / "c").read_bytes() == b"\n" * len(rows)
    assert len(os.listdir(tmp_path)) == 4 + len(list(tmp_path.glob("kernels*")))


def test_rows_on_their_way_to_disk_are_printed_too(counting, tmp_path):
    network, group = counting(100)
    traces = network.record([(group, "x", i) for i in range(100)])
    printer = network.print_rows(traces, [(tmp_path / "a", [0, 7])], 1)
    network.stream_to(traces, tmp_path / "rows.bin", 300_000)
    network.run(5000)
    printer.finish(0)
    assert network.complete_file(traces) == 5001
    rows = np.memmap(tmp_path / "rows.bin", np.float64, "r", shape=(5001, 101))
    core.write_table(tmp_path / "b", [rows[:, 0], rows[:, 7]])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_printing_during_a_run_refuses(counting, tmp_path):
    network, group = counting()
    traces = network.record([(group, "x", 0)])
    with pytest.raises(core.EngineError, match="no column of this number"):
        network.print_rows(traces, [(tmp_path / "a", [2])], 1)
    with pytest.raises(core.EngineError, match="cannot be opened"):
        network.print_rows(traces, [(tmp_path / "missing" / "a", [1])], 1)
    (tmp_path / "folder").mkdir()
    printer = network.print_rows(traces, [(tmp_path / "folder", [1])], 1)
    network.run(3)
    with pytest.raises(core.EngineError, match="cannot be put in place"):
        printer.finish(0)
    with pytest.raises(core.EngineError, match="recorded already"):
        network.print_rows(traces, [(tmp_path / "b", [1])], 1)


def test_a_printer_that_is_dropped_leaves_no_file(counting, tmp_path):
    network, group = counting()
    traces = network.record([(group, "x", 0)])
    before = set(os.listdir(tmp_path))
    printer = network.print_rows(traces, [(tmp_path / "a", [0, 1])], 2)
    network.run(50_000)
    assert set(os.listdir(tmp_path)) > before
    del printer
    assert set(os.listdir(tmp_path)) == before
    network.run(50_000)
    assert len(network.rows(traces)) == 100_001


def test_events_are_sorted_by_sender():
    times, offsets = core.sort_events([0.1, 0.1, 0.2, 0.1], [2, 0, 2, 2], 4)
    assert times.tolist() == [0.1, 0.1, 0.1, 0.2]
    assert offsets.tolist() == [0, 1, 1, 4, 4]
    assert core.sort_events([0.3, 0.1, 0.2], [0, 1, 0], 2)[0].tolist() == [0.2, 0.3, 0.1]
    assert core.sort_events([], [], 0)[1].tolist() == [0]
    for which in ([4], [-1], [0, 0]):
        with pytest.raises(core.EngineError):
            core.sort_events([0.1], which, 4)


def test_numbers_come_as_lists_arrays_or_plain_memory():
    values = np.arange(6.0)
    network = core.Network(0.5, precision="single")
    fields = [("x", "real", True, False), ("n", "int", True, False), ("s", "real", False, False)]
    group = network.add_group("cells", 3, fields)
    packed = np.zeros(3, [("flag", "u1"), ("value", "f8")])
    packed["value"] = values[::2]
    odd = np.zeros(25, np.uint8)[1:].view(np.float64)
    odd[:] = values[::2]
    own = (ctypes.c_double * 3)(0, 2, 4)
    plain = ([0, 2, 4], values[::2], memoryview(values[::2].copy()), np.float32(values[::2]), own)
    for given in (*plain, packed["value"], odd, values[::2].astype(">f8"), np.array([0, 2, 4])):
        for name in ("x", "n"):
            network.set_field(group, name, 9)
            network.set_field(group, name, given)
            assert network.field(group, name).tolist() == [0, 2, 4]
    network.set_field(group, "s", memoryview(values)[5:])
    assert network.field(group, "s").tolist() == [5]
    with pytest.raises(core.EngineError, match="one value, or one per instance"):
        network.set_field(group, "x", [1.0, 2.0])
    with pytest.raises(TypeError):
        network.set_field(group, "x", "many")


@pytest.mark.parametrize("value", [0.5, 2.0**31, -1e300, math.nan, math.inf])
def test_whole_numbers_are_not_cut_off(value):
    """What would become another number is refused, wherever whole numbers are expected."""
    network = core.Network(0.5)
    group = network.add_group("cells", 1, [("n", "int", True, False)], ["in"], ["out"])
    with pytest.raises(core.EngineError, match="whole numbers of 32 bits"):
        network.set_field(group, "n", value)
    with pytest.raises(TypeError):
        network.set_index(group, 0, [value])
    with pytest.raises(TypeError):
        network.add_projection(group, "out", group, "in", [0, 1], [value], None, [1e-3])


def test_columns_that_lie_anyhow_are_written(tmp_path):
    packed = np.zeros(2, [("flag", "u1"), ("value", "f8")])
    packed["value"] = [1.5, 2.5]
    core.write_table(tmp_path / "t.dat", [packed["value"], np.array([3, 4])[::-1]])
    assert (tmp_path / "t.dat").read_text() == "1.5\t4.0\t\n2.5\t3.0\t\n"


def test_a_failed_file_leaves_nothing_behind(tmp_path):
    with pytest.raises(core.EngineError, match="cannot be opened") as caught:
        core.write_table(tmp_path / "missing" / "t.dat", [[0.0], [1.0]])
    assert caught.value.code == "file"
    (tmp_path / "folder").mkdir()
    with pytest.raises(core.EngineError, match="cannot be put in place"):
        core.write_table(tmp_path / "folder", [[0.0], [1.0]])
    assert os.listdir(tmp_path) == ["folder"]


def test_what_does_not_fit_in_memory_is_refused():
    network = core.Network(1e-3)
    fields = [(f"x{k}", "real", True, False) for k in range(2000)]
    with pytest.raises(core.EngineError, match="no memory for") as caught:
        network.add_group("huge", 2**31 - 2, fields)
    assert caught.value.code == "memory"
