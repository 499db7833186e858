"""Connections from rules, made on a device: those that the native core makes, in the same layout.

A rule is checked and reduced to numbers by the core, then carried out in a few launches: rows are
counted, then filled; where delays differ they are drawn, and rows sorted by them; weights are drawn
last. Between launches the host adds up the lengths of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.diagnostics.core import UsageError
from annarchy_ml.engine import _core
from annarchy_ml.engine.build import contract_header
from annarchy_ml.engine.cuda.memory import Words
from annarchy_ml.engine.cuda.program import on_device
from annarchy_ml.engine.faults import rule_faults

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.engine.cuda.device import Buffer, Device, Program
    from annarchy_ml.engine.rules import Arguments

    Law = tuple[float, ...]

ENTRIES = (
    "aml_count",
    "aml_fill",
    "aml_order",
    "aml_draw_delays",
    "aml_sort",
    "aml_cut",
    "aml_weigh",
)
_NUMBERS = (
    "seed", "projection", "kind", "number", "multapses", "scale", "n_sources", "n_targets",
    "first_source", "first_target", "excluding", "wide", "step", "counts", "begins", "cursors",
    "targets", "sorted", "bits", "bit_words", "workers", "steps", "span", "places", "n_delays",
    "shortest", "segments", "segment_begins", "segment_ptr", "segment_delays", "delay_width",
    "weight_width", "weights",
)  # fmt: skip
_LAW = 11  # numbers of a law
_REALS_OF_LAW = (1, 2, 3, 4, 5, 6, 9, 10)
_KINDS = ("all_to_all", "one_to_one", "fixed_probability", "fixed_outdegree", "fixed_total_number",
          "fixed_indegree")  # fmt: skip
_ALL_ONES = 0xFFFFFFFFFFFFFFFF
_MOST_CONNECTIONS = 0xFFFFFFFF
_MOST_DELAY = 0xFFFF
_MOST_NARROW = 0x10000
_ROOM_OF_WORKERS = 1 << 28  # bytes
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class RuleRequest:
    """What a projection by rule is made from.

    Attributes:
        arguments: the rule in the words of the native core.
        sizes: of the source and the target population.
        ranges: the instances (begin, end) that the rule connects.
        same: whether both are one population.
        dt: step [s].
        key: seed, and number of the projection.
    """

    arguments: Arguments
    sizes: tuple[int, int]
    ranges: tuple[tuple[int, int], tuple[int, int]]
    same: bool
    dt: float
    key: tuple[int, int]


@dataclass(frozen=True, slots=True)
class DeviceConnections:
    """Connections on a device, as ``cpp/src/connection_store.hpp`` has them.

    Attributes:
        row_ptr: shape (n_sources + 1,), uint32: of all sources.
        targets: 2 or 4 bytes each, by row, delay and number.
        weights: float or double; None where all share ``weight``.
        delays: shape (n_delays,) [steps].
        segment_ptr, segment_begin, segment_delay: where delays differ; else None. Delays take
            ``delay_width`` bytes.
        longest: most connections of a segment; 0 without segments.
    """

    row_ptr: NDArray[np.uint32]
    targets: Buffer
    weight: float
    weights: Buffer | None
    delays: NDArray[np.float64]
    segment_ptr: NDArray[np.uint32] | None
    segment_begin: Buffer | None
    segment_delay: Buffer | None
    delay_width: int
    longest: int = 0

    @property
    def size(self) -> int:
        """Number of connections."""
        return int(self.row_ptr[-1])


@lru_cache(maxsize=1)
def connect_text() -> str:
    """The program that carries out rules."""
    prelude, rules = (
        (_TEMPLATES / name).read_text("ascii") for name in ("prelude.cuh", "connect.cuh")
    )
    context = "struct aml_context {\n  uint64_t seed, step, stream;\n};"
    shared = (on_device(contract_header(f"{name}_arithmetic.h")) for name in ("kernel", "rule"))
    return "\n\n".join((prelude.rstrip("\n"), context, *shared, rules))


class RuleMaker:
    """Carries out rules on one device."""

    def __init__(self, device: Device) -> None:
        """Compiles the program, or takes it from the cache."""
        self.device = device
        self._program: Program = device.compile(connect_text(), ENTRIES, exact=True)

    def make(self, request: RuleRequest) -> DeviceConnections:
        """The connections of a projection.

        Raises:
            UsageError: If the rule cannot be carried out.
            EnvironmentFault: If the device has no room for them.
        """
        if request.arguments[3] is not None:
            raise ValueError("pairs that are given are no rule")
        return _Making(request, self.device, self._program).make()


class _Making:
    """One projection while it is made."""

    def __init__(self, request: RuleRequest, device: Device, program: Program) -> None:
        self.request, self.device, self._program = request, device, program
        self._held: list[Buffer] = []
        arguments = request.arguments
        kind = arguments[0][0]
        with rule_faults():
            scale, totals, weight, delay, self._delay = _core.rule_numbers(
                request.sizes, request.same, request.ranges, *arguments[:3], request.dt, request.key
            )
        self._weight, self._laws = weight, (weight, delay)
        self._indegree = kind == "fixed_indegree"
        self._rows = request.ranges[0][1] - request.ranges[0][0]
        self._words = Words(len(_NUMBERS) + 2 * _LAW)
        self._table = device.allocate(self._words.values.nbytes)
        self._put_rule(arguments[0], scale)
        counts = self._room("counts", 4 * self._rows)
        if totals:
            device.upload(counts, np.asarray(totals, np.uint32))
        self._counts, self._counted = counts, bool(totals)

    def make(self) -> DeviceConnections:
        """All launches, one after the other."""
        begins = self._count()
        wide = 4 if self.request.sizes[1] > _MOST_NARROW else 2
        targets = self._room("targets", int(begins[-1]) * wide)
        self._room("cursors", 4 * self._rows if self._indegree else 0)
        self._run("aml_fill")
        if self._indegree:
            self._run("aml_order")
        delays, cuts, targets = self._set_delays(targets, begins)
        width = 8 if self.request.arguments[4] else 4
        weights = None
        if self._weight[0] != 0.0 and begins[-1] > 0:
            self._set(weight_width=width)
            weights = self._room("weights", int(begins[-1]) * width)
            self._run("aml_weigh")
        self.device.synchronize()
        rows = self._of_all(begins)
        return DeviceConnections(rows, targets, self._shared_weight(), weights, delays, *cuts)

    def _shared_weight(self) -> float:
        return self._weight[1] if self._weight[0] == 0.0 else 1.0

    def _put_rule(self, pairs: tuple[str, float, bool, bool], scale: float) -> None:
        kind, number, self_connections, multapses = pairs
        (first_source, end_source), (first_target, end_target) = self.request.ranges
        n_sources, n_targets = end_source - first_source, end_target - first_target
        if kind == "fixed_probability" and number in (0.0, 1.0):
            kind, number = "all_to_all", number * n_targets
        elif kind == "all_to_all":
            number = n_targets
        # Distinct numbers are marked in bits, and cleared again.
        marked = n_sources if self._indegree else n_targets
        distinct = kind in ("fixed_indegree", "fixed_outdegree") and not multapses
        bit_words = -(-marked // 64) if distinct else 0
        items = n_targets if self._indegree else n_sources
        workers = self._workers(items, 8 * bit_words)
        self._set(
            seed=self.request.key[0], projection=self.request.key[1], kind=_KINDS.index(kind),
            number=0 if kind == "fixed_probability" else int(number), multapses=int(multapses),
            n_sources=n_sources, n_targets=n_targets, first_source=first_source,
            first_target=first_target, wide=int(self.request.sizes[1] > _MOST_NARROW),
            excluding=int(self.request.same and not self_connections), bit_words=bit_words,
            workers=workers,
        )  # fmt: skip
        self._words.set_real(_NUMBERS.index("scale"), scale)
        self._words.set_real(_NUMBERS.index("step"), self.request.dt)
        self._room("bits", 8 * bit_words * workers)
        for at, law in zip((len(_NUMBERS) + _LAW * k for k in range(2)), self._laws, strict=True):
            for k, value in enumerate(law):
                if k in _REALS_OF_LAW:
                    self._words.set_real(at + k, value)
                else:
                    self._words[at + k] = int(value)

    def _workers(self, items: int, nbytes: int) -> int:
        """As many as the room for what each of them needs allows."""
        return max(1, min(items, _ROOM_OF_WORKERS // max(nbytes, 1)))

    def _set(self, **numbers: int) -> None:
        for name, number in numbers.items():
            self._words[_NUMBERS.index(name)] = number

    def _room(self, name: str, nbytes: int) -> Buffer:
        """Memory filled with zeros that the program knows by a name."""
        made = self.device.allocate(max(nbytes, 8))
        self._held.append(made)
        self._set(**{name: made.address})
        return made

    def _run(self, entry: str) -> None:
        self.device.upload(self._table, self._words.values)
        self.device.launch(self._program, entry, [self._table.address])

    def _fetched(self, buffer: Buffer, count: int, kind: Any) -> NDArray[Any]:
        values = np.empty(count, kind)
        self.device.synchronize()
        if count:
            self.device.download(buffer, values)
        return values

    def _begins(self, counts: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Where each row begins, and the end."""
        ends = np.cumsum(counts, dtype=np.int64)
        total = int(ends[-1]) if len(ends) else 0
        if total > _MOST_CONNECTIONS:
            raise UsageError("a projection holds at most 2^32 - 1 connections")
        return np.concatenate(([0], ends)).astype(np.uint32)

    def _count(self) -> NDArray[np.uint32]:
        if not self._counted:
            self._run("aml_count")
        begins = self._begins(self._fetched(self._counts, self._rows, np.uint32))
        self.device.upload(self._room("begins", begins.nbytes), begins)
        return begins

    def _of_all(self, begins: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Rows of the range among those of all sources."""
        first, size = self.request.ranges[0][0], self.request.sizes[0]
        after = size - first - self._rows
        return np.concatenate((np.zeros(first, np.uint32), begins, np.repeat(begins[-1:], after)))

    def _set_delays(self, targets: Buffer, begins: NDArray[np.uint32]) -> tuple[Any, Any, Buffer]:
        """Delays, segments with the bytes of a delay, and the targets in their order."""
        count = int(begins[-1])
        if self._delay > 0.0:
            return np.array([self._delay]), (None, None, None, 1, 0), targets
        self._room("steps", 2 * count)
        span = self._span = self._room("span", 24)
        self.device.upload(span, np.full(3, _ALL_ONES, np.uint64))
        self._run("aml_draw_delays")
        shortest, inverted = (int(item) for item in self._fetched(span, 2, np.uint64))
        longest = (~inverted) & _ALL_ONES
        if count == 0:
            shortest = longest = 1
        if longest > _MOST_DELAY:
            raise UsageError("delays that differ are at most 65535 steps long")
        delays = np.arange(shortest, longest + 1, dtype=np.float64)
        if shortest == longest:
            return delays, (None, None, None, 1, 0), targets
        sorted_targets = self._sort(targets, shortest, len(delays))
        return delays, self._cut(begins, len(delays)), sorted_targets

    def _sort(self, targets: Buffer, shortest: int, n_delays: int) -> Buffer:
        made = self._room("sorted", targets.nbytes)
        workers = self._workers(self._rows, 4 * n_delays)
        self._set(n_delays=n_delays, shortest=shortest, workers=workers)
        self._room("places", 4 * n_delays * workers)
        self._segments = self._room("segments", 4 * self._rows)
        self._run("aml_sort")
        return made

    def _cut(
        self, begins: NDArray[np.uint32], n_delays: int
    ) -> tuple[Any, Buffer, Buffer, int, int]:
        ptr = self._begins(self._fetched(self._segments, self._rows, np.uint32))
        count, width = int(ptr[-1]), 1 if n_delays <= 256 else 2
        self.device.upload(self._room("segment_ptr", ptr.nbytes), ptr)
        begin = self._room("segment_begins", 4 * (count + 1))
        self.device.upload(begin, begins[-1:], 4 * count)
        self._set(delay_width=width)
        numbers = self._room("segment_delays", count * width)
        self._run("aml_cut")
        shortest = int(self._fetched(self._span, 3, np.uint64)[2])
        return self._of_all(ptr), begin, numbers, width, (~shortest) & _ALL_ONES
