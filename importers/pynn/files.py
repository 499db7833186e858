"""Opens the NeuroML and LEMS files of which types of PyNN are made."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import annarchy_ml as public
from annarchy_ml.diagnostics import UsageError, did_you_mean


def opened(who: str, file: str | os.PathLike[str], wanted: Iterable[str]) -> tuple[str, Any]:
    """The whole path of a file, and a model that includes it.

    Args:
        who: the function that a user called.
        file: the path as given.
        wanted: ids of components that must be there.

    Raises:
        ModelError: With every fault of the file.
        UsageError: If there is no such file or component.
    """
    path = os.path.abspath(file)
    if not os.path.isfile(path):
        raise UsageError(f"{who}: the file '{path}' does not exist", hint="check the path")
    model = public.NetworkModel("file")
    core = set(model.tables.components.by_id)
    model.include(path)
    known = model.tables.components.by_id
    for name in wanted:
        if name not in known:
            own = [item for item in known if item not in core]
            hint = did_you_mean(name, own) or f"components there: {', '.join(own[:20]) or 'none'}"
            raise UsageError(f"{who}: '{path}' has no component '{name}'", hint=hint)
    return path, model
