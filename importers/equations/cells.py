"""Integrate-and-fire neurons of PyNN's standard cells (their names, equations and units)."""

from __future__ import annotations

from typing import ClassVar

from annarchy_ml.importers.equations.neuron import Neuron

_CURRENT = "cm*dv/dt = cm/tau_m*(v_rest - v) + {exc} - {inh} + i_offset : exponential, init=v_reset"
_CONDUCTANCE = (
    "cm*dv/dt = cm/tau_m*(v_rest - v) + {exc}*(e_rev_E - v) + {inh}*(e_rev_I - v) + i_offset"
    " : exponential, init=v_reset"
)
_EXPONENTIAL = """
    tau_syn_E*dg_exc/dt = -g_exc : exponential
    tau_syn_I*dg_inh/dt = -g_inh : exponential
"""
_ALPHA = """
    gmax_exc = exp((tau_syn_E - dt/2.0)/tau_syn_E)
    gmax_inh = exp((tau_syn_I - dt/2.0)/tau_syn_I)
    tau_syn_E*dg_exc/dt = -g_exc : exponential
    tau_syn_I*dg_inh/dt = -g_inh : exponential
    tau_syn_E*dalpha_exc/dt = gmax_exc*g_exc - alpha_exc : exponential, unless_refractory
    tau_syn_I*dalpha_inh/dt = gmax_inh*g_inh - alpha_inh : exponential, unless_refractory
"""
DEFAULTS = {
    "v_rest": -65.0,
    "cm": 1.0,
    "tau_m": 20.0,
    "tau_refrac": 0.0,
    "tau_syn_E": 5.0,
    "tau_syn_I": 5.0,
    "v_thresh": -50.0,
    "v_reset": -65.0,
    "i_offset": 0.0,
}
"""Parameters in mV, nF, ms and nA."""
REVERSALS = {"e_rev_E": 0.0, "e_rev_I": -70.0}


class _Cell(Neuron):
    """A cell that fires at a threshold.

    Attributes:
        defaults: its parameters.
        membrane, synapses: its equations, and what `membrane` takes from the synapses.
    """

    defaults: ClassVar[dict[str, float]] = DEFAULTS
    membrane = ""
    synapses = ""

    def __init__(self, **parameters: float) -> None:
        """A cell with other parameters than the defaults, by keyword.

        Raises:
            TypeError: If there is no such parameter.
        """
        unknown = parameters.keys() - self.defaults.keys()
        if unknown:
            known = ", ".join(self.defaults)
            raise TypeError(f"{type(self).__name__} has no '{min(unknown)}', only: {known}")
        values = {**self.defaults, **parameters}
        super().__init__(
            parameters="\n".join(f"{name} = {value!r}" for name, value in values.items()),
            equations=f"{self.membrane}\n{self.synapses}",
            spike="v > v_thresh",
            reset="v = v_reset",
            refractory="tau_refrac",
            name=type(self).__name__,
        )


class IF_curr_exp(_Cell):  # noqa: N801  (the name that users know)
    """Synaptic currents that decay exponentially."""

    membrane = _CURRENT.format(exc="g_exc", inh="g_inh")
    synapses = _EXPONENTIAL


class IF_cond_exp(_Cell):  # noqa: N801
    """Synaptic conductances that decay exponentially."""

    defaults: ClassVar[dict[str, float]] = {**DEFAULTS, **REVERSALS}
    membrane = _CONDUCTANCE.format(exc="g_exc", inh="g_inh")
    synapses = _EXPONENTIAL


class IF_curr_alpha(_Cell):  # noqa: N801
    """Synaptic currents in the form of alpha functions."""

    membrane = _CURRENT.format(exc="alpha_exc", inh="alpha_inh")
    synapses = _ALPHA


class IF_cond_alpha(_Cell):  # noqa: N801
    """Synaptic conductances in the form of alpha functions."""

    defaults: ClassVar[dict[str, float]] = {**DEFAULTS, **REVERSALS}
    membrane = _CONDUCTANCE.format(exc="alpha_exc", inh="alpha_inh")
    synapses = _ALPHA
