"""What the engine asks of a device: memory, programs, launches.

A program is one text in CUDA C++ that g++ compiles too (``templates/prelude.cuh`` says how), with
entries of the form ``extern "C" __global__ void entry(...)`` whose parameters are 64-bit words:
pointers to device memory, ``uint64_t`` or ``int64_t``. Launches are cooperative: all threads of a
launch are resident, so that the program may let all of them meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray

Memory: TypeAlias = "bytes | bytearray | memoryview | NDArray[Any]"
"""Contiguous host memory: anything with a buffer."""


class Buffer(Protocol):
    """A piece of device memory; freed when nobody holds it any more."""

    @property
    def address(self) -> int:
        """Where it begins, as the device sees it; a multiple of 256."""

    @property
    def nbytes(self) -> int:
        """How long it is."""


class Program(Protocol):
    """A compiled text, loaded on its device."""

    @property
    def entries(self) -> tuple[str, ...]:
        """Names of what can be launched."""


class Device(Protocol):
    """One device. Nothing here is called once per step."""

    @property
    def name(self) -> str:
        """What results say they were computed on, such as ``NVIDIA H200`` or ``emulated``."""

    @property
    def memory_total(self) -> int:
        """Bytes of memory."""

    @property
    def memory_free(self) -> int:
        """Bytes that can still be allocated."""

    def threads(self, program: Program, entry: str) -> int:
        """Threads of the largest cooperative launch of an entry; those of every launch of it."""

    def compile(self, source: str, entries: Sequence[str]) -> Program:
        """Compiles a text, or takes it from the cache.

        Raises:
            EnvironmentFault: If there is no compiler, or it refuses the text.
        """

    def allocate(self, nbytes: int) -> Buffer:
        """Memory filled with zeros; ``nbytes`` may be 0.

        Raises:
            EnvironmentFault: If there is not so much memory.
        """

    def upload(self, buffer: Buffer, memory: Memory, offset: int = 0) -> None:
        """Copies contiguous host memory to ``offset`` bytes behind the begin of the buffer."""

    def download(self, buffer: Buffer, memory: Memory, offset: int = 0) -> None:
        """Fills contiguous, writable host memory from ``offset`` on."""

    def launch(self, program: Program, entry: str, arguments: Sequence[int]) -> None:
        """Starts an entry with 64-bit words as arguments; it may still run when this returns."""

    def synchronize(self) -> None:
        """Waits for all launches.

        Raises:
            EnvironmentFault: If one of them failed.
        """
