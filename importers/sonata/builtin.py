"""Point neurons and synapses of NEST and PyNN as the standard types of PyNN in NeuroML.

NEST counts in pF, nS and pA, PyNN in nF, uS and nA; both in ms and mV. A model is here only if both
say the same equations.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from annarchy_ml.diagnostics import Span, did_you_mean
from annarchy_ml.importers.sonata.faults import FormatError, unsupported

Values = dict[str, float]

_NEST_IF = {
    "C_m": ("cm", 1e-3),
    "I_e": ("i_offset", 1e-3),
    "E_L": ("v_rest", 1.0),
    "V_th": ("v_thresh", 1.0),
    "V_reset": ("v_reset", 1.0),
    "V_m": ("v_init", 1.0),
    "t_ref": ("tau_refrac", 1.0),
    "tau_syn_ex": ("tau_syn_E", 1.0),
    "tau_syn_in": ("tau_syn_I", 1.0),
}
_NEST_CURRENT = _NEST_IF | {"tau_m": ("tau_m", 1.0)}
_NEST_CONDUCTANCE = _NEST_IF | {
    "g_L": ("g_L", 1.0),
    "E_ex": ("e_rev_E", 1.0),
    "E_in": ("e_rev_I", 1.0),
}
_NEST_ADAPTIVE = _NEST_CONDUCTANCE | {
    "V_peak": ("v_spike", 1.0),
    "Delta_T": ("delta_T", 1.0),
    "tau_w": ("tau_w", 1.0),
    "a": ("a", 1e-3),
    "b": ("b", 1e-3),
}
_CURRENT = {"C_m": 250.0, "tau_m": 10.0, "t_ref": 2.0, "E_L": -70.0, "V_th": -55.0,
            "V_reset": -70.0, "I_e": 0.0, "tau_syn_ex": 2.0, "tau_syn_in": 2.0}  # fmt: skip
_CONDUCTANCE = {"C_m": 250.0, "g_L": 50.0 / 3.0, "t_ref": 2.0, "E_L": -70.0, "V_th": -55.0,
                "V_reset": -60.0, "I_e": 0.0, "E_ex": 0.0, "E_in": -85.0, "tau_syn_ex": 0.2,
                "tau_syn_in": 2.0}  # fmt: skip
_ADAPTIVE = {"C_m": 281.0, "g_L": 30.0, "t_ref": 0.0, "E_L": -70.6, "V_th": -50.4, "V_peak": 0.0,
             "V_reset": -60.0, "I_e": 0.0, "E_ex": 0.0, "E_in": -85.0, "tau_syn_ex": 0.2,
             "tau_syn_in": 2.0, "Delta_T": 2.0, "tau_w": 144.0, "a": 4.0, "b": 80.5}  # fmt: skip
_PYNN_CURRENT = {"cm": 1.0, "tau_m": 20.0, "tau_refrac": 0.1, "v_rest": -65.0, "v_thresh": -50.0,
                 "v_reset": -65.0, "i_offset": 0.0, "tau_syn_E": 5.0, "tau_syn_I": 5.0}  # fmt: skip
_PYNN_ALPHA = _PYNN_CURRENT | {"tau_syn_E": 0.5, "tau_syn_I": 0.5}
_REVERSAL = {"e_rev_E": 0.0, "e_rev_I": -70.0}
_PYNN_ADAPTIVE = {"cm": 0.281, "tau_refrac": 0.1, "v_spike": -40.0, "v_reset": -70.6,
                  "v_rest": -70.6, "tau_m": 9.3667, "i_offset": 0.0, "a": 4.0, "b": 0.0805,
                  "delta_T": 2.0, "tau_w": 144.0, "v_thresh": -50.4, "e_rev_E": 0.0,
                  "tau_syn_E": 5.0, "e_rev_I": -80.0, "tau_syn_I": 5.0}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Law:
    """A model of cells.

    Attributes:
        type: of the component.
        synapse: type of its synapses.
        defaults: of its parameters, in the units of its simulator.
        named: names of parameters in NeuroML, and in how many of its units one is.
        weight: in how many units of the synapse a weight of 1 is.
        states: parameters of the simulator that have one value here.
    """

    type: str
    synapse: str
    defaults: Values
    named: Mapping[str, tuple[str, float]]
    weight: float
    only: Values = field(default_factory=dict)


def _pynn(type_: str, synapse: str, defaults: Values, **scaled: float) -> Law:
    named = {name: (name, scaled.get(name, 1.0)) for name in (*defaults, "v_init")}
    return Law(type_, synapse, defaults, named, 1.0)


_NO_FLOOR = {"V_min": float("-inf")}
_LAWS = {
    "nest:iaf_psc_exp": Law("IF_curr_exp", "expCurrSynapse", _CURRENT, _NEST_CURRENT, 1e-3,
                            {**_NO_FLOOR, "rho": 0.01, "delta": 0.0}),
    "nest:iaf_psc_alpha": Law("IF_curr_alpha", "alphaCurrSynapse", _CURRENT, _NEST_CURRENT, 1e-3,
                              _NO_FLOOR),
    "nest:iaf_cond_exp": Law("IF_cond_exp", "expCondSynapse", _CONDUCTANCE, _NEST_CONDUCTANCE,
                             1e-3),
    "nest:iaf_cond_alpha": Law("IF_cond_alpha", "alphaCondSynapse", _CONDUCTANCE,
                               _NEST_CONDUCTANCE, 1e-3),
    "nest:aeif_cond_exp": Law("EIF_cond_exp_isfa_ista", "expCondSynapse", _ADAPTIVE,
                              _NEST_ADAPTIVE, 1e-3),
    "nest:aeif_cond_alpha": Law("EIF_cond_alpha_isfa_ista", "alphaCondSynapse", _ADAPTIVE,
                                _NEST_ADAPTIVE, 1e-3),
    "pynn:IF_curr_exp": _pynn("IF_curr_exp", "expCurrSynapse", _PYNN_CURRENT),
    "pynn:IF_curr_alpha": _pynn("IF_curr_alpha", "alphaCurrSynapse", _PYNN_ALPHA),
    "pynn:IF_cond_exp": _pynn("IF_cond_exp", "expCondSynapse", _PYNN_CURRENT | _REVERSAL),
    "pynn:IF_cond_alpha": _pynn("IF_cond_alpha", "alphaCondSynapse",
                                _PYNN_ALPHA | _REVERSAL | {"tau_syn_E": 0.3, "tau_syn_I": 0.5}),
    "pynn:EIF_cond_exp_isfa_ista": _pynn("EIF_cond_exp_isfa_ista", "expCondSynapse",
                                         _PYNN_ADAPTIVE, a=1e-3),
    "pynn:EIF_cond_alpha_isfa_ista": _pynn("EIF_cond_alpha_isfa_ista", "alphaCondSynapse",
                                           _PYNN_ADAPTIVE, a=1e-3),
}  # fmt: skip
PLAIN_SYNAPSES = frozenset(
    ("", "static_synapse", "nest:static_synapse", "StaticSynapse", "pynn:StaticSynapse")
)
VARIABLES = {"V_m": "v"}
"""Names of recorded variables in NEST."""


def law_of(template: str, span: Span) -> Law:
    """The model of a template such as ``nest:iaf_psc_alpha``.

    Raises:
        FormatError: If there is none.
    """
    if template not in _LAWS:
        raise unsupported(
            f"'{template}' says no equations that NeuroML's standard cells say",
            span,
            did_you_mean(template, _LAWS) or f"there are: {', '.join(_LAWS)}",
        )
    return _LAWS[template]


def component_values(law: Law, given: Values, v_init: float | None, span: Span) -> Values:
    """The parameters of a component.

    Args:
        law: the model.
        given: parameters of its simulator.
        v_init: membrane potential [mV] of cells of which nothing else is told.
        span: where they are given.

    Raises:
        FormatError: If there is no such parameter, or it has another value than it can have here.
    """
    for name, value in given.items():
        if name in law.only and value != law.only[name]:
            raise unsupported(f"'{name}' can only be {law.only[name]!r}, not {value!r}", span)
        if name not in law.named and name not in law.only:
            hint = did_you_mean(name, law.named)
            raise FormatError(
                "attribute.unknown", f"{law.type} has no parameter '{name}'", span, hint
            )
    values = law.defaults | {name: item for name, item in given.items() if name in law.named}
    made = {law.named[name][0]: value * law.named[name][1] for name, value in values.items()}
    if "g_L" in made:
        made["tau_m"] = values["C_m"] / made.pop("g_L")
    made.setdefault("v_init", made["v_rest"] if v_init is None else v_init)
    return made


def synapse_values(law: Law, cell: Values, excitatory: bool) -> Values:
    """The parameters of a cell's synapses."""
    end = "E" if excitatory else "I"
    made = {"tau_syn": cell[f"tau_syn_{end}"]}
    if law.synapse.endswith("CondSynapse"):
        made["e_rev"] = cell[f"e_rev_{end}"]
    return made


def read_parameters(path: str, asked: Span) -> Values:
    """Parameters in a file of JSON, whose texts say nothing about equations.

    Raises:
        FormatError: If it is no such file.
    """
    shown = os.path.relpath(path)
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as stream:
            content = json.load(stream)
    except (ValueError, RecursionError, OSError) as fault:
        raise FormatError(
            "file.unrecognized", f"'{shown}' is no JSON", Span(shown, 1, 1)
        ) from fault
    if not isinstance(content, dict):
        raise FormatError("file.unrecognized", f"'{shown}' holds no parameters", Span(shown, 1, 1))
    for name, value in content.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            message = f"the parameter '{name}' of '{shown}' is no number"
            raise unsupported(message, asked)
    return {name: float(value) for name, value in content.items()}
