"""HDF5 files from others: nothing outside of the file is opened."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from annarchy_ml.diagnostics import EnvironmentFault

MOST_BYTES = 4_000_000_000


class WrongLayoutError(Exception):
    """A file that is laid out otherwise, or that leads out of itself."""


def require_h5py(shown: str, hint: str = "") -> None:
    """Refuses to go on without the library that reads such files.

    Raises:
        EnvironmentFault: If h5py is not installed.
    """
    if find_spec("h5py") is None:
        raise EnvironmentFault(
            f"'{shown}' is an HDF5 file, and h5py, which reads such files, is not installed",
            hint='pip install "annarchy-ml[hdf5]"' + hint,
        )


def member(group: Any, name: str) -> Any:
    """A group or table inside of a group.

    Raises:
        WrongLayoutError: If it is not there, or lies elsewhere.
    """
    import h5py

    link = group.get(name, getlink=True)
    if link is None:
        raise WrongLayoutError(f"it holds no '{name}'")
    if not isinstance(link, h5py.HardLink):
        raise WrongLayoutError(f"'{name}' is a link, which is not followed")
    found = group[name]
    if isinstance(found, h5py.Dataset) and (found.external or found.is_virtual):
        raise WrongLayoutError(f"'{name}' lies in another file")
    return found
