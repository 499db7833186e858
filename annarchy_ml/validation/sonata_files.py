"""Reads reports and spikes of SONATA, whoever wrote them, by the columns that a model asks for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.model.simulation import OutputFile
from annarchy_ml.validation.data_files import DataFileError
from annarchy_ml.validation.quantities import Recorded, Trace, dimension_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annarchy_ml.model.simulation import EventOutputFile, NodeReport

_SI = {"mV": ("V", 1e-3), "nA": ("A", 1e-9), "pA": ("A", 1e-12), "uS": ("S", 1e-6)}
_SI |= {"nS": ("S", 1e-9), "ms": ("s", 1e-3)}
_MILLI = 1e-3


Chosen = dict[str, tuple[str, int]]
"""Population and node of each column or train, by what it is called."""


def read_sonata(
    found: Recorded, output: OutputFile | EventOutputFile, path: Path, names: list[str]
) -> None:
    """Adds what a SONATA file holds of an output; what it lacks is absent.

    Args:
        found: what was read so far.
        output: what the model asks for; it has a report.
        path: of the file.
        names: what its columns or trains are called.
    """
    report: NodeReport | None = output.report
    assert report is not None
    wanted = dict(zip(names, zip(report.populations, report.nodes, strict=True), strict=True))
    kind = "report" if isinstance(output, OutputFile) else "spikes"
    try:
        if not path.is_file():
            raise DataFileError(f"there is no file '{path.name}'")
        _read(found, wanted, path, kind)
    except (DataFileError, OSError, KeyError, IndexError, ValueError, TypeError) as fault:
        said = fault if isinstance(fault, DataFileError) else f"'{path.name}' is none: {fault}"
        missing = (name for name in names if name not in {*found.traces, *found.trains})
        found.absent.update(dict.fromkeys(missing, f"SONATA: {said}"))


def _read(found: Recorded, wanted: Chosen, path: Path, kind: str) -> None:
    import h5py

    with h5py.File(path, "r") as file:
        for population in dict.fromkeys(place[0] for place in wanted.values()):
            if f"{kind}/{population}" not in file:
                raise DataFileError(f"'{path.name}' has no '/{kind}/{population}'")
            group = file[f"{kind}/{population}"]
            chosen = {name: at[1] for name, at in wanted.items() if at[0] == population}
            if kind == "report":
                _frames(found, group, chosen, path)
            else:
                _spikes(found, group, chosen)


def _frames(found: Recorded, group: Any, chosen: dict[str, int], path: Path) -> None:
    """Traces of nodes, of which each has one element."""
    data, mapping = group["data"][:].astype(np.float64), group["mapping"]
    nodes = mapping["node_ids"][:].tolist()
    begins = mapping["index_pointers"][:].tolist()
    start, _, step = (float(item) * _MILLI for item in mapping["time"][:])
    times = start + step * np.arange(len(data), dtype=np.float64)
    written = _text(group["data"].attrs.get("units", ""))
    unit, scale = _SI.get(written, (written, 1.0))
    for name, node in chosen.items():
        if node not in nodes:
            found.absent[name] = f"SONATA: '{path.name}' has no node {node}"
            continue
        row = nodes.index(node)
        if begins[row + 1] - begins[row] != 1:
            found.absent[name] = f"SONATA: '{path.name}' has several elements of node {node}"
            continue
        values = data[:, begins[row]] * scale
        found.traces[name] = Trace(name, unit, dimension_of(unit), times, values)


def _spikes(found: Recorded, group: Any, chosen: dict[str, int]) -> None:
    times: NDArray[np.float64] = group["timestamps"][:].astype(np.float64) * _MILLI
    nodes = group["node_ids"][:].astype(np.int64)
    for name, node in chosen.items():
        found.trains[name] = np.sort(times[nodes == node])


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
