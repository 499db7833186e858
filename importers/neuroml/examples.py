"""The standard's own examples: listed, found and copied out of the pyneuroml archive."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from annarchy_ml.diagnostics import Diagnostics, EnvironmentFault, UsageError, did_you_mean
from annarchy_ml.importers.neuroml import archive
from annarchy_ml.importers.neuroml.document import includes_of
from annarchy_ml.importers.neuroml.xml_reader import parse_bytes

_FILE = re.compile(r"LEMSexamples/LEMS_NML2_(Ex(\d+)(\w*))\.xml")
_TITLES = {
    "Ex0": "integrate-and-fire cells, with and without a refractory time",
    "Ex1": "one cell with Hodgkin-Huxley channels",
    "Ex2": "Izhikevich cells: bursting, tonic, mixed mode, class 1",
    "Ex3": "a Hodgkin-Huxley cell that drives three others",
    "Ex4": "potassium channel as a kinetic scheme",
    "Ex4a": "the same potassium channel as gates and as two kinetic schemes",
    "Ex5": "one cell with a segment, channel densities and a current pulse",
    "Ex6": "NMDA synapse with magnesium block",
    "Ex7": "synapses with short-term depression and facilitation",
    "Ex8": "adaptive exponential cells: bursts, chaotic spiking, rebound",
    "Ex9": "FitzHugh-Nagumo cell, without units",
    "Ex10": "channel rates that depend on temperature (Q10)",
    "Ex11": "spike-timing dependent plasticity",
    "Ex12": "spike sources, integrate-and-fire cells and their connections",
    "Ex13": "population of placed instances",
    "Ex14": "the PyNN cells and synapses",
    "Ex15": "granule cell with calcium pool and calcium-dependent potassium",
    "Ex16": "all kinds of input: pulses, ramps, sines, clamps, spike trains",
    "Ex17": "own component type: a tissue whose temperature changes",
    "Ex18": "calcium current by the GHK equation",
    "Ex19": "gap junctions",
    "Ex19a": "gap junctions between placed instances",
    "Ex20": "graded synapses, transmitting without spikes",
    "Ex20a": "graded synapses between Hodgkin-Huxley cells",
    "Ex21": "current-based synapse with a weight and a delay",
    "Ex22": "Pinsky-Rinzel CA3 cells",
    "Ex23": "spike times recorded to a file",
    "Ex24": "gate with fractional conductances",
    "Ex25": "cells of several compartments, connected on their dendrites",
    "Ex26": "weights on all kinds of connections and inputs",
    "Ex27": "double synapse: AMPA and NMDA together",
}


@dataclass(frozen=True, slots=True)
class Example:
    """One LEMS file of the archive that can be run.

    Attributes:
        name: What a user types, such as ``Ex5_DetCell``.
        file: Its full name in the archive.
        title: A few words on what it shows.
    """

    name: str
    file: str
    title: str


@lru_cache(maxsize=1)
def list_examples() -> tuple[Example, ...]:
    """All examples, in the order of their numbers.

    Raises:
        EnvironmentFault: If the archive is not there.
    """
    found = [(match, name) for name in archive.archive_names() if (match := _FILE.fullmatch(name))]
    found.sort(key=lambda item: (int(item[0][2]), item[0][3]))
    return tuple(Example(match[1], name, _title(match[1])) for match, name in found)


def find_example(name: str) -> Example:
    """The example that a user means by ``Ex5``, ``ex5_detcell`` or the name of its file.

    Raises:
        UsageError: If there is no such example.
    """
    wanted = posixpath.basename(name).removesuffix(".xml").removeprefix("LEMS_NML2_").lower()
    examples = list_examples()
    for example in examples:
        full = example.name.lower()
        if wanted in (full, full.partition("_")[0]):
            return example
    names = [example.name for example in examples]
    raise UsageError(
        f"there is no example '{name}'",
        hint=did_you_mean(name, [*names, *(known.partition("_")[0] for known in names)])
        or "'annarchy-ml examples' lists them all",
    )


def files_of(example: Example) -> tuple[str, ...]:
    """Names in the archive of an example and all it includes but the core definitions."""
    names: dict[str, None] = {}
    waiting = [example.file]
    while waiting:
        name = waiting.pop(0)
        if name in names or name.startswith(archive.CORE_FOLDER):
            continue
        names[name] = None
        waiting += _included(name)
    return tuple(names)


def copy_example(example: Example, folder: Path) -> tuple[Path, ...]:
    """Copy an example and what it includes, keeping their folders, so that it can be run there.

    Returns:
        The files, the one to run first.

    Raises:
        UsageError: If a file with another content stands in the way; then nothing is copied.
        EnvironmentFault: If a file cannot be written.
    """
    contents = {folder / name: archive.read_archived(name) for name in files_of(example)}
    try:
        for path, content in contents.items():
            if path.exists() and path.read_bytes() != content:
                raise UsageError(
                    f"'{path}' exists and differs from the example",
                    hint="name another folder, or remove the file first",
                )
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise EnvironmentFault(
            f"'{error.filename or folder}' cannot be written: {error.strerror or error}",
            hint="name another folder",
        ) from error
    return tuple(contents)


def _included(name: str) -> list[str]:
    """Names in the archive of the files that one of its files includes."""
    root = parse_bytes(archive.read_archived(name), name, Diagnostics())
    if root is None:
        return []
    targets = [element.get("file") or element.get("href") for element in includes_of(root)]
    folder = posixpath.dirname(name)
    beside = [posixpath.normpath(posixpath.join(folder, target)) for target in targets]
    return [
        found
        for place, target in zip(beside, targets, strict=True)
        if (found := place if place in archive.archive_names() else archive.core_file_name(target))
    ]


def _title(name: str) -> str:
    """What the example shows; one that is newer than the table is told by its own name."""
    number, _, rest = name.partition("_")
    return _TITLES.get(number, rest)
