"""Names the state of this package's code, so that caches made by other code are not used."""

from __future__ import annotations

import os
from functools import lru_cache

_FOLDERS = ("passes", "integrators", "importers/neuroml", "kernels", "model", "expr", "session")


@lru_cache(maxsize=1)
def text() -> str:
    """Newest modification time and number of the files that decide what a plan is."""
    import annarchy_ml

    newest, count = 0, 0
    for base in annarchy_ml.__path__:
        for folder in _FOLDERS:
            for part in (folder, os.path.join("..", folder)):
                path = os.path.join(base, part)
                if not os.path.isdir(path):
                    continue
                with os.scandir(path) as entries:
                    for entry in entries:
                        if entry.name.endswith(".py"):
                            newest = max(newest, entry.stat().st_mtime_ns)
                            count += 1
    return f"{newest}:{count}"
