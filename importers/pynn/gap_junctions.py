"""Gap junctions: of point cells, and of cells with morphology with one another and with others.

Before: pairs of cells, and conductances. After: what hangs on both cells of a pair, and sees
the potential of the other one, which is that of the last step. Two compartments have a
``gapJunction`` of NeuroML; on other cells hangs what gives a current in nA for a potential in mV.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN.standardmodels import synapses

import annarchy_ml as public
from annarchy_ml.expr import parse
from annarchy_ml.importers.pynn import simulator
from annarchy_ml.importers.pynn.cable_parts import ALONG, SEGMENT
from annarchy_ml.importers.pynn.equations import JOINED_BASE
from annarchy_ml.importers.pynn.synapses import Synapse, identity
from annarchy_ml.importers.pynn.wiring import JOINED, uniform
from annarchy_ml.model.component import ComponentType, Exposure, Parameter, Reference, Requirement
from annarchy_ml.model.dynamics import DerivedVariable, Dynamics

AT_COMPARTMENT, AT_CELL = "pynnJoinedCompartment", "pynnJoinedCell"
_PEER = "peer"


class ElectricalSynapse(Synapse, synapses.ElectricalSynapse):
    """A gap junction, which gives both of its cells a current."""

    __doc__ = synapses.ElectricalSynapse.__doc__
    translations = identity(synapses.ElectricalSynapse)
    injects = True

    def build(self, builder: Any, projection: Any, piece: Any, made: Any) -> None:
        """Couplings in both directions, or junctions where cells have a morphology."""
        ends = piece.populations
        if not all(item.parts is not None or _takes_currents(item.celltype) for item in ends):
            raise NotImplementedError(
                "pyNN.annarchy: ElectricalSynapse joins cells with currents: no sources of spikes, "
                "cells of a file, or cells whose equations lack i_inj"
            )
        if any(item.parts is not None for item in ends):
            join(builder, piece, made)
            return
        (source, target), rule, given = made
        back = type(rule)(rule.targets, rule.sources)
        for name, ends, pairs in (
            (piece.name, (source, target), rule),
            (f"{piece.name}_back", (target, source), back),
        ):
            builder.couple(name, ends, pairs, "w * (pre.v - post.v)", given["weight"])

    def put(self, running: Any, piece: Any, name: str, values: Any) -> None:
        """Other conductances [uS]; the engine keeps those of couplings by target."""
        with simulator.state.changing():
            pass


def _takes_currents(celltype: Any) -> bool:
    """Whether cells have a potential and take currents."""
    found = getattr(celltype, "equations", None)
    return found is not None and "v" in found.states and bool(celltype.injectable)


def _end(name: str, base: str, units: tuple[str, str, str], current: str) -> ComponentType:
    """One end of a junction between a compartment and another cell.

    Args:
        name: of the type.
        base: which it extends.
        units: dimensions of its own potential, of that at the other end, and of its current.
        current: by ``v``, ``far`` and ``weight``.
    """
    return ComponentType(
        name,
        extends=base,
        parameters=(
            Parameter("uS", "conductance", "constant", "1 uS"),
            Parameter("mV", "voltage", "constant", "1 mV"),
            Parameter("weight", "none", "property", "1"),
        ),
        requirements=(Requirement("v", units[0]),),
        exposures=(Exposure("i", units[2]),),
        references=(
            Reference(_PEER, "instance", AT_CELL if name == AT_COMPARTMENT else AT_COMPARTMENT),
        ),
        dynamics=Dynamics(
            derived=(
                DerivedVariable("far", units[1], select=f"{_PEER}/v"),
                DerivedVariable("i", units[2], parse(current), exposure="i"),
            )
        ),
    )


def _types() -> tuple[ComponentType, ComponentType]:
    return (
        _end(
            AT_COMPARTMENT,
            "basePointCurrent",
            ("voltage", "none", "current"),
            "weight * uS * (far * mV - v)",
        ),
        _end(AT_CELL, JOINED_BASE, ("none", "voltage", "none"), "weight * (far / mV - v)"),
    )


def join(builder: Any, piece: Any, made: Any) -> None:
    """Adds junctions to a model.

    Args:
        builder: of the model.
        piece: connections, at least one end of which has a morphology.
        made: views of both ends, the rule, and parameters of the connections.
    """
    (source, target), rule, given = made
    sides = [AT_COMPARTMENT if item.parts is not None else AT_CELL for item in piece.populations]
    names = [f"{piece.name}{end}" for end in JOINED]
    if AT_CELL in sides:
        builder.once(AT_CELL, lambda: _define(builder.model))
        for name, kind in zip(names, sides, strict=True):
            builder.model.component(name, kind)
    else:
        builder.model.component(names[1], "gapJunction", conductance="1 uS")
    weights = np.broadcast_to(given["weight"], len(rule.sources))
    for number, (place, chosen) in enumerate(_by_place(given, len(weights))):
        builder.model.junctions(
            f"{piece.name}_at_{number}",
            source,
            target if place is None else target.at(*place),
            public.Explicit(rule.sources[chosen], rule.targets[chosen]),
            names[1],
            at_source=names[0] if AT_CELL in sides else None,
            weight=uniform(weights[chosen]),
        )


def _define(model: Any) -> None:
    for item in _types():
        model.define(item)


def _by_place(given: dict[str, Any], count: int) -> list[tuple[tuple[int, float] | None, Any]]:
    """The places of the targets, and which connections end there."""
    if SEGMENT not in given:
        return [(None, np.arange(count))]
    both = np.stack([given[SEGMENT], given[ALONG]])
    found, which = np.unique(both, axis=1, return_inverse=True)
    which = which.reshape(-1)
    return [
        ((int(segment), float(along)), np.flatnonzero(which == number))
        for number, (segment, along) in enumerate(found.T.tolist())
    ]
