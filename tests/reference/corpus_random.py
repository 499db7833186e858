"""Networks of the corpus that draw numbers or change their synapses; ANNarchy runs none."""

from __future__ import annotations

from typing import Any

from corpus_frame import Seen, listener, model, ramp, waves


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
                f = Gamma(k, 2.0)
                g = Gamma(0.3 + k)
                h = Binomial(20*k, 0.5*k)
                i = Binomial(200, 0.4)
                j = Gamma(2.0, 0.5) + Binomial(5, 0.5) : global
                r = a + b + c + d + e + f + g + h + i + j
            """,
        ),
    )
    cells.k = ramp(n, 0.5, 1.5)
    return {"cells": (cells, tuple("abcdefghijr"))}
