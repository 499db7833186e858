"""Prints how far this backend is from others, as the tables of the user guide have it.

    python compared.py

Distances of potentials are taken in order of size: the largest of ours may be as large as the
largest of others, the second as their second, and so on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import make
import numpy as np

FOLDER = Path(__file__).parent
STORED = {
    name: json.loads((FOLDER / f"{name}.json").read_text())
    for name in ("nest", "neuron", "brian2", "nest_models", "equations")
}
TITLES = {
    "nest": "`pyNN.nest`",
    "neuron": "`pyNN.neuron`",
    "brian2": "`pyNN.brian2`",
    "nest_models": "NEST",
    "equations": "Brian 2",
}
SILENT = {("GIF_cond_exp", "neuron")}
"""It fires, but does not tell it."""
AT_OTHER_POTENTIALS = {"HH_cond_exp"}
"""In fine steps: spikes are told at the peak by NEST, at 10 mV by NEURON."""
FADING = {"facilitating", "depressing"}
"""What others tell as their weight is not that which was given."""
NOT_AS_MEANT = {
    ("Vogels2011", "neuron"),
    ("Multiplicative, 0.0", "brian2"),
    ("AdditivePotentiationMultiplicativeDepression, 0.0", "brian2"),
    ("one site", "nest"),
    ("five sites", "nest"),
}
"""What they do has another meaning, as the user guide says."""


def others(part: str, name: str) -> dict[str, Any]:
    """What is stored of other simulators, by their names."""
    found = {other: stored.get(part, {}).get(name) for other, stored in STORED.items()}
    return {
        other: item
        for other, item in found.items()
        if item is not None and (name, other) not in NOT_AS_MEANT
    }


def apart(some: list[float], more: list[float]) -> float:
    """The largest distance between spikes of the same number; infinite for other counts."""
    if len(some) != len(more):
        return float("inf")
    return float(np.max(np.abs(np.subtract(some, more)), initial=0.0))


def distances(some: list[float], more: list[float]) -> Any:
    """Of two traces, in order of size."""
    return np.sort(np.abs(np.subtract(some, more)))


@cache
def own(part: str, name: str) -> dict[str, Any]:
    """What this backend shows."""
    import annarchy_ml.importers.pynn as sim

    shown = {
        "cells": make.cell,
        "fine": make.fine,
        "paired": make.paired,
        "chance": make.chance,
        "gaps": make.gaps,
    }
    return shown[part](sim, name)


def pair(name: str) -> dict[str, Any]:
    """The two references of a cell in usual steps: NEST, and equations of Brian 2."""
    found = others("cells", name)
    nest = "nest_models" if "nest_models" in found else "nest"
    return {key: found[key] for key in (nest, "equations")}


def finely(name: str) -> dict[str, Any]:
    """References of a cell in fine steps."""
    return {key: item for key, item in others("fine", name).items() if (name, key) not in SILENT}


def limits(part: str, name: str, given: dict[str, Any]) -> tuple[list[Any], Any]:
    """Distances of potentials from each of two references, and of these from each other."""
    one, two = (item["v"] for item in given.values())
    v = own(part, name)["v"]
    return [distances(v, one), distances(v, two)], distances(one, two)


def number(value: float) -> str:
    """With two digits; 0 for what is below the digits that are stored."""
    return "0" if value < 1.5e-5 else f"{value:.2g}"


def line(name: str, given: dict[str, Any], *items: list[float]) -> str:
    """A line of a table: the references, and numbers in columns."""
    columns = [", ".join(map(number, item)) for item in items]
    return " | ".join([f"| {name}", ", ".join(TITLES[other] for other in given), *columns]) + " |"


def traces(part: str, name: str, given: dict[str, Any]) -> str:
    """A line for a cell: its spikes and potentials, and how far the references are apart."""
    shown, items = own(part, name), list(given.values())
    spikes = [] if part == "fine" and name in AT_OTHER_POTENTIALS else items
    return line(
        f"`{name}`",
        given,
        [apart(shown["spikes"], item["spikes"]) for item in spikes],
        [distances(shown["v"], item["v"])[-1] for item in items],
        [distances(one["v"], two["v"])[-1] for one, two in combinations(items, 2)],
    )


def learnt(name: str) -> str:
    """A line for a synapse: its weights and conductances, and how far the references are apart."""
    shown, given = own("paired", name), others("paired", name)
    items = list(given.values())
    columns = [[min(apart(shown["spikes"], item["spikes"]) for item in items)]]
    for key in ("weights", "g"):
        if key == "weights" and name in FADING:
            columns += [[], []]
            continue
        columns.append([1e3 * distances(shown[key], item[key])[-1] for item in items])
        couples = combinations(items, 2)
        columns.append([max(1e3 * distances(one[key], two[key])[-1] for one, two in couples)])
    return line(name, given, *columns)


def released(name: str) -> str:
    """A line for a synapse that releases by chance: its means, in standard errors."""
    shown, given = own("chance", name), others("chance", name)

    def errors(one: dict[str, Any], two: dict[str, Any]) -> float:
        spread = np.add(one["variance"], two["variance"]) / make.MANY
        return float(np.max(np.abs(np.subtract(one["mean"], two["mean"])) / np.sqrt(spread)))

    items = list(given.values())
    couples = [errors(one, two) for one, two in combinations(items, 2)]
    return line(name, given, [errors(shown, item) for item in items], couples)


def joined(name: str) -> str:
    """A line for two cells with a gap junction."""
    shown, given = own("gaps", name), others("gaps", name)
    items = list(given.values())
    pairs = [zip(shown["spikes"], item["spikes"], strict=True) for item in items]
    return line(
        name,
        given,
        [max(apart(one, two) for one, two in trains) for trains in pairs],
        [float(np.max(np.abs(np.subtract(shown["v"], item["v"])))) for item in items],
        [float(np.max(np.abs(np.subtract(*(item["v"] for item in items)))))],
    )


def tables() -> Iterator[str]:
    """All lines."""
    yield from (traces("cells", name, pair(name)) for name in make.CELLS)
    yield ""
    yield from (traces("fine", name, given) for name in make.CELLS if (given := finely(name)))
    yield ""
    yield from map(learnt, make.PAIRED)
    yield ""
    yield from map(released, make.CHANCE)
    yield ""
    yield from map(joined, make.GAPS)


if __name__ == "__main__":
    print(*tables(), sep="\n")
