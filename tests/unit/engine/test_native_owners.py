"""Groups that only hear: who delivers their events, and what these events may read."""

import numpy as np
import pytest

from annarchy_ml.engine import _core as core

SIZE = 1024
KERNELS = """
#include <time.h>
static void wait(void) { const struct timespec ms = {0, 2000000}; nanosleep(&ms, 0); }
UPDATE(before) { EACH { F(0)[i] += 1; if (i == 0) c->emitted[0][i] += 1; } }
UPDATE(after) { (void)c; (void)begin; (void)end; }
EVENT(hear) {
  for (int64_t k = 0; k < count; ++k) {
    if (targets[k] == 600) wait();
    ((aml_real *)X(0))[INDEX(0, targets[k])] += X(1)[INDEX(1, targets[k])];
  }
}
"""


def built(compile_kernels, threads, posts=None, pres=None):
    """An instance of ``before`` reaches everybody; an event adds x of one pre to g of one post."""
    library = core.KernelLibrary(compile_kernels(KERNELS))
    network = core.Network(1e-3, threads=threads)
    before = network.add_group("before", SIZE, [("x", "real", True, False)], [], ["out"])
    after = network.add_group("after", SIZE, [("g", "real", True, False)])
    hearing = network.add_group("hearing", SIZE, [], ["in"])
    for group, name in ((before, "before"), (after, "after")):
        network.set_kernels(group, library.address(name))
    network.set_kernels(hearing, 0, {"in": library.address("hear")})
    everyone = np.arange(SIZE, dtype=np.int32)
    network.set_index(hearing, 0, everyone if posts is None else posts)
    network.set_index(hearing, 1, everyone if pres is None else pres)
    network.bind_external(hearing, 0, after, "g", 0)
    network.bind_external(hearing, 1, before, "x", 1)
    network.set_owner(hearing, 0, after)
    rows = np.full(SIZE + 1, SIZE)
    rows[0] = 0
    network.add_projection(before, "out", hearing, "in", rows, everyone, None, [1e-3])
    network.set_schedule([(before, 0, SIZE), (after, 0, SIZE), (hearing, 0, SIZE)])
    return network, after


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_no_thread_steps_what_events_of_another_one_still_read(compile_kernels, threads):
    network, after = built(compile_kernels, threads, pres=np.arange(SIZE, dtype=np.int32)[::-1])
    network.run(20)
    assert np.unique(network.field(after, "g")).tolist() == [sum(range(1, 20))]


@pytest.mark.parametrize("threads", [1, 2])
def test_owners_ascend_within_a_row(compile_kernels, threads):
    posts = np.arange(SIZE, dtype=np.int32)
    posts[[5, 6]] = 6, 5
    network, _ = built(compile_kernels, threads, posts=posts)
    with pytest.raises(core.EngineError, match="owners of targets must ascend within a row"):
        network.run(1)


def test_owners_lie_inside_their_group(compile_kernels):
    network, _ = built(compile_kernels, 2)
    network.set_index(2, 0, np.full(SIZE, SIZE, np.int32))
    with pytest.raises(core.EngineError, match="points outside 'after'"):
        network.run(1)
