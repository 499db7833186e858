"""Nested dictionaries of numbers in files: ``.npz``, ``.mat``, pickles, plain or compressed.

A pickle is read by its numbers alone: whatever else stands in it is refused, not called.
"""

from __future__ import annotations

import gzip
import os
import pickle
from pathlib import Path
from typing import IO, Any

import numpy as np

from annarchy_ml.importers.equations.faults import ANNarchyException

Filename = str | os.PathLike[str]
Tree = dict[str, Any]
"""Numbers, texts, arrays, lists of them, or further trees, by name."""

_NUMBERS = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}


_ENDINGS = (".npz", ".mat", ".gz", ".pkl", ".pickle")


class _NumbersOnly(pickle.Unpickler):
    """Reads arrays and plain values."""

    def find_class(self, module: str, name: str) -> Any:
        """What a pickle names; arrays are known.

        Raises:
            ANNarchyException: If it names anything else.
        """
        if (module, name) not in _NUMBERS:
            raise ANNarchyException(f"the file holds '{module}.{name}', not numbers")
        return super().find_class(module, name)


def holds_values(filename: Filename) -> bool:
    """Whether a file is one that `write` makes: by its ending, or as a pickle."""
    path = Path(filename)
    if path.suffix in _ENDINGS or not path.is_file():
        return path.suffix in _ENDINGS
    with path.open("rb") as file:
        return file.read(1) == pickle.PROTO


def write(filename: Filename, tree: Tree) -> None:
    """Writes a tree; the ending of the name says how.

    Raises:
        ANNarchyException: If the file cannot be written.
    """
    path = Path(filename)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".npz":
            np.savez_compressed(path, **_flat(tree))
        elif path.suffix == ".mat":
            _matlab().savemat(path, tree, long_field_names=True)
        else:
            with _opened(path, "wb") as file:
                pickle.dump(tree, file, protocol=4)
    except OSError as fault:
        raise ANNarchyException(f"'{path}' cannot be written: {fault.strerror}") from fault


def read(filename: Filename) -> Tree:
    """The tree of a file.

    Raises:
        ANNarchyException: If there is none.
    """
    path = Path(filename)
    try:
        if path.suffix == ".npz":
            with np.load(path) as file:
                return _nested({name: file[name] for name in file.files})
        if path.suffix == ".mat":
            found: Tree = _matlab().loadmat(path, simplify_cells=True)
            return {name: value for name, value in found.items() if not name.startswith("__")}
        with _opened(path, "rb") as file:
            return dict(_NumbersOnly(file).load())
    except OSError as fault:
        what = fault.strerror or str(fault)
        raise ANNarchyException(f"'{path}' cannot be read: {what}") from fault
    except (pickle.UnpicklingError, ValueError, TypeError, EOFError) as fault:
        raise ANNarchyException(f"'{path}' holds no saved values: {fault}") from fault


def _opened(path: Path, mode: str) -> IO[bytes]:
    opener: Any = gzip.open if path.suffix == ".gz" else open
    found: IO[bytes] = opener(path, mode)
    return found


def _matlab() -> Any:
    try:
        import scipy.io
    except ImportError as fault:
        raise ANNarchyException("files for Matlab need SciPy: pip install scipy") from fault
    return scipy.io


def _flat(tree: Tree, before: str = "") -> Tree:
    found: Tree = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            found.update(_flat(value, f"{before}{name}/"))
        else:
            found[before + name] = value
    return found


def _nested(flat: Tree) -> Tree:
    found: Tree = {}
    for path, value in flat.items():
        *names, last = path.split("/")
        place = found
        for name in names:
            place = place.setdefault(name, {})
        place[last] = value
    return found
