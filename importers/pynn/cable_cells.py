"""A cell with morphology as components of NeuroML: segments, groups, biophysics, receptors.

Sections become unbranched segment groups, each piece of them a ``segment``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyNN.standardmodels import receptors

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.importers.pynn.cable_values import BIO, DENSITY, MEMBRANE, REVERSAL, CellValues
from annarchy_ml.importers.pynn.morphology import MIDDLE, values_of
from annarchy_ml.importers.pynn.shapes import Shape

THRESHOLD = "10 mV"
"""Where spikes are detected, as NEURON's NetCon does."""
CABLE = "sao864921383"


class CableCell:
    """The cells of one type.

    Attributes:
        shape: its sections.
        channels: by name.
        own_values: what differs between cells.
    """

    def __init__(
        self,
        shape: Shape,
        cm: Any,
        resistivity: Any,
        species: Mapping[str, Any],
        channels: Mapping[str, Any],
        rows: Any = None,
    ) -> None:
        self.shape = shape
        self.channels = channels
        self._resistivity = _number(resistivity, "Ra")
        self._cm = _everywhere(values_of(cm, shape), shape, "cm")
        self._first = _numbered(shape)
        self.own_values = CellValues(shape, channels, species, rows)
        self._densities = {name: self._density(name) for name in channels}

    def _density(self, name: str) -> Any:
        """Of a channel in each section [S/cm2], NaN where there is none."""
        found = self.own_values.first(name, DENSITY)
        found[found == 0.0] = np.nan
        return found

    def segments_of(self, section: int) -> range:
        """The segments of a section."""
        return range(self._first[section], self._first[section] + self._pieces(section))

    def _pieces(self, section: int) -> int:
        return len(self.shape.sections[section].points) - 1

    def density(self, channel: str) -> Any:
        """Of a channel in each section [S/cm2], NaN where there is none."""
        return self._densities[channel]

    def has(self, channel: str, section: int) -> bool:
        """Whether a channel is in a section."""
        return not np.isnan(self._densities[channel][section])

    def name_of(self, section: int) -> str:
        """What a section is called."""
        item = self.shape.sections[section]
        return item.label or item.kind or f"section {section}"

    def place(self, section: int, along: float) -> tuple[int, float]:
        """Segment and fraction along it of a place along a section."""
        item = self.shape.sections[section]
        ends = np.cumsum(item.lengths)
        if len(ends) == 1 or item.length == 0.0:
            return self._first[section], float(along)
        where = along * item.length
        number = min(int(np.searchsorted(ends, where, side="right")), len(ends) - 1)
        begun = float(ends[number] - item.lengths[number])
        part = (where - begun) / item.lengths[number] if item.lengths[number] > 0.0 else MIDDLE
        return self._first[section] + number, float(min(max(part, 0.0), 1.0))

    @property
    def source(self) -> tuple[int, float]:
        """Segment and fraction from which spikes are sent: the middle of the soma."""
        return self.place(self.shape.soma, MIDDLE)

    def path_of(self, variable: str, name: str) -> str:
        """The path of a channel's state within a cell: ``na.m``.

        Args:
            variable: channel and state.
            name: of the population.
        """
        channel, _, state = variable.partition(".")
        return f"{BIO}/{MEMBRANE}/{channel}/{name}_{channel}/{state}/q"

    def component(self, model: Any, name: str) -> Any:
        """The cell as a component of a model."""
        for channel, item in self.channels.items():
            item.component(model, f"{name}_{channel}")
        shape = model.part("morphology", *self._segments(model), *self._groups(model), id="shape")
        membrane = model.part(MEMBRANE, *self._membrane(model, name))
        resistivity = model.part("resistivity", value=f"{self._resistivity!r} ohm_cm")
        inside = model.part("intracellularProperties", resistivity)
        biophysics = model.part("biophysicalProperties", membrane, inside, id=BIO)
        return model.component(f"{name}_cell", "cell", shape, biophysics)

    def _segments(self, model: Any) -> list[Any]:
        made = {}
        for number, item in enumerate(self.shape.sections):
            for piece, segment in enumerate(self.segments_of(number)):
                parts = []
                if piece > 0:
                    parts.append(model.part("parent", segment=str(segment - 1)))
                elif item.parent >= 0:
                    above, along = self.place(item.parent, item.along)
                    parts.append(
                        model.part("parent", segment=str(above), fractionAlong=f"{along!r}")
                    )
                ends = item.points[piece : piece + 2].tolist()
                for tag, (x, y, z, d) in zip(("proximal", "distal"), ends, strict=True):
                    parts.append(model.part(tag, x=x, y=y, z=z, diameter=d))
                label = {"name": item.label} if item.label and piece == 0 else {}
                made[segment] = model.part("segment", *parts, id=str(segment), **label)
        return [made[segment] for segment in sorted(made)]

    def _groups(self, model: Any) -> list[Any]:
        made = []
        for number, item in enumerate(self.shape.sections):
            divisions = item.divisions(float(self._cm[number]), self._resistivity)
            parts = [model.part("member", segment=str(one)) for one in self.segments_of(number)]
            made.append(
                model.part(
                    "segmentGroup",
                    *parts,
                    id=_section(number),
                    neuroLexId=CABLE,
                    numberInternalDivisions=str(divisions),
                )
            )
        for name, density in self._densities.items():
            made.append(self._group(model, f"with_{name}", np.flatnonzero(~np.isnan(density))))
        for name, value in self._capacitances().items():
            made.append(self._group(model, name, np.flatnonzero(self._cm == value)))
        return made

    def _group(self, model: Any, name: str, sections: Any) -> Any:
        parts = [
            model.part("include", segmentGroup=_section(number)) for number in sections.tolist()
        ]
        return model.part("segmentGroup", *parts, id=name)

    def _capacitances(self) -> dict[str, float]:
        """The values of the capacitance by the name of their group, if there are several."""
        found = np.unique(self._cm).tolist()
        return {f"cm_{k}": value for k, value in enumerate(found)} if len(found) > 1 else {}

    def _membrane(self, model: Any, name: str) -> list[Any]:
        made = []
        for channel, item in self.channels.items():
            density = self._densities[channel]
            if np.all(np.isnan(density)):
                continue
            first = float(density[~np.isnan(density)][0])
            made.append(
                model.part(
                    "channelDensity",
                    id=channel,
                    ionChannel=f"{name}_{channel}",
                    condDensity=f"{first!r} S_per_cm2",
                    erev=f"{self._reversal(channel, item)!r} mV",
                    ion=item.ion or "non_specific",
                    segmentGroup=f"with_{channel}",
                )
            )
        made.append(model.part("spikeThresh", value=THRESHOLD))
        capacitances = self._capacitances()
        if not capacitances:
            value = f"{float(self._cm[0])!r} uF_per_cm2"
            made.append(model.part("specificCapacitance", value=value))
        for group, one in capacitances.items():
            value = f"{one!r} uF_per_cm2"
            made.append(model.part("specificCapacitance", value=value, segmentGroup=group))
        made.append(model.part("initMembPotential", value="-65 mV"))
        return made

    def _reversal(self, name: str, channel: Any) -> float:
        """The reversal potential of a channel, or of its ion, in the first section with it [mV]."""
        if self.own_values.given(name, REVERSAL) is None:
            raise UsageError(
                f"the channel '{name}' needs the reversal_potential of '{channel.ion}'",
                hint=f'ionic_species={{"{channel.ion}": IonicSpecies("{channel.ion}", ...)}}',
            )
        found = self.own_values.first(name, REVERSAL)[~np.isnan(self._densities[name])]
        absent = np.flatnonzero(np.isnan(found))
        if len(absent):
            raise UsageError(f"'{name}' has no reversal potential in some sections that have it")
        return float(found[0])


def receptor_component(model: Any, receptor: Any, name: str) -> Any:
    """A receptor as a synapse of a model; weights are in uS, or nA."""
    given = {
        key: float(value.base_value)
        for key, value in receptor.parameter_space.items()
        if key != "locations"
    }
    if isinstance(receptor, receptors.CurrExpPostSynapticResponse):
        return model.component(name, "expCurrSynapse", tau_syn=given["tau_syn"])
    times = {
        receptors.CondExpPostSynapticResponse: ("expOneSynapse", {"tauDecay": "tau_syn"}),
        receptors.CondAlphaPostSynapticResponse: ("alphaSynapse", {"tau": "tau_syn"}),
        receptors.CondBetaPostSynapticResponse: (
            "expTwoSynapse",
            {"tauRise": "tau_rise", "tauDecay": "tau_decay"},
        ),
    }
    for kind, (synapse, names) in times.items():
        if isinstance(receptor, kind):
            own = {key: f"{given[value]!r} ms" for key, value in names.items()}
            erev = f"{given['e_syn']!r} mV"
            return model.component(name, synapse, gbase="1 uS", erev=erev, **own)
    raise UsageError(f"{type(receptor).__name__} is no receptor of cells with morphology")


def _numbered(shape: Shape) -> list[int]:
    """The first segment of each section; the soma begins with segment 0."""
    found = [0] * len(shape.sections)
    following = len(shape.sections[shape.soma].points) - 1
    for number, item in enumerate(shape.sections):
        if number != shape.soma:
            found[number] = following
            following += len(item.points) - 1
    return found


def _section(number: int) -> str:
    return f"section_{number}"


def _number(value: Any, what: str) -> float:
    if isinstance(value, (int, float, np.number)) or (
        isinstance(value, np.ndarray) and value.ndim == 0
    ):
        if not (np.isfinite(value) and value > 0.0):
            raise UsageError(f"{what} is {float(value)!r}: it must be positive and finite")
        return float(value)
    raise UsageError(f"{what} is a number, or a list with one for each cell, not {value!r}")


def _everywhere(values: Any, shape: Shape, what: str) -> Any:
    """Values of all sections; refuses one that has none."""
    absent = np.flatnonzero(np.isnan(values))
    if len(absent):
        raise UsageError(f"there is no {what} for section {shape.sections[absent[0]].label!r}")
    wrong = values[~(np.isfinite(values) & (values > 0.0))]
    if len(wrong):
        raise UsageError(f"{what} is {float(wrong[0])!r}: it must be positive and finite")
    return values
