"""Writes results as NWB, NIX or pickled Neo files, through Neo's own writers."""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from annarchy_ml.results import Results

_NOT_IN_NAMES = str.maketrans("/:", "__")


def write(results: Results, path: Path) -> None:
    """Write results in the format that the suffix names; its library must be installed."""
    from annarchy_ml.exporters.neo import to_block

    write_block(to_block(results), path)


def write_block(block: Any, path: Path) -> None:
    """Write a `neo.Block` in the format that the suffix names."""
    suffix = path.suffix.lower()
    if suffix == ".nwb":
        _write_nwb(block, path)
    elif suffix == ".nix":
        _write_nix(block, path)
    else:
        with open(path, "wb") as stream:
            pickle.dump(block, stream, protocol=pickle.HIGHEST_PROTOCOL)


def _write_nwb(block: Any, path: Path) -> None:
    """Write NWB, with what Neo would leave out: paths as descriptions, provenance as notes."""
    from neo.io import NWBIO

    notes = {key: value for key, value in block.annotations.items() if key != "session_start_time"}
    block.annotate(
        identifier=str(uuid4()), session_description=block.description, notes=json.dumps(notes)
    )
    for segment in block.segments:
        for signal in (*segment.analogsignals, *segment.irregularlysampledsignals):
            signal.name = signal.name.translate(_NOT_IN_NAMES)
            signal.annotations["nwb:description"] = " ".join(signal.array_annotations["path"])
    with _without_renaming_messages():
        NWBIO(str(path), mode="w").write_all_blocks([block], validate=False)


def _write_nix(block: Any, path: Path) -> None:
    from neo.io import NixIO

    with NixIO(str(path), mode="ow") as file:
        file.write_block(block)


@contextmanager
def _without_renaming_messages() -> Iterator[None]:
    """Neo logs a warning for each signal that has a name; that is no fault of the user's."""
    root = logging.getLogger()

    def keep(record: logging.LogRecord) -> bool:
        return "name exists. New name" not in record.getMessage()

    root.addFilter(keep)
    try:
        yield
    finally:
        root.removeFilter(keep)
