"""Synapses as equations of what spikes do, and the component types that the compiler makes of them.

States change at events alone: what decays in between is decayed at the next event, by its exact
solution. Times are in ms, counted in whole steps; sources of the models: Tsodyks, Uziel and Markram
2000 (J. Neurosci. 20:RC50), Fuhrmann et al. 2002 (doi:10.1152/jn.00258.2001), Loebel et al. 2009
(doi:10.3389/neuro.10.027.2009), Morrison et al. 2008 (doi:10.1007/s00422-008-0233-1), Guetig et al.
2003 (doi:10.1523/JNEUROSCI.23-09-03697.2003), Vogels et al. 2011 (doi:10.1126/science.1211095).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from annarchy_ml.expr import (
    Binary,
    Call,
    Expr,
    Number,
    Symbol,
    is_stochastic,
    parse,
    substitute,
)
from annarchy_ml.importers.pynn.equations import (
    DT_MS,
    SYNAPSE_BASE,
    WEIGHT,
    waiting,
)
from annarchy_ml.model.component import ComponentType, EventPort, Parameter
from annarchy_ml.model.dynamics import (
    Action,
    Dynamics,
    HostAddition,
    OnEvent,
    StateAssignment,
    StateVariable,
)

TARGET, IN, POST = "target", "in", "post"
SENT = "pynn_sent"
"""The state that holds what was drawn, so that all that reads it reads the same."""
LONG_AGO = -1e9
"""When spikes were that have never been [ms]."""


@dataclass(frozen=True)
class SynapseEquations:
    """A synapse.

    Attributes:
        name: of the model.
        parameters: names of its numbers; each synapse has a ``weight``, too.
        states: their start values, expressions of parameters.
        pre: what a spike that arrives does, in order; ``target`` is what it adds to the receptor.
        post: what a spike of the cell does.
        define: names for parts of the equations.
    """

    name: str
    parameters: tuple[str, ...]
    states: Mapping[str, str] = field(default_factory=dict)
    pre: tuple[tuple[str, str], ...] = ()
    post: tuple[tuple[str, str], ...] = ()
    define: Mapping[str, str] = field(default_factory=dict)


def synapse_type(
    synapse: SynapseEquations, name: str, receptor: str, heard_at_once: bool
) -> ComponentType:
    """The component type of a synapse.

    Args:
        synapse: its equations.
        name: of the type.
        receptor: on which it acts.
        heard_at_once: whether it hears its cell in the step in which that spikes.
    """
    time = "t_prev" if heard_at_once else "t"
    target = waiting(receptor)
    events = event_actions(synapse, time, lambda value: [HostAddition(target, value)])
    starts = [StateAssignment(item, parse(text)) for item, text in synapse.states.items()]
    dynamics = Dynamics(
        states=tuple(StateVariable(item, "none", item) for item in synapse.states),
        on_start=tuple(starts),
        events=tuple(events),
        in_order=True,
    )
    return ComponentType(
        name,
        extends=SYNAPSE_BASE,
        parameters=(
            *(Parameter(item, "none", default="0") for item in synapse.parameters),
            Parameter(WEIGHT, "none", "property", "1"),
        ),
        ports=tuple(EventPort(item.port, "in") for item in events),
        dynamics=dynamics,
    )


def event_actions(
    synapse: SynapseEquations, time: str, sent: Callable[[Expr], Iterable[Action]]
) -> list[OnEvent]:
    """What spikes do that arrive, and those of the cell if it is heard.

    Args:
        synapse: its equations.
        time: when it hears its cell, as the engine calls it.
        sent: what is done with what the synapse adds to its receptor.
    """
    events = [OnEvent(IN, _actions(synapse, synapse.pre, "t", sent))]
    if synapse.post:
        events.append(OnEvent(POST, _actions(synapse, synapse.post, time, sent)))
    return events


def _actions(
    synapse: SynapseEquations,
    given: tuple[tuple[str, str], ...],
    time: str,
    sent: Callable[[Expr], Iterable[Action]],
) -> tuple[Action, ...]:
    whole = Call("floor", (Binary("+", Binary("/", Symbol(time), Symbol("dt")), Number(0.5)),))
    known: dict[str, Expr] = {"now": Binary("*", whole, DT_MS), "dt_ms": DT_MS}
    for name, text in synapse.define.items():
        known[name] = substitute(parse(text), known)
    made: list[Action] = []
    for name, text in given:
        value = substitute(parse(text), known)
        made.extend(sent(value) if name == TARGET else [StateAssignment(name, value)])
    return tuple(made)


def sent_once(value: Expr) -> tuple[list[Action], Expr]:
    """What a synapse sends, as something that can be read more than once: drawn once before."""
    if not is_stochastic(value):
        return [], value
    return [StateAssignment(SENT, value)], Symbol(SENT)


def drawn_states(events: Iterable[OnEvent]) -> tuple[str, ...]:
    """The state for what was drawn, where something is."""
    actions = (action for item in events for action in item.actions)
    draws = any(isinstance(item, StateAssignment) and item.variable == SENT for item in actions)
    return (SENT,) if draws else ()


_LAST = {"t_last": str(LONG_AGO)}
_USED = ("u", "u*exp((t_last - now)/max(tau_facil, 1e-9))*(1 - U) + U")
_REMEMBER = ("t_last", "now")

TSODYKS_MARKRAM = SynapseEquations(
    "TsodyksMarkramSynapse",
    ("U", "tau_rec", "tau_facil", "tau_syn"),
    {"u": "0", "y": "0", "z": "0", "released": "0", **_LAST},
    (
        ("z", "z*left + y*(gone - left)/(tau_syn/tau_rec - 1)"),
        ("y", "y*gone"),
        _USED,
        ("released", "u*(1 - y - z)"),
        ("y", "y + released"),
        _REMEMBER,
        (TARGET, "weight*released"),
    ),
    define={
        "left": "exp((t_last - now)/tau_rec)",
        "gone": "exp((t_last - now)/tau_syn)",
    },
)
"""Resources are active (y), inactive (z), or recovered (the rest); u of these are used."""

SIMPLE_STOCHASTIC = SynapseEquations(
    "SimpleStochasticSynapse", ("p",), pre=((TARGET, "weight*H(p - random(1))"),)
)

STOCHASTIC_TSODYKS_MARKRAM = SynapseEquations(
    "StochasticTsodyksMarkramSynapse",
    ("U", "tau_rec", "tau_facil"),
    {"u": "0", "ready": "1", "released": "0", **_LAST},
    (
        _USED,
        ("ready", "max(ready, H(1 - exp((t_last - now)/tau_rec) - random(1)))"),
        ("released", "ready*H(u - random(1))"),
        (TARGET, "weight*released"),
        ("ready", "ready - released"),
        _REMEMBER,
    ),
)


def multi_quantal(n: int) -> SynapseEquations:
    """So many release sites, each of which is ready or not; the weight is that of all of them."""
    sites = range(1, n + 1)
    back = " + ".join(
        f"H(n - a - {k} + 0.5)*H(1 - exp((t_last - now)/tau_rec) - random(1))" for k in sites
    )
    out = " + ".join(f"H(a - {k} + 0.5)*H(u - random(1))" for k in sites)
    return SynapseEquations(
        "MultiQuantalSynapse",
        ("U", "n", "tau_rec", "tau_facil"),
        {"u": "U", "a": "n", "released": "0", **_LAST},
        (
            _USED,
            ("a", f"a + {back}"),
            ("released", out),
            (TARGET, "weight*released/n"),
            ("a", "a - released"),
            _REMEMBER,
        ),
    )


@dataclass(frozen=True)
class Dependence:
    """How much a weight changes: what a trace of 1 gives, in potentiation and depression."""

    potentiation: str
    depression: str
    parameters: tuple[str, ...] = ("w_min", "w_max")


ADDITIVE = Dependence("A_plus*w_max", "A_minus*w_max")
MULTIPLICATIVE = Dependence("A_plus*(w_max - w)", "A_minus*(w - w_min)")
ADDITIVE_MULTIPLICATIVE = Dependence("A_plus*w_max", "A_minus*w")
GUTIG = Dependence(
    "A_plus*w_max*pow(max((w_max - w)/(w_max - w_min), 0), mu_plus)",
    "A_minus*w_max*pow(max((w - w_min)/(w_max - w_min), 0), mu_minus)",
    ("w_min", "w_max", "mu_plus", "mu_minus"),
)


def spike_pairs(dependence: Dependence) -> SynapseEquations:
    """All pairs of spikes; two at the same time make none."""
    return _plastic(
        "SpikePairRule",
        ("tau_plus", "tau_minus", "A_plus", "A_minus", *dependence.parameters),
        f"w - {dependence.depression}*heard_post",
        f"w + {dependence.potentiation}*heard_pre",
        ("tau_plus", "tau_minus"),
    )


def symmetric(dependence: Dependence) -> SynapseEquations:
    """Pairs in any order potentiate, spikes that arrive depress; the weight is only bounded."""
    return _plastic(
        "Vogels2011Rule",
        ("tau", "eta", "rho", *dependence.parameters),
        "w + eta*(heard_post - 0.002*rho*tau)",
        "w + eta*heard_pre",
        ("tau", "tau"),
    )


def _plastic(
    name: str, parameters: tuple[str, ...], at_pre: str, at_post: str, taus: tuple[str, str]
) -> SynapseEquations:
    define = {
        "decayed_pre": f"x*exp((t_pre - now)/{taus[0]})",
        "decayed_post": f"y*exp((t_post - now)/{taus[1]})",
        "heard_pre": "(decayed_pre - H(t_pre - now + 0.5*dt_ms))",
        "heard_post": "(decayed_post - H(t_post - now + 0.5*dt_ms))",
    }
    return SynapseEquations(
        name,
        parameters,
        {"w": WEIGHT, "x": "0", "y": "0", "t_pre": str(LONG_AGO), "t_post": str(LONG_AGO)},
        (
            ("w", f"min(max({at_pre}, w_min), w_max)"),
            ("x", "decayed_pre + 1"),
            ("t_pre", "now"),
            (TARGET, "w"),
        ),
        (
            ("w", f"min(max({at_post}, w_min), w_max)"),
            ("y", "decayed_post + 1"),
            ("t_post", "now"),
        ),
        define,
    )
