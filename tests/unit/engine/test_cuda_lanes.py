"""The device whose warps have 32 lanes: what they give each other, what a GPU would not run."""

from __future__ import annotations

import numpy as np
import pytest

from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.engine.build import NoCompiler
from annarchy_ml.engine.cuda.emulated import frame
from annarchy_ml.engine.cuda.lanes import WARP, LaneDevice, Lanes

SHAPE = (3, 2)
THREADS = SHAPE[0] * SHAPE[1] * WARP
WORDS = 1000
ENTRY = """
AML_ENTRY go_%s(uint32_t *out, aml_meeting *meeting) {
  const uint32_t t = aml_thread();
  const uint32_t lane = aml_lane();
%s
}
"""
PRELUDE = frame("prelude.cuh")


def text_of(bodies, prelude=PRELUDE):
    """A program with an entry for each body."""
    return prelude + "".join(ENTRY % (name.replace(" ", "_"), bodies[name]) for name in bodies)


def run(text, name, seed=1, races=False):
    """What an entry of a program leaves in its words."""
    entry = "go_" + name.replace(" ", "_")
    try:
        device = LaneDevice(Lanes(*SHAPE, seed, races))
        program = device.compile(text, [entry])
        out, meeting = device.allocate(4 * WORDS), device.allocate(8)
        device.launch(program, entry, [out.address, meeting.address])
    except NoCompiler as fault:
        pytest.skip(str(fault))
    found = np.zeros(WORDS, np.uint32)
    device.download(out, found)
    return found[:THREADS]


LANE = np.arange(THREADS) % WARP
FIRST = np.arange(THREADS) - LANE
GIVEN = {
    "lane": ("out[t] = aml_from_lane(t, (lane + 5) & 31u);", FIRST + (LANE + 5) % WARP),
    "xor": ("out[t] = __shfl_xor_sync(~0u, t, 9);", FIRST + (LANE ^ 9)),
    "up": (
        "out[t] = __shfl_up_sync(~0u, t, 3);",
        FIRST + np.where(LANE < 3, LANE, LANE - 3),
    ),
    "down": (
        "out[t] = __shfl_down_sync(~0u, t, 3);",
        FIRST + np.where(LANE > 28, LANE, LANE + 3),
    ),
    "wide": (
        "out[t] = (uint32_t)(aml_from_lane((uint64_t)t << 40, 31u - lane) >> 40);",
        FIRST + 31 - LANE,
    ),
    "real": ("out[t] = (uint32_t)(8.0 * aml_from_lane(t / 8.0, 7u));", FIRST + 7),
    "votes": ("out[t] = aml_ballot(lane % 3 == 0);", sum(1 << k for k in range(0, WARP, 3))),
    "any": ("out[t] = __any_sync(~0u, t == 70) + 2 * __all_sync(~0u, t < 96);",
            np.select([FIRST == 64, FIRST < 96], [3, 2], 0)),
    "half": (
        "if (lane < 16) { out[t] = __shfl_sync(0xffffu, t, 4); }"
        " else { out[t] = __shfl_sync(0xffff0000u, t, 20); }",
        FIRST + np.where(LANE < 16, 4, 20),
    ),
    "active": ("out[t] = (__activemask() >> lane & 1u) + 2 * aml_first_bit(4u);", 5),
    "block": (
        "AML_SHARED(uint32_t, kept, 64); kept[threadIdx.x] = t; __syncthreads();"
        " out[t] = kept[63 - threadIdx.x];",
        FIRST // 64 * 64 + 63 - np.arange(THREADS) % 64,
    ),
    "all": (
        "out[t] = t; aml_meet(meeting); const uint32_t other = out[(t + 37) % aml_threads()];"
        " aml_meet(meeting); out[t] = other;",
        (np.arange(THREADS) + 37) % THREADS,
    ),
    "warp": ("out[t ^ 1] = t; aml_meet_warp(); out[t] += 1;", (np.arange(THREADS) ^ 1) + 1),
    "sum": (
        "aml_add(&out[900], 1u + lane); aml_meet(meeting); out[t] = out[900];",
        THREADS // WARP * (WARP * (WARP + 1) // 2),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GIVEN)
def test_what_lanes_give_each_other(name):
    text, expected = text_of({key: body for key, (body, _) in GIVEN.items()}), GIVEN[name][1]
    for seed in range(3):
        np.testing.assert_array_equal(run(text, name, seed), expected)
    np.testing.assert_array_equal(run(text, name, 3, True), expected)


REFUSED = {
    "some threads": (
        "  if (t < 5) aml_meet(meeting);",
        r"not all threads of a block meet: .*waits at __syncthreads in line \d+, .*has ended",
    ),
    "two places": (
        "  if (t < 5) {\n    aml_meet(meeting);\n  } else {\n    aml_meet(meeting);\n  }",
        r"not all threads of a block meet: .*__syncthreads in line (\d+), .* in line (?!\1)\d+",
    ),
    "early exit": (
        "  if (lane == 3) return;\n  aml_ballot(true);",
        r"not all lanes of a warp meet: .*waits at a vote in line \d+, .*has ended",
    ),
    "no part": (
        "  if (lane < 16) out[t] = __shfl_sync(0xffffu, t, 20);",
        r"a shuffle in line \d+ for lanes 0x0000ffff: it reads lane 20, which takes no part",
    ),
    "not itself": (
        "  out[t] = __shfl_sync(0xffffu, t, 4);",
        r"a shuffle in line \d+ for lanes 0x0000ffff: it is not one of these itself",
    ),
    "two kinds": (
        "  if (lane < 16) {\n    __syncwarp();\n  } else {\n    aml_ballot(true);\n  }",
        r"not all lanes of a warp meet: .*__syncwarp in line \d+",
    ),
    "warp and block": (
        "  if (lane == 0) {\n    __syncthreads();\n  } else {\n    __syncwarp();\n  }",
        r"meet: .*__sync(warp in line \d+, .*__syncthreads|threads in line \d+, .*__syncwarp)",
    ),
    "rest": (
        "  volatile uint32_t *word = out;\n  while (word[500] == 0) __nanosleep(20);",
        r"no thread can go on: thread 0 of block 0 rests in vain at __nanosleep in line \d+",
    ),
    "one block": (
        "  if (blockIdx.x == 1) aml_meet(meeting);",
        r"no thread can go on: .*of block 1 (rests in vain|waits) at",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_gpu_would_not_run(name):
    """Told by the line of the text."""
    text = text_of({key: body for key, (body, _) in REFUSED.items()})
    for seed in range(3):
        with pytest.raises(EnvironmentFault, match=REFUSED[name][1]) as fault:
            run(text, name, seed)
        assert fault.value.message.startswith(f"'go_{name.replace(' ', '_')}' would not run on a")
        told = {note.partition(": ")[2] for note in fault.value.notes}
        body = REFUSED[name][0].splitlines()
        assert told <= {line.strip() for line in [*body, *PRELUDE.splitlines()]}
        assert told


RACES = {
    "no meeting": "  out[t] = t;\n  out[900 + lane] = out[(t + 37) % aml_threads()];",
    "a vote": "  out[t ^ 1] = t;\n  aml_ballot(true);\n  out[t] += 1;",
    "of a block": "  out[t] = t;\n  __syncthreads();\n  out[900] = out[(t + 64) % aml_threads()];",
    "atomic and not": "  aml_add(&out[900], 1u);\n  out[t] = out[900];",
    "narrow": "  ((uint8_t *)out)[t / 2] = (uint8_t)t;",
    "same value": "  out[900] = 7u;",
}
OUTSIDE = {
    "behind": "  out[t] = out[1000 + t];",
    "before": "  out[t] = out[t - 200u];",
    "far": "  out[t] = out[(uint64_t)1 << 40];",
}
WRONG = {
    "lasting": (
        "  out[t] = AML_READ(&out[500 + t]);\n  aml_meet(meeting);\n  out[500 + t] = t;",
        r"what is read as if nobody wrote it is written: .* reads in line \d+, .* writes in line",
    ),
    "lasting later": (
        "  out[t] = t;\n  aml_meet(meeting);\n  out[500 + t] = AML_READ(&out[t]);",
        r"what is read as if nobody wrote it is written: .* writes in line \d+, .* reads in line",
    ),
    "aligned": (
        "  out[t] = *(uint32_t *)((char *)out + 2002);",
        r"memory is not aligned to 4 bytes in line \d+",
    ),
}
BESIDE = {"narrow": "  ((uint8_t *)out)[t] = (uint8_t)t;\n  ((uint16_t *)out)[200 + t] = 1;"}


@pytest.mark.parametrize("name", RACES)
def test_accesses_with_no_meeting_between_them(name):
    with pytest.raises(EnvironmentFault, match=r"no meeting is between .* in line \d+, thread"):
        run(text_of(RACES), name, 1, True)


@pytest.mark.parametrize("name", OUTSIDE)
def test_memory_that_was_not_allocated(name):
    with pytest.raises(EnvironmentFault, match=r"uses what is no memory of the device in line \d+"):
        run(text_of(OUTSIDE), name, 1, True)


@pytest.mark.parametrize("name", WRONG)
def test_reads_that_a_gpu_would_answer_wrongly_or_not_at_all(name):
    with pytest.raises(EnvironmentFault, match=WRONG[name][1]):
        run(text_of({key: body for key, (body, _) in WRONG.items()}), name, 1, True)


def test_neighbouring_bytes_are_no_race():
    found = run(text_of(BESIDE), "narrow", 1, True)
    assert list(found.view(np.uint8)[:THREADS]) == list(range(THREADS))


@pytest.mark.parametrize(
    ("part", "left"),
    [
        ("    __threadfence();\n    if (atomicAdd", "    if (atomicAdd"),
        ("  __syncthreads();\n  if (threadIdx.x == 0) {", "  if (threadIdx.x == 0) {"),
        ("    __threadfence();\n  }\n  __syncthreads();", "  }\n  __syncthreads();"),
        ("    __threadfence();\n  }\n  __syncthreads();", "    __threadfence();\n  }\n"),
    ],
)
def test_a_meeting_of_all_that_lacks_a_part_is_found(part, left):
    assert PRELUDE.count(part) == 1
    text = text_of({"all": GIVEN["all"][0]}, PRELUDE.replace(part, left))
    with pytest.raises(EnvironmentFault, match="no meeting is between what two threads do"):
        run(text, "all", 1, True)


def test_order_is_drawn_from_the_seed():
    """And is the same for the same seed."""
    text = text_of({"order": "  out[t] = aml_add(&out[900], 1u);"})
    found = [tuple(run(text, "order", seed)) for seed in (1, 2, 1)]
    assert found[0] == found[2] != found[1]
    assert sorted(found[0]) == sorted(found[1]) == list(range(THREADS))


def test_stacks_of_the_c_library(monkeypatch):
    """Where there is no way of our own to change between stacks."""
    import annarchy_ml.engine.cuda.lanes as lanes

    monkeypatch.setattr(lanes, "FLAGS", (*lanes.FLAGS, "-DAML_UCONTEXT"))
    body, expected = GIVEN["all"]
    np.testing.assert_array_equal(run(text_of({"all": body}), "all"), expected)
