"""The options of the scripts of this folder, and the file of spikes that they write."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Asked:
    """Which workload, how large, how long, and where its spikes go."""

    workload: str
    scale: float
    seconds: float
    seed: int
    spikes: str


def asked(doc: str | None) -> Asked:
    """The command line."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("workload")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--spikes", required=True)
    return Asked(**vars(parser.parse_args()))


def save(wanted: Asked, times: np.ndarray, cells: np.ndarray, sizes: Sequence[int]) -> None:
    """Times [s] and cells, those of a later population counted on from the earlier."""
    np.savez(wanted.spikes, times=times, cells=cells, sizes=np.array(sizes))
