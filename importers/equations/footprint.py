"""How much memory a network takes: what Python holds of it, and the engine by its parts."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from annarchy_ml.importers.equations.base import NetworkBase

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.running import Running


class Footprint(NetworkBase):
    """Tells how much memory a network takes."""

    id: int
    running: Running | None

    def memory_footprint(self, show_py_side: bool = True, show_cpp_side: bool = True) -> None:
        """Prints the memory of the network [bytes].

        Args:
            show_py_side: whether to tell what its Python objects take.
            show_cpp_side: whether to tell what its populations, projections and recordings take in
                the engine, after `compile`.
        """
        if show_py_side:
            count = held(self, {id(self.running)})
            print(f"Python objects of network {self.id} take {count} bytes.")
        if show_cpp_side and self.running is None:
            print(f"Network {self.id} is not compiled: the engine holds nothing of it.")
        elif show_cpp_side and self.running is not None:
            names = [item.name for item in self.projections]
            print(f"The engine takes for network {self.id} in bytes:")
            for name, count in self.running.sizes(names).items():
                print(f"  {name} {count}")


def held(item: Any, seen: set[int]) -> int:
    """Bytes of an object and of all that it refers to, each counted once."""
    waiting, total = [item], 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type) or callable(one):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        if isinstance(one, np.ndarray):
            waiting.extend([] if one.base is None else [one.base])
        else:
            waiting.extend(_parts(one))
    return total


def _parts(one: Any) -> Iterable[Any]:
    """What an object is made of."""
    if isinstance(one, dict):
        return [*one.keys(), *one.values()]
    if isinstance(one, (list, tuple, set, frozenset)):
        return list(one)
    slots = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    kept = [getattr(one, name) for name in slots if hasattr(one, name)] if slots else []
    return [*kept, *getattr(one, "__dict__", {}).values()]
