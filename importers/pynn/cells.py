"""The standard cell types: PyNN's classes with our equations."""

from __future__ import annotations

from typing import Any

from pyNN.standardmodels import build_translations, cells

from annarchy_ml.importers.pynn.cell_equations import STANDARD


def _standard(base: Any) -> Any:
    """A standard cell type, whose parameters are called as in PyNN and have its units."""
    equations = STANDARD[base.__name__]
    own = [item for item in base.default_initial_values if item in equations.states]
    recordable = ["spikes", *dict.fromkeys((*base.recordable[1:], *own))]
    names = base.default_parameters
    members = {
        "__doc__": base.__doc__,
        "__module__": __name__,
        "translations": build_translations(*((item, item) for item in names)),
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
