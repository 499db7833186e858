"""What a device can do at most: bytes that a copy moves, meetings; what steps need of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import annarchy_ml.engine.cuda as cuda_room
from annarchy_ml.kernels.nodes import DType, KernelKind, Placement
from annarchy_ml.kernels.uses import stored_fields, used_symbols

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.device import Device, Program
    from annarchy_ml.kernels.plan import SimulationPlan

_PRELUDE = Path(cuda_room.__file__).parent / "templates" / "prelude.cuh"
_ENTRIES = """
enum { AML_AT_ONCE = 8 };  // loads of a thread under way: fewer do not fill the memory's pipes
AML_ENTRY copy(const double *from, double *to, uint64_t count) {
  const uint64_t all = aml_threads();
  uint64_t first = aml_thread();
  for (; first + (AML_AT_ONCE - 1) * all < count; first += AML_AT_ONCE * all) {
    double held[AML_AT_ONCE];
    for (uint64_t k = 0; k < AML_AT_ONCE; ++k) held[k] = from[first + k * all];
    for (uint64_t k = 0; k < AML_AT_ONCE; ++k) to[first + k * all] = held[k];
  }
  for (; first < count; first += all) to[first] = from[first];
}
AML_ENTRY meet(aml_meeting *meeting, uint64_t count) {
  for (uint64_t k = 0; k < count; ++k) aml_meet(meeting);
}
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """Measured limits of a device.

    Attributes:
        bytes_per_s: read and written by a copy.
        meeting_s: one meeting of all threads of a launch.
    """

    bytes_per_s: float
    meeting_s: float


def bytes_of_step(plan: SimulationPlan) -> int:
    """What the kernels of a step read and write of all instances, each once."""
    real, total = 4 if plan.module.precision == "single" else 8, 0
    for group in plan.groups:
        kernels = plan.module.groups[group.kernel]
        bodies = [
            item.body
            for item in kernels.kernels
            if item.kind in (KernelKind.UPDATE, KernelKind.ADVANCE, KernelKind.TERMS)
        ]
        used = frozenset[str]().union(*map(used_symbols, bodies))
        stored = frozenset[str]().union(*map(stored_fields, bodies))
        for item in kernels.fields:
            if item.placement is Placement.PER_INSTANCE:
                width = real if item.dtype is DType.REAL else 4
                total += width * group.size * ((item.name in used) + (item.name in stored))
    return total


def compiled(device: Device) -> Program:
    """The program of both measurements."""
    return device.compile(_PRELUDE.read_text("ascii") + _ENTRIES, ("copy", "meet"))


def limits_of(device: Device, nbytes: int = 1 << 30, meetings: int = 10_000) -> Limits:
    """Measures a device; the best of five of each."""
    program = compiled(device)
    given, taken, words = (device.allocate(size) for size in (nbytes, nbytes, 64))

    def best(entry: str, arguments: list[int]) -> float:
        walls = []
        for _ in range(5):
            started = time.perf_counter()
            device.launch(program, entry, arguments)
            device.synchronize()
            walls.append(time.perf_counter() - started)
        return min(walls)

    copied = best("copy", [given.address, taken.address, nbytes // 8])
    met = best("meet", [words.address, meetings])
    return Limits(2 * nbytes / copied, met / meetings)
