"""Reads pickled Neo blocks, and nothing else: a pickle can name any function to be called."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

_NAMES = {
    "__builtin__": {"dict"},  # as protocols 0 to 2 call it
    "copy_reg": {"_reconstructor"},
    "builtins": {"bytearray", "complex", "dict", "frozenset", "list", "set", "slice", "tuple"},
    "collections": {"OrderedDict", "defaultdict"},
    "copyreg": {"_reconstructor"},
    "_codecs": {"encode"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "numpy": {"dtype", "ndarray"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.numeric": {"_frombuffer"},
    "numpy._core.numeric": {"_frombuffer"},
}
"""What data are made of, by module."""
_DATA = ("neo.core", "quantities")
"""Packages whose classes are data, made by functions with these beginnings."""
_MAKERS = ("_new", "_normalize", "_reconstruct")


class _Reader(pickle.Unpickler):
    """Finds what data are made of."""

    def find_class(self, module: str, name: str) -> Any:
        """The class or maker of this name.

        Raises:
            UnpicklingError: If it is none that Neo blocks are made of.
        """
        if name in _NAMES.get(module, ()):
            return super().find_class(module, name)
        if any(module == package or module.startswith(f"{package}.") for package in _DATA):
            found = super().find_class(module, name)
            own = getattr(found, "__module__", "").startswith(_DATA)
            if own and (isinstance(found, type) or name.startswith(_MAKERS)):
                return found
        raise pickle.UnpicklingError(f"'{module}.{name}' is no part of a Neo block")


def read_pickled(path: Path) -> Any:
    """What a file holds, if it holds nothing but data as of Neo."""
    with path.open("rb") as file:
        return _Reader(file).load()
