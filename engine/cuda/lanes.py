"""A device whose warps have 32 lanes: the text of NVRTC compiled by g++. For tests.

Every lane has a stack of its own; all of them share one thread. A lane goes on until it meets
others; who is next then is drawn from a seed, so that what needs an order that no meeting gives
has other results. What a GPU would not forgive ends the launch: threads that do not all come to a
meeting, a shuffle that reads a lane which takes no part, threads that wait for each other. Where
accesses are looked at, so do two threads that use the same memory with no meeting between them,
and a thread that uses what was not allocated.
"""

from __future__ import annotations

import ctypes
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from annarchy_ml.diagnostics.core import EnvironmentFault
from annarchy_ml.engine.cuda.emulated import (
    FLAGS,
    MOST_ARGUMENTS,
    EmulatedDevice,
    EmulatedProgram,
    frame,
    load_text,
)

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.device import Program

WARP = 32
_MEETINGS = "meet", "ballot", "meet_warp", "from_lane"
_TOLD = (
    *("-g", "-fsanitize=thread", "--param", "tsan-distinguish-volatile=1"),
    *("-fno-exceptions", "-nodefaultlibs", "-lc", "-lm"),  # lanes.cuh stands for the library
)
_LINE, _CODE = re.compile(r"@(\d+)@"), re.compile(r"@\+([0-9a-f]+)@")


@dataclass(frozen=True, slots=True)
class Lanes:
    """How the threads of a launch lie.

    Attributes:
        blocks: of a launch.
        warps: of a block.
        seed: of the order in which lanes go on.
        races: whether accesses to memory are looked at; much slower.
    """

    blocks: int = 2
    warps: int = 2
    seed: int = 1
    races: bool = False


@dataclass(frozen=True, slots=True)
class LaneProgram(EmulatedProgram):
    """A library of entries.

    Attributes:
        lines: of its text.
    """

    lines: tuple[str, ...] = ()


class LaneDevice(EmulatedDevice):
    """Runs programs lane by lane."""

    def __init__(self, lanes: Lanes | None = None, memory: int = 1 << 34) -> None:
        """Makes a device.

        Args:
            lanes: how the threads of a launch lie.
            memory: bytes that it lets be allocated.
        """
        self.lanes = lanes or Lanes()
        super().__init__(self.lanes.blocks * self.lanes.warps * WARP, memory)

    @cached_property
    def _starter(self) -> Any:
        names = "lane_calls.h", "lane_stacks.hpp", "lane_races.hpp", "lanes.cpp"
        start = load_text("\n".join(map(frame, names)), FLAGS).aml_emulate_lanes
        start.restype = ctypes.c_char_p
        return start

    def compile(self, source: str, entries: Sequence[str], exact: bool = False) -> LaneProgram:
        """Compiles a text with g++ as NVRTC reads it."""
        text = "\n".join((frame("lane_calls.h"), frame("lanes.cuh"), _marked(source)))
        library = load_text(text, (*FLAGS, *(_TOLD if self.lanes.races else ())))
        return LaneProgram(library, tuple(entries), tuple(text.splitlines()))

    def launch(self, program: Program, entry: str, arguments: Sequence[int]) -> None:
        """Runs an entry to its end.

        Raises:
            EnvironmentFault: If a GPU would not have run it; with the lines of the text.
        """
        assert isinstance(program, LaneProgram)
        words = (ctypes.c_uint64 * MOST_ARGUMENTS)(*arguments)
        lanes = self.lanes
        pieces = self._pieces() if lanes.races else []
        shape = (ctypes.c_uint32 * 4)(lanes.blocks, lanes.warps * WARP, lanes.seed, len(pieces))
        known = (ctypes.c_uint64 * (2 * len(pieces)))(*(k for item in pieces for k in item))
        start = ctypes.cast(getattr(program.library, entry), ctypes.c_void_p)
        be = ctypes.cast(program.library.aml_be_lane, ctypes.c_void_p)
        told = self._starter(start, be, words, shape, known).decode("ascii")
        if told:
            raise _fault(entry, told, program)

    def _pieces(self) -> list[tuple[int, int]]:
        """Begin and bytes of all memory of the device."""
        return sorted((item.address, item.nbytes) for item in self._taken)


def _marked(source: str) -> str:
    """A text that tells where it calls what meets."""
    prelude = frame("prelude.cuh").rstrip("\n")
    marks = "\n".join(
        f"#define aml_{name}(...) (aml_mark(__LINE__), aml_{name}(__VA_ARGS__))"
        for name in _MEETINGS
    )
    return source.replace(prelude, f"{prelude}\n{marks}", 1)


def _fault(entry: str, told: str, program: LaneProgram) -> EnvironmentFault:
    codes = _CODE.findall(told)
    places = dict(zip(codes, _places(program, codes), strict=True))
    told = _CODE.sub(lambda match: f"@{places[match[1]]}@", told)
    numbers = list(dict.fromkeys(int(number) for number in _LINE.findall(told)))
    told = _LINE.sub(r"in line \1", told)
    return EnvironmentFault(
        f"'{entry}' would not run on a GPU: {told}",
        code="device.failed",
        notes=tuple(f"line {number}: {program.lines[number - 1].strip()}" for number in numbers),
        hint="this is a fault of annarchy_ml, not of the model",
    )


def _places(program: LaneProgram, codes: Sequence[str]) -> list[str]:
    """Lines of the text, of some addresses in its library."""
    if not codes:
        return []
    done = subprocess.run(
        ["addr2line", "-e", program.library._name, *(f"{int(code, 16) - 1:x}" for code in codes)],
        capture_output=True,
        text=True,
        check=True,
    )
    return [re.split(r"[: ]", line)[-1] for line in done.stdout.splitlines()]
