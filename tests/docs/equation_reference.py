"""The reference of the equation language, from the docstrings of its public names.

    python tests/docs/equation_reference.py        writes docs/equation_reference.md

`test_reference.py` compares the page with what this gives, and the names with those of the package.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import annarchy_ml as ann
from annarchy_ml.importers.equations.attributes import Dendrite, SingleSynapse

PAGE = Path(__file__).parents[2] / "docs" / "equation_reference.md"
ROOM = "annarchy_ml.importers.equations"
SECTIONS: dict[str, tuple[str, ...]] = {
    "Neurons and synapses": ("Neuron", "Synapse", "Parameter", "Variable", "Creating", "Pruning"),
    "Networks": ("Network",),
    "Populations": ("Population", "PopulationView"),
    "Projections": (
        "Projection", "LILConnectivity", "sparse_random_matrix", "sparse_delays_from_weights",
    ),
    "Monitors": ("Monitor",),
    "Inputs": (
        "InputArray", "TimedArray", "PoissonPopulation", "TimedPoissonPopulation",
        "SpikeSourceArray", "HomogeneousCorrelatedSpikeTrains", "ImagePopulation",
        "VideoPopulation",
    ),
    "Projections with a class of their own": (
        "CurrentInjection", "DecodingProjection", "Convolution", "Pooling", "Copy", "Transpose",
    ),
    "BOLD signals": (
        "BoldMonitor", "BoldMonitorFromSlices", "BoldModel", "balloon_RN", "balloon_RL",
        "balloon_CN", "balloon_CL", "balloon_maith2021", "balloon_two_inputs",
    ),
    "Laws": (
        "Uniform", "DiscreteUniform", "Normal", "LogNormal", "Exponential", "Gamma", "Binomial",
    ),
    "Built-in neurons": (
        "LeakyIntegrator", "Izhikevich", "IF_curr_exp", "IF_cond_exp", "IF_curr_alpha",
        "IF_cond_alpha", "EIF_cond_exp_isfa_ista", "EIF_cond_alpha_isfa_ista", "HH_cond_exp",
        "GIF_curr", "GIF_curr_exp",
    ),
    "Built-in synapses": ("STP", "STDP", "Hebb", "Oja", "IBCM", "list_standard_synapses"),
    "The default network": (
        "setup", "clear", "compile", "simulate", "simulate_until", "step", "reset",
        "enable_learning", "disable_learning", "get_population", "get_projection", "get_monitor",
        "populations", "projections", "monitors", "get_time", "set_time", "get_current_step",
        "set_current_step", "dt", "save", "set_seed", "default_network", "set_default_network",
        "magic_network", "parse_args",
    ),
    "Constants and functions of all networks": ("Constant", "add_function", "functions"),
    "Callbacks and copies": (
        "every", "enable_callbacks", "disable_callbacks", "callbacks_enabled",
        "clear_all_callbacks", "parallel_run", "timeit",
    ),
    "Files and reports": ("save_parameters", "load_parameters", "report"),
    "Statistics of spikes": (
        "raster_plot", "histogram", "mean_fr", "population_rate", "smoothed_rate",
        "inter_spike_interval", "coefficient_of_variation",
    ),
    "Errors": ("ANNarchyException", "EquationError", "InvalidConfiguration"),
}  # fmt: skip
"""Public names by section of the page."""
FURTHER = {"Projections": (Dendrite, SingleSynapse)}
"""Classes that scripts meet without naming them."""
INSIDE = {
    "Network": "check_open constant_changed needed constant_value constant_values",
    "Population": "began_again flat hand_over is_global put put_some restore",
    "Projection": (
        "apply_switches delay_in_steps first_structure flat hand_over into keeps_values locality "
        "pairs prepare put sums constants version"
    ),
    "Monitor": "attach detach forget note rewired",
    "LILConnectivity": "listed",
    "PoissonPopulation": "put",
    "CurrentInjection": "into",
    "DecodingProjection": "scales",
    "Constant": "unwatched_by watched_by",
}
"""What the parts of a network call of each other, no matter for scripts."""
HEAD = Path(__file__).with_name("reference_head.txt")
UNSAID = {"running", "pairs_shown", "first_values", "segments", "cells"}
"""Attributes that docstrings of classes list for their readers."""


def page() -> str:
    """The whole page."""
    parts = [HEAD.read_text(encoding="utf-8")]
    for title, names in SECTIONS.items():
        parts.append(f"## {title}\n")
        parts += [_entry(name, getattr(ann, name)) for name in names]
        parts += [_entry(item.__name__, item) for item in FURTHER.get(title, ())]
    return "\n".join(parts)


def members(owner: type) -> list[str]:
    """Public names of a class that scripts use: all of it, or what it adds where it extends one."""
    if issubclass(owner, ann.Neuron | ann.Synapse | Exception) or owner.__module__.endswith("laws"):
        return []
    bases = [base for base in owner.__mro__ if base.__module__.startswith(ROOM)]
    extends = any(base in bases[1:] for base in (ann.Population, ann.Projection, Dendrite))
    if extends:
        bases = bases[:1]
    names = {name for base in bases for name in vars(base) if _is_shown(base, name)}
    again = {short for name in names if (short := name.removeprefix("connect_")) != name}
    longer = again if extends else {f"connect_{name}" for name in again}
    return sorted(names - set(INSIDE.get(owner.__name__, "").split()) - longer)


def _is_shown(owner: type, name: str) -> bool:
    value = inspect.getattr_static(owner, name)
    return not name.startswith("_") and (callable(value) or isinstance(value, property))


def _entry(name: str, item: Any) -> str:
    made = "" if isinstance(item, type) and issubclass(item, Exception) else _signature(name, item)
    maker = inspect.getdoc(item.__init__) if isinstance(item, type) and made else None
    text = inspect.getdoc(item) or ""
    parts = [f"### `{made or name}`\n", _text(text)]
    if maker and vars(item).get("__init__") and not maker.startswith("Initialize self"):
        parts.append(_text(maker))
    if values := getattr(item, "defaults", None):
        given = ", ".join(f"`{key}={value:g}`" for key, value in values.items())
        parts.append(f"Parameters, in mV, ms, nF, nA and uS: {given}.\n")
    if isinstance(item, type):
        parts += [_member(item, own) for own in members(item)]
    return "\n".join(parts)


def _member(owner: type, name: str) -> str:
    value = inspect.getattr_static(owner, name)
    if isinstance(value, property):
        return f"#### `{name}`\n\n{_text(inspect.getdoc(value) or '')}"
    return f"#### `{_signature(name, value)}`\n\n{_text(inspect.getdoc(value) or '')}"


def _signature(name: str, item: Any) -> str:
    """The call, without types."""
    made = inspect.signature(item.__init__ if isinstance(item, type) else item)
    bare = [
        each.replace(annotation=inspect.Parameter.empty)
        for each in made.parameters.values()
        if each.name not in ("self", "net") and not each.name.startswith("_")
    ]
    return f"{name}{made.replace(parameters=bare, return_annotation=inspect.Signature.empty)}"


def _text(docstring: str) -> str:
    """A docstring as Markdown: its parts become lists."""
    marked = docstring.replace("``", "`")
    lines: list[str] = []
    shown = True
    for line in marked.splitlines():
        if line in ("Args:", "Raises:", "Returns:", "Attributes:"):
            lines.append(f"{line}\n")
        elif found := re.match(r"    (\*{0,2}[\w, ]+):\s+(.*)", line):
            shown = not found[1].startswith("_") and found[1] not in UNSAID
            lines += [f"- `{found[1]}`: {found[2]}"] * shown
        elif line.startswith("    "):
            lines += [f"  {line.strip()}"] * shown
        else:
            lines.append(line)
    return "\n".join(lines).strip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
