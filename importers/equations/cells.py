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
        when, then: when it fires, and what it does then.
        functions_used: in its equations.
        waits: its refractory time; empty for none.
    """

    defaults: ClassVar[dict[str, float]] = DEFAULTS
    membrane = ""
    synapses = ""
    when = "v > v_thresh"
    then = "v = v_reset"
    functions_used = ""
    waits = "tau_refrac"

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
            spike=self.when,
            reset=self.then,
            refractory=self.waits or None,
            functions=self.functions_used,
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


_ADAPTIVE = {
    "v_rest": -70.6, "cm": 0.281, "tau_m": 9.3667, "tau_refrac": 0.1, "tau_syn_E": 5.0,
    "tau_syn_I": 5.0, "e_rev_E": 0.0, "e_rev_I": -80.0, "tau_w": 144.0, "a": 4.0, "b": 0.0805,
    "i_offset": 0.0, "delta_T": 2.0, "v_thresh": -50.4, "v_reset": -70.6, "v_spike": -40.0,
}  # fmt: skip
_ADAPTIVE_MEMBRANE = """
    I = {exc}*(e_rev_E - v) + {inh}*(e_rev_I - v) + i_offset
    tau_m*dv/dt = v_rest - v + delta_T*exp((v - v_thresh)/delta_T) + tau_m/cm*(I - w) : init=v_reset
    tau_w*dw/dt = a*(v - v_rest)/1000.0 - w : unless_refractory
"""


class _Adaptive(_Cell):
    """Exponential integrate-and-fire; Brette, Gerstner 2005, doi:10.1152/jn.00686.2005.

    Its currents are in nA, `a` in nS.
    """

    defaults: ClassVar[dict[str, float]] = _ADAPTIVE
    when = "v > v_spike"
    then = "v = v_reset; w += b"


class EIF_cond_exp_isfa_ista(_Adaptive):  # noqa: N801
    """Adaptive exponential cell, synaptic conductances that decay exponentially."""

    membrane = _ADAPTIVE_MEMBRANE.format(exc="g_exc", inh="g_inh")
    synapses = _EXPONENTIAL


class EIF_cond_alpha_isfa_ista(_Adaptive):  # noqa: N801
    """Adaptive exponential cell, synaptic conductances in the form of alpha functions."""

    membrane = _ADAPTIVE_MEMBRANE.format(exc="alpha_exc", inh="alpha_inh")
    synapses = _ALPHA


class HH_cond_exp(_Cell):  # noqa: N801
    """Hodgkin and Huxley's membrane with the channels of Traub and Miles 1991."""

    defaults: ClassVar[dict[str, float]] = {
        "gbar_Na": 20.0, "gbar_K": 6.0, "gleak": 0.01, "cm": 0.2, "v_offset": -63.0,
        "e_rev_Na": 50.0, "e_rev_K": -90.0, "e_rev_leak": -65.0, "e_rev_E": 0.0, "e_rev_I": -80.0,
        "tau_syn_E": 0.2, "tau_syn_I": 2.0, "i_offset": 0.0, "v_thresh": 0.0,
    }  # fmt: skip
    functions_used = "over(x, y) = if abs(x) < 1e-6*y: y - 0.5*x else: x/expm1(x/y)"
    membrane = """
        prev_v = v
        u = v - v_offset
        an = 0.032*over(15.0 - u, 5.0)
        am = 0.32*over(13.0 - u, 4.0)
        ah = 0.128*exp((17.0 - u)/18.0)
        bn = 0.5*exp((10.0 - u)/40.0)
        bm = 0.28*over(u - 40.0, 5.0)
        bh = 4.0/(1.0 + exp((40.0 - u)/5.0))
        dn/dt = an*(1.0 - n) - bn*n : exponential
        dm/dt = am*(1.0 - m) - bm*m : exponential
        dh/dt = ah*(1.0 - h) - bh*h : exponential, init=1.0
        cm*dv/dt = gleak*(e_rev_leak - v) + gbar_K*n^4*(e_rev_K - v) + gbar_Na*m^3*h*(e_rev_Na - v)
            + g_exc*(e_rev_E - v) + g_inh*(e_rev_I - v) + i_offset : exponential, init=e_rev_leak
    """
    synapses = _EXPONENTIAL
    when = "v > v_thresh and prev_v <= v_thresh"
    then = ""
    waits = ""
