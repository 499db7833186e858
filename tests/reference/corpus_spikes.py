"""Spiking networks of the corpus that draw no numbers, and those of rates and spikes."""

from __future__ import annotations

from typing import Any

import numpy as np
from corpus_frame import Seen, clocks, listener, matrix, model, ramp, waves


@model(dt=0.1)
def leaky(ann: Any, net: Any, n: int) -> Seen:
    """Cells that integrate and fire, with refractory times and conductances."""
    neuron = ann.Neuron(
        parameters="tau = 10.0\nwait = 2.0\nI = 1.5",
        equations="""
            tau*dv/dt = I + g_exc - g_inh - v : exponential
            5.0*dg_exc/dt = -g_exc : exponential
            du/dt = (v - u)/20.0
        """,
        spike="v > 1.0 + 0.1*u",
        reset="v = 0.0; u += 0.05",
        refractory="wait",
    )
    cells = net.create(n, neuron)
    cells.I = ramp(n, 1.2, 2.5)
    cells.wait = np.arange(n) % 4
    net.connect(cells, cells, "exc").all_to_all(weights=0.3 / n, delays=1.5)
    steps = np.round(0.1 * (1 + (np.arange(n)[:, None] + np.arange(n)[None, :]) % 9), 3)
    net.connect(cells, cells, "inh").from_matrix(np.abs(matrix(n, n)) / n, delays=steps)
    return {"cells": (cells, ("v", "u", "g_exc", "spike"))}


@model()
def izhikevich(ann: Any, net: Any, n: int) -> Seen:
    """Izhikevich's cells without noise."""
    cells = net.create(n, ann.Izhikevich)
    cells.i_offset = ramp(n, 4.0, 12.0)
    cells.d = ramp(n, 2.0, 8.0)
    net.connect(cells, cells, "exc").from_matrix(2.0 * np.abs(matrix(n, n)) / n, delays=3.0)
    return {"cells": (cells, ("v", "u", "spike"))}


@model(dt=0.1)
def standard_cells(ann: Any, net: Any, n: int) -> Seen:
    """PyNN's cells that integrate and fire."""
    seen: Seen = {}
    for name, weight in (("IF_curr_exp", 0.5), ("IF_cond_exp", 0.01)):
        cells = net.create(n, getattr(ann, name)(i_offset=1.1, tau_refrac=1.0))
        cells.i_offset = ramp(n, 0.9, 1.4)
        for target in ("exc", "inh"):
            connected = net.connect(cells, cells, target)
            connected.from_matrix(weight * np.abs(matrix(n, n)) / n, delays=1.0)
        seen[name] = (cells, ("v", "g_exc", "spike"))
    return seen


@model(dt=0.1)
def alpha_cells(ann: Any, net: Any, n: int) -> Seen:
    """Alpha functions; without refractory time, in which ANNarchy's stand still."""
    seen: Seen = {}
    for name, weight in (("IF_curr_alpha", 0.5), ("IF_cond_alpha", 0.01)):
        cells = net.create(n, getattr(ann, name)(i_offset=1.1))
        cells.i_offset = ramp(n, 0.9, 1.4)
        net.connect(cells, cells, "exc").all_to_all(weights=weight / n, delays=1.0)
        seen[name] = (cells, ("v", "alpha_exc", "spike"))
    return seen


@model(dt=0.1)
def adaptive_cells(ann: Any, net: Any, n: int) -> Seen:
    """Brette and Gerstner's cell; without refractory time, in which w goes on for us."""
    cells = net.create(n, ann.EIF_cond_exp_isfa_ista(i_offset=1.0, tau_refrac=0.0))
    cells.i_offset = ramp(n, 0.8, 1.5)
    return {"cells": (cells, ("v", "w", "spike"))}


@model(dt=0.1, differs="ANNarchy's beta_h is not PyNN's")
def hodgkin_huxley(ann: Any, net: Any, n: int) -> Seen:
    """PyNN's cell with channels."""
    cells = net.create(n, ann.HH_cond_exp(i_offset=0.5))
    return {"cells": (cells, ("v", "n", "m", "h"))}


@model()
def deliveries(ann: Any, net: Any, n: int) -> Seen:
    """What spikes do: default, statements of their own, delays."""
    pre = clocks(ann, net, n)
    seen: Seen = {}
    statements = ann.Synapse(
        parameters="k = 0.5", pre_spike="g_target += w*k\nw = 0.9*w + 0.01 : max=0.8"
    )
    for name, rule in (("plain", None), ("statements", statements)):
        for delay in (1.0, 5.0):
            post = net.create(n, listener(ann))
            projection = net.connect(pre, post, "exc", rule)
            projection.from_matrix(matrix(n, n), delays=delay)
            seen[f"{name} {delay}"] = (post, ("x",))
    return seen


@model()
def stepped_stdp(ann: Any, net: Any, n: int) -> Seen:
    """Plasticity by timing, with traces that are computed in every step."""
    pre, post = clocks(ann, net, n), clocks(ann, net, n)
    post.every = 9.0 + 3.0 * np.arange(n)
    rule = ann.Synapse(
        parameters="ts = 20.0 : projection\ntop = 1.0 : projection",
        equations="""
            ts*dx/dt = -x : exponential
            ts*dy/dt = -y : exponential
        """,
        pre_spike="""
            g_target += w
            x += 0.1
            w = clip(w + y, 0.0, top)
        """,
        post_spike="""
            y -= 0.12
            w = clip(w + x, 0.0, top)
        """,
    )
    projection = net.connect(pre, post, "exc", rule)
    projection.from_matrix(0.5 + 0.1 * matrix(n, n))
    return {"weights": (projection, ())}


LATE = "event-driven variables of ANNarchy lose a step of decay at each spike"


@model(differs=LATE)
def event_stdp(ann: Any, net: Any, n: int) -> Seen:
    """The built-in plasticity by timing."""
    pre, post = clocks(ann, net, n), clocks(ann, net, n)
    post.every = 9.0 + 3.0 * np.arange(n)
    projection = net.connect(pre, post, "exc", ann.STDP(A_plus=0.1, A_minus=0.12, w_max=1.0))
    projection.from_matrix(0.5 + 0.1 * matrix(n, n))
    return {"weights": (projection, ())}


@model(differs=LATE)
def short_term(ann: Any, net: Any, n: int) -> Seen:
    """Depression and facilitation."""
    pre, post = clocks(ann, net, n), net.create(n, listener(ann))
    rule = ann.STP(tau_rec=100.0, tau_facil=50.0, U=0.3)
    net.connect(pre, post, "exc", rule).from_matrix(matrix(n, n))
    return {"post": (post, ("x",))}


def timed_synapses(ann: Any, net: Any, n: int, **statements: str) -> Seen:
    """Synapses that look at times of spikes, of neurons that do."""
    pre = clocks(ann, net, n)
    rule = ann.Neuron(
        parameters="every = 9.0",
        equations="count = count + 1.0\nsince = clip(t - t_last, 0.0, 100.0)\nx = g_exc",
        spike="count >= every",
        reset="count = 0.0",
    )
    post = net.create(n, rule)
    post.every = 9.0 + 3.0 * np.arange(n)
    projection = net.connect(pre, post, "exc", ann.Synapse(**statements))
    projection.from_matrix(matrix(n, n))
    return {"post": (post, ("since", "x")), "weights": (projection, ())}


@model()
def spike_times(ann: Any, net: Any, n: int) -> Seen:
    """Times of the last spikes, in neurons and when spikes arrive."""
    return timed_synapses(
        ann,
        net,
        n,
        pre_spike="g_target += clip(t - t_post, 0.0, 50.0)\nw += 0.001*clip(t - t_pre, 0.0, 50.0)",
        post_spike="w = 0.9*w",
    )


@model()
def coincidences(ann: Any, net: Any, n: int) -> Seen:
    """Times of spikes of the source when the target spikes, some in the same step."""
    return timed_synapses(
        ann, net, n, pre_spike="g_target += w", post_spike="w -= 0.002*clip(t - t_pre, 0.0, 50.0)"
    )


@model(dt=0.1)
def gap_junctions(ann: Any, net: Any, n: int) -> Seen:
    """Currents that flow all the time."""
    neuron = ann.Neuron(
        parameters="E = 0.0",
        equations="dv/dt = 0.2*(E - v) + g_gap",
        spike="v > 0.9",
        reset="v = 0.0",
    )
    cells = net.create(n, neuron)
    cells.E = ramp(n, 0.0, 1.5)
    gap = ann.Synapse(psp="w*(pre.v - post.v)")
    net.connect(cells, cells, "gap", gap).all_to_all(weights=0.3 / n)
    return {"cells": (cells, ("v", "spike"))}


@model()
def hybrid(ann: Any, net: Any, n: int) -> Seen:
    """Rates that become currents, spikes that become rates."""
    rates, spiking = waves(ann, net, n), net.create(n, listener(ann))
    net.connect(ann.CurrentInjection(rates, spiking, "exc")).connect_current()
    sources = clocks(ann, net, n)
    decoded = net.create(n, ann.Neuron(equations="r = sum(exc)"))
    projection = net.connect(ann.DecodingProjection(sources, decoded, "exc", window=10.0))
    projection.from_matrix(np.abs(matrix(n, n)))
    return {"injected": (spiking, ("x",)), "decoded": (decoded, ("r",))}


@model()
def firing_rates(ann: Any, net: Any, n: int) -> Seen:
    """Spikes counted within a window, times of spikes from a list."""
    times = [[3.0 + k, 10.0 + k, 11.0 + k, 30.0] for k in range(n)]
    source, counted = net.create(ann.SpikeSourceArray(times)), clocks(ann, net, n)
    counted.compute_firing_rate(20.0)
    post = net.create(n, listener(ann))
    net.connect(source, post, "exc").one_to_one(weights=2.0)
    return {"source": (source, ("spike",)), "counted": (counted, ("r",)), "post": (post, ("x",))}
