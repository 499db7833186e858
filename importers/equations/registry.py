"""Networks by number, as files of parameters name them."""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING

from annarchy_ml.importers.equations.faults import ANNarchyException

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.network import Network

_NETWORKS: weakref.WeakValueDictionary[int, Network] = weakref.WeakValueDictionary()
_numbers = itertools.count(1)


def registered(net: Network) -> int:
    """The number of a network; the default network is asked for by 0."""
    number = next(_numbers)
    _NETWORKS[number] = net
    return number


def network_of(number: int) -> Network:
    """The network of a number.

    Raises:
        ANNarchyException: If there is none.
    """
    if number == 0:
        from annarchy_ml.importers.equations.network import default_network

        return default_network()
    found = _NETWORKS.get(number)
    if found is None:
        raise ANNarchyException(f"there is no network of the number {number}")
    return found
