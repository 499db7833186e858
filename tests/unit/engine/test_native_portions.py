"""Hosts stepped in portions, and fields whose values only pass from kernel to kernel."""

import numpy as np
import pytest

from annarchy_ml.engine import _core as core

KERNELS = """
UPDATE(synapse) {
  EACH { F(1)[i] = F(0)[i] * (F(2)[i] - X(0)[INDEX(0, i)]); F(0)[i] *= (aml_real)0.9; }
}
UPDATE(cell) {
  EACH {
    F(0)[i] += (aml_real)0.1 * F(1)[i] * F(2)[i];
    if (F(0)[i] > (aml_real)0.8) { F(0)[i] = 0; c->emitted[0][i] += 1; }
  }
}
EVENT(in) { for (int64_t k = 0; k < count; ++k) F(0)[targets[k]] += (aml_real)0.25; }
"""
SIZE = 1700  # more than three portions, the last one cut short


class Built:
    """Cells with two synapses each, in a ring."""

    def __init__(self, compile_kernels, passing=True, threads=1, real="double", record=()):
        library = core.KernelLibrary(compile_kernels(KERNELS, real))
        self.network = core.Network(1e-3, 1, "double" if real == "double" else "single", threads)
        network = self.network
        fields = [(name, "real", True, False) for name in ("v", "s", "p")]
        cells = network.add_group("cells", SIZE, fields, out_ports=["spike"])
        network.set_kernels(cells, library.address("cell"))
        draw = np.random.default_rng(1)
        network.field(cells, "v")[:] = draw.random(SIZE)
        everyone = np.arange(SIZE, dtype=np.int32)
        for name in ("a", "b"):
            fields = [(item, "real", True, False) for item in ("g", "i", "erev")]
            group = network.add_group(name, SIZE, fields, in_ports=["in"])
            network.set_kernels(group, library.address("synapse"), {"in": library.address("in")})
            network.set_host(group, cells, everyone)
            network.set_index(group, 0, everyone)
            network.bind_external(group, 0, cells, "v", index=0)
            network.field(group, "g")[:] = draw.random(SIZE)
            network.field(group, "erev")[:] = draw.normal(size=SIZE)
            network.add_reduction(group, "i", "s", "add")
            network.add_reduction(group, "i", "p", "multiply")
            targets = np.roll(everyone, 7 if name == "a" else 600)
            network.add_projection(
                cells, "spike", group, "in", np.arange(SIZE + 1), targets, None, [2e-3]
            )
            if passing:
                network.set_passing(group, "i")
        for name in ("s", "p") if passing else ():
            network.set_passing(cells, name)
        self.traces = [network.record([(cells, name, 1600)]) for name in record]
        network.set_schedule([(cells, 0, SIZE)])
        self.groups = (cells, 1, 2)

    def everything(self):
        names = (("v", "s", "p"), ("g", "i"), ("g", "i"))
        return [
            self.network.field(group, name).copy()
            for group, fields in zip(self.groups, names, strict=True)
            for name in fields
        ]


def same(first, second):
    return all(
        np.array_equal(a, b) for a, b in zip(first.everything(), second.everything(), strict=True)
    )


@pytest.mark.parametrize("real", ["double", "float"])
@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_passing_fields_change_no_bit(threads, real, compile_kernels):
    """Everything that can be looked at after a run is as if all values had been kept."""
    kept = Built(compile_kernels, passing=False, real=real)
    passing = Built(compile_kernels, threads=threads, real=real)
    spikes = [item.network.record_all_events(0, "spike") for item in (kept, passing)]
    for steps in (1, 2, 40, 1, 97):
        kept.network.run(steps)
        passing.network.run(steps)
        assert same(kept, passing)
    events = [item.network.events(k) for item, k in zip((kept, passing), spikes, strict=True)]
    assert len(events[0][0]) > 100
    assert all(np.array_equal(a, b) for a, b in zip(*events, strict=True))


def test_what_is_recorded_is_kept(compile_kernels):
    results = []
    for passing in (False, True):
        built = Built(compile_kernels, passing=passing, record=("s", "p"))
        built.network.run(60)
        results.append([np.asarray(built.network.rows(k)) for k in built.traces])
    for kept, passing in zip(*results, strict=True):
        assert np.array_equal(kept, passing)
        assert len(np.unique(kept)) > 50


def test_hosts_that_read_each_other_step_together(compile_kernels):
    """Synapses that read the cell beside theirs: no cell may step before they have read it."""
    results = []
    for schedule in ([(0, 0, SIZE)], [(0, 0, SIZE)]):
        built = Built(compile_kernels, passing=False)
        for group in (1, 2):
            built.network.set_index(group, 0, np.roll(np.arange(SIZE, dtype=np.int32), 1))
        built.network.set_schedule(schedule)
        built.network.run(1)
        results.append(built.everything())
    v = Built(compile_kernels).network.field(0, "v").copy()
    fresh = Built(compile_kernels)
    g, erev = fresh.network.field(1, "g"), fresh.network.field(1, "erev")
    assert np.allclose(results[0][4], g * (erev - np.roll(v, 1)), rtol=1e-15, atol=0)


def test_only_real_fields_of_each_instance_can_pass():
    network = core.Network(1e-3)
    fields = [("n", "int", True, False), ("shared", "real", False, False)]
    group = network.add_group("cells", 3, fields)
    for name in ("n", "shared", "nobody"):
        with pytest.raises(core.EngineError):
            network.set_passing(group, name)
