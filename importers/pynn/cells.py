"""The standard cell types: PyNN's classes with our equations."""

from __future__ import annotations

from typing import Any

from pyNN.standardmodels import cells

from annarchy_ml.importers.pynn.cell_equations import STANDARD, generalized
from annarchy_ml.importers.pynn.equations import CellEquations
from annarchy_ml.importers.pynn.synapses import identity


def factor_of(population: Any, name: str) -> float:
    """How many units of the engine the unit of a variable is."""
    return float(getattr(population.celltype, "factors", {}).get(name, 1.0))


def _standard(base: Any) -> Any:
    """A standard cell type, whose parameters are called as in PyNN and have its units."""
    equations = STANDARD[base.__name__]
    own = [item for item in base.default_initial_values if item in equations.states]
    recordable = ["spikes", *dict.fromkeys((*base.recordable[1:], *own))]
    members = {
        "__doc__": base.__doc__,
        "__module__": __name__,
        "translations": identity(base),
        "recordable": recordable,
        "equations": equations,
    }
    return type(base.__name__, (base,), members)


IF_curr_alpha = _standard(cells.IF_curr_alpha)
IF_curr_exp = _standard(cells.IF_curr_exp)
IF_curr_delta = _standard(cells.IF_curr_delta)
IF_cond_alpha = _standard(cells.IF_cond_alpha)
IF_cond_exp = _standard(cells.IF_cond_exp)
IF_cond_exp_gsfa_grr = _standard(cells.IF_cond_exp_gsfa_grr)
IF_facets_hardware1 = _standard(cells.IF_facets_hardware1)
HH_cond_exp = _standard(cells.HH_cond_exp)
EIF_cond_alpha_isfa_ista = _standard(cells.EIF_cond_alpha_isfa_ista)
EIF_cond_exp_isfa_ista = _standard(cells.EIF_cond_exp_isfa_ista)
Izhikevich = _standard(cells.Izhikevich)


class GIF_cond_exp(cells.GIF_cond_exp):  # noqa: N801  # PyNN's
    """A generalized integrate-and-fire cell."""

    __doc__ = cells.GIF_cond_exp.__doc__
    translations = identity(cells.GIF_cond_exp)

    @property
    def equations(self) -> CellEquations:
        """For as many elements as the parameters have."""
        counts = [
            len(self.parameter_space[name].base_value.value) for name in ("tau_eta", "tau_gamma")
        ]
        return generalized((counts[0], counts[1]))
