"""Connections built by rule: each rule and law against what it promises, on any thread count."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from annarchy_ml.kernels.connectivity import (
    AllToAll,
    Explicit,
    FixedIndegree,
    FixedOutdegree,
    FixedProbability,
    FixedTotalNumber,
    LogNormal,
    Normal,
    OneToOne,
    Uniform,
)

core = pytest.importorskip("annarchy_ml.engine._core", reason="the native core is not built")

DT = 1e-4


def chi_square_is_likely(counts, expected):
    """Within five deviations of the mean of the law, for many degrees of freedom."""
    counts = np.asarray(counts, float)
    value = float(((counts - expected) ** 2 / expected).sum())
    freedom = len(counts) - 1
    return abs(value - freedom) < 5.0 * math.sqrt(2.0 * freedom)


def test_all_to_all(build):
    built = build(AllToAll(), (3, 4))
    assert built.pairs.tolist() == [[0] * 4 + [1] * 4 + [2] * 4, list(range(4)) * 3]
    assert built.delays.tolist() == pytest.approx([1e-3] * 12)
    assert built.one_weight and built.weights[0] == 1.0


def test_ranges_move_the_numbers_and_decide_who_meets_itself(build):
    built = build(AllToAll(False), (8, 8), same=True, ranges=((2, 5), (3, 6)))
    expected = [(s, t) for s in range(2, 5) for t in range(3, 6) if s != t]
    assert built.pairs.T.tolist() == [list(pair) for pair in expected]


def test_self_connections_are_of_one_group_only(build):
    assert build(AllToAll(False), (4, 4)).n == 16
    assert build(AllToAll(False), (4, 4), same=True).n == 12
    assert build(AllToAll(True), (4, 4), same=True).n == 16


def test_one_to_one(build):
    built = build(OneToOne(), (9, 9), ranges=((1, 5), (4, 8)))
    assert built.pairs.tolist() == [[1, 2, 3, 4], [4, 5, 6, 7]]
    with pytest.raises(core.EngineError, match="as many sources as targets"):
        build(OneToOne(), (9, 8))


@pytest.mark.parametrize("p", [0.003, 0.1, 0.5, 0.97])
@pytest.mark.parametrize("allowed", [True, False])
def test_fixed_probability(build, p, allowed):
    size = 600
    built = build(FixedProbability(p, allowed), (size, size), same=True)
    possible = size * (size if allowed else size - 1)
    assert abs(built.n - possible * p) < 5 * math.sqrt(possible * p * (1 - p))
    assert len(np.unique(built.sources * size + built.targets)) == built.n
    assert allowed or not np.any(built.sources == built.targets)
    assert built.is_sorted
    for numbers in built.pairs:
        counts = np.bincount(numbers, minlength=size)
        # Binomial numbers vary less than Poisson numbers, by 1 - p.
        value = float(((counts - counts.mean()) ** 2).sum() / (counts.mean() * (1 - p)))
        assert abs(value - size) < 6 * math.sqrt(2 * size)


def test_skips_between_targets_are_geometric(build):
    p, size = 0.2, 2000
    built = build(FixedProbability(p), (size, size))
    inner = np.diff(built.targets)[np.diff(built.sources) == 0]
    longest = 25
    counts = np.bincount(inner, minlength=longest)[1:longest]
    expected = len(inner) * p * (1 - p) ** np.arange(longest - 1)
    assert chi_square_is_likely(counts, expected * counts.sum() / expected.sum())


@pytest.mark.parametrize(("p", "number"), [(0.0, 0), (1.0, 120)])
def test_certain_probabilities(build, p, number):
    assert build(FixedProbability(p), (10, 12)).n == number


@pytest.mark.parametrize("rule", [FixedProbability(1.5), FixedProbability(-0.1)])
def test_impossible_probabilities_are_refused(build, rule):
    with pytest.raises(core.EngineError, match="between 0 and 1"):
        build(rule)


@pytest.mark.parametrize("multapses", [True, False])
@pytest.mark.parametrize("number", [1, 37, 250, 299])
@pytest.mark.parametrize("rule", [FixedIndegree, FixedOutdegree])
def test_fixed_degrees(build, rule, number, multapses):
    size = 300
    built = build(rule(number, False, multapses), (size, size), same=True)
    ends = built.pairs if rule is FixedOutdegree else built.pairs[::-1]
    assert np.array_equal(np.bincount(ends[0], minlength=size), np.full(size, number))
    assert not np.any(built.sources == built.targets)
    assert built.is_sorted
    distinct = len(np.unique(built.sources * size + built.targets))
    if not multapses:
        assert distinct == built.n
    elif number > 30:
        expected = size * (size - 1) * (1 - (1 - 1 / (size - 1)) ** number)
        assert abs(distinct - expected) < 6 * math.sqrt(expected)
    counts = np.bincount(ends[1], minlength=size)
    spread = 1.0 if multapses else 1.0 - number / (size - 1)
    value = float(((counts - number) ** 2).sum() / (number * max(spread, 1 / size)))
    assert value < size + 8 * math.sqrt(2 * size)
    assert value > size - 8 * math.sqrt(2 * size) or number == 299


@pytest.mark.parametrize("rule", [FixedIndegree, FixedOutdegree])
@pytest.mark.parametrize("multapses", [True, False])
def test_a_degree_counts_partners_in_the_range_only(build, rule, multapses):
    built = build(rule(3, True, multapses), (20, 30), ranges=((5, 15), (20, 30)))
    assert built.n == 30
    assert (built.sources.min() >= 5) and (built.sources.max() < 15)
    assert (built.targets.min() >= 20) and (built.targets.max() < 30)


@pytest.mark.parametrize("rule", [FixedIndegree(5, False, False), FixedOutdegree(5, False, False)])
def test_more_partners_than_there_are_cannot_be_distinct(build, rule):
    with pytest.raises(core.EngineError, match="cannot have that many"):
        build(rule, (5, 5), same=True)


@pytest.mark.parametrize("number", [0, 1, 5, 20_000, 1_000_000])
@pytest.mark.parametrize("same", [True, False])
def test_fixed_total_number(build, number, same):
    size = 200
    built = build(FixedTotalNumber(number, False), (size, size), same=same)
    assert built.n == number
    assert built.is_sorted
    assert not same or not np.any(built.sources == built.targets)
    if number < 20_000:
        return
    possible = size * size - (size if same else 0)
    counts = np.bincount(built.sources * size + built.targets, minlength=size * size)
    if same:
        counts = counts.reshape(size, size)[~np.eye(size, dtype=bool)]
    expected = number / possible
    # Few expected in each cell: the variance of the statistic is larger by 1 / expected per cell.
    value = float(((counts - expected) ** 2 / expected).sum())
    assert abs(value - possible) < 5 * math.sqrt(possible * (2 + 1 / expected))


def test_totals_of_rows_are_multinomial(build):
    sums = np.zeros(50)
    squares = np.zeros(50)
    for seed in range(200):
        counts = np.bincount(
            build(FixedTotalNumber(3000), (50, 7), seed=seed).sources, minlength=50
        )
        sums += counts
        squares += counts.astype(float) ** 2
    variance = squares / 200 - (sums / 200) ** 2
    assert np.all(np.abs(sums / 200 - 60) < 5 * math.sqrt(60 / 200))
    assert abs(variance.mean() - 60 * 0.98) < 5 * 60 * math.sqrt(2 / 200 / 50)


RULES = [
    AllToAll(),
    FixedProbability(0.3, False),
    FixedIndegree(90, False),
    FixedIndegree(250, False, False),
    FixedOutdegree(90),
    FixedOutdegree(250, False, False),
    FixedTotalNumber(60_000, False),
]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_any_number_of_threads_gives_the_same_arrays(build, rule):
    options = {
        "sizes": (450, 450),
        "same": True,
        "weight": LogNormal(0.0, 0.5),
        "delay": Normal(2e-3, 1e-3, 3e-4),
    }
    one = build(rule, **options)
    assert one.is_sorted
    for threads in (2, 3, 7):
        assert one.same_as(build(rule, threads=threads, **options))


@pytest.mark.parametrize("rule", [FixedProbability(0.3), FixedIndegree(9), FixedTotalNumber(999)])
def test_seed_and_number_of_the_projection_make_the_draws(build, rule):
    sizes = (30, 30)
    assert build(rule, sizes).same_as(build(rule, sizes))
    assert not build(rule, sizes).same_as(build(rule, sizes, seed=6))
    assert not build(rule, sizes).same_as(build(rule, sizes, before=1))


def explicit_reference(seed=3, n=5000, sizes=(40, 70)):
    rng = np.random.default_rng(seed)
    sources, targets = rng.integers(0, sizes[0], n), rng.integers(0, sizes[1], n)
    return sources, targets, rng.normal(size=n), rng.integers(1, 9, n) * DT


@pytest.mark.parametrize("double", [True, False])
def test_explicit_pairs_are_sorted_and_equal_ones_keep_their_order(build, double):
    sources, targets, weights, delays = explicit_reference()
    built = build(
        Explicit(sources, targets),
        (40, 70),
        weight=weights,
        delay=delays,
        double_weights=double,
    )
    order = np.lexsort((targets, np.rint(delays / DT), sources))
    assert np.array_equal(built.sources, sources[order])
    assert np.array_equal(built.targets, targets[order])
    assert np.allclose(built.delays, delays[order], rtol=1e-12)
    expected = weights[order] if double else weights[order].astype(np.float32)
    assert np.array_equal(built.weights, expected)


def test_explicit_pairs_of_ranges_with_one_weight_and_drawn_delays(build):
    sources, targets, *_ = explicit_reference(sizes=(10, 20))
    built = build(
        Explicit(sources, targets),
        (40, 70),
        ranges=((5, 15), (40, 60)),
        weight=np.full(len(sources), 2.5),
        delay=Uniform(1e-3, 2e-3),
    )
    assert built.one_weight and built.weights[0] == 2.5
    key = np.sort((sources + 5) * 70 + targets + 40)
    assert np.array_equal(np.sort(built.sources * 70 + built.targets), key)
    assert built.is_sorted


@pytest.mark.parametrize(
    ("sources", "targets", "options", "match"),
    [
        ([0, 3], [0, 0], {}, "a source lies outside"),
        ([0, 1], [0, 4], {}, "a target lies outside"),
        ([0, -1], [0, 1], {}, "a source lies outside"),
        ([0, 1], [0], {}, "as many sources as targets"),
        ([0, 1], [0, 1], {"weight": np.ones(3)}, "one weight per connection"),
        ([0, 1], [0, 1], {"delay": np.ones(1)}, "one delay per connection"),
        ([0, 1], [0, 1], {"delay": np.array([1e-3, 0.0])}, "must be positive"),
    ],
)
def test_faults_of_explicit_pairs_are_refused(build, sources, targets, options, match):
    with pytest.raises(core.EngineError, match=match):
        build(Explicit(np.array(sources), np.array(targets)), (3, 4), **options)


def test_no_pairs_have_no_weights_and_delays(build):
    nobody = np.zeros(0, np.int64)
    built = build(Explicit(nobody, nobody), (3, 4), weight=np.zeros(0), delay=np.zeros(0))
    assert built.n == 0 and built.row_ptr.tolist() == [0, 0, 0, 0]


def test_arrays_belong_to_explicit_pairs(build):
    with pytest.raises(ValueError, match="only be arrays where the pairs are given"):
        build(AllToAll(), (3, 4), weight=np.ones(12))


@pytest.mark.parametrize(
    ("options", "wide", "most"),
    [
        ({}, False, 2.1),
        ({}, True, 4.1),
        ({"weight": Normal(1, 0.1)}, False, 6.1),
        ({"weight": Normal(1, 0.1), "double_weights": True}, False, 10.1),
        ({"delay": Normal(1.5e-3, 7.5e-4)}, False, 3.0),
        ({"weight": Normal(1, 0.1), "delay": Normal(1.5e-3, 7.5e-4)}, False, 7.0),
    ],
)
def test_bytes_per_synapse(build, options, wide, most):
    size = 65_537 if wide else 4000
    sources = 100 if wide else 1000
    built = build(FixedProbability(0.1), (sources, size), **options)
    assert built.n > 300_000
    assert 2.0 <= built.bytes / built.n <= most


def test_the_largest_narrow_target(build):
    built = build(AllToAll(), (1, 65_536))
    assert np.array_equal(built.targets, np.arange(65_536))
    assert built.bytes < 2.01 * 65_536
    wide = build(AllToAll(), (1, 65_537))
    assert np.array_equal(wide.targets, np.arange(65_537))


def test_what_will_not_fit_is_refused_with_name_and_figure(build):
    with pytest.raises(core.EngineError, match="2\\^32 - 1 connections") as caught:
        build(AllToAll(), (3_000_000, 3_000_000))
    assert caught.value.place == "source -> target"


def test_what_the_machine_has_no_memory_for_is_refused_with_both_figures(build):
    table = Path("/proc/meminfo")
    lines = table.read_text().splitlines() if table.exists() else []
    free = [line for line in lines if line.startswith("MemAvailable")]
    if not free or int(free[0].split()[1]) > 48e6:
        pytest.skip("this machine has memory for the largest projection")
    with pytest.raises(core.EngineError, match=r"needs 50.4 GB, .* GB are available") as caught:
        build(AllToAll(), (60_000, 70_000), weight=Uniform(0, 1), double_weights=True)
    assert (caught.value.code, caught.value.place) == ("memory", "source -> target")


def test_faults_of_the_call_are_named():
    network = core.Network(DT)
    cells = network.add_group("cells", 3, [], ["in"], ["out"])
    constant = ("constant", 1e-3, 0.0, -math.inf, math.inf, False)
    pairs = ("all_to_all", 0.0, True, False)

    def add(**changes):
        given = {"source_range": (0, 3), "target_range": (0, 3), "pairs": pairs}
        network.add_rule_projection(
            (cells, "out"), (cells, "in"), weight=constant, delay=constant, **{**given, **changes}
        )

    add()
    with pytest.raises(core.EngineError, match="outside its population"):
        add(source_range=(0, 4))
    for number in (1.5, 1e300, math.nan, math.inf):
        with pytest.raises(core.EngineError, match="must be a whole number"):
            add(pairs=("fixed_indegree", number, True, True))
    with pytest.raises(core.EngineError, match="no rule or law of this name"):
        add(pairs=("some", 0.0, True, False))
