"""The equations of the standard cells for Brian 2, used without PyNN's backend for it.

That backend lets inputs come one step late, keeps cells refractory for a step less, and lacks most
synapses. The equations are written as PyNN's documentation has them; values that are not given in
``make.py`` are PyNN's defaults. Brian 2 counts spikes at the beginning of their step and PyNN at
its end, so that all its times are one step earlier here. `HH_cond_exp` is stepped ten times as
finely, as the classical Runge-Kutta method needs it.
"""

from __future__ import annotations

from typing import Any

import make
import numpy as np
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    defaultclock,
    ms,
    prefs,
    seed,
    start_scope,
)
from pyNN.standardmodels import cells as standard

prefs.codegen.target = "numpy"

CURRENTS = "dv/dt = ((v_rest - v)/tau_m + (gE + gI + i_offset)/c_m)/ms : 1 (unless refractory)\n"
DRIVEN = """
dv/dt = ((v_rest - v)/tau_m + (synaptic + i_offset)/c_m)/ms : 1 (unless refractory)
synaptic = gE*(e_rev_E - v) + gI*(e_rev_I - v) : 1
"""
JUMPS = """
dgE/dt = -gE/tau_syn_E/ms : 1
dgI/dt = -gI/tau_syn_I/ms : 1
"""
RISES = """
dgE/dt = (hE - gE)/tau_syn_E/ms : 1
dgI/dt = (hI - gI)/tau_syn_I/ms : 1
dhE/dt = -hE/tau_syn_E/ms : 1
dhI/dt = -hI/tau_syn_I/ms : 1
"""
ADAPTS = """
dv/dt = ((v_rest - v + delta_T*exp((clip(v, -500, v_spike) - v_thresh)/delta_T))/tau_m
    + (synaptic + i_offset - w)/c_m)/ms : 1 (unless refractory)
dw/dt = (0.001*a*(v - v_rest) - w)/tau_w/ms : 1
synaptic = gE*(e_rev_E - v) + gI*(e_rev_I - v) : 1
"""
LEAVES = """
dv/dt = ((v_rest - v)/tau_m + (synaptic + i_offset + left)/c_m)/ms : 1 (unless refractory)
synaptic = gE*(e_rev_E - v) + gI*(e_rev_I - v) : 1
left = 0.001*(gs*(e_rev_sfa - v) + gr*(e_rev_rr - v)) : 1
dgs/dt = -gs/tau_sfa/ms : 1
dgr/dt = -gr/tau_rr/ms : 1
"""
HARDWARE = """
dv/dt = (0.001*g_leak*(v_rest - v) + gE*(0 - v) + gI*(e_rev_I - v))/0.2/ms : 1 (unless refractory)
"""
HODGKIN_HUXLEY = """
dv/dt = (channels + gE*(e_rev_E - v) + gI*(e_rev_I - v) + i_offset + gap)/c_m/ms : 1
channels = gbar_Na*m**3*h*(e_rev_Na - v) + gbar_K*n**4*(e_rev_K - v) + g_leak*(e_rev_leak - v) : 1
u = v - v_offset : 1
dm/dt = (1.28/exprel((13 - u)/4)*(1 - m) - 1.4/exprel((u - 40)/5)*m)/ms : 1
dn/dt = (0.16/exprel((15 - u)/5)*(1 - n) - 0.5*exp((10 - u)/40)*n)/ms : 1
dh/dt = (0.128*exp((17 - u)/18)*(1 - h) - 4/(1 + exp((40 - u)/5))*h)/ms : 1
gap : 1
"""
QUADRATIC = """
dv/dt = (0.04*v*v + 5*v + 140 - u + 1000*i_offset)/ms : 1
du/dt = a*(b*v - u)/ms : 1
"""
GENERALIZED = """
dv/dt = ((v_rest - v)/tau_m + (synaptic + i_offset - left)/c_m)/ms : 1 (unless refractory)
left = eta0 + eta1 + eta2 : 1
synaptic = gE*(e_rev_E - v) + gI*(e_rev_I - v) : 1
threshold = v_t_star + gamma0 + gamma1 + gamma2 : 1
chance = 1 - exp(-0.001*lambda0*step*exp(clip((v - threshold)/delta_v, -500, 50))) : 1
""" + "".join(
    f"d{x}{k}/dt = -{x}{k}/tau_{x}{k}/ms : 1\n" for x in ("eta", "gamma") for k in range(3)
)
RESET = "v = v_reset"
CONDUCTANCE = ("gE_post", "gI_post")
RISE = ("hE_post", "hI_post")
CELLS: dict[str, tuple[str, str, str, tuple[str, str], float]] = {
    "IF_curr_exp": (CURRENTS + JUMPS, "v >= v_thresh", RESET, CONDUCTANCE, 1.0),
    "IF_curr_alpha": (CURRENTS + RISES, "v >= v_thresh", RESET, RISE, np.e),
    "IF_curr_delta": (
        "dv/dt = ((v_rest - v)/tau_m + i_offset/c_m)/ms : 1 (unless refractory)",
        "v >= v_thresh",
        RESET,
        ("v_post", "v_post"),
        1.0,
    ),
    "IF_cond_exp": (DRIVEN + JUMPS, "v >= v_thresh", RESET, CONDUCTANCE, 1.0),
    "IF_cond_alpha": (DRIVEN + RISES, "v >= v_thresh", RESET, RISE, np.e),
    "IF_cond_exp_gsfa_grr": (
        LEAVES + JUMPS,
        "v >= v_thresh",
        f"{RESET}; gs += q_sfa; gr += q_rr",
        CONDUCTANCE,
        1.0,
    ),
    "IF_facets_hardware1": (HARDWARE + JUMPS, "v >= v_thresh", RESET, CONDUCTANCE, 1.0),
    "HH_cond_exp": (HODGKIN_HUXLEY + JUMPS, "v > 0", "", CONDUCTANCE, 1.0),
    "EIF_cond_exp_isfa_ista": (
        ADAPTS + JUMPS,
        "v >= v_spike",
        f"{RESET}; w += b",
        CONDUCTANCE,
        1.0,
    ),
    "EIF_cond_alpha_isfa_ista": (ADAPTS + RISES, "v >= v_spike", f"{RESET}; w += b", RISE, np.e),
    "Izhikevich": (QUADRATIC, "v >= 30", "v = c; u += d", ("v_post", "v_post"), 1.0),
    "GIF_cond_exp": (
        GENERALIZED + JUMPS,
        "rand() < chance",
        "; ".join([RESET, *(f"{x}{k} += a_{x}{k}" for x in ("eta", "gamma") for k in range(3))]),
        CONDUCTANCE,
        1.0,
    ),
}
"""Equations, threshold, reset, what spikes add to, and how much a weight of 1 adds."""
STEPS = {"HH_cond_exp": make.FINE}
STARTS = {"HH_cond_exp": {"h": 1.0}, "Izhikevich": {"v": -70.0, "u": -14.0}}


def step() -> float:
    """Of Brian 2 at present [ms]."""
    return float(defaultclock.dt / ms)


def begin(name: str) -> None:
    """Begins a run with a cell."""
    start_scope()
    seed(1)
    defaultclock.dt = STEPS.get(name, make.DT) * ms


def constants(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """PyNN's default values of a cell with those that are given; members of a list by number."""
    known: dict[str, Any] = {"step": step()}
    for key, value in (dict(getattr(standard, name).default_parameters) | given).items():
        members = getattr(value, "value", None)
        if members is None:
            known["c_m" if key == "cm" else key] = value  # a unit is called cm
        else:
            known |= {f"{key}{k}": float(x) for k, x in enumerate(members)}
    return known


def group(name: str, given: dict[str, Any], size: int = 1, text: str = "") -> Any:
    """Cells at their start; the step of the spike counts as refractory in Brian 2."""
    usual, threshold, reset, _, _ = CELLS[name]
    text = text or usual
    known = constants(name, given)
    if "i_offset :" in text:
        del known["i_offset"]
    options: dict[str, Any] = {}
    if "unless refractory" in text:
        options["refractory"] = (known.get("tau_refrac", 1.0) + step()) * ms
    if name == "HH_cond_exp":
        options["refractory"] = threshold
    made = NeuronGroup(
        size, text, threshold=threshold, reset=reset, method="rk4", namespace=known, **options
    )
    made.v = known.get("v_rest", -65.0)
    for state, value in STARTS.get(name, {}).items():
        setattr(made, state, value)
    return made


def source(times: Any) -> Any:
    """One cell that spikes at these times [ms]."""
    early = np.asarray(times) - step()
    return SpikeGeneratorGroup(1, np.zeros(len(early), dtype=int), early * ms)


def static(given: Any, made: Any, name: str, kind: int, weight: float) -> Any:
    """Connects each spike source to a cell's receptor, with a delay of 1 ms."""
    text, _, _, receptors, scale = CELLS[name]
    state = receptors[kind]
    free = "*int(not_refractory_post)" if state == "v_post" and "refractory" in text else ""
    joined = Synapses(given, made, on_pre=f"{state} += {weight * scale}{free}")
    joined.connect()
    joined.delay = 1.0 * ms
    return joined


def trains(monitor: Any, of: int = 0) -> list[float]:
    """When a cell spiked, counted as PyNN does [ms]."""
    times = (np.asarray(monitor.t / ms) + step()).round(4)[np.asarray(monitor.i) == of]
    return [float(t) for t in times if t <= make.DURATION + 1e-6]


def cell(name: str) -> dict[str, Any]:
    """Spikes and v of one cell under a constant current and a few spikes, as `make.cell`."""
    begin(name)
    made = group(name, make.CELLS[name])
    parts = [made]
    for kind, weight in enumerate(make.WEIGHTS.get(name, (0.02, 0.02))):
        given = source(make.ARRIVE[kind])
        parts += [given, static(given, made, name, kind, weight)]
    spikes, v = SpikeMonitor(made), StateMonitor(made, "v", record=0, when="start", dt=make.DT * ms)
    Network(*parts, spikes, v).run((make.DURATION + make.DT) * ms)
    return {
        "spikes": trains(spikes),
        "v": [round(float(x), 5) for x in v.v[0][:: make.EVERY]],
    }
