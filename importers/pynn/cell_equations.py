"""The equations of the standard cells, in PyNN's units, under the names of PyNN's parameters.

PyNN's own documentation says what each of its standard cells is; sources of the models: Brette and
Gerstner 2005 (doi:10.1152/jn.00686.2005), Traub and Miles 1991, Izhikevich 2003
(doi:10.1109/TNN.2003.820440), Muller et al. 2007 (doi:10.1162/neco.2007.19.11.2958).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from annarchy_ml.importers.pynn.equations import CellEquations

_CELL = ("v_rest", "cm", "tau_m", "tau_refrac", "v_reset", "v_thresh", "i_offset")
_SYNAPSES = ("tau_syn_E", "tau_syn_I")
_REVERSAL = ("e_rev_E", "e_rev_I")
_LEAK = "(v_rest - v)/tau_m"
_KINDS = {"excitatory": ("exc", "E"), "inhibitory": ("inh", "I")}


def synapses(kind: str, shape: str) -> tuple[dict[str, str], dict[str, dict[str, str]], str]:
    """Rates of the synapses of a cell, what spikes add, and their current.

    Args:
        kind: ``curr`` or ``cond``.
        shape: ``exp`` or ``alpha``.
    """
    rates: dict[str, str] = {}
    receptors: dict[str, dict[str, str]] = {}
    current = []
    for receptor, (short, letter) in _KINDS.items():
        name = f"{'isyn' if kind == 'curr' else 'gsyn'}_{short}"
        found = response(name, f"tau_syn_{letter}", shape)
        rates.update(found[0])
        receptors[receptor] = found[1]
        current.append(name if kind == "curr" else f"{name}*(e_rev_{letter} - v)")
    return rates, receptors, " + ".join(current)


def response(name: str, tau: str, shape: str) -> tuple[dict[str, str], dict[str, str]]:
    """Rates of what follows a spike, and what the spike adds.

    Args:
        name: of the state.
        tau: of its time constant.
        shape: ``exp`` jumps to the weight; ``alpha`` reaches it after tau.
    """
    if shape == "exp":
        return {name: f"-{name}/{tau}"}, {name: "1"}
    rise = f"{name}_rise"
    return (
        {name: f"({rise} - {name})/{tau}", rise: f"-{rise}/{tau}"},
        {rise: "2.718281828459045"},
    )


def _integrate_and_fire(kind: str, shape: str) -> CellEquations:
    rates, receptors, current = synapses(kind, shape)
    return CellEquations(
        f"IF_{kind}_{shape}",
        (*_CELL, *_SYNAPSES, *(_REVERSAL if kind == "cond" else ())),
        {"v": f"{_LEAK} + ({current} + i_offset + i_inj)/cm", **rates},
        receptors,
        threshold="v .geq. v_thresh",
        reset={"v": "v_reset"},
        refractory="tau_refrac",
        held=("v",),
    )


def _adaptive_exponential(shape: str) -> CellEquations:
    rates, receptors, current = synapses("cond", shape)
    return CellEquations(
        f"EIF_cond_{shape}_isfa_ista",
        (*_CELL, *_SYNAPSES, *_REVERSAL, "v_spike", "a", "b", "delta_T", "tau_w"),
        {**ADEXP_RATES, **rates, "v": f"{ADEXP_RATES['v']} + ({current})/cm"},
        receptors,
        threshold="v .geq. v_spike",
        reset={"v": "v_reset", "w": "w + b"},
        refractory="tau_refrac",
        held=("v",),
    )


ADEXP_RATES = {
    "v": (
        "(v_rest - v + delta_T*exp((min(v, v_spike) - v_thresh)/delta_T))/tau_m"
        " + (i_offset + i_inj - w)/cm"
    ),
    "w": "(0.001*a*(v - v_rest) - w)/tau_w",
}
"""The threshold is tested at the end of a step only: within one, v must not run away."""


def _adapting() -> CellEquations:
    """Spikes leave conductances g_s (slow) and g_r (refractory), in nS."""
    found = _integrate_and_fire("cond", "exp")
    left = "0.001*(g_s*(e_rev_sfa - v) + g_r*(e_rev_rr - v))/cm"
    return replace(
        found,
        name="IF_cond_exp_gsfa_grr",
        parameters=(
            *found.parameters,
            *("tau_sfa", "e_rev_sfa", "q_sfa", "tau_rr", "e_rev_rr", "q_rr"),
        ),
        rates={
            **found.rates,
            "v": f"{found.rates['v']} + {left}",
            "g_s": "-g_s/tau_sfa",
            "g_r": "-g_r/tau_rr",
        },
        reset={"v": "v_reset", "g_s": "g_s + q_sfa", "g_r": "g_r + q_rr"},
    )


def _hardware() -> CellEquations:
    """Capacity 0.2 nF, refractory for 1 ms, excitation reverses at 0 mV; g_leak in nS."""
    rates, receptors, current = synapses("cond", "exp")
    current = current.replace("e_rev_E", "0.0")
    return CellEquations(
        "IF_facets_hardware1",
        ("g_leak", *_SYNAPSES, "v_reset", "e_rev_I", "v_rest", "v_thresh"),
        {"v": f"(0.001*g_leak*(v_rest - v) + {current} + i_inj)/0.2", **rates},
        receptors,
        threshold="v .geq. v_thresh",
        reset={"v": "v_reset"},
        refractory="1.0",
        held=("v",),
    )


def _hodgkin_huxley() -> CellEquations:
    """Traub and Miles 1991 as in Brette et al. 2007, doi:10.1007/s10827-007-0038-6, appendix 1."""
    rates, receptors, current = synapses("cond", "exp")
    return CellEquations(
        "HH_cond_exp",
        (
            *("gbar_Na", "gbar_K", "g_leak", "cm", "v_offset", "e_rev_Na", "e_rev_K"),
            *("e_rev_leak", *_REVERSAL, *_SYNAPSES, "i_offset"),
        ),
        {
            "v": (
                "(g_leak*(e_rev_leak - v) + gbar_Na*m^3*h*(e_rev_Na - v)"
                f" + gbar_K*n^4*(e_rev_K - v) + {current} + i_offset + i_inj)/cm"
            ),
            "m": "1.28*y1/expm1(y1)*(1 - m) - 1.4*y2/expm1(y2)*m",
            "h": "0.128*exp((17 - u)/18)*(1 - h) - 4/(1 + exp((40 - u)/5))*h",
            "n": "0.16*y3/expm1(y3)*(1 - n) - 0.5*exp((10 - u)/40)*n",
            **rates,
        },
        receptors,
        threshold=f"v .gt. {_CROSSED} .and. v_before .leq. {_CROSSED}",
        define={
            "u": "v - v_offset",
            "y1": _apart("(13 - u)/4"),
            "y2": _apart("(u - 40)/5"),
            "y3": _apart("(15 - u)/5"),
        },
        before={"v_before": "v"},
        longest=0.02,
    )


_CROSSED = "0.0"
"""Where a Hodgkin-Huxley cell is taken to spike, on its way up [mV]."""


def _apart(y: str) -> str:
    """A value a little beside 0, where y/(exp(y) - 1) is not computed."""
    return f"(({y}) + 3e-9*H(1e-9 - abs({y})))"


def _delta(found: CellEquations) -> CellEquations:
    rates = {"v": f"{_LEAK} + (i_offset + i_inj)/cm"}
    receptors = {item: {"v": "1"} for item in _KINDS}
    return replace(found, name="IF_curr_delta", parameters=_CELL, rates=rates, receptors=receptors)


_IZHIKEVICH = CellEquations(
    "Izhikevich",
    ("a", "b", "c", "d", "i_offset"),
    {
        "v": "0.04*v*v + 5*v + 140 - u + 1000*(i_offset + i_inj)",
        "u": "a*(b*v - u)",
    },
    {item: {"v": "1"} for item in _KINDS},
    threshold="v .geq. 30.0",
    reset={"v": "c", "u": "u + d"},
)

_CELLS = (
    *(_integrate_and_fire(kind, shape) for kind in ("curr", "cond") for shape in ("exp", "alpha")),
    *(_adaptive_exponential(shape) for shape in ("exp", "alpha")),
    _delta(_integrate_and_fire("curr", "exp")),
    _adapting(),
    _hardware(),
    _hodgkin_huxley(),
    _IZHIKEVICH,
)
STANDARD: Mapping[str, CellEquations] = {item.name: item for item in _CELLS}
"""By the name of the standard cell."""


def generalized(elements: tuple[int, int]) -> CellEquations:
    """A generalized integrate-and-fire cell.

    Pozzorini et al. 2015, doi:10.1371/journal.pcbi.1004275.

    Args:
        elements: of the current that spikes leave, and of the threshold that they move.
    """
    found = _integrate_and_fire("cond", "exp")
    own = tuple(name for name in found.parameters if name != "v_thresh")
    parts = {"eta": elements[0], "gamma": elements[1]}
    names = {kind: [f"{kind}_{k}" for k in range(count)] for kind, count in parts.items()}
    left = [item for kind in names for item in names[kind]]
    return replace(
        found,
        name="GIF_cond_exp",
        parameters=(
            *own,
            *("delta_v", "v_t_star", "lambda0"),
            *(f"{part}_{item}" for part in ("tau", "a") for item in left),
        ),
        rates={
            **found.rates,
            "v": f"{found.rates['v']} - ({_sum(names['eta'])})/cm",
            **{item: f"-{item}/tau_{item}" for item in left},
        },
        before={"waits": "refractory_left"},
        after={"i_eta": _sum(names["eta"]), "v_t": f"v_t_star + {_sum(names['gamma'])}"},
        threshold=(
            "waits .lt. 0.5 .and. "
            "random(1) .lt. 1 - exp(-0.001*lambda0*dt_ms*exp((v - v_t)/delta_v))"
        ),
        reset={"v": "v_reset", **{item: f"{item} + a_{item}" for item in left}},
    )


def _sum(names: list[str]) -> str:
    return " + ".join(names) or "0"
