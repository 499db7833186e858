"""What an archive gives: ``reports.h5``, pictures in ``plots.zip``, and the log."""

from __future__ import annotations

import io
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.archives.sedml import Column, Document, Output
from annarchy_ml.archives.tasks import padded
from annarchy_ml.diagnostics.core import EnvironmentFault
from annarchy_ml.exporters.atomic import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

REPORTS, PLOTS = "reports.h5", "plots.zip"
_COLORS = 10


def require_h5py() -> None:
    """Asks for the library of reports.

    Raises:
        EnvironmentFault: If it is not installed.
    """
    if find_spec("h5py") is None:
        raise EnvironmentFault(
            "archives need h5py for their reports, and it is not installed",
            hint='pip install "annarchy-ml[omex]"',
        )


class Reports:
    """The file of all reports, and of the data behind plots."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._made: list[tuple[str, Output, list[Column], NDArray[Any]]] = []
        self._shapes: list[list[str]] = []

    def add(self, place: str, output: Output, values: Mapping[str, NDArray[Any]]) -> None:
        """Adds an output of the document at a place, with the values that there are."""
        columns = [item for item in output.columns if item.generator in values]
        arrays = [np.asarray(values[item.generator], float) for item in columns]
        self._shapes.append([",".join(map(str, array.shape)) for array in arrays])
        self._made.append((place, output, columns, padded(arrays)))

    def write(self) -> None:
        """Writes the file."""
        import h5py

        with replacing(self.path) as temporary, h5py.File(temporary, "w") as file:
            for shapes, (place, output, columns, table) in zip(
                self._shapes, self._made, strict=True
            ):
                self._write_one(file, place, output, (columns, table, shapes))

    @staticmethod
    def _write_one(
        file: Any, place: str, output: Output, data: tuple[list[Column], NDArray[Any], list[str]]
    ) -> None:
        columns, table, shapes = data
        uri = f"{place}/{output.id}"
        made = file.create_dataset(uri, data=table, compression="gzip" if table.size else None)
        made.attrs["_type"] = "SedPlot2D" if output.curves else "SedReport"
        made.attrs["uri"] = uri
        made.attrs["sedmlId"] = output.id
        if output.name:
            made.attrs["sedmlName"] = output.name
        made.attrs["sedmlDataSetIds"] = [item.id for item in columns]
        made.attrs["sedmlDataSetNames"] = [item.name for item in columns]
        made.attrs["sedmlDataSetLabels"] = [item.label for item in columns]
        made.attrs["sedmlDataSetDataTypes"] = ["float64"] * len(columns)
        made.attrs["sedmlDataSetShapes"] = shapes
        parts = uri.split("/")[:-1]
        for depth in range(len(parts)):
            name = "/".join(parts[: depth + 1])
            file[name].attrs["uri"] = name
            file[name].attrs["combineArchiveLocation"] = name


class Plots:
    """The pictures of all plots."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pictures: dict[str, bytes] = {}

    def add(
        self, place: str, output: Output, document: Document, values: Mapping[str, NDArray[Any]]
    ) -> None:
        """Draws a plot."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 5), layout="constrained")
        axes = figure.add_subplot()
        for curve in output.curves:
            x, y = (np.atleast_1d(values[name]) for name in (curve.x, curve.y))
            flat = (part.reshape(-1, part.shape[-1]).T for part in np.broadcast_arrays(x, y))
            axes.plot(*flat, label=_plain(curve.name or curve.id), linewidth=1)
            if curve.log_x:
                axes.set_xscale("log")
            if curve.log_y:
                axes.set_yscale("log")
        names = {item: document.generators[item].name or item for item in document.generators}
        axes.set_xlabel(_plain(names[output.curves[0].x]) if output.curves else "")
        axes.set_title(_plain(output.name or output.id))
        if 1 < len(output.curves) <= _COLORS:
            axes.legend()
        out = io.BytesIO()
        figure.savefig(out, format="pdf")
        self._pictures[f"{place}/{output.id}.pdf"] = out.getvalue()

    def write(self) -> None:
        """Writes the file, if there are pictures."""
        if not self._pictures:
            return
        with replacing(self.path) as temporary, zipfile.ZipFile(temporary, "w") as file:
            for name, data in self._pictures.items():
                file.writestr(name, data)


def _plain(text: str) -> str:
    """A text of a document, not to be read as mathematics."""
    return text.replace("$", r"\$")
