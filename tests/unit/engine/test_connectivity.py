"""Connections built by rule: each rule and law against what it promises, on any thread count."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

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
from annarchy_ml.kernels.plan import RuleProjectionPlan

core = pytest.importorskip("annarchy_ml.engine._core", reason="the native core is not built")
from annarchy_ml.engine.projections import add_projection  # noqa: E402

DT = 1e-4


class Built:
    """One projection: arrays of sources, targets, weights, delays [s], shape (n_connections,)."""

    def __init__(self, rule, sizes=(300, 400), **options):
        n_sources, n_targets = sizes
        self.network = core.Network(DT, options.pop("seed", 5), "double", options.pop("threads", 1))
        source = self.network.add_group("source", n_sources, [], ["in"], ["out"])
        target = source
        if not options.pop("same", False):
            target = self.network.add_group("target", n_targets, [], ["in"], ["out"])
        ranges = options.pop("ranges", ((0, n_sources), (0, n_targets)))
        for _ in range(options.pop("before", 0)):
            self.add(source, target, ranges, Connectivity(OneToOne(), delay=DT))
        made = Connectivity(rule, **{"delay": 1e-3, **options})
        self.number = self.add(source, target, ranges, made)
        self.row_ptr, self.targets, weights, self.delays = self.network.connections(self.number)
        self.n = len(self.targets)
        self.weights = np.broadcast_to(weights, self.n)
        self.one_weight = len(weights) == 1
        self.sources = np.repeat(np.arange(n_sources), np.diff(self.row_ptr))
        self.bytes = self.network.projection_bytes(self.number)

    def add(self, source, target, ranges, made):
        plan = RuleProjectionPlan(source, "out", target, "in", made, *ranges)
        return add_projection(plan, self.network)

    @property
    def pairs(self):
        return np.stack([self.sources, self.targets])

    def same_as(self, other):
        return all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("row_ptr", "targets", "weights", "delays")
        )


def is_sorted(built):
    """Rows by source, within them by (delay, target)."""
    order = np.lexsort((built.targets, built.delays, built.sources))
    return np.array_equal(order, np.arange(built.n))


def chi_square_is_likely(counts, expected):
    """Within five deviations of the mean of the law, for many degrees of freedom."""
    counts = np.asarray(counts, float)
    value = float(((counts - expected) ** 2 / expected).sum())
    freedom = len(counts) - 1
    return abs(value - freedom) < 5.0 * math.sqrt(2.0 * freedom)


def test_all_to_all():
    built = Built(AllToAll(), (3, 4))
    assert built.pairs.tolist() == [[0] * 4 + [1] * 4 + [2] * 4, list(range(4)) * 3]
    assert built.delays.tolist() == pytest.approx([1e-3] * 12)
    assert built.one_weight and built.weights[0] == 1.0


def test_ranges_move_the_numbers_and_decide_who_meets_itself():
    built = Built(AllToAll(False), (8, 8), same=True, ranges=((2, 5), (3, 6)))
    expected = [(s, t) for s in range(2, 5) for t in range(3, 6) if s != t]
    assert built.pairs.T.tolist() == [list(pair) for pair in expected]


def test_self_connections_are_of_one_group_only():
    assert Built(AllToAll(False), (4, 4)).n == 16
    assert Built(AllToAll(False), (4, 4), same=True).n == 12
    assert Built(AllToAll(True), (4, 4), same=True).n == 16


def test_one_to_one():
    built = Built(OneToOne(), (9, 9), ranges=((1, 5), (4, 8)))
    assert built.pairs.tolist() == [[1, 2, 3, 4], [4, 5, 6, 7]]
    with pytest.raises(core.EngineError, match="as many sources as targets"):
        Built(OneToOne(), (9, 8))


@pytest.mark.parametrize("p", [0.003, 0.1, 0.5, 0.97])
@pytest.mark.parametrize("allowed", [True, False])
def test_fixed_probability(p, allowed):
    size = 600
    built = Built(FixedProbability(p, allowed), (size, size), same=True)
    possible = size * (size if allowed else size - 1)
    assert abs(built.n - possible * p) < 5 * math.sqrt(possible * p * (1 - p))
    assert len(np.unique(built.sources * size + built.targets)) == built.n
    assert allowed or not np.any(built.sources == built.targets)
    assert is_sorted(built)
    for numbers in built.pairs:
        counts = np.bincount(numbers, minlength=size)
        # Binomial numbers vary less than Poisson numbers, by 1 - p.
        value = float(((counts - counts.mean()) ** 2).sum() / (counts.mean() * (1 - p)))
        assert abs(value - size) < 6 * math.sqrt(2 * size)


def test_skips_between_targets_are_geometric():
    p, size = 0.2, 2000
    built = Built(FixedProbability(p), (size, size))
    inner = np.diff(built.targets)[np.diff(built.sources) == 0]
    longest = 25
    counts = np.bincount(inner, minlength=longest)[1:longest]
    expected = len(inner) * p * (1 - p) ** np.arange(longest - 1)
    assert chi_square_is_likely(counts, expected * counts.sum() / expected.sum())


@pytest.mark.parametrize(("p", "number"), [(0.0, 0), (1.0, 120)])
def test_certain_probabilities(p, number):
    assert Built(FixedProbability(p), (10, 12)).n == number


@pytest.mark.parametrize("rule", [FixedProbability(1.5), FixedProbability(-0.1)])
def test_impossible_probabilities_are_refused(rule):
    with pytest.raises(core.EngineError, match="between 0 and 1"):
        Built(rule)


@pytest.mark.parametrize("multapses", [True, False])
@pytest.mark.parametrize("number", [1, 37, 250, 299])
@pytest.mark.parametrize("rule", [FixedIndegree, FixedOutdegree])
def test_fixed_degrees(rule, number, multapses):
    size = 300
    built = Built(rule(number, False, multapses), (size, size), same=True)
    ends = built.pairs if rule is FixedOutdegree else built.pairs[::-1]
    assert np.array_equal(np.bincount(ends[0], minlength=size), np.full(size, number))
    assert not np.any(built.sources == built.targets)
    assert is_sorted(built)
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
def test_a_degree_counts_partners_in_the_range_only(rule, multapses):
    built = Built(rule(3, True, multapses), (20, 30), ranges=((5, 15), (20, 30)))
    assert built.n == 30
    assert (built.sources.min() >= 5) and (built.sources.max() < 15)
    assert (built.targets.min() >= 20) and (built.targets.max() < 30)


@pytest.mark.parametrize("rule", [FixedIndegree(5, False, False), FixedOutdegree(5, False, False)])
def test_more_partners_than_there_are_cannot_be_distinct(rule):
    with pytest.raises(core.EngineError, match="cannot have that many"):
        Built(rule, (5, 5), same=True)


@pytest.mark.parametrize("number", [0, 1, 5, 20_000, 1_000_000])
@pytest.mark.parametrize("same", [True, False])
def test_fixed_total_number(number, same):
    size = 200
    built = Built(FixedTotalNumber(number, False), (size, size), same=same)
    assert built.n == number
    assert is_sorted(built)
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


def test_totals_of_rows_are_multinomial():
    sums = np.zeros(50)
    squares = np.zeros(50)
    for seed in range(200):
        counts = np.bincount(
            Built(FixedTotalNumber(3000), (50, 7), seed=seed).sources, minlength=50
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
def test_any_number_of_threads_gives_the_same_arrays(rule):
    options = {
        "sizes": (450, 450),
        "same": True,
        "weight": LogNormal(0.0, 0.5),
        "delay": Normal(2e-3, 1e-3, 3e-4),
    }
    one = Built(rule, **options)
    assert is_sorted(one)
    for threads in (2, 3, 7):
        assert one.same_as(Built(rule, threads=threads, **options))


@pytest.mark.parametrize("rule", [FixedProbability(0.3), FixedIndegree(9), FixedTotalNumber(999)])
def test_seed_and_number_of_the_projection_make_the_draws(rule):
    sizes = (30, 30)
    assert Built(rule, sizes).same_as(Built(rule, sizes))
    assert not Built(rule, sizes).same_as(Built(rule, sizes, seed=6))
    assert not Built(rule, sizes).same_as(Built(rule, sizes, before=1))


def phi(x):
    return NormalDist().cdf(x)


def truncated_normal_mean(mean, deviation, low, high):
    a, b = (low - mean) / deviation, (high - mean) / deviation
    pdf = NormalDist().pdf
    return mean + deviation * (pdf(a) - pdf(b)) / (phi(b) - phi(a))


LAWS = [
    (Uniform(-2.0, 3.0), 0.5, 5 / math.sqrt(12), (-2.0, 3.0)),
    (Normal(1.5, 0.25), 1.5, 0.25, (-math.inf, math.inf)),
    (Normal(1.0, 0.0), 1.0, 0.0, (1.0, 1.0)),
    (Normal(0.0, 1.0, 1.0, 2.0), truncated_normal_mean(0, 1, 1, 2), None, (1.0, 2.0)),
    (Normal(0.0, 2.0, -math.inf, 1.0), truncated_normal_mean(0, 2, -99, 1), None, (-99, 1.0)),
    (Normal(0.0, 1.0, 7.0, 9.0), truncated_normal_mean(0, -1, -7, -9) * -1, None, (7.0, 9.0)),
    (LogNormal(-0.5, 0.4), math.exp(-0.42), None, (0.0, math.inf)),
    (LogNormal(0.0, 1.0, 0.5, 1.5), None, None, (0.5, 1.5)),
    (Exponential(0.3), 0.3, 0.3, (0.0, math.inf)),
    (Exponential(1.0, 2.0), 3.0, 1.0, (2.0, math.inf)),
    (Exponential(1.0, 0.0, 1.0), 1 - 1 / (math.e - 1), None, (0.0, 1.0)),
]


@pytest.mark.parametrize(("law", "mean", "deviation", "bounds"), LAWS, ids=str)
def test_laws_of_weights(law, mean, deviation, bounds):
    built = Built(AllToAll(), (500, 400), weight=law, double_weights=True)
    values = built.weights
    n, spread = len(values), float(values.std())
    assert values.min() >= bounds[0] and values.max() <= bounds[1]
    if mean is not None:
        assert abs(values.mean() - mean) <= 5 * spread / math.sqrt(n) + 1e-12
    if deviation is not None:
        assert abs(spread - deviation) <= 10 * deviation / math.sqrt(n)
    if deviation != 0.0:
        assert len(np.unique(values)) > 0.999 * n


def test_normal_numbers_have_the_normal_law_into_the_tails():
    values = np.sort(
        Built(AllToAll(), (1000, 1000), weight=Normal(0, 1), double_weights=True).weights
    )
    for x in (-4.0, -3.0, -2.0, -1.0, 0.0, 0.5, 1.5, 2.5, 3.5, 4.5):
        share = np.searchsorted(values, x) / len(values)
        assert abs(share - phi(x)) < 5 * math.sqrt(phi(x) * (1 - phi(x)) / len(values))


def test_weights_and_delays_are_independent_of_each_other():
    built = Built(AllToAll(), (400, 400), weight=Uniform(0, 1), delay=Uniform(1e-3, 2e-3))
    targets = np.corrcoef(np.stack([built.weights, built.delays, built.targets, built.sources]))
    assert np.all(np.abs(targets - np.eye(4)) < 5 / math.sqrt(built.n))


@pytest.mark.parametrize(
    "law",
    [Uniform(2, 1), Normal(0, -1), Normal(0, 1, 60, 70), Exponential(-1.0), Normal(0, 0, 1, 2),
     LogNormal(0, 1, -2, -1), Exponential(1, -2, -1), Normal(math.nan, 1), Normal(0, 1, 2, 1)],
)  # fmt: skip
def test_impossible_laws_are_refused(law):
    with pytest.raises(core.EngineError, match=r"distribution|deviation|mean|bounds"):
        Built(AllToAll(), (3, 3), weight=law)


def test_drawn_delays_are_whole_steps_and_at_least_one():
    built = Built(AllToAll(), (300, 300), delay=Normal(2e-4, 2e-4))
    steps = built.delays / DT
    assert np.allclose(steps, np.rint(steps)) and steps.min() > 0.5
    law = NormalDist(2.0, 2.0)
    for k in range(1, 8):
        share = law.cdf(k + 0.5) - (law.cdf(k - 0.5) if k > 1 else 0.0)
        found = np.count_nonzero(np.rint(steps) == k) / built.n
        assert abs(found - share) < 5 * math.sqrt(share / built.n)
    assert is_sorted(built)


@pytest.mark.parametrize("delay", [0.0, -1e-3, 4e-5, math.nan, math.inf])
def test_a_fixed_delay_is_at_least_one_step(delay):
    with pytest.raises(core.EngineError, match=r"at least one step|finite"):
        Built(AllToAll(), (3, 3), delay=delay)


def test_delays_that_vary_have_a_largest_one():
    with pytest.raises(core.EngineError, match="65535 steps"):
        Built(AllToAll(), (3, 3), delay=Uniform(7.0, 8.0))


def explicit_reference(seed=3, n=5000, sizes=(40, 70)):
    rng = np.random.default_rng(seed)
    sources, targets = rng.integers(0, sizes[0], n), rng.integers(0, sizes[1], n)
    return sources, targets, rng.normal(size=n), rng.integers(1, 9, n) * DT


@pytest.mark.parametrize("double", [True, False])
def test_explicit_pairs_are_sorted_and_equal_ones_keep_their_order(double):
    sources, targets, weights, delays = explicit_reference()
    built = Built(
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


def test_explicit_pairs_of_ranges_with_one_weight_and_drawn_delays():
    sources, targets, *_ = explicit_reference(sizes=(10, 20))
    built = Built(
        Explicit(sources, targets),
        (40, 70),
        ranges=((5, 15), (40, 60)),
        weight=np.full(len(sources), 2.5),
        delay=Uniform(1e-3, 2e-3),
    )
    assert built.one_weight and built.weights[0] == 2.5
    key = np.sort((sources + 5) * 70 + targets + 40)
    assert np.array_equal(np.sort(built.sources * 70 + built.targets), key)
    assert is_sorted(built)


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
def test_faults_of_explicit_pairs_are_refused(sources, targets, options, match):
    with pytest.raises(core.EngineError, match=match):
        Built(Explicit(np.array(sources), np.array(targets)), (3, 4), **options)


def test_arrays_belong_to_explicit_pairs():
    with pytest.raises(ValueError, match="only be arrays where the pairs are given"):
        Built(AllToAll(), (3, 4), weight=np.ones(12))


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
def test_bytes_per_synapse(options, wide, most):
    size = 65_537 if wide else 4000
    sources = 100 if wide else 1000
    built = Built(FixedProbability(0.1), (sources, size), **options)
    assert built.n > 300_000
    assert 2.0 <= built.bytes / built.n <= most


def test_the_largest_narrow_target():
    built = Built(AllToAll(), (1, 65_536))
    assert np.array_equal(built.targets, np.arange(65_536))
    assert built.bytes < 2.01 * 65_536
    wide = Built(AllToAll(), (1, 65_537))
    assert np.array_equal(wide.targets, np.arange(65_537))


def test_what_will_not_fit_is_refused_with_name_and_figure():
    with pytest.raises(core.EngineError, match="2\\^32 - 1 connections") as caught:
        Built(AllToAll(), (3_000_000, 3_000_000))
    assert caught.value.place == "source -> target"


def test_what_the_machine_has_no_memory_for_is_refused_with_both_figures():
    table = Path("/proc/meminfo")
    lines = table.read_text().splitlines() if table.exists() else []
    free = [line for line in lines if line.startswith("MemAvailable")]
    if not free or int(free[0].split()[1]) > 48e6:
        pytest.skip("this machine has memory for the largest projection")
    with pytest.raises(core.EngineError, match=r"needs 50.4 GB, .* GB are available") as caught:
        Built(AllToAll(), (60_000, 70_000), weight=Uniform(0, 1), double_weights=True)
    assert (caught.value.code, caught.value.place) == ("memory", "source -> target")


def test_faults_of_the_call_are_named():
    network = core.Network(DT)
    cells = network.add_group("cells", 3, [], ["in"], ["out"])
    constant = ("constant", 1e-3, 0.0, -math.inf, math.inf)
    pairs = ("all_to_all", 0.0, True, False)

    def add(**changes):
        given = {"source_range": (0, 3), "target_range": (0, 3), "pairs": pairs}
        network.add_rule_projection(
            (cells, "out"), (cells, "in"), weight=constant, delay=constant, **{**given, **changes}
        )

    add()
    with pytest.raises(core.EngineError, match="outside its population"):
        add(source_range=(0, 4))
    with pytest.raises(core.EngineError, match="no rule or law of this name"):
        add(pairs=("some", 0.0, True, False))
