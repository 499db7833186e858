"""The standard synapse types."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN.standardmodels import build_translations, synapses

from annarchy_ml.importers.pynn import simulator


def identity(base: Any) -> Any:
    """Parameters are called as in PyNN and have its units."""
    return build_translations(*((item, item) for item in base.default_parameters))


def uniform(values: Any) -> Any:
    """One number where all are the same."""
    return float(values[0]) if np.all(values == values[0]) else values


class Synapse:
    """What all types of synapses have in common."""

    def _get_minimum_delay(self) -> float:
        return simulator.state.min_delay

    def moves(self, name: str) -> bool:
        """Whether an attribute changes while the network runs."""
        return False

    def initialize_in(self, running: Any, projection: Any) -> None:
        """Gives synapses their initial values."""


class StaticSynapse(Synapse, synapses.StaticSynapse):  # type: ignore[misc]  # PyNN has no types
    """A synapse with a constant weight."""

    __doc__ = synapses.StaticSynapse.__doc__
    translations = identity(synapses.StaticSynapse)

    def build(self, builder: Any, projection: Any, piece: Any, made: Any) -> None:
        """Spikes go straight to the receptors of the cells."""
        views, rule, given = made
        builder.model.projection(
            piece.name,
            *views,
            rule,
            port=projection.receptor_type,
            weight=uniform(given["weight"]),
            delay=uniform(given["delay"] * 1e-3),
            double_weights=True,
        )

    def put(self, running: Any, piece: Any, name: str, values: Any) -> None:
        """Other weights [nA, uS] or delays [ms]."""
        scale = 1e-3 if name == "delay" else 1.0
        running.set(piece.name, name, values * scale)
