"""Monitors of the BOLD signal: a neuron whose equations are a model of it, and what feeds it.

Each population gives the mean of a variable over its neurons, a step later, times a factor; with a
baseline, its relative deviation from its mean over a first stretch of time.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from annarchy_ml.diagnostics.suggest import did_you_mean
from annarchy_ml.expr import Symbol, substitute
from annarchy_ml.importers.equations.bold.models import BoldModel, balloon_RN
from annarchy_ml.importers.equations.faults import ANNarchyException
from annarchy_ml.importers.equations.population import Population
from annarchy_ml.importers.equations.projection import Projection
from annarchy_ml.importers.equations.settings import check_options
from annarchy_ml.importers.equations.synapse import Synapse
from annarchy_ml.importers.equations.types import engine_sum
from annarchy_ml.importers.equations.values import steps, time_of

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.network import Network

NAME = "bold_monitor"
_LEAST = 1e-7
"""Added to the baseline by which is divided."""


class MeanActivity(Projection):
    """Gives the mean of a variable of rate-coded or spiking neurons."""

    reads_values = True

    @property
    def into(self) -> str:
        """The sum that it fills."""
        return engine_sum(self.targets[0])


class _Observed(BoldModel):
    """A model whose inputs are made of several populations."""

    def __init__(self, model: BoldModel, parts: dict[str, list[Part]]) -> None:
        parameters, equations = model.made_of
        given = list(equations) if isinstance(equations, (list, tuple)) else [equations]
        added = [text for name, item in parts.items() for text in _inputs(name, item)]
        super().__init__(
            parameters, [*added, *given], model.inputs, model.output, model.name, model.description
        )
        known = {engine_sum(name): Symbol(_total(name)) for name in parts}
        self.equations = [
            replace(item, value=substitute(item.value, known)) for item in self.equations
        ]
        for name in parts:
            self._targets.pop(name, None)


class Part:
    """What one population gives to an input.

    Attributes:
        target: of its projection.
        scale: by which it is multiplied.
        samples: steps of the baseline; 0: none.
    """

    def __init__(self, target: str, scale: float, samples: int) -> None:
        self.target = target
        self.scale = scale
        self.samples = samples


def _total(name: str) -> str:
    return f"{name}_given"


def _inputs(name: str, parts: list[Part]) -> list[str]:
    """Equations of what reaches an input."""
    made, terms = [], []
    for item in parts:
        own, mean = item.target, f"sum({item.target})"
        if not item.samples:
            terms.append(f"{item.scale!r}*{mean}")
            continue
        base = f"({own}_added/{item.samples})"
        made += [
            f"{own}_begins = if {own}_samples < {item.samples}: 1 else: 0",
            f"{own}_added += {own}_begins*{mean}",
            f"{own}_samples += {own}_begins",
        ]
        deviation = f"({mean} - {base})/(abs{base} + {_LEAST})"
        terms.append(f"{item.scale!r}*(if {own}_begins > 0.5: 0 else: {deviation})")
    return [*made, f"{_total(name)} = {' + '.join(terms)}"]


class BoldMonitor:
    """Records the BOLD signal of populations, from `start` on.

    Attributes:
        net, name: its network; its name among the extensions of it.
        population: the neuron that is the model; its attributes are those of the monitor, too.
        monitor: what records it.
    """

    def __init__(
        self,
        populations: Any = None,
        bold_model: Any = None,
        mapping: dict[str, str] | None = None,
        scale_factor: Any = None,
        normalize_input: Any = None,
        **options: Any,
    ) -> None:
        """A monitor, made before `compile`.

        Args:
            populations: one or several.
            bold_model: a `BoldModel` or its class; None for `balloon_RN`.
            mapping: the variable of the neurons that each input of the model gets; ``r`` of them is
                the first input, where it is not given.
            scale_factor: of each population, or one for all; None for its share of the neurons.
            normalize_input: time of the baseline of each population [ms], or one; 0: none.
            options: ``recorded_variables`` of the model, besides its output; ``start``: whether it
                starts with the network; ``net``: the network, that of the populations if not given.
        """
        check_options("BoldMonitor", options, ("recorded_variables", "start", "net"))
        observed = list(populations) if isinstance(populations, (list, tuple)) else [populations]
        for item in observed:
            if not isinstance(item, Population):
                raise ANNarchyException(f"a BOLD monitor takes whole populations, not {item!r}")
        if not observed:
            raise ANNarchyException("a BOLD monitor takes at least one population")
        own: Network = options.get("net") or observed[0].net
        model, kept = chosen(bold_model, mapping, observed)
        factors = _each(scale_factor, observed, "scale_factor")
        times = _each(normalize_input, observed, "normalize_input")
        parts = parts_of(kept, observed, factors, times)
        self._begin(own, model, parts, 1)
        for name, variable in kept.items():
            for item, part in zip(observed, parts[name], strict=True):
                reads = Synapse(psp=f"w * pre.{variable}")
                made = MeanActivity(item, self.population, part.target, reads, net=own)
                made.all_to_all(weights=1.0 / item.size)
        self._record(model, options)

    def _begin(
        self, net: Network, model: BoldModel, parts: dict[str, list[Part]], count: int
    ) -> None:
        """Makes so many neurons that are the model."""
        attributes = self.__dict__
        attributes["net"], attributes["name"] = net, NAME
        attributes["population"] = net.create(count, _Observed(model, parts))
        attributes["_parts"] = parts
        net.extensions.append(self)

    def _record(self, model: BoldModel, options: dict[str, Any]) -> None:
        """Records the signal of the model, and what else is asked for."""
        extra = options.get("recorded_variables")
        extra = [extra] if isinstance(extra, str) else extra
        start = bool(options.get("start", False))
        names = list(dict.fromkeys((*model.output, *(extra or ()))))
        self.__dict__["monitor"] = self.net.monitor(self.population, names, start=start)
        if not start:
            self.population.disable()

    def start(self) -> None:
        """From now on the model is computed and recorded; baselines begin anew."""
        for part in (item for parts in self._parts.values() for item in parts if item.samples):
            setattr(self.population, f"{part.target}_added", 0.0)
            setattr(self.population, f"{part.target}_samples", 0.0)
        self.population.enable()
        self.monitor.start()

    def stop(self) -> None:
        """The model stands still from now on, and nothing is recorded."""
        self.monitor.stop()
        self.population.disable()

    def get(self, variables: Any = None) -> Any:
        """What was recorded since it was asked for, arrays of shape (times, 1)."""
        return self.monitor.get(variables)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in ("population", "monitor", "net", "name"):
            raise AttributeError(name)
        return getattr(self.population, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.population, name, value)


def chosen(
    given: Any, mapping: dict[str, str] | None, populations: list[Population]
) -> tuple[BoldModel, dict[str, str]]:
    """The model of a monitor, and the variable of the neurons that each of its inputs gets.

    Raises:
        ANNarchyException: If it is none, or its inputs or the neurons are others.
    """
    model = given or balloon_RN
    model = model() if isinstance(model, type) else model
    if not isinstance(model, BoldModel):
        raise ANNarchyException(f"a BOLD monitor takes a BoldModel, not {given!r}")
    kept = dict(mapping) if mapping else {model.inputs[0]: "r"}
    _check(kept, model, populations)
    return model, kept


def parts_of(
    mapping: dict[str, str], populations: list[Population], factors: list[Any], times: list[Any]
) -> dict[str, list[Part]]:
    """What each population gives to each input."""
    size = sum(item.size for item in populations)
    scales = [
        item.size / size if given is None else _scale(given)
        for item, given in zip(populations, factors, strict=True)
    ]
    samples = [
        steps(time_of(given or 0.0, "normalize_input"), item.net.dt)
        for item, given in zip(populations, times, strict=True)
    ]
    both = list(zip(scales, samples, strict=True))
    return {
        name: [Part(f"{name}_{k}", *values) for k, values in enumerate(both)] for name in mapping
    }


def _scale(given: Any) -> float:
    """A factor that was given."""
    try:
        value = float(given)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise ANNarchyException(f"scale_factor takes finite numbers, not {given!r}")
    return value


def _check(mapping: dict[str, str], model: BoldModel, populations: list[Population]) -> None:
    """Refuses inputs and variables that there are not."""
    for name, variable in mapping.items():
        if name not in model.inputs:
            hint = did_you_mean(name, model.inputs)
            text = f"'{model.name}' has no input '{name}'"
            raise ANNarchyException(text + (f" ({hint})" if hint else ""))
        for item in populations:
            if variable not in item._names():
                raise ANNarchyException(f"the neurons of '{item.name}' have no '{variable}'")
    missing = [name for name in model.inputs if name not in mapping]
    if missing:
        raise ANNarchyException(f"the mapping says nothing of the input '{missing[0]}'")


def _each(given: Any, populations: list[Population], what: str) -> list[Any]:
    """One value for each population."""
    if not isinstance(given, (list, tuple)):
        return [given] * len(populations)
    if len(given) != len(populations):
        raise ANNarchyException(
            f"{what} has {len(given)} values for {len(populations)} populations"
        )
    return list(given)
