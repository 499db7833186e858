"""A device made of threads: programs compiled by g++, memory of this process. For tests."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from annarchy_ml.diagnostics.core import EnvironmentFault
from annarchy_ml.engine.build.cache import LIBRARY, KernelCache, fingerprint
from annarchy_ml.engine.build.toolchain import NoCompiler, find_toolchain, processor
from annarchy_ml.engine.cuda.device import Buffer, Memory, Program

MOST_ARGUMENTS = 6
_ALIGNMENT = 256
FLAGS = ("-std=c++20", "-O1", "-march=native", "-ffp-contract=off", "-fPIC", "-shared", "-w")
_SHOWN_LINES = 12


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class EmulatedBuffer:
    """Memory of this process."""

    memory: NDArray[np.uint8]
    nbytes: int

    @property
    def address(self) -> int:
        """Where it begins."""
        begin = int(self.memory.ctypes.data)
        return begin + -begin % _ALIGNMENT

    def part(self, offset: int, length: int) -> NDArray[np.uint8]:
        """Some of its bytes."""
        first = self.address - int(self.memory.ctypes.data) + offset
        return self.memory[first : first + length]


@dataclass(frozen=True, slots=True)
class EmulatedProgram:
    """A library of entries."""

    library: ctypes.CDLL
    entries: tuple[str, ...]


class EmulatedDevice:
    """Runs programs on threads of this process.

    Attributes:
        memory_total: bytes that it lets be allocated.
    """

    name = "emulated"

    def __init__(self, threads: int = 1, memory: int = 1 << 34, flags: Sequence[str] = ()) -> None:
        """Makes a device.

        Args:
            threads: of every launch.
            memory: bytes that it lets be allocated.
            flags: further arguments of the compiler.
        """
        self.memory_total = memory
        self._threads = threads
        self._taken: WeakSet[EmulatedBuffer] = WeakSet()
        self._flags = (*FLAGS, *flags)

    @cached_property
    def _starter(self) -> Any:
        """Starts the threads of a launch."""
        text = frame("emulator.cpp")
        return load_text(text, (*FLAGS, "-pthread", *self._flags[len(FLAGS) :])).aml_emulate

    @property
    def memory_free(self) -> int:
        """Bytes that nobody holds."""
        return self.memory_total - sum(item.nbytes for item in self._taken)

    def threads(self, program: Program, entry: str) -> int:
        """Threads of every launch."""
        return self._threads

    def compile(self, source: str, entries: Sequence[str], exact: bool = False) -> EmulatedProgram:
        """Compiles a text with g++, or takes the library from the cache; all programs are exact."""
        return EmulatedProgram(load_text(source, self._flags), tuple(entries))

    def allocate(self, nbytes: int) -> EmulatedBuffer:
        """Memory filled with zeros."""
        if nbytes > self.memory_free:
            raise EnvironmentFault(
                f"{nbytes:,} bytes of device memory are needed, {self.memory_free:,} are free",
                code="memory.exceeded",
            )
        made = EmulatedBuffer(np.zeros(nbytes + _ALIGNMENT, np.uint8), nbytes)
        self._taken.add(made)
        return made

    def upload(self, buffer: Buffer, memory: Memory, offset: int = 0) -> None:
        """Copies host memory to a place in a buffer."""
        data = np.frombuffer(memory, np.uint8)
        _own(buffer).part(offset, len(data))[:] = data

    def download(self, buffer: Buffer, memory: Memory, offset: int = 0) -> None:
        """Fills host memory from a place in a buffer."""
        data = np.frombuffer(memory, np.uint8)
        data[:] = _own(buffer).part(offset, len(data))

    def launch(self, program: Program, entry: str, arguments: Sequence[int]) -> None:
        """Runs an entry to its end."""
        assert isinstance(program, EmulatedProgram)
        words = (ctypes.c_uint64 * MOST_ARGUMENTS)(*arguments)
        start = ctypes.cast(getattr(program.library, entry), ctypes.c_void_p)
        be = ctypes.cast(program.library.aml_be, ctypes.c_void_p)
        self._starter(start, be, words, ctypes.c_uint32(self._threads))

    def synchronize(self) -> None:
        """Every launch is over when it returns."""


def _own(buffer: Buffer) -> EmulatedBuffer:
    assert isinstance(buffer, EmulatedBuffer)
    return buffer


def frame(name: str) -> str:
    """A text of this folder."""
    return (Path(__file__).parent / "templates" / name).read_text("ascii")


def load_text(source: str, flags: Sequence[str]) -> ctypes.CDLL:
    """The library of a C++ text."""
    cache = KernelCache()
    toolchain = find_toolchain(cache.folder)
    if "g++" not in Path(toolchain.command[0]).name and "c++" not in toolchain.command[0]:
        raise NoCompiler("the emulated device needs a C++ compiler")
    key = fingerprint((source, *toolchain.command, toolchain.version, *flags, processor()))
    found = cache.find(key) or cache.store(
        key, (), lambda folder: _compile(source, (*toolchain.command, *flags), folder)
    )
    return ctypes.CDLL(str(found.path))


def _compile(source: str, command: Sequence[str], folder: Path) -> None:
    (folder / "program.cpp").write_text(source, encoding="ascii")
    done = subprocess.run(
        [*command, "-x", "c++", "program.cpp", "-o", LIBRARY],
        cwd=folder,
        env={**os.environ, "LC_ALL": "C", "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        said = tuple(line for line in done.stderr.splitlines() if line.strip())[:_SHOWN_LINES]
        raise EnvironmentFault(
            "the compiler could not translate the program of the device",
            code="compile.failed",
            notes=said,
            hint="this is a fault of annarchy_ml or of the compiler, not of the model",
        )
