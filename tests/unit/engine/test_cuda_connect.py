"""Connection rules on the emulated device: the same bits as those of the native core."""

import numpy as np
import pytest

from annarchy_ml.diagnostics import EnvironmentFault, UsageError
from annarchy_ml.engine import _core
from annarchy_ml.engine.cuda.connect import ENTRIES, RuleMaker, RuleRequest, connect_text
from annarchy_ml.engine.cuda.connections import stored
from annarchy_ml.engine.cuda.emulated import EmulatedDevice
from annarchy_ml.engine.cuda.lanes import LaneDevice, Lanes
from annarchy_ml.engine.rules import rule_arguments
from annarchy_ml.kernels.connectivity import (
    AllToAll,
    Connectivity,
    Explicit,
    Exponential,
    FixedIndegree,
    FixedOutdegree,
    FixedProbability,
    FixedTotalNumber,
    LogNormal,
    Normal,
    OneToOne,
    Uniform,
)

DT, SEED, NUMBER = 1e-4, 0x1234_5678_9ABC_DEF0, 7
SIZE = 300
RANGES = ((20, SIZE), (0, SIZE - 20))
RULES = [
    AllToAll(),
    AllToAll(self_connections=False),
    OneToOne(),
    FixedProbability(0.0),
    FixedProbability(1.0),
    FixedProbability(0.004),
    FixedProbability(0.3, self_connections=False),
    FixedProbability(0.97),
    *(
        kind(number, self_connections=alone, multapses=again)
        for kind in (FixedIndegree, FixedOutdegree)
        for number in (0, 9, 200)
        for alone in (False, True)
        for again in (False, True)
    ),
    FixedTotalNumber(0),
    FixedTotalNumber(12_345),
    FixedTotalNumber(4_321, self_connections=False),
]
LOOKED_AT = [
    FixedProbability(0.1),
    FixedIndegree(20),
    FixedIndegree(20, multapses=False),
    FixedOutdegree(20, multapses=False),
    FixedTotalNumber(3000),
]
LAWS = [
    Uniform(0.5, 1.5),
    Normal(1.0, 0.3),
    Normal(0.5, 2.0, low=1.0, high=1.25),
    Normal(0.0, 1.0, low=-0.5, high=0.25, clipped=True),
    LogNormal(-0.3, 0.4, high=3.0),
    Exponential(0.8),
    Exponential(0.8, low=0.1, high=2.0),
]
DELAYS = [
    Uniform(0.2e-3, 3.0e-3),
    Normal(1.5e-3, 0.75e-3, low=1e-4),
    Exponential(1e-3),
    Uniform(1e-4, 90e-3),  # more than 256 different ones
    Uniform(1.51e-3, 1.52e-3),  # all the same
]


DEVICES = {
    "1": lambda: EmulatedDevice(1),
    "3": lambda: EmulatedDevice(3),
    "lanes": lambda: LaneDevice(Lanes(2, 2)),
}


@pytest.fixture(scope="module", params=DEVICES)
def maker(request, toolchain):
    return RuleMaker(DEVICES[request.param]())


def made_by_core(made, sizes, ranges, same):
    network = _core.Network(DT, SEED)
    for size in sizes[:1] if same else sizes:
        network.add_group("cells", size, [("v", "real", True, False)], ["in"], ["out"])
    network.add_rule_projection(
        (0, "out"), (0 if same else 1, "in"), *ranges, *rule_arguments(made), NUMBER
    )
    return stored(network, 0), network


def fetched(device, buffer, count, kind):
    values = np.empty(count, kind)
    if count:
        device.download(buffer, values)
    return values


def check(maker, made, sizes=(SIZE, SIZE), ranges=RANGES, same=True):
    there = maker.make(RuleRequest(rule_arguments(made), sizes, ranges, same, DT, (SEED, NUMBER)))
    here, network = made_by_core(made, sizes, ranges, same)
    assert network.t == 0.0  # what is seen of it lives as long as it does
    device, count = maker.device, there.size
    assert np.array_equal(there.row_ptr, here.rows)
    kind = np.uint32 if sizes[1] > 65536 else np.uint16
    targets = fetched(device, there.targets, count, kind)
    assert np.array_equal(targets, np.frombuffer(here.targets, kind))
    assert np.array_equal(there.delays, here.delays)
    assert there.weight == here.weight
    if there.weights is not None:
        real = np.float64 if made.double_weights else np.float32
        weights = fetched(device, there.weights, count, real)
        assert np.array_equal(weights, np.frombuffer(here.weights, real))
    else:
        assert len(here.weights) == 0
    if there.segment_ptr is None:
        assert len(here.segments) == 0
        return there
    n_segments = int(there.segment_ptr[-1])
    assert np.array_equal(there.segment_ptr, here.segments)
    assert there.longest == np.diff(here.begins).max(initial=0)
    begins = fetched(device, there.segment_begin, n_segments + 1, np.uint32)
    assert np.array_equal(begins, here.begins)
    assert there.delay_width == here.delay_width
    width = np.uint8 if there.delay_width == 1 else np.uint16
    numbers = fetched(device, there.segment_delay, n_segments, width)
    assert np.array_equal(numbers, np.frombuffer(here.delay_numbers, width))
    return there


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_pairs(maker, rule):
    check(maker, Connectivity(rule, 0.5, 1e-3))


@pytest.mark.parametrize("rule", RULES[2:8:3] + RULES[12:20:3], ids=repr)
def test_pairs_of_two_populations(maker, rule):
    sizes = (400, 380)
    check(maker, Connectivity(rule, 0.5, 1e-3), sizes, ((100, 380), (10, 290)), same=False)


@pytest.mark.parametrize("rule", LOOKED_AT, ids=repr)
def test_no_two_threads_use_the_same_memory(rule, toolchain):
    """And none uses what was not allocated."""
    maker = RuleMaker(LaneDevice(Lanes(2, 2, 1, True)))
    check(maker, Connectivity(rule, Normal(1.0, 0.2), Uniform(1e-3, 4e-3)))


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_weights(maker, law, double):
    made = check(maker, Connectivity(FixedProbability(0.2), law, 1e-3, double_weights=double))
    assert made.weights is not None


@pytest.mark.parametrize("delay", DELAYS, ids=repr)
@pytest.mark.parametrize("rule", [FixedIndegree(40), FixedTotalNumber(9000)], ids=repr)
def test_delays(maker, rule, delay):
    made = check(maker, Connectivity(rule, Normal(1.0, 0.2), delay))
    assert (made.segment_ptr is None) == (delay is DELAYS[-1])


def test_more_targets_than_two_bytes_tell_apart(maker):
    sizes = (50, 70_000)
    rule = FixedProbability(0.01)
    made = Connectivity(rule, Uniform(0.0, 1.0), Uniform(1e-4, 2e-3))
    check(maker, made, sizes, ((0, 50), (100, 70_000)), same=False)
    distinct = FixedOutdegree(500, multapses=False)
    check(maker, Connectivity(distinct, 1.0, 1e-3), sizes, ((0, 50), (0, 70_000)), same=False)
    sources = FixedIndegree(3, multapses=False)
    check(maker, Connectivity(sources, 1.0, 1e-3), sizes, ((0, 50), (0, 70_000)), same=False)


def test_nothing_to_connect(maker):
    made = Connectivity(AllToAll(), Uniform(0.0, 1.0), Uniform(1e-3, 2e-3))
    assert check(maker, made, ranges=((10, 10), (0, 20))).size == 0


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (Connectivity(FixedProbability(1.5), 1.0, 1e-3), "a probability lies between 0 and 1"),
        (Connectivity(FixedIndegree(281, multapses=False), 1.0, 1e-3), "that many sources"),
        (Connectivity(FixedOutdegree(281, multapses=False), 1.0, 1e-3), "that many targets"),
        (Connectivity(AllToAll(), 1.0, 1e-6), "a delay of at least one step"),
        (Connectivity(AllToAll(), Normal(1.0, -1.0), 1e-3), "must not be negative"),
        (Connectivity(AllToAll(), 1.0, Uniform(1e-3, 9.0)), "at most 65535 steps long"),
    ],
)
def test_what_cannot_be_made_is_refused_as_by_the_core(maker, made, told):
    with pytest.raises(UsageError, match=told):
        maker.make(
            RuleRequest(rule_arguments(made), (SIZE, SIZE), RANGES, True, DT, (SEED, NUMBER))
        )


def test_given_pairs_are_no_rule(maker):
    pairs = Explicit(np.array([0]), np.array([1]))
    with pytest.raises(ValueError, match="no rule"):
        maker.make(
            RuleRequest(
                rule_arguments(Connectivity(pairs, 1.0, 1e-3)),
                (9, 9),
                ((0, 9), (0, 9)),
                True,
                DT,
                (1, 1),
            )
        )


@pytest.mark.parametrize("capability", [60, 70, 80, 90, 100])
def test_the_program_compiles_without_spills(capability):
    from annarchy_ml.engine.cuda.nvrtc import NO_CONTRACTION, compile_text, compiler

    try:
        compiler()
    except EnvironmentFault as fault:
        pytest.skip(f"needs NVRTC: {fault.message}")
    if capability not in compiler().architectures:
        pytest.skip(f"this NVRTC makes no code for compute capability {capability / 10}")
    made = compile_text(connect_text(), capability, (NO_CONTRACTION,))
    assert made.resources.keys() == {*ENTRIES}
    assert all(item.spilled_bytes == 0 for item in made.resources.values())
    assert max(item.registers for item in made.resources.values()) <= 128
