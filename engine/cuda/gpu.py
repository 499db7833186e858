"""A CUDA device: programs compiled by NVRTC, memory and launches through the driver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from annarchy_ml.diagnostics.core import EnvironmentFault
from annarchy_ml.engine import _core
from annarchy_ml.engine.cuda.driver import check_number, device_faults, driver, out_of_memory
from annarchy_ml.engine.cuda.nvrtc import NO_CONTRACTION, compile_whole

if TYPE_CHECKING:
    from annarchy_ml.engine.build.cache import KernelCache
    from annarchy_ml.engine.cuda.device import Buffer, Memory, Program
    from annarchy_ml.engine.cuda.nvrtc import Resources

BLOCK = 256
"""Threads of a block: the bound that the entries of all programs state (``AML_ENTRY``)."""
BLOCKS = 4
"""Blocks of a multiprocessor at most: more make every meeting of all threads longer."""


@dataclass(frozen=True, slots=True)
class GpuProgram:
    """Machine code on a device.

    Attributes:
        resources: what each entry takes of a multiprocessor.
    """

    entries: tuple[str, ...]
    code: _core.CudaProgram
    resources: dict[str, Resources]


class CudaDevice:
    """One CUDA device, with all memory and programs of one simulation.

    Attributes:
        facts: what the driver says of it.
        blocks: of a multiprocessor, at most.
    """

    def __init__(
        self, number: int = 0, blocks: int = BLOCKS, cache: KernelCache | None = None
    ) -> None:
        """Opens a device.

        Args:
            number: as the driver counts.
            blocks: of a multiprocessor, at most.
            cache: of machine code; the user's own if left out.

        Raises:
            EnvironmentFault: If there is none of this number, or it cannot be used.
        """
        check_number(number)
        self._place, self.blocks, self._cache = f"cuda:{number}", blocks, cache
        with device_faults(self._place):
            self._device = _core.CudaDevice(driver(), number)
        self.facts = self._device.facts
        if not self.facts.cooperative:
            raise EnvironmentFault(
                f"the device {self._place} ({self.name}) cannot run kernels whose threads all meet",
                code="device.failed",
                hint="use a device of compute capability 6.0 or later, or the device cpu",
            )

    @property
    def name(self) -> str:
        """As the driver calls it."""
        return str(self.facts.name)

    @property
    def memory_total(self) -> int:
        """Bytes of memory."""
        return self._memory()[1]

    @property
    def memory_free(self) -> int:
        """Bytes that can still be allocated."""
        return self._memory()[0]

    def _memory(self) -> tuple[int, int]:
        with device_faults(self._place):
            return self._device.memory()

    def compile(self, source: str, entries: Sequence[str], exact: bool = False) -> GpuProgram:
        """Compiles a text for this device, or takes it from the cache, and loads it.

        Args:
            source: CUDA C++ without includes.
            entries: that can be launched.
            exact: whether products and sums are rounded one by one.

        Raises:
            EnvironmentFault: If there is no compiler, or it refuses the text.
        """
        options = (NO_CONTRACTION,) if exact else ()
        known = driver().version
        made = compile_whole(source, self.facts.capability, options, self._cache, known)
        with device_faults(self._place):
            return GpuProgram(tuple(entries), self._device.load(made.image), made.resources)

    def threads(self, program: Program, entry: str) -> int:
        """Threads of all launches of an entry: all of them resident at the same time.

        Raises:
            EnvironmentFault: If not even one block fits.
        """
        with device_faults(self._place):
            resident = _code(program).resident_blocks(entry, BLOCK)
        if resident == 0:
            raise EnvironmentFault(
                f"the device {self._place} ({self.name}) has too few registers for '{entry}'",
                code="device.failed",
                hint="use the device cpu",
            )
        return min(resident, self.blocks * self.facts.multiprocessors) * BLOCK

    def allocate(self, nbytes: int) -> _core.CudaMemory:
        """Memory filled with zeros.

        Raises:
            EnvironmentFault: If there is not so much; with both figures.
        """
        try:
            return self._device.allocate(nbytes)
        except _core.EngineError as fault:
            if fault.code != "memory":
                with device_faults(self._place):
                    raise
            free = self.memory_free
            how = f"{nbytes / 1e9:.3g} GB are asked for, {free / 1e9:.3g} GB are free"
            raise out_of_memory(f"{self._place} ({self.name})", how) from fault

    def upload(self, buffer: Buffer, memory: Memory, offset: int = 0) -> None:
        """Copies host memory to ``offset`` bytes behind the begin of the buffer."""
        with device_faults(self._place):
            _memory(buffer).write(memory, offset)

    def download(self, buffer: Buffer, memory: Memory, offset: int = 0) -> None:
        """Fills host memory from ``offset`` on, after all launches before."""
        with device_faults(self._place):
            _memory(buffer).read(memory, offset)

    def launch(self, program: Program, entry: str, arguments: Sequence[int]) -> None:
        """Starts an entry with 64-bit words as arguments; it may still run when this returns."""
        blocks = self.threads(program, entry) // BLOCK
        words = [argument & 0xFFFFFFFFFFFFFFFF for argument in arguments]
        with device_faults(self._place):
            _code(program).launch(entry, blocks, BLOCK, words)

    def synchronize(self) -> None:
        """Waits for all launches, without Python's lock.

        Raises:
            EnvironmentFault: If one of them failed; the device is of no use after that.
        """
        with device_faults(self._place):
            self._device.wait()


def _code(program: Program) -> _core.CudaProgram:
    return cast(GpuProgram, program).code


def _memory(buffer: Buffer) -> _core.CudaMemory:
    return cast("_core.CudaMemory", buffer)
