"""Names the state of this package's code, so that what other code has cached is not used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec


@lru_cache(maxsize=8)
def code_identity(*rooms: str) -> str:
    """Version, newest modification time and number of the source files of some rooms.

    Args:
        rooms: packages below ``annarchy_ml``, such as ``passes`` or ``importers.neuroml``.
    """
    import annarchy_ml

    times = [entry.stat().st_mtime_ns for room in rooms for entry in _sources(room)]
    return f"{annarchy_ml.__version__}:{max(times, default=0)}:{len(times)}"


def _sources(room: str) -> Iterator[os.DirEntry[str]]:
    spec = find_spec(f"annarchy_ml.{room}")
    for folder in (spec.submodule_search_locations if spec is not None else None) or ():
        if os.path.isdir(folder):
            yield from (entry for entry in os.scandir(folder) if entry.name.endswith(".py"))
