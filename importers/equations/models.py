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


class _Escaping(Neuron):
    """Spikes at random with a rate that rises with the potential; the threshold adapts.

    Schwalger, Deger and Gerstner 2017, doi:10.1371/journal.pcbi.1005507.
    """

    def _made(self, values: dict[str, float], current: str, synapses: str, refractory: Any) -> None:
        capacity = values.pop("C_m")
        added = f" + {current}" if current else ""
        super().__init__(
            parameters={**values, "R": values["tau_m"] / capacity},
            equations=f"""
                tau_m*du/dt = -u + u_r + R*I_ext{added} : init=u_r
                tau_v*dv/dt = -(v - u_th) : init=u_th
                Lambda = c*exp((u - v)/delta_u)
                {synapses}
            """,
            spike="1000.0*Uniform(0.0, 1.0) < Lambda*dt",
            reset="u = u_r; v += J_v/tau_v",
            refractory=refractory,
            name=type(self).__name__,
        )


_ESCAPING = {
    "C_m": 250.0, "tau_m": 10.0, "tau_v": 1000.0, "J_v": 1000.0, "u_r": -65.0, "u_th": -50.0,
    "c": 10.0, "delta_u": 5.0, "I_ext": 375.0,
}  # fmt: skip


class GIF_curr(_Escaping):  # noqa: N801  (the name that users know)
    """Generalized integrate-and-fire neuron; spikes act at once."""

    def __init__(
        self,
        current: str = "R*(g_exc - g_inh)",
        refractory_period: float = 0.0,
        **parameters: float,
    ) -> None:
        values = _with_defaults("GIF_curr", _ESCAPING, parameters)
        self._made(values, current, "", refractory_period)


class GIF_curr_exp(_Escaping):  # noqa: N801
    """Generalized integrate-and-fire neuron; synaptic currents decay exponentially."""

    def __init__(
        self,
        current: str = "R*(g_exc - g_inh)",
        refractory_period: float = 0.0,
        **parameters: float,
    ) -> None:
        known = {**_ESCAPING, "tau_g_exc": 5.0, "tau_g_inh": 5.0}
        decay = "tau_g_exc*dg_exc/dt = -g_exc\ntau_g_inh*dg_inh/dt = -g_inh"
        values = _with_defaults("GIF_curr_exp", known, parameters)
        self._made(values, current, decay, refractory_period)


def _with_defaults(name: str, known: dict[str, float], given: dict[str, float]) -> dict[str, float]:
    """Parameters, those that are not given by their defaults.

    Raises:
        TypeError: If there is no such parameter.
    """
    for item in given.keys() - known.keys():
        raise TypeError(f"{name} has no '{item}', only: {', '.join(known)}")
    return {**known, **given}


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
