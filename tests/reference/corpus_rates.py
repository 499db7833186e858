"""Rate-coded networks of the corpus; the frame says what they return."""

from __future__ import annotations

from typing import Any

import numpy as np
from corpus_frame import Seen, matrix, model, ramp, waves


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


@model()
def shared_rates(ann: Any, net: Any, n: int) -> Seen:
    """A global and a local differential equation: the local one sees the new global value."""
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
