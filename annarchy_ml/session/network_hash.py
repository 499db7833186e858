"""Names the content of a network that was built from Python, as a hash does for files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.model.component import Component
from annarchy_ml.model.network import Cells

if TYPE_CHECKING:
    from annarchy_ml.model.network import Network


def network_hash(network: Network, files: str) -> str:
    """A text that changes with anything in a network, or in the files that it includes.

    Args:
        network: populations, links, what is recorded.
        files: hash of the files.
    """
    digest = hashlib.sha256(files.encode())
    for part in _parts(network):
        digest.update(part)
    return digest.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    """The bytes of a value and of all inside of it, each with its length and kind."""
    if isinstance(value, np.ndarray):
        yield f"array {value.dtype} {value.shape} ".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, (list, tuple)):
        yield f"list {len(value)} ".encode()
        for item in value:
            yield from _parts(item)
    elif isinstance(value, Cells):
        yield f"cells of {value.population.name} ".encode()
        yield from _parts(value.cells if value.span is None else value.span)
        yield from _parts(value.at)
    elif isinstance(value, Component):
        yield f"{value.tag} {sorted(value.attributes.items())} ".encode()
        yield from _parts(value.children)
    elif is_dataclass(value):
        yield f"{type(value).__name__} ".encode()
        for item in fields(value):
            yield from _parts(getattr(value, item.name))
    else:
        yield f"{value!r} ".encode()
