"""The standard synapse types: PyNN's classes with our equations."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pyNN import errors
from pyNN.standardmodels import build_translations, synapses

from annarchy_ml.importers.pynn import simulator
from annarchy_ml.importers.pynn.synapse_equations import (
    ADDITIVE,
    ADDITIVE_MULTIPLICATIVE,
    GUTIG,
    MULTIPLICATIVE,
    SIMPLE_STOCHASTIC,
    STOCHASTIC_TSODYKS_MARKRAM,
    TSODYKS_MARKRAM,
    Dependence,
    SynapseEquations,
    multi_quantal,
    spike_pairs,
    symmetric,
)
from annarchy_ml.importers.pynn.wiring import uniform, whole_delays

MOST_SITES = 64
"""Release sites of a synapse at most: each is written out in the code of the synapse."""


def identity(base: Any) -> Any:
    """Parameters are called as in PyNN and have its units."""
    return build_translations(*((item, item) for item in base.default_parameters))


class Synapse:
    """What all types of synapses have in common.

    Attributes:
        injects: whether it gives a current to the cells.
    """

    injects: ClassVar[bool] = False

    def _get_minimum_delay(self) -> float:
        return simulator.state.min_delay

    def states_of(self, projection: Any) -> tuple[str, ...]:
        """States that have initial values."""
        return ()

    def moves(self, name: str) -> bool:
        """Whether an attribute changes while the network runs."""
        return False

    def initialize_in(self, running: Any, projection: Any) -> None:
        """Gives synapses their initial values."""

    def complete(self, projection: Any, columns: dict[str, Any]) -> dict[str, Any]:
        """Parameters of the connections, and what they take from elsewhere."""
        return columns


def _takes_otherwise(celltype: Any, receptor: str) -> bool:
    """Whether spikes go to synapses that hang on the cells, and not to a port of these."""
    of_file = getattr(celltype, "is_of_file", None)
    return hasattr(celltype, "receive") if of_file is None else bool(of_file(receptor))


class StaticSynapse(Synapse, synapses.StaticSynapse):
    """A synapse with a constant weight."""

    __doc__ = synapses.StaticSynapse.__doc__
    translations = identity(synapses.StaticSynapse)

    def build(self, builder: Any, projection: Any, piece: Any, made: Any) -> None:
        """Spikes go straight to the receptors of the cells."""
        if _takes_otherwise(piece.target.celltype, projection.receptor_type):
            piece.target.celltype.receive(builder, projection, piece, made)
            return
        views, rule, given = made
        builder.model.projection(
            piece.name,
            *views,
            rule,
            port=projection.receptor_type,
            weight=uniform(given["weight"]),
            delay=whole_delays(given["delay"]),
            double_weights=True,
        )

    def put(self, running: Any, piece: Any, name: str, values: Any) -> None:
        """Other weights [nA, uS] or delays [ms]."""
        given = whole_delays(values, piece.further) if name == "delay" else values
        running.set(piece.name, name, given)


class Dynamic(Synapse):
    """Synapses with equations of their own.

    Attributes:
        is_apart: whether each of them is kept, even where all of a source or a target are alike.
    """

    equations: SynapseEquations = SynapseEquations("", ())
    is_apart: ClassVar[bool] = False

    def equations_of(self, given: dict[str, Any]) -> SynapseEquations:
        """The equations, for the parameters of some connections."""
        return self.equations

    def heard_after(self, given: dict[str, Any]) -> float:
        """After how many times its delay a synapse hears its cell."""
        return 0.0

    def states_of(self, projection: Any) -> tuple[str, ...]:
        """States that have initial values: the used part of resources, sites that are ready."""
        return tuple(name for name in self.equations.states if name in ("u", "a"))

    def build(self, builder: Any, projection: Any, piece: Any, made: Any) -> None:
        """Spikes go to synapses, which have a state each."""
        views, rule, given = made
        piece.heard_after = self.heard_after(given)
        if _takes_otherwise(piece.target.celltype, projection.receptor_type):
            piece.target.celltype.receive_dynamic(builder, projection, piece, made)
            return
        equations, after = self.equations_of(given), piece.heard_after
        component = builder.synapse(
            piece.name, equations, (projection.receptor_type, after == 0.0), given
        )
        piece.varying.extend(
            name for name in equations.parameters if np.ndim(uniform(given[name])) > 0
        )
        builder.model.projection(
            piece.name,
            *views,
            rule,
            component,
            weight=uniform(given["weight"]),
            delay=whole_delays(given["delay"]),
            double_weights=True,
            separate=projection.is_separate(bool(piece.varying)),
            heard_after=after,
        )

    def initialize_in(self, running: Any, projection: Any) -> None:
        """Gives synapses parameters that differ, and states their initial values."""
        columns = self.complete(projection, projection.columns())
        for piece in projection.pieces:
            for name in piece.varying:
                running.set(*piece.path(name), piece.sorted(columns[name]))
            piece.varying.clear()  # the engine keeps them from now on
            for name, values in projection.starts.items():
                running.put(*piece.path(name), values[piece.order])

    def put(self, running: Any, piece: Any, name: str, values: Any) -> None:
        """Other parameters; a network with another delay is built anew."""
        if name != "delay":
            running.set(*piece.path(name), values)
            return
        if piece.heard_after:
            simulator.state.fixed(
                "delays of STDP with a dendritic_delay_fraction above 0 cannot be changed"
            )
        before = np.ravel(running.simulation.get(f"{piece.name}/delay"))
        if np.any(before != before[:1]) or np.ndim(uniform(np.ravel(values))) > 0:
            simulator.state.fixed(
                "delays of synapses with a state, that differ from one another, cannot be changed"
            )
        with simulator.state.changing():
            pass


class TsodyksMarkramSynapse(Dynamic, synapses.TsodyksMarkramSynapse):
    """Facilitation and depression."""

    __doc__ = synapses.TsodyksMarkramSynapse.__doc__
    translations = identity(synapses.TsodyksMarkramSynapse)
    equations = TSODYKS_MARKRAM

    def complete(self, projection: Any, columns: dict[str, Any]) -> dict[str, Any]:
        """The time constant of the synapse is that of the cell."""
        if "tau_syn" in columns:
            return columns
        found = projection.of_targets(_tau_syn)
        tau_rec = np.asarray(columns["tau_rec"], float)
        apart = np.where(np.abs(found / np.maximum(tau_rec, 1e-9) - 1) < 1e-6, 1 + 1e-6, 1.0)
        return {
            **columns,
            "tau_syn": found * apart,
            "tau_rec": np.maximum(tau_rec, 1e-9),
        }


def _tau_syn(population: Any, receptor: str) -> Any:
    """Time constants of the synapses of cells [ms]; next to nothing where they have none."""
    if _takes_otherwise(population.celltype, receptor):
        return population.celltype.decays_of(population, receptor)
    letter = {"excitatory": "E", "inhibitory": "I"}.get(receptor, "")
    for name in (f"tau_syn_{letter}", f"{receptor}.tau_syn"):
        if name in population.values:
            return np.asarray(population.values[name], float)
    return np.full(population.size, 1e-6)


class SimpleStochasticSynapse(Dynamic, synapses.SimpleStochasticSynapse):
    """A spike is transmitted with a fixed probability."""

    __doc__ = synapses.SimpleStochasticSynapse.__doc__
    translations = identity(synapses.SimpleStochasticSynapse)
    equations = SIMPLE_STOCHASTIC


class StochasticTsodyksMarkramSynapse(Dynamic, synapses.StochasticTsodyksMarkramSynapse):
    """Facilitation and depression of one release site."""

    __doc__ = synapses.StochasticTsodyksMarkramSynapse.__doc__
    translations = identity(synapses.StochasticTsodyksMarkramSynapse)
    equations = STOCHASTIC_TSODYKS_MARKRAM


class MultiQuantalSynapse(Dynamic, synapses.MultiQuantalSynapse):
    """Facilitation and depression of several release sites."""

    __doc__ = synapses.MultiQuantalSynapse.__doc__
    translations = identity(synapses.MultiQuantalSynapse)
    equations = multi_quantal(1)

    def equations_of(self, given: dict[str, Any]) -> SynapseEquations:
        """Written out for the largest number of sites."""
        sites = int(np.max(given["n"]))
        if sites > MOST_SITES:
            raise NotImplementedError(
                f"pyNN.annarchy: a MultiQuantalSynapse has at most {MOST_SITES} sites, not {sites}"
            )
        return multi_quantal(sites)


class Plastic(Dynamic):
    """Synapses that hear the spikes of their cells, and keep a weight ``w`` that changes."""

    def heard_after(self, given: dict[str, Any]) -> float:
        """Spikes of the cell go up the dendrite, and those of the source have come all the way."""
        fraction = given["dendritic_delay_fraction"]
        if np.any(fraction != fraction[0]):
            raise NotImplementedError(
                "pyNN.annarchy: all connections of a projection have one dendritic_delay_fraction"
            )
        return 2.0 * float(fraction[0])

    def moves(self, name: str) -> bool:
        """Whether an attribute changes while the network runs."""
        return name == "weight"

    def present(self, running: Any, piece: Any, name: str) -> Any:
        """Present weights."""
        return running.simulation.get("/".join(piece.path("w")))

    def initialize_in(self, running: Any, projection: Any) -> None:
        """Weights begin with those that were given."""
        super().initialize_in(running, projection)
        weights = projection.columns()["weight"]
        for piece in projection.pieces:
            running.put(*piece.path("w"), weights[piece.order])

    def put(self, running: Any, piece: Any, name: str, values: Any) -> None:
        """Other parameters, or weights."""
        if name == "dendritic_delay_fraction":
            simulator.state.fixed("the dendritic_delay_fraction cannot be changed")
        elif name == "weight":
            running.put(*piece.path("w"), values)
        else:
            super().put(running, piece, name, values)


class STDPMechanism(Plastic, synapses.STDPMechanism):
    """Plasticity by the times of spikes."""

    __doc__ = synapses.STDPMechanism.__doc__
    base_translations = build_translations(
        ("weight", "weight"),
        ("delay", "delay"),
        ("dendritic_delay_fraction", "dendritic_delay_fraction"),
    )

    def __init__(
        self,
        timing_dependence: Any = None,
        weight_dependence: Any = None,
        voltage_dependence: Any = None,
        dendritic_delay_fraction: float = 1.0,
        weight: Any = 0.0,
        delay: Any = None,
    ) -> None:
        if voltage_dependence is not None:
            raise NotImplementedError(
                "pyNN.annarchy: STDP with a voltage dependence is not supported"
            )
        if timing_dependence is None or weight_dependence is None:
            raise errors.NoModelAvailableError(
                "STDPMechanism needs a timing_dependence and a weight_dependence"
            )
        super().__init__(
            timing_dependence,
            weight_dependence,
            voltage_dependence,
            dendritic_delay_fraction,
            weight,
            delay,
        )

    def _build_translations(self) -> None:
        self.translations = dict(self.base_translations)
        for part in (self.timing_dependence, self.weight_dependence):
            self.translations.update(part.translations)

    def equations_of(self, given: dict[str, Any]) -> SynapseEquations:
        """The rule, with the bounds and changes of the weight dependence."""
        made = self.timing_dependence.rule(self.weight_dependence.dependence)
        return made  # type: ignore[no-any-return]  # PyNN's attributes have no types


class _Weighted:
    """How the change of a weight depends on the weight."""

    dependence: ClassVar[Dependence] = ADDITIVE


class AdditiveWeightDependence(_Weighted, synapses.AdditiveWeightDependence):
    """Independent of the weight."""

    __doc__ = synapses.AdditiveWeightDependence.__doc__
    translations = identity(synapses.AdditiveWeightDependence)


class MultiplicativeWeightDependence(_Weighted, synapses.MultiplicativeWeightDependence):
    """In proportion to the distance from the bounds."""

    __doc__ = synapses.MultiplicativeWeightDependence.__doc__
    translations = identity(synapses.MultiplicativeWeightDependence)
    dependence = MULTIPLICATIVE


class AdditivePotentiationMultiplicativeDepression(
    _Weighted, synapses.AdditivePotentiationMultiplicativeDepression
):
    """Potentiation as additive, depression in proportion to the weight."""

    __doc__ = synapses.AdditivePotentiationMultiplicativeDepression.__doc__
    translations = identity(synapses.AdditivePotentiationMultiplicativeDepression)
    dependence = ADDITIVE_MULTIPLICATIVE


class GutigWeightDependence(_Weighted, synapses.GutigWeightDependence):
    """Between additive and multiplicative."""

    __doc__ = synapses.GutigWeightDependence.__doc__
    translations = identity(synapses.GutigWeightDependence)
    dependence = GUTIG


class SpikePairRule(synapses.SpikePairRule):
    """All pairs of spikes."""

    __doc__ = synapses.SpikePairRule.__doc__
    translations = identity(synapses.SpikePairRule)
    rule = staticmethod(spike_pairs)


class Vogels2011Rule(synapses.Vogels2011Rule):
    """A symmetric rule for inhibitory synapses."""

    __doc__ = synapses.Vogels2011Rule.__doc__
    translations = identity(synapses.Vogels2011Rule)
    rule = staticmethod(symmetric)
