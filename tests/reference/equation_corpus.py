"""Networks of equations of every kind, small and repeatable, for comparisons of those who run them.

A model is a function ``(ann, net, n)`` of a package, a network of it and a number of neurons. It
builds its part of the network and returns what to look at: names with a population and variables,
or with a projection, whose weights after the run count. The package is annarchy_ml or ANNarchy 5:
where a model says nothing else, both run it. Nothing here is random unless it says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Seen = dict[str, tuple[Any, tuple[str, ...]]]
"""What a model wants to be looked at: label, population and its variables; projections: none."""


@dataclass(frozen=True)
class Model:
    """A model of the corpus.

    Attributes:
        build: makes its part of a network.
        dt: its step [ms].
        duration: for how long it runs [ms].
        random: whether it draws numbers.
        only_ours: why ANNarchy does not run it; empty where it does.
        differs: why ANNarchy's numbers are others; empty where they are the same.
        after: what is done when the network is compiled.
    """

    build: Callable[[Any, Any, int], Seen]
    dt: float = 1.0
    duration: float = 60.0
    random: bool = False
    only_ours: str = ""
    differs: str = ""
    after: Callable[[Any], None] | None = None


CORPUS: dict[str, Model] = {}


def model(**given: Any) -> Callable[[Callable[..., Seen]], Callable[..., Seen]]:
    """Adds a function to the corpus, by its name."""

    def add(build: Callable[..., Seen]) -> Callable[..., Seen]:
        CORPUS[build.__name__] = Model(build, **given)
        return build

    return add


def ramp(n: int, low: float, high: float) -> np.ndarray:
    """Values for each neuron, all different."""
    return low + (high - low) * (np.arange(n) + 0.5) / n


def matrix(post: int, pre: int) -> np.ndarray:
    """Weights that differ, of both signs, shape (post, pre)."""
    return np.cos(1.0 + 3.7 * np.arange(post)[:, None] + 1.9 * np.arange(pre)[None, :])


def waves(ann: Any, net: Any, n: int) -> Any:
    """Rates that change in every step, below and above zero."""
    cells = net.create(n, ann.Neuron(parameters="k = 1.0", equations="r = sin(0.3*t*k) + 0.2"))
    cells.k = ramp(n, 0.5, 1.5)
    return cells


def clocks(ann: Any, net: Any, n: int) -> Any:
    """Each neuron spikes with a period of its own, 7 steps and more."""
    rule = ann.Neuron(
        parameters="every = 7.0",
        equations="count = count + 1.0",
        spike="count >= every",
        reset="count = 0.0",
    )
    cells = net.create(n, rule)
    cells.every = 7.0 + 4.0 * np.arange(n)
    return cells


def listener(ann: Any) -> Any:
    """Keeps what arrives."""
    return ann.Neuron(equations="x = g_exc", spike="x > 1e9")


@model()
def methods(ann: Any, net: Any, n: int) -> Seen:
    """A relaxation with every method."""
    seen: Seen = {}
    for method in ("explicit", "implicit", "semiimplicit", "exponential", "midpoint", "rk4"):
        neuron = ann.Neuron(
            parameters="tau = 7.0", equations=f"tau*dr/dt = sin(0.1*t) - r : init=0.5, {method}"
        )
        cells = net.create(n, neuron)
        cells.tau = ramp(n, 3.0, 20.0)
        seen[method] = (cells, ("r",))
    return seen


@model(dt=0.1)
def oscillators(ann: Any, net: Any, n: int) -> Seen:
    """Two equations that move together: linear ones, and FitzHugh and Nagumo's."""
    seen: Seen = {}
    for method in ("explicit", "implicit", "midpoint", "rk4"):
        neuron = ann.Neuron(
            parameters="k = 1.0",
            equations=f"""
                dr/dt = -0.2*r + k*y : init=1.0, {method}
                dy/dt = -k*r - 0.2*y : {method}
            """,
        )
        cells = net.create(n, neuron)
        cells.k = ramp(n, 0.5, 2.0)
        seen[f"linear {method}"] = (cells, ("r", "y"))
    for method in ("explicit", "midpoint", "rk4"):
        neuron = ann.Neuron(
            parameters="I = 0.5",
            equations=f"""
                dr/dt = r - r^3/3.0 - y + I : init=-1.0, {method}
                dy/dt = 0.08*(r + 0.7 - 0.8*y) : init=-0.5, {method}
            """,
        )
        cells = net.create(n, neuron)
        cells.I = ramp(n, 0.0, 0.8)
        seen[f"nonlinear {method}"] = (cells, ("r", "y"))
    return seen


@model()
def blocks(ann: Any, net: Any, n: int) -> Seen:
    """Assignments between equations, bounds, whole numbers and truth values."""
    neuron = ann.Neuron(
        parameters="top = 2.5",
        equations="""
            a = 0.1*t + 1.0
            du/dt = 0.05*a - 0.1*v
            dv/dt = 0.1*u : max=1.2
            b = v - u
            dr/dt = b + u : min=-1.0, max=top
            k = t/3.0 : int
            q = sin(t) > 0.0 : bool
        """,
    )
    cells = net.create(n, neuron)
    cells.top = ramp(n, 0.5, 3.0)
    return {"cells": (cells, ("a", "u", "v", "b", "r", "k", "q"))}


@model()
def functions(ann: Any, net: Any, n: int) -> Seen:
    """Functions and conditions."""
    neuron = ann.Neuron(
        parameters="k = 1.0",
        equations="""
            x = sin(0.3*t*k) - 0.1
            a = pos(x) - neg(x) + abs(x)
            b = clip(3.0*x, -0.5, 1.5) + power(x, 3)
            c = exp(x) + log(2.0 + x) + sqrt(1.1 + x) + tan(x)
            d = if x > 0.0: cos(x) else: -x^2
            e = if (x < 0.5) and (k > 0.8): if x < 0.0: 1.0 else: 2.0 else: 3.0
            m = modulo(t, 5)
            r = logistic(x, k)
        """,
        functions="logistic(x, k) = 1.0/(1.0 + exp(-k*x))",
    )
    cells = net.create(n, neuron)
    cells.k = ramp(n, 0.5, 1.5)
    return {"cells": (cells, ("x", "a", "b", "c", "d", "e", "m", "r"))}


@model()
def reductions(ann: Any, net: Any, n: int) -> Seen:
    """Values over the population, and global variables."""
    neuron = ann.Neuron(
        parameters="k = 1.0",
        equations="""
            r = k*sin(0.2*t) + 0.1
            m = mean(r)
            top = max(r) - min(r)
            n1 = norm1(r)
            n2 = norm2(r)
            slow = 0.9*slow + 0.1*t : population
            own = slow - k
        """,
    )
    cells = net.create(n, neuron)
    cells.k = ramp(n, 0.5, 1.5)
    return {"cells": (cells, ("r", "m", "top", "n1", "n2", "own"))}


@model(differs="a global rate and the local ones are one block only in name: see blocks")
def shared_rates(ann: Any, net: Any, n: int) -> Seen:
    """A global and a local differential equation side by side."""
    neuron = ann.Neuron(
        parameters="k = 1.0",
        equations="""
            dr/dt = (k*slow - r)/5.0
            dslow/dt = (t - slow)/10.0 : population
        """,
    )
    cells = net.create(n, neuron)
    cells.k = ramp(n, 0.5, 1.5)
    return {"cells": (cells, ("r",))}


@model()
def sums(ann: Any, net: Any, n: int) -> Seen:
    """Weighted sums: two targets, several projections of one, matrices, holes."""
    pre = waves(ann, net, n)
    post = net.create(n + 1, ann.Neuron(equations="r = sum(exc) - 0.5*sum(inh)"))
    net.connect(pre, post, "exc").from_matrix(matrix(n + 1, n))
    net.connect(pre, post[1:], "exc").one_to_one(weights=0.25)
    net.connect(pre[1:], post[:2], "inh").all_to_all(weights=0.5)
    net.connect(post, pre, "exc").all_to_all(weights=1.0)  # nothing reads it
    return {"post": (post, ("r",))}


@model()
def delays(ann: Any, net: Any, n: int) -> Seen:
    """Rates over one delay, and over delays that differ."""
    pre = waves(ann, net, n)
    post = net.create(n, ann.Neuron(equations="r = sum(one)\ny = sum(many)"))
    net.connect(pre, post, "one").from_matrix(matrix(n, n), delays=4.0)
    steps = 1.0 + (np.arange(n)[:, None] + 2 * np.arange(n)[None, :]) % 5
    net.connect(pre, post, "many").from_matrix(matrix(n, n), delays=steps)
    return {"post": (post, ("r", "y"))}


@model()
def terms(ann: Any, net: Any, n: int) -> Seen:
    """What a synapse gives, and what a neuron makes of it."""
    pre = waves(ann, net, n)
    targets = ("largest", "least", "average", "added")
    post = net.create(
        n, ann.Neuron(equations="\n".join(f"{x} = sum({x})" for x in targets) + "\nr = added")
    )
    kinds = (
        ("max", "w*pre.r"),
        ("min", "w*pre.r"),
        ("mean", "w*exp(pre.r)"),
        ("sum", "w*pos(pre.r - 0.1)*(post.r + 1.0)"),
    )
    for target, (operation, psp) in zip(targets, kinds, strict=True):
        synapse = ann.Synapse(psp=psp, operation=operation)
        net.connect(pre, post, target, synapse).from_matrix(0.3 * matrix(n, n))
    return {"post": (post, targets)}


@model()
def learning(ann: Any, net: Any, n: int) -> Seen:
    """Rules of rate-coded synapses: Hebb, Oja, BCM and one of its own."""
    pre = waves(ann, net, n)
    bcm = ann.Synapse(
        parameters="tau = 20.0 : projection\neta = 0.002",
        equations="""
            tau*dtheta/dt + theta = post.r^2 : postsynaptic, exponential
            dw/dt = eta*post.r*(post.r - theta)*pre.r : min=-1.0, max=2.0
        """,
    )
    traces = ann.Synapse(
        parameters="tau = 10.0 : projection",
        equations="""
            tau*dx/dt = pre.r - x
            mean_post = mean(post.r) : projection
            w += 0.01*(x - mean_post)*pre.r : min=0.0
        """,
    )
    rules = {
        "Hebb": ann.Hebb(eta=0.01),
        "Oja": ann.Oja(eta=0.02, alpha=2.0),
        "BCM": bcm,
        "traces": traces,
    }
    seen: Seen = {}
    for name, rule in rules.items():
        post = net.create(n, ann.Neuron(equations="r = pos(sum(exc)) + 0.1"))
        projection = net.connect(pre, post, "exc", rule)
        projection.from_matrix(np.abs(matrix(n, n)) / n)
        seen[f"{name} rates"] = (post, ("r",))
        seen[f"{name} weights"] = (projection, ())
    return seen


@model()
def filters(ann: Any, net: Any, n: int) -> Seen:
    """Convolutions and poolings of an image that moves."""
    image = net.create((6, 8), ann.Neuron(parameters="k = 1.0", equations="r = sin(0.4*t*k)"))
    image.k = ramp(48, 0.5, 1.5).reshape(6, 8)
    reads = ann.Neuron(equations="r = sum(exc)")
    same, bank = net.create((6, 8), reads), net.create((6, 8, 2), reads)
    largest, average = net.create((3, 4), reads), net.create((2, 2), reads)
    one = net.connect(ann.Convolution(image, same, "exc"))
    one.connect_filter(weights=matrix(3, 3))
    several = net.connect(ann.Convolution(image, bank, "exc", psp="w*pos(pre.r)"))
    several.connect_filters(weights=np.stack([matrix(3, 3), matrix(5, 3)[2:]]))
    net.connect(ann.Pooling(image, largest, "exc", operation="max")).connect_pooling()
    net.connect(ann.Pooling(image, average, "exc", operation="mean")).connect_pooling(extent=(3, 4))
    names = {"same": same, "bank": bank, "largest": largest, "average": average}
    return {name: (cells, ("r",)) for name, cells in names.items()}


@model()
def timed_rates(ann: Any, net: Any, n: int) -> Seen:
    """Rows of rates, at times of their own, and again."""
    rows = matrix(5, n)
    seen: Seen = {}
    for name, given in {
        "steps": {},
        "interval": {"schedule": 4.0},
        "times": {"schedule": [0.0, 3.0, 4.0, 11.0, 20.0]},
        "period": {"schedule": 2.0, "period": 13.0},
    }.items():
        inputs = net.create(ann.TimedArray(rates=rows, **given))
        post = net.create(n, ann.Neuron(equations="r = sum(exc)"))
        net.connect(inputs, post, "exc").one_to_one(weights=1.5)
        seen[name] = (post, ("r",))
    return seen


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
            seen[f"{name} {delay}"] = (post, ("g_exc", "x"))
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
    return {"post": (post, ("g_exc",)), "weights": (projection, ())}


LATE = "event-driven variables of ANNarchy lose a step of decay at each spike"


@model(differs=LATE)
def event_stdp(ann: Any, net: Any, n: int) -> Seen:
    """The built-in plasticity by timing."""
    pre, post = clocks(ann, net, n), clocks(ann, net, n)
    post.every = 9.0 + 3.0 * np.arange(n)
    projection = net.connect(pre, post, "exc", ann.STDP(A_plus=0.1, A_minus=0.12, w_max=1.0))
    projection.from_matrix(0.5 + 0.1 * matrix(n, n))
    return {"post": (post, ("g_exc",)), "weights": (projection, ())}


@model(differs=LATE)
def short_term(ann: Any, net: Any, n: int) -> Seen:
    """Depression and facilitation."""
    pre, post = clocks(ann, net, n), net.create(n, listener(ann))
    rule = ann.STP(tau_rec=100.0, tau_facil=50.0, U=0.3)
    net.connect(pre, post, "exc", rule).from_matrix(matrix(n, n))
    return {"post": (post, ("g_exc",))}


@model()
def spike_times(ann: Any, net: Any, n: int) -> Seen:
    """Times of the last spikes, in neurons and in synapses."""
    pre = clocks(ann, net, n)
    post = net.create(
        n,
        ann.Neuron(
            parameters="every = 9.0",
            equations="count = count + 1.0\nsince = clip(t - t_last, 0.0, 100.0)\nx = g_exc",
            spike="count >= every",
            reset="count = 0.0",
        ),
    )
    post.every = 9.0 + 3.0 * np.arange(n)
    rule = ann.Synapse(
        pre_spike="g_target += clip(t - t_post, 0.0, 50.0)\nw += 0.001*clip(t - t_pre, 0.0, 50.0)",
        post_spike="w -= 0.002*clip(t - t_pre, 0.0, 50.0)",
    )
    projection = net.connect(pre, post, "exc", rule)
    projection.from_matrix(matrix(n, n))
    return {"post": (post, ("since", "x")), "weights": (projection, ())}


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
    source = net.create(
        ann.SpikeSourceArray([[float(3 + k), 10.0 + k, 11.0 + k, 30.0] for k in range(n)])
    )
    source.compute_firing_rate(10.0)
    post = net.create(n, listener(ann))
    net.connect(source, post, "exc").one_to_one(weights=2.0)
    return {"source": (source, ("r", "spike")), "post": (post, ("x",))}


@model(random=True)
def noisy_rates(ann: Any, net: Any, n: int) -> Seen:
    """Random numbers in rates, random weights, random connections, learning."""
    cells = net.create(
        n,
        ann.Neuron(
            equations="""
                noise = 0.1*Normal(0.0, 1.0) + Uniform(-0.1, 0.1)
                common = Uniform(0.0, 0.1) : population
                10.0*dr/dt = tanh(sum(exc)) - r + noise + common : init=Uniform(0.0, 1.0)
            """
        ),
    )
    rule = ann.Synapse(equations="dw/dt = 0.001*(pre.r*post.r - post.r^2*w + 0.1*Normal(0.0, 1.0))")
    projection = net.connect(cells, cells, "exc", rule)
    projection.fixed_probability(0.5, weights=ann.Normal(0.0, 0.3), delays=2.0)
    return {"cells": (cells, ("r", "noise")), "weights": (projection, ())}


@model(random=True, dt=0.1)
def noisy_spikes(ann: Any, net: Any, n: int) -> Seen:
    """Poisson sources onto cells with conductances that inhibit each other, and learn."""
    source = net.create(ann.PoissonPopulation(n, rates=120.0))
    cells = net.create(n, ann.IF_cond_exp(tau_refrac=1.0))
    rule = ann.STDP(A_plus=0.02, A_minus=0.02, w_max=0.05)
    learned = net.connect(source, cells, "exc", rule)
    learned.all_to_all(weights=ann.Uniform(0.0, 0.5 / n))
    net.connect(cells, cells, "inh").fixed_number_pre(
        max(1, n // 3), weights=ann.Uniform(0.0, 0.02), delays=ann.Uniform(0.2, 3.0)
    )
    return {"cells": (cells, ("v", "spike")), "weights": (learned, ())}


@model(random=True)
def noisy_izhikevich(ann: Any, net: Any, n: int) -> Seen:
    """The pulse-coupled network, and releases that fail."""
    cells = net.create(n, ann.Izhikevich(noise=5.0))
    net.connect(cells, cells, "exc").all_to_all(weights=ann.Uniform(0.0, 10.0 / n))
    unsure = ann.Synapse(
        parameters="p = 0.5", pre_spike="g_target += if Uniform(0.0, 1.0) < p: w else: 0.0"
    )
    net.connect(cells, cells, "inh", unsure).fixed_probability(0.3, weights=1.0, delays=2.0)
    return {"cells": (cells, ("v", "spike"))}


@model(random=True)
def correlated(ann: Any, net: Any, n: int) -> Seen:
    """Correlated trains, and rates that change at given times."""
    trains = net.create(ann.HomogeneousCorrelatedSpikeTrains(n, rates=60.0, corr=0.3, tau=10.0))
    timed = net.create(
        ann.TimedPoissonPopulation(n, rates=[20.0, 200.0, 50.0], schedule=[0.0, 10.0, 25.0])
    )
    post = net.create(n, listener(ann))
    for source in (trains, timed):
        net.connect(source, post, "exc").fixed_probability(0.5, weights=1.0)
    return {"post": (post, ("x",)), "trains": (trains, ("spike",)), "timed": (timed, ("spike",))}


def begin_changes(net: Any) -> None:
    """Lets the rules of `structural` act."""
    projection = net.get_projection("changing")
    projection.start_creating(period=6.0)
    projection.start_pruning(period=8.0)


@model(only_ours="its rules begin after compile, for one network at a time", after=begin_changes)
def structural(ann: Any, net: Any, n: int) -> Seen:
    """Synapses that come and go."""
    pre = waves(ann, net, n)
    post = net.create(n, ann.Neuron(parameters="b = 0.0", equations="r = sum(exc)"))
    post.b = ramp(n, -1.0, 1.0)
    rule = ann.Synapse(
        equations="age = age + 1\ndw/dt = 0.01*pre.r",
        creating="pre.r*post.b > 0.4 : w = 0.5, d = 2.0",
        pruning="(age > 9) and (w < 0.55)",
    )
    net.connect(pre, post, "exc", rule, name="changing").one_to_one(weights=0.6)
    return {"post": (post, ("r",)), "weights": (net.get_projection("changing"), ())}


@model(only_ours="laws in the arguments of laws, of semiglobal variables", random=True)
def laws(ann: Any, net: Any, n: int) -> Seen:
    """Every law that equations may draw from, with arguments that change."""
    cells = net.create(
        n,
        ann.Neuron(
            parameters="k = 1.0",
            equations="""
                a = Uniform(-k, 1.0 + k)
                b = Normal(a, 0.5*k)
                c = LogNormal(0.1*k, 0.2)
                d = Exponential(1.0 + k)
                e = DiscreteUniform(0, 6)
                r = a + b + c + d + e
            """,
        ),
    )
    cells.k = ramp(n, 0.5, 1.5)
    return {"cells": (cells, ("a", "b", "c", "d", "e", "r"))}


@dataclass(frozen=True)
class Watch:
    """Monitors of one model in one network."""

    seen: Seen
    monitors: dict[str, Any]

    @classmethod
    def of(cls, net: Any, seen: Seen) -> Watch:
        """Watches what a model wants to be looked at."""
        made = {
            label: net.monitor(one, list(names)) for label, (one, names) in seen.items() if names
        }
        return cls(seen, made)

    def values(self) -> dict[str, np.ndarray]:
        """All that was seen: (steps, neurons), (spikes, 2) of steps and neurons, weights."""
        found: dict[str, np.ndarray] = {}
        for label, (one, names) in self.seen.items():
            for name in names:
                found[f"{label} {name}"] = _series(self.monitors[label].get(name), name == "spike")
            if not names:
                rows = [np.asarray(row, float) for row in one.w]
                found[label] = np.concatenate(rows) if rows else np.zeros(0)
        return found


def _series(values: Any, spikes: bool) -> np.ndarray:
    if spikes:
        pairs = sorted((step, rank) for rank, steps in values.items() for step in steps)
        return np.array(pairs, float).reshape(-1, 2)
    array = np.asarray(values, float)
    return array.reshape(len(array), math.prod(array.shape[1:]))
