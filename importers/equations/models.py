"""Built-in neurons (EQUATIONS.md, section 16)."""

from __future__ import annotations

from typing import Any

from annarchy_ml.importers.equations.neuron import Neuron


class LeakyIntegrator(Neuron):
    """A rate-coded neuron: tau dr/dt + r = sum(exc) - sum(inh) + B, from above T on."""

    def __init__(
        self,
        tau: float = 10.0,
        B: float = 0.0,  # noqa: N803  (a name of the model)
        T: float = 0.0,  # noqa: N803
        sum: str = "sum(exc) - sum(inh)",
        noise: Any = None,
    ) -> None:
        noisy = "" if noise is None else f" + {noise}"
        super().__init__(
            parameters=f"tau = {tau!r} : population\nB = {B!r}\nT = {T!r} : population",
            equations=f"""
                tau*dmp/dt = {sum} - mp + B{noisy} : exponential
                r = if mp > T: mp - T else: 0
            """,
            name="LeakyIntegrator",
        )


class Izhikevich(Neuron):
    """Izhikevich's neuron (2003), doi:10.1109/TNN.2003.820440."""

    def __init__(
        self,
        a: float = 0.02,
        b: float = 0.2,
        c: float = -65.0,
        d: float = 8.0,
        v_thresh: float = 30.0,
        i_offset: float = 0.0,
        noise: float = 0.0,
        tau_refrac: float = 0.0,
        conductance: str = "g_exc - g_inh",
    ) -> None:
        super().__init__(
            parameters=f"""
                noise = {noise!r}
                a = {a!r}
                b = {b!r}
                c = {c!r}
                d = {d!r}
                v_thresh = {v_thresh!r}
                i_offset = {i_offset!r}
                tau_refrac = {tau_refrac!r}
            """,
            equations=f"""
                I = {conductance} + noise * Normal(0.0, 1.0) + i_offset
                dv/dt = 0.04 * v^2 + 5.0 * v + 140.0 - u + I : init = c
                du/dt = a * (b*v - u) : init = b * c
            """,
            spike="v > v_thresh",
            reset="v = c; u += d",
            refractory="tau_refrac",
            name="Izhikevich",
        )
