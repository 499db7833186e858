"""Built-in neurons and synapses."""

from __future__ import annotations

from typing import Any

from annarchy_ml.importers.equations.neuron import Neuron
from annarchy_ml.importers.equations.synapse import Synapse


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


class Hebb(Synapse):
    """Hebbian learning between rate-coded neurons."""

    def __init__(self, eta: float = 0.01) -> None:
        super().__init__(
            parameters=f"eta = {eta!r} : projection",
            equations="dw/dt = eta * pre.r * post.r : min=0.0",
            name="Hebb",
        )


class Oja(Synapse):
    """Hebbian learning with a bounded sum of squares; Oja 1982, doi:10.1007/BF00275687."""

    def __init__(self, eta: float = 0.01, alpha: float = 1.0) -> None:
        super().__init__(
            parameters=f"eta = {eta!r} : projection\nalpha = {alpha!r} : projection",
            equations="dw/dt = eta * (pre.r * post.r - alpha * post.r^2 * w) : min=0.0",
            name="Oja",
        )


class IBCM(Synapse):
    """Learning with a sliding threshold; Intrator, Cooper 1992."""

    def __init__(self, eta: float = 0.01, tau: float = 2000.0) -> None:
        super().__init__(
            parameters=f"eta = {eta!r} : projection\ntau = {tau!r} : projection",
            equations="""
                tau * dtheta/dt + theta = post.r^2 : postsynaptic, exponential
                dw/dt = eta * post.r * (post.r - theta) * pre.r : min=0.0
            """,
            name="IBCM",
        )


class STP(Synapse):
    """Short-term plasticity; Tsodyks, Uziel and Markram 2000, J. Neurosci. 20 RC50."""

    def __init__(
        self,
        tau_rec: float = 100.0,
        tau_facil: float = 0.01,
        U: float = 0.5,  # noqa: N803
    ) -> None:
        super().__init__(
            parameters=f"""
                tau_rec = {tau_rec!r} : projection
                tau_facil = {tau_facil!r} : projection
                U = {U!r}
            """,
            equations="""
                dx/dt = (1 - x)/tau_rec : init=1.0, event-driven
                du/dt = (U - u)/tau_facil : init=U, event-driven
            """,
            pre_spike="""
                g_target += w * u * x
                x *= (1 - u)
                u += U * (1 - u)
            """,
            name="STP",
        )


class STDP(Synapse):
    """Plasticity by pairs of spikes; Song, Miller and Abbott 2000, doi:10.1038/78829."""

    def __init__(
        self,
        tau_plus: float = 20.0,
        tau_minus: float = 20.0,
        A_plus: float = 0.01,  # noqa: N803
        A_minus: float = 0.01,  # noqa: N803
        w_min: float = 0.0,
        w_max: float = 1.0,
    ) -> None:
        super().__init__(
            parameters=f"""
                tau_plus = {tau_plus!r} : projection
                tau_minus = {tau_minus!r} : projection
                A_plus = {A_plus!r} : projection
                A_minus = {A_minus!r} : projection
                w_min = {w_min!r} : projection
                w_max = {w_max!r} : projection
            """,
            equations="""
                tau_plus * dx/dt = -x : event-driven
                tau_minus * dy/dt = -y : event-driven
            """,
            pre_spike="""
                g_target += w
                x += A_plus * w_max
                w = clip(w + y, w_min, w_max)
            """,
            post_spike="""
                y -= A_minus * w_max
                w = clip(w + x, w_min, w_max)
            """,
            name="STDP",
        )


def list_standard_synapses() -> list[type[Synapse]]:
    """The built-in synapses."""
    return [STP, STDP, Hebb, Oja, IBCM]
