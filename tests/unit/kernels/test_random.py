"""Philox: published test vectors, the range of the numbers, and what they depend on."""

import numpy as np
import pytest

from annarchy_ml.kernels import random
from annarchy_ml.kernels.random import Stream, philox

# Random123 1.14, tests/kat_vectors, philox4x32 with 10 rounds: counter, key, result.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]  # fmt: skip


def uniform(instances, step, ordinal, stream, seed, single=False):
    return random.uniform(Stream(seed, stream).words(instances, step, ordinal), single)


def event_uniform(instances, events, ordinal, stream, seed, single=False):
    return random.uniform(Stream(seed, stream).event_words(instances, events, ordinal), single)


def words(text):
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN)
def test_published_vectors(counter, key, result):
    arrays = tuple(np.array([word], np.uint64) for word in words(counter))
    found = philox(arrays, tuple(words(key)))
    assert [int(word[0]) for word in found] == words(result)


@pytest.mark.parametrize("single", [False, True])
def test_range_and_mean(single):
    values = uniform(np.arange(200_000), step=3, ordinal=0, stream=5, seed=1, single=single)
    assert values.dtype == (np.float32 if single else np.float64)
    assert values.min() >= 0.0
    assert values.max() < 1.0
    assert abs(values.mean() - 0.5) < 5 * np.sqrt(1 / 12 / len(values))


def test_every_part_of_the_key_matters():
    base = {"step": 3, "ordinal": 1, "stream": 5, "seed": 7}
    first = uniform(np.arange(50), **base)
    changes = (
        {"step": 4}, {"step": 3 + 2**32}, {"ordinal": 2}, {"stream": 6}, {"seed": 8},
        {"seed": 7 + 2**32},
    )  # fmt: skip
    for change in changes:
        assert not np.any(uniform(np.arange(50), **(base | change)) == first), change


def test_an_instance_keeps_its_number_wherever_it_stands():
    whole = uniform(np.arange(100), 1, 0, 0, 42)
    assert np.array_equal(uniform(np.array([7, 99, 0]), 1, 0, 0, 42), whole[[7, 99, 0]])


@pytest.mark.parametrize("single", [False, True])
def test_draws_of_events_are_apart_from_each_other_and_from_those_of_steps(single):
    instances, key = np.repeat(np.arange(20), 50), (1, 5, 7, single)
    numbers = np.tile(np.arange(50, dtype=np.uint32), 20)
    drawn = event_uniform(instances, numbers, *key)
    steps = [uniform(np.arange(20), step, 1, 5, 7, single) for step in range(50)]
    everything = np.concatenate([drawn, *steps])
    assert len(np.unique(everything)) > (1995 if single else 1999)
    assert np.array_equal(event_uniform(instances[77:78], numbers[77:78], *key), drawn[77:78])
    for change in ((2, 5, 7, single), (1, 6, 7, single), (1, 5, 8, single)):
        assert not np.any(event_uniform(instances, numbers, *change) == drawn)


def test_the_number_of_an_event_may_pass_two_to_the_31():
    last = event_uniform(np.array([3]), np.array([2**32 - 1], np.uint32), 0, 0, 1)
    signed = event_uniform(np.array([3]), np.array([-1], np.int32), 0, 0, 1)
    assert last == signed
