"""A run as a tape: the calls that build its network, for a program without Python.

``building.py``, ``recordings.py`` and ``kernel_addresses.py`` hand a plan to the native core call
by call. A `Tape` takes the place of the core and writes the calls down; ``cpp/standalone`` plays
them back. A kernel is known by its number in a list of symbols, from 1 on; 0 is none.

A tape begins with a mark; a call is a name and a list. A list is its length and its items, and
every item a letter and then what it says, in the byte order of the machine:

    N nothing    b true or false    i whole number    d number    s text    l list
    I, L, D arrays of int32, int64, float64
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np

from annarchy_ml.engine.building import (
    add_groups,
    add_wiring,
    set_clock,
    set_event_reads,
    set_passing,
)
from annarchy_ml.engine.codegen.symbols import symbol_of, symbols_of
from annarchy_ml.engine.kernel_addresses import Kernels, set_further, set_update
from annarchy_ml.engine.recordings import Recordings
from annarchy_ml.engine.runtime import refresh_reductions

if TYPE_CHECKING:
    from annarchy_ml.engine import _core
    from annarchy_ml.kernels.nodes import KernelKind
    from annarchy_ml.kernels.plan import SimulationPlan, StartValues

MARK = b"AMLTAPE1"
_COUNTED = ("add_group", "add_projection", "add_rule_projection", "add_coupling", "record")
_LISTS = ("record_events", "record_all_events", "record_group_events")
_ARRAYS = {"f8": b"D", "i4": b"I", "i8": b"L"}


class Tape:
    """Takes the calls of a network that is built, and writes them down.

    Numbers are given as the native core gives them: by kind, from 0 on.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._counts: dict[str, int] = {}
        out.write(MARK)

    def __getattr__(self, name: str) -> Callable[..., int]:
        """A call of this name."""

        def call(*arguments: Any) -> int:
            self.write(name, *arguments)
            kind = "events" if name in _LISTS else name.replace("_rule", "")
            number = self._counts.get(kind, 0)
            self._counts[kind] = number + 1
            return number if name in (*_COUNTED, *_LISTS) else 0

        return call

    def write(self, name: str, *arguments: Any) -> None:
        """Writes one call."""
        self._text(name)
        self._list(arguments)

    def _value(self, given: Any) -> None:
        if given is None:
            self._out.write(b"N")
        elif isinstance(given, (bool, np.bool_)):
            self._out.write(b"b" + bytes([bool(given)]))
        elif isinstance(given, (int, np.integer)):
            self._out.write(b"i" + struct.pack("=q", _signed(int(given))))
        elif isinstance(given, (float, np.floating)):
            self._out.write(b"d" + struct.pack("=d", float(given)))
        elif isinstance(given, str):
            self._out.write(b"s")
            self._text(given)
        elif isinstance(given, Mapping):
            self._out.write(b"l")
            self._list(list(given.items()))
        elif isinstance(given, (list, tuple)):
            self._out.write(b"l")
            self._list(given)
        else:
            self._array(np.asarray(given))

    def _array(self, given: np.ndarray[Any, Any]) -> None:
        wanted = "f8" if given.dtype.kind == "f" else "i4" if given.dtype.itemsize == 4 else "i8"
        self._out.write(_ARRAYS[wanted])
        numbers = np.ascontiguousarray(given, wanted).reshape(-1)
        self._out.write(struct.pack("=Q", numbers.size))
        self._out.write(numbers.data.cast("B") if numbers.size else b"")

    def _text(self, text: str) -> None:
        data = text.encode()
        self._out.write(struct.pack("=Q", len(data)) + data)

    def _list(self, items: Sequence[Any] | Iterable[Any]) -> None:
        found = list(items)
        self._out.write(struct.pack("=Q", len(found)))
        for item in found:
            self._value(item)


def _signed(number: int) -> int:
    """A number of 64 bits without a sign as one with."""
    return number - (1 << 64) if number >= 1 << 63 else number


def write_tape(out: BinaryIO, plan: SimulationPlan, starts: StartValues, threads: int) -> Tape:
    """Writes how the network of a plan is built and set to its start.

    Args:
        out: where the tape goes.
        plan: what is to run, with kernel bodies.
        starts: start values by group and field.
        threads: how many pay where there are so many cores.

    Returns:
        The tape, for what is to be done with the network.
    """
    tape = Tape(out)
    tape.write("network", plan.dt, plan.seed & 0xFFFFFFFFFFFFFFFF, plan.module.precision, threads)
    network = cast("_core.Network", tape)
    set_clock(plan, network)
    add_groups(plan, network)
    add_wiring(plan, network)
    set_passing(plan, network)
    set_event_reads(plan, network)
    kernels = _numbered(plan)
    for position in range(len(plan.groups)):
        set_update(plan, network, kernels, position, True)
        set_further(plan, network, kernels, position)
    Recordings(plan, network)
    tape.write("reset")
    for position, values in enumerate(starts):
        for name, value in values.items():
            tape.write("set_field", position, name, np.atleast_1d(np.asarray(value, float)))
    refresh_reductions(plan, network)
    return tape


def _numbered(plan: SimulationPlan) -> Kernels:
    """Kernels whose addresses are their numbers among the symbols of the plan."""
    numbers = {name: place for place, name in enumerate(symbols_of(plan.module), start=1)}

    def addresses(group: int) -> tuple[int, dict[str, int]]:
        kernel = plan.groups[group].kernel
        ports = plan.module.groups[kernel].in_ports
        events = {port: numbers[f"aml_{kernel}_event_{at}"] for at, port in enumerate(ports)}
        return numbers[f"aml_{kernel}_update"], events

    def also(group: int, kind: KernelKind, part: int) -> int:
        return numbers[symbol_of(plan.groups[group].kernel, kind, part)]

    def family(number: int) -> int:
        return numbers[f"aml_family_{number}"]

    return Kernels("compiled", addresses, also, family, lambda: None, None)
