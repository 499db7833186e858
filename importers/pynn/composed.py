"""Point neurons that are put together: a neuron, and receptors of any kinds.

Names of receptors' parameters and variables have the receptor before a dot in PyNN
(``AMPA.tau_syn``), and an underscore in the equations (``AMPA_tau_syn``).
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import cells, receptors

from annarchy_ml.importers.pynn.cell_equations import ADEXP_RATES, STANDARD, response
from annarchy_ml.importers.pynn.equations import TAKEN, CellEquations
from annarchy_ml.importers.pynn.file_receptors import WithFileReceptors
from annarchy_ml.importers.pynn.synapses import identity

_OWN = "locations"
"""A parameter of receptors that says nothing about a point."""


def engine_name(name: str) -> str:
    """What a parameter or variable is called in the equations."""
    return name.replace(".", "_")


class LIF(cells.LIF):
    """A leaky neuron."""

    __doc__ = cells.LIF.__doc__
    translations = identity(cells.LIF)
    equations = STANDARD["IF_curr_delta"]


class AdExp(cells.AdExp):
    """An adaptive exponential neuron."""

    __doc__ = cells.AdExp.__doc__
    translations = identity(cells.AdExp)
    equations = replace(
        STANDARD["EIF_cond_exp_isfa_ista"],
        parameters=tuple(cells.AdExp.default_parameters),
        rates=ADEXP_RATES,
    )


class _Conductance:
    """A receptor that opens a conductance."""

    recordable = ("gsyn",)
    current = "{0}_gsyn*({0}_e_syn - v)"


class CurrExpPostSynapticResponse(receptors.CurrExpPostSynapticResponse):
    """A current that jumps and decays."""

    __doc__ = receptors.CurrExpPostSynapticResponse.__doc__
    translations = identity(receptors.CurrExpPostSynapticResponse)
    recordable = ("isyn",)
    current = "{0}_isyn"

    def follows(self, name: str) -> tuple[dict[str, str], dict[str, str]]:
        """Rates of what follows a spike, and what the spike adds."""
        return response(f"{name}_isyn", f"{name}_tau_syn", "exp")


class CondExpPostSynapticResponse(_Conductance, receptors.CondExpPostSynapticResponse):
    """A conductance that jumps and decays."""

    __doc__ = receptors.CondExpPostSynapticResponse.__doc__
    translations = identity(receptors.CondExpPostSynapticResponse)

    def follows(self, name: str) -> tuple[dict[str, str], dict[str, str]]:
        """Rates of what follows a spike, and what the spike adds."""
        return response(f"{name}_gsyn", f"{name}_tau_syn", "exp")


class CondAlphaPostSynapticResponse(_Conductance, receptors.CondAlphaPostSynapticResponse):
    """A conductance that reaches the weight after tau_syn."""

    __doc__ = receptors.CondAlphaPostSynapticResponse.__doc__
    translations = identity(receptors.CondAlphaPostSynapticResponse)

    def follows(self, name: str) -> tuple[dict[str, str], dict[str, str]]:
        """Rates of what follows a spike, and what the spike adds."""
        return response(f"{name}_gsyn", f"{name}_tau_syn", "alpha")


class CondBetaPostSynapticResponse(_Conductance, receptors.CondBetaPostSynapticResponse):
    """A conductance that rises and decays by different time constants; its peak is the weight."""

    __doc__ = receptors.CondBetaPostSynapticResponse.__doc__
    translations = identity(receptors.CondBetaPostSynapticResponse)

    def follows(self, name: str) -> tuple[dict[str, str], dict[str, str]]:
        """Rates of what follows a spike, and what the spike adds."""
        rise, decay, state = f"{name}_tau_rise", f"{name}_tau_decay", f"{name}_gsyn"
        ratio = f"({decay}/{rise})"
        powers = (f"pow({ratio}, -{tau}/({decay} - {rise}))" for tau in (rise, decay))
        peak = f"({' - '.join(powers)})"
        return (
            {state: f"{state}_rise - {state}/{decay}", f"{state}_rise": f"-{state}_rise/{rise}"},
            {f"{state}_rise": f"(1/{rise} - 1/{decay})/{peak}"},
        )


ExpPSR = CondExpPostSynapticResponse
AlphaPSR = CondAlphaPostSynapticResponse
BetaPSR = CondBetaPostSynapticResponse


def _same(name: str, native: str) -> dict[str, Any]:
    """A parameter that is handed over as it is."""
    return {
        "translated_name": native,
        "forward_transform": lambda **given: given[name],
        "reverse_transform": lambda **given: given[native],
        "type": "simple",
    }


class PointNeuron(WithFileReceptors, cells.PointNeuron):
    """A neuron with receptors."""

    __doc__ = cells.PointNeuron.__doc__

    def __init__(self, neuron: Any, **post_synaptic_receptors: Any) -> None:
        super().__init__(neuron, **post_synaptic_receptors)
        given = {name: deepcopy(neuron.parameter_space[name]) for name in neuron.default_parameters}
        for name, receptor in post_synaptic_receptors.items():
            for own in receptor.default_parameters:
                if own != _OWN:
                    given[f"{name}.{own}"] = deepcopy(receptor.parameter_space[own])
        self.parameter_space = ParameterSpace(given, self.get_schema(), shape=None)
        self.translations = {name: _same(name, engine_name(name)) for name in given}
        self.equations = self._equations()

    def _equations(self) -> CellEquations:
        base: CellEquations = self.neuron.equations
        rates, receptors, current = dict(base.rates), {}, ["0"]
        takes = any(map(self.is_of_file, self.post_synaptic_receptors))
        if takes:
            current.append(TAKEN)
        for name, item in self.post_synaptic_receptors.items():
            if self.is_of_file(name):
                continue
            found, receptors[name] = item.follows(name)
            rates.update(found)
            current.append(item.current.format(name))
        rates["v"] += f" + ({' + '.join(current)})/cm"
        names = tuple(map(engine_name, self.translations))
        return replace(
            base,
            name="PointNeuron",
            parameters=names,
            rates=rates,
            receptors=receptors,
            takes=takes,
        )

    def get_schema(self) -> dict[str, Any]:
        """Types of the parameters."""
        found = dict(self.neuron.get_schema())
        for name, receptor in self.post_synaptic_receptors.items():
            own = receptor.get_schema().items()
            found.update({f"{name}.{key}": kind for key, kind in own if key != _OWN})
        return found

    def get_parameter_names(self) -> list[str]:
        """Names of the parameters."""
        return list(self.translations)

    def has_parameter(self, name: str) -> bool:
        """Whether there is a parameter of this name."""
        return name in self.translations

    def simple_parameters(self) -> list[str]:
        """All of them."""
        return list(self.translations)

    def scaled_parameters(self) -> list[str]:
        """None."""
        return []

    def computed_parameters(self) -> list[str]:
        """None."""
        return []

    def computed_parameters_include(self, parameter_names: Any) -> bool:
        """There are none."""
        return False

    def can_record(self, variable: str, location: Any = None) -> bool:
        """Whether a variable can be recorded."""
        return location is None and variable in self.recordable

    @property
    def scale_factors(self) -> dict[str, float]:
        """Variables have PyNN's units."""
        return {}
