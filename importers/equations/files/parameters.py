"""Parameters that all neurons or synapses share, as JSON: to be written by hand, too."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.files.formats import Filename
from annarchy_ml.importers.equations.registry import network_of


def _net(network: Any, net_id: int) -> Any:
    return network_of(net_id) if network is None else network


def _shared(owner: Any) -> list[str]:
    """Names of parameters of which there is one value."""
    kind = getattr(owner, "neuron_type", None) or getattr(owner, "definition", None)
    return [] if kind is None else [item.name for item in kind.parameters.values() if item.shared]


def _first(net: Any, projection: Any) -> dict[str, float]:
    values = net.first_values.get(projection.name, projection.values)
    return {name: float(values[name]) for name in _shared(projection)}


def save_parameters(filename: Filename, net_id: int = 0, network: Any = None) -> None:
    """Writes the shared parameters of a network as they were before `compile`, and constants.

    Args:
        filename: of the JSON file.
        net_id: number of the network, its ``id``; 0 is the default network.
        network: the network itself.

    Raises:
        ANNarchyException: If the file cannot be written.
    """
    net = _net(network, net_id)
    tree: dict[str, Any] = {
        "populations": {
            item.name: {name: float(item.values[name]) for name in _shared(item)}
            for item in net.populations
        },
        "projections": {item.name: _first(net, item) for item in net.projections},
        "network": {},
        "constants": {item.name: item.value for item in net.get_constants()},
    }
    try:
        Path(filename).write_text(json.dumps(tree, indent=4) + "\n", encoding="utf-8")
    except OSError as fault:
        raise ANNarchyException(f"'{filename}' cannot be written: {fault.strerror}") from fault


def load_parameters(
    filename: Filename,
    global_only: bool = True,
    verbose: bool = False,
    net_id: int = 0,
    network: Any = None,
) -> dict[str, float]:
    """Takes over parameters from a file; what the network lacks is skipped with a warning.

    Args:
        filename: of the JSON file.
        global_only: whether parameters that differ between neurons or synapses are skipped.
        verbose: whether to print what changes.
        net_id: number of the network, its ``id``; 0 is the default network.
        network: the network itself.

    Returns:
        What stands under ``network`` in the file.

    Raises:
        ANNarchyException: If the file cannot be read.
    """
    net = _net(network, net_id)
    try:
        tree = json.loads(Path(filename).read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise ANNarchyException(f"'{filename}' cannot be read: {fault}") from fault
    for kind in ("populations", "projections"):
        known = {item.name: item for item in getattr(net, kind)}
        for name, values in tree.get(kind, {}).items():
            if name not in known:
                warnings.warn(f"there is no '{name}' among the {kind}", stacklevel=2)
                continue
            owner = known[name]
            allowed = _shared(owner) if global_only else list(owner.attributes)
            _take(owner, values, allowed, verbose)
    constants = {item.name: item for item in net.get_constants()}
    for name, value in tree.get("constants", {}).items():
        if name in constants:
            constants[name].set(value)
        else:
            warnings.warn(f"there is no constant '{name}'", stacklevel=2)
    return {name: float(value) for name, value in tree.get("network", {}).items()}


def _take(owner: Any, values: dict[str, float], allowed: list[str], verbose: bool) -> None:
    for name, value in values.items():
        if name not in allowed:
            warnings.warn(f"'{owner.name}' has no such parameter '{name}'", stacklevel=3)
            continue
        if verbose:
            print(f"{owner.name}, {name}: {owner.get(name)} -> {value}")
        owner.set({name: value})
