"""Names the content of a network that was built from Python, as a hash does for files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.model.component import Component

if TYPE_CHECKING:
    from annarchy_ml.model.network import Network

_LEFT_OUT = ("origin", "parent")


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
    elif is_dataclass(value):
        yield f"{type(value).__name__} ".encode()
        if isinstance(value, Component):
            yield repr(sorted(value.attributes.items())).encode()
        for item in fields(value):
            if item.name not in _LEFT_OUT:
                yield from _parts(getattr(value, item.name))
    else:
        yield f"{value!r} ".encode()
