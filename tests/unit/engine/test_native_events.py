"""The native engine: when events arrive, in which order, with which time, on any thread count."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

core = pytest.importorskip("annarchy_ml.engine._core", reason="the native core is not built")

# Sends while t_prev < stop; a receiver keeps count, time of the last event, and step of it.
PULSES = """
UPDATE(source) { EACH if ((int64_t)c->step % (int64_t)F(0)[i] == 0) c->emitted[0][i]++; }
UPDATE(sink) { EACH F(3)[i] = c->t; }
EVENT(receive) {
  for (int64_t k = 0; k < count; ++k) {
    int32_t i = targets[k];
    F(0)[i] += W(k); F(1)[i] = c->t; F(2)[i] = (aml_real)c->step;
  }
}
EVENT(relay) { for (int64_t k = 0; k < count; ++k) c->emitted[0][targets[k]]++; }
"""
SINK = [(name, "real", True, False) for name in ("count", "t", "step", "own_t")]


def source_and_sink(compile_kernels, dt, order="source first", size=1, period=7):
    library = core.KernelLibrary(compile_kernels(PULSES))
    network = core.Network(dt)
    source = network.add_group("source", size, [("period", "real", True, False)], [], ["spike"])
    sink = network.add_group("sink", size, SINK, ["in"])
    network.set_kernels(source, library.address("source"))
    network.set_kernels(sink, library.address("sink"), {"in": library.address("receive")})
    network.field(source, "period")[:] = period
    blocks = [(source, 0, size), (sink, 0, size)]
    network.set_schedule(blocks if order == "source first" else blocks[::-1])
    return network, source, sink


def accumulated(dt, n):
    return np.concatenate([[0.0], np.cumsum(np.full(n, dt))])


@pytest.mark.parametrize("dt", [1e-3, 5e-5, 1e-4, 0.1])
@pytest.mark.parametrize("steps", [0.3, 1.0, 2.0, 2.5, 3.0, 10.0, 41.0])
def test_a_delayed_event_arrives_with_the_first_accumulated_time_at_or_after_it(
    compile_kernels, dt, steps, recorded
):
    network, source, sink = source_and_sink(compile_kernels, dt)
    delay = steps * dt
    network.add_projection(source, "spike", sink, "in", [0, 1], [0], None, [delay])
    traces = network.record([(sink, "count", 0)])
    events = network.record_events([(source, "spike", 0)])
    n = 3000
    network.run(n)
    times = accumulated(dt, n + 100)
    sent = np.arange(7, n + 1, 7)
    arrive = np.maximum(np.searchsorted(times, times[sent] + delay, side="left"), sent + 1)
    expected = np.bincount(arrive, minlength=n + 1)[: n + 1].cumsum()
    assert np.array_equal(recorded(network, traces)[1][:, 0], expected)
    assert np.array_equal(network.events(events)[0], times[sent])


def test_accumulated_times_do_shift_some_arrivals():
    dt, n = 5e-5, 3000
    times = accumulated(dt, n + 100)
    sent = np.arange(7, n + 1, 7)
    shifts = np.searchsorted(times, times[sent] + 41 * dt, side="left") - sent
    assert set(shifts) == {41, 42}


@pytest.mark.parametrize(("order", "lag"), [("source first", 0), ("sink first", 1)])
def test_without_delay_an_event_acts_at_once(compile_kernels, order, lag):
    network, source, sink = source_and_sink(compile_kernels, 1e-3, order)
    network.add_projection(source, "spike", sink, "in", [0, 1], [0], None, [0.0])
    network.run(7)
    t = accumulated(1e-3, 7)
    assert network.field(sink, "count")[0] == 1.0
    assert network.field(sink, "step")[0] == 7.0
    # The receiver's own time: the step's end if it has stepped, else the step's start.
    assert network.field(sink, "t")[0] == t[6 + lag]
    assert network.field(sink, "own_t")[0] == t[7]


def test_a_receiver_between_two_blocks_is_split_by_progress(compile_kernels):
    library = core.KernelLibrary(compile_kernels(PULSES))
    network = core.Network(1e-3)
    sink = network.add_group("sink", 4, SINK, ["in"])
    source = network.add_group("source", 1, [("period", "real", True, False)], [], ["spike"])
    network.field(source, "period")[:] = 1
    network.set_kernels(sink, library.address("sink"), {"in": library.address("receive")})
    network.set_kernels(source, library.address("source"))
    network.set_schedule([(sink, 0, 2), (source, 0, 1), (sink, 2, 4)])
    network.add_projection(
        source, "spike", sink, "in", [0, 5], [0, 1, 2, 2, 3], [1, 2, 3, 4, 5.0], [0.0]
    )
    network.run(1)
    assert network.field(sink, "t").tolist() == [1e-3, 1e-3, 0.0, 0.0]
    assert network.field(sink, "count").tolist() == [1, 2, 7, 5]


def test_rows_with_several_delays_and_many_events_in_flight(compile_kernels, recorded):
    rng = np.random.default_rng(1)
    dt, n, size = 1e-3, 400, 6
    network, source, sink = source_and_sink(
        compile_kernels, dt, size=size, period=rng.integers(1, 4, 6)
    )
    delays = np.array([0.0, 0.0005, 0.001, 0.0105, 0.1, 0.25])
    rows = []
    for row in range(size):
        n_connections = rng.integers(0, 9)
        rows += [
            (row, int(d), int(t), float(rng.integers(1, 9)))
            for d, t in zip(
                rng.integers(0, 6, n_connections), rng.integers(0, size, n_connections), strict=True
            )
        ]
    rows.sort()
    table = np.array(rows)
    row_ptr = np.searchsorted(table[:, 0], np.arange(size + 1))
    network.add_projection(
        source, "spike", sink, "in", row_ptr, table[:, 2], table[:, 3], delays, table[:, 1]
    )
    traces = network.record([(sink, "count", i) for i in range(size)])
    network.run(n)
    times = accumulated(dt, 2 * n)
    period = network.field(source, "period")
    expected = np.zeros((2 * n + 1, size))
    for row, delay, target, weight in rows:
        for k in range(int(period[row]), n + 1, int(period[row])):
            late = max(k + (delay > 0), np.searchsorted(times, times[k] + delays[delay]))
            expected[late, target] += weight
    assert np.array_equal(recorded(network, traces)[1], expected.cumsum(0)[: n + 1])


def test_delays_beyond_the_ring_still_arrive(compile_kernels):
    network, source, sink = source_and_sink(compile_kernels, 1e-3, period=70_000)
    network.add_projection(
        source, "spike", sink, "in", [0, 3], [0, 0, 0], None, [0.001, 70.0, 1e6], [0, 1, 2]
    )
    network.run(141_000)
    assert network.field(sink, "count")[0] == 3.0
    assert network.field(sink, "step")[0] in (140_000, 140_001)


def test_events_in_one_step_arrive_in_order_of_their_due_time(compile_kernels):
    text = (
        PULSES
        + """
    EVENT(keep) { for (int64_t k = 0; k < count; ++k) F(0)[targets[k]] = W(k); }
    """
    )
    library = core.KernelLibrary(compile_kernels(text))
    network, source, sink = source_and_sink(compile_kernels, 1.0, period=1)
    network.set_kernels(sink, 0, {"in": library.address("keep")})
    # Sent one after the other, due at 2.9, 2.5 and 2.2: all arrive in step 3.
    for delay, weight in ((1.9, 29), (1.5, 25), (1.2, 22)):
        network.add_projection(source, "spike", sink, "in", [0, 1], [0], [weight], [delay])
    network.run(3)
    assert network.field(sink, "count")[0] == 29.0


def chain(compile_kernels, delay):
    """source -> relay -> relay -> sink, all in one group of relays."""
    library = core.KernelLibrary(compile_kernels(PULSES))
    network, source, sink = source_and_sink(compile_kernels, 1e-3, period=5)
    relays = network.add_group("relays", 2, [], ["in"], ["out"])
    network.set_kernels(relays, 0, {"in": library.address("relay")}, emits_on_event=True)
    network.set_schedule([(source, 0, 1), (relays, 0, 2), (sink, 0, 1)])
    network.add_projection(source, "spike", relays, "in", [0, 1], [0], None, [delay])
    network.add_projection(relays, "out", relays, "in", [0, 1, 1], [1], None, [0.0])
    network.add_projection(relays, "out", sink, "in", [0, 0, 1], [0], None, [0.0])
    return network, sink, relays


@pytest.mark.parametrize(("delay", "step"), [(0.0, 5), (0.0015, 7)])
def test_relays_pass_events_on_at_once(compile_kernels, delay, step):
    network, sink, relays = chain(compile_kernels, delay)
    events = network.record_all_events(relays, "out")
    network.run(8)
    assert network.field(sink, "count")[0] == 1.0
    assert network.field(sink, "step")[0] == step
    times, which = network.events(events)
    assert which.tolist() == [0, 1]
    assert times.tolist() == [accumulated(1e-3, 8)[step]] * 2


def test_events_that_cause_each_other_without_delay_are_stopped(compile_kernels):
    network, _, relays = chain(compile_kernels, 0.0)
    network.add_projection(relays, "out", relays, "in", [0, 0, 1], [0], None, [0.0])
    with pytest.raises(core.EngineError, match="without end, among 'relays'") as caught:
        network.run(8)
    assert (caught.value.code, network.step) == ("event_loop", 5)


def test_events_that_multiply_without_delay_are_stopped(compile_kernels):
    network, _, relays = chain(compile_kernels, 0.0)
    network.add_projection(relays, "out", relays, "in", [0, 2, 4], [0, 1, 0, 1], None, [0.0])
    with pytest.raises(core.EngineError, match="without end"):
        network.run(8)


def test_selected_events_are_known_by_their_position(compile_kernels):
    network, source, _ = source_and_sink(compile_kernels, 1e-3, size=4, period=[3, 2, 5, 2])
    some = network.record_events([(source, "spike", i) for i in (3, 0, 3)])
    every = network.record_all_events(source, "spike")
    network.run(4)
    assert network.events(some)[1].tolist() == [0, 2, 1, 0, 2]
    assert network.events(every)[1].tolist() == [1, 3, 0, 1, 3]
    assert np.array_equal(network.events(every)[0], accumulated(1e-3, 4)[[2, 2, 3, 4, 4]])


def test_an_in_port_without_kernel_stops_before_the_first_step(compile_kernels):
    network, source, sink = source_and_sink(compile_kernels, 1e-3)
    other = network.add_group("other", 1, [], ["in"])
    network.set_schedule([(source, 0, 1), (sink, 0, 1), (other, 0, 1)])
    network.add_projection(source, "spike", other, "in", [0, 1], [0], None, [1e-3])
    with pytest.raises(core.EngineError, match="'in' of 'other' has no event kernel"):
        network.run(1)


NETWORK = """
UPDATE(synapse) { EACH { F(0)[i] *= 0.93; F(1)[i] = F(0)[i] * (1.0 - X(0)[INDEX(0, i)]); } }
UPDATE(cell) {
  EACH {
    F(0)[i] += c->dt * (F(2)[i] - F(0)[i]) / 0.01 + F(1)[i];
    if (F(0)[i] > 1.0) { F(0)[i] = 0.0; c->emitted[0][i]++; }
  }
}
EVENT(excite) { for (int64_t k = 0; k < count; ++k) F(0)[targets[k]] += W(k); }
"""


def random_network(compile_kernels, threads, blocks, zero_delay):
    rng = np.random.default_rng(3)
    size, dt = 3001, 1e-4
    network = core.Network(dt, threads=threads)
    library = core.KernelLibrary(compile_kernels(NETWORK))
    fields = [(name, "real", True, True) for name in ("v", "input", "drive")]
    cells = network.add_group("cells", size, fields, [], ["spike"])
    hosts = np.sort(rng.integers(0, size, 2 * size))
    synapses = network.add_group(
        "synapses", 2 * size, [(name, "real", True, True) for name in ("g", "i")], ["in"]
    )
    network.set_kernels(cells, library.address("cell"))
    network.set_kernels(synapses, library.address("synapse"), {"in": library.address("excite")})
    network.set_host(synapses, cells, hosts)
    network.set_index(synapses, 0, hosts)
    network.bind_external(synapses, 0, cells, "v", index=0)
    network.add_reduction(synapses, "i", "input")
    cuts = np.linspace(0, size, blocks + 1).astype(int).tolist()
    network.set_schedule([(cells, a, b) for a, b in itertools.pairwise(cuts)])
    n = 40 * size
    delays = np.array([0.0 if zero_delay else 5e-5, 1.5e-3, 3e-3])
    table = np.stack(
        [rng.integers(0, size, n), rng.integers(0, 3, n), rng.integers(0, 2 * size, n)]
    )
    table = table[:, np.lexsort(table[::-1])]
    row_ptr = np.searchsorted(table[0], np.arange(size + 1))
    weights = rng.normal(0.001, 0.004, n)
    network.add_projection(
        cells, "spike", synapses, "in", row_ptr, table[2], weights, delays, table[1]
    )
    network.field(cells, "v")[:] = rng.random(size)
    network.field(cells, "drive")[:] = rng.uniform(0.5, 1.6, size)
    return network, cells, synapses


@pytest.mark.parametrize("zero_delay", [False, True])
@pytest.mark.parametrize("blocks", [1, 3])
def test_any_number_of_threads_gives_the_same_bits(compile_kernels, blocks, zero_delay, recorded):
    results = []
    for threads in (1, 2, 3):
        network, cells, synapses = random_network(compile_kernels, threads, blocks, zero_delay)
        traces = network.record([(cells, "v", i) for i in range(0, 3001, 500)])
        events = network.record_all_events(cells, "spike")
        network.run(300)
        results.append(
            [
                network.field(cells, "v").copy(),
                network.field(synapses, "g").copy(),
                *recorded(network, traces),
                *network.events(events),
            ]
        )
    assert len(results[0][-1]) > 1000
    for other in results[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(results[0], other, strict=True))


PEERS = "UPDATE(chain) { EACH F(0)[i] = 0.5 * (F(0)[i] + X(0)[INDEX(0, i)]); }"


def test_instances_that_read_their_neighbors_step_in_order(compile_kernels):
    results = []
    for threads in (1, 2):
        network = core.Network(1e-3, threads=threads)
        library = core.KernelLibrary(compile_kernels(PEERS))
        group = network.add_group("chain", 5000, [("x", "real", True, True)])
        network.set_kernels(group, library.address("chain"))
        network.bind_external(group, 0, group, "x")
        network.set_index(group, 0, np.roll(np.arange(5000), 1))
        network.set_schedule([(group, 0, 5000)])
        network.field(group, "x")[:] = np.random.default_rng(0).random(5000)
        network.run(50)
        results.append(network.field(group, "x").copy())
    assert np.array_equal(*results)
