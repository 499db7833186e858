"""NeuroML/LEMS, PyNN and equation-based neural models on one native engine.

The public names are loaded when they are first used, so that importing the package costs little.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annarchy_ml.api import check, export, load, run
    from annarchy_ml.diagnostics import (
        Diagnostic,
        EnvironmentFault,
        ModelError,
        NonFiniteError,
        Span,
        StoppedError,
        UnsupportedError,
        UsageError,
    )
    from annarchy_ml.importers.equations.bold.models import (
        BoldModel,
        balloon_CL,
        balloon_CN,
        balloon_maith2021,
        balloon_RL,
        balloon_RN,
        balloon_two_inputs,
    )
    from annarchy_ml.importers.equations.bold.monitor import BoldMonitor
    from annarchy_ml.importers.equations.bold.slices import BoldMonitorFromSlices
    from annarchy_ml.importers.equations.cells import (
        EIF_cond_alpha_isfa_ista,
        EIF_cond_exp_isfa_ista,
        HH_cond_exp,
        IF_cond_alpha,
        IF_cond_exp,
        IF_curr_alpha,
        IF_curr_exp,
    )
    from annarchy_ml.importers.equations.command_line import parse_args
    from annarchy_ml.importers.equations.connectors import LILConnectivity
    from annarchy_ml.importers.equations.definition import Parameter, Variable
    from annarchy_ml.importers.equations.faults import (
        ANNarchyException,
        EquationError,
        InvalidConfiguration,
    )
    from annarchy_ml.importers.equations.files.parameters import (
        load_parameters,
        save_parameters,
    )
    from annarchy_ml.importers.equations.globals import Constant, add_function
    from annarchy_ml.importers.equations.inputs.arrays import (
        InputArray,
        TimedArray,
    )
    from annarchy_ml.importers.equations.inputs.images import ImagePopulation, VideoPopulation
    from annarchy_ml.importers.equations.inputs.poisson import (
        PoissonPopulation,
        TimedPoissonPopulation,
    )
    from annarchy_ml.importers.equations.inputs.spike_times import (
        SpikeSourceArray,
    )
    from annarchy_ml.importers.equations.inputs.trains import (
        HomogeneousCorrelatedSpikeTrains,
    )
    from annarchy_ml.importers.equations.models import (
        IBCM,
        STDP,
        STP,
        GIF_curr,
        GIF_curr_exp,
        Hebb,
        Izhikevich,
        LeakyIntegrator,
        Oja,
        list_standard_synapses,
    )
    from annarchy_ml.importers.equations.monitor import Monitor
    from annarchy_ml.importers.equations.network import (
        Network,
        default_network,
        set_default_network,
    )
    from annarchy_ml.importers.equations.neuron import Neuron
    from annarchy_ml.importers.equations.population import Population, PopulationView
    from annarchy_ml.importers.equations.projection import Projection
    from annarchy_ml.importers.equations.repeats import (
        parallel_run,
    )
    from annarchy_ml.importers.equations.reports.writing import report
    from annarchy_ml.importers.equations.runs import (
        callbacks_enabled,
        clear_all_callbacks,
        disable_callbacks,
        enable_callbacks,
        every,
        timeit,
    )
    from annarchy_ml.importers.equations.script import (
        clear,
        compile,
        disable_learning,
        dt,
        enable_learning,
        get_current_step,
        get_monitor,
        get_population,
        get_projection,
        get_time,
        magic_network,
        monitors,
        populations,
        projections,
        reset,
        save,
        set_current_step,
        set_seed,
        set_time,
        setup,
        simulate,
        simulate_until,
        step,
    )
    from annarchy_ml.importers.equations.sparse_tools import (
        functions,
        sparse_delays_from_weights,
        sparse_random_matrix,
    )
    from annarchy_ml.importers.equations.specific.filters import Convolution, Pooling
    from annarchy_ml.importers.equations.specific.hybrid import (
        CurrentInjection,
        DecodingProjection,
    )
    from annarchy_ml.importers.equations.specific.shared import Copy, Transpose
    from annarchy_ml.importers.equations.spike_tools import (
        coefficient_of_variation,
        histogram,
        inter_spike_interval,
        mean_fr,
        population_rate,
        raster_plot,
        smoothed_rate,
    )
    from annarchy_ml.importers.equations.structure.rules import Creating, Pruning
    from annarchy_ml.importers.equations.synapse import Synapse
    from annarchy_ml.kernels.connectivity import (
        AllToAll,
        Explicit,
        FixedIndegree,
        FixedOutdegree,
        FixedProbability,
        FixedTotalNumber,
        OneToOne,
    )
    from annarchy_ml.lems_call import run_lems_with_annarchy_ml
    from annarchy_ml.model.laws import (
        Binomial,
        DiscreteUniform,
        Exponential,
        Gamma,
        LogNormal,
        Normal,
        Uniform,
    )
    from annarchy_ml.results import Results
    from annarchy_ml.session.inspection import PathInfo
    from annarchy_ml.session.model import Model
    from annarchy_ml.session.network_model import NetworkModel
    from annarchy_ml.session.simulation import Simulation
    from annarchy_ml.session.sweep_processes import sweep

__version__ = "0.1.0"

__all__ = [
    "IBCM", "STDP", "STP", "ANNarchyException", "AllToAll", "Binomial", "BoldModel",
    "BoldMonitor", "BoldMonitorFromSlices", "Constant", "Convolution", "Copy", "Creating",
    "CurrentInjection", "DecodingProjection", "Diagnostic", "DiscreteUniform",
    "EIF_cond_alpha_isfa_ista",
    "EIF_cond_exp_isfa_ista", "EnvironmentFault", "EquationError", "Explicit", "Exponential",
    "FixedIndegree", "FixedOutdegree", "FixedProbability", "FixedTotalNumber", "GIF_curr",
    "GIF_curr_exp", "Gamma", "HH_cond_exp", "Hebb", "HomogeneousCorrelatedSpikeTrains",
    "IF_cond_alpha", "IF_cond_exp", "IF_curr_alpha", "IF_curr_exp", "ImagePopulation",
    "InputArray", "InvalidConfiguration", "Izhikevich", "LILConnectivity", "LeakyIntegrator",
    "LogNormal", "Model", "ModelError", "Monitor", "Network", "NetworkModel", "Neuron",
    "NonFiniteError", "Normal", "Oja", "OneToOne", "Parameter", "PathInfo", "PoissonPopulation",
    "Pooling", "Population", "PopulationView", "Projection", "Pruning", "Results", "Simulation",
    "Span", "SpikeSourceArray", "StoppedError", "Synapse", "TimedArray",
    "TimedPoissonPopulation", "Transpose", "Uniform", "UnsupportedError", "UsageError",
    "Variable", "VideoPopulation", "__version__", "add_function", "balloon_CL", "balloon_CN",
    "balloon_RL", "balloon_RN", "balloon_maith2021", "balloon_two_inputs", "callbacks_enabled",
    "check", "clear", "clear_all_callbacks", "coefficient_of_variation", "compile",
    "default_network", "disable_callbacks", "disable_learning", "dt", "enable_callbacks",
    "enable_learning", "every", "export", "functions", "get_current_step", "get_monitor",
    "get_population", "get_projection", "get_time", "histogram", "inter_spike_interval",
    "list_standard_synapses", "load", "load_parameters", "magic_network", "mean_fr", "monitors",
    "np", "parallel_run", "parse_args", "population_rate", "populations", "projections",
    "raster_plot", "report", "reset", "run", "run_lems_with_annarchy_ml", "save",
    "save_parameters", "set_current_step", "set_default_network", "set_seed", "set_time",
    "setup", "simulate", "simulate_until", "smoothed_rate", "sparse_delays_from_weights",
    "sparse_random_matrix", "step", "sweep", "timeit",
]  # fmt: skip

_HOMES = {
    "annarchy_ml.importers.equations.specific.filters": "Convolution Pooling",
    "annarchy_ml.importers.equations.bold.models": (
        "BoldModel balloon_CL balloon_CN balloon_RL balloon_RN balloon_maith2021 balloon_two_inputs"
    ),
    "annarchy_ml.importers.equations.bold.monitor": "BoldMonitor",
    "annarchy_ml.importers.equations.bold.slices": "BoldMonitorFromSlices",
    "annarchy_ml.importers.equations.definition": "Parameter Variable",
    "annarchy_ml.importers.equations.structure.rules": "Creating Pruning",
    "annarchy_ml.importers.equations.faults": (
        "ANNarchyException EquationError InvalidConfiguration"
    ),
    "annarchy_ml.importers.equations.files.parameters": "load_parameters save_parameters",
    "annarchy_ml.importers.equations.globals": "Constant add_function",
    "annarchy_ml.importers.equations.cells": (
        "EIF_cond_alpha_isfa_ista EIF_cond_exp_isfa_ista HH_cond_exp IF_cond_alpha "
        "IF_cond_exp IF_curr_alpha IF_curr_exp"
    ),
    "annarchy_ml.importers.equations.connectors": "LILConnectivity",
    "annarchy_ml.importers.equations.command_line": "parse_args",
    "annarchy_ml.importers.equations.sparse_tools": (
        "functions sparse_delays_from_weights sparse_random_matrix"
    ),
    "annarchy_ml.importers.equations.inputs.arrays": "InputArray TimedArray",
    "annarchy_ml.importers.equations.inputs.images": "ImagePopulation VideoPopulation",
    "annarchy_ml.importers.equations.inputs.poisson": "PoissonPopulation TimedPoissonPopulation",
    "annarchy_ml.importers.equations.inputs.spike_times": "SpikeSourceArray",
    "annarchy_ml.importers.equations.inputs.trains": "HomogeneousCorrelatedSpikeTrains",
    "annarchy_ml.importers.equations.reports.writing": "report",
    "annarchy_ml.importers.equations.runs": (
        "callbacks_enabled clear_all_callbacks disable_callbacks enable_callbacks every timeit"
    ),
    "annarchy_ml.importers.equations.repeats": "parallel_run",
    "annarchy_ml.model.laws": (
        "Binomial DiscreteUniform Exponential Gamma LogNormal Normal Uniform"
    ),
    "annarchy_ml.importers.equations.models": (
        "GIF_curr GIF_curr_exp Hebb IBCM Izhikevich LeakyIntegrator Oja STDP STP "
        "list_standard_synapses"
    ),
    "annarchy_ml.importers.equations.monitor": "Monitor",
    "annarchy_ml.importers.equations.network": "Network default_network set_default_network",
    "annarchy_ml.importers.equations.neuron": "Neuron",
    "annarchy_ml.importers.equations.population": "Population PopulationView",
    "annarchy_ml.importers.equations.projection": "Projection",
    "annarchy_ml.importers.equations.script": (
        "clear compile disable_learning dt enable_learning get_current_step get_monitor "
        "get_population get_projection get_time monitors populations projections reset "
        "setup simulate simulate_until step"
        " set_current_step set_time magic_network save set_seed"
    ),
    "annarchy_ml.importers.equations.spike_tools": (
        "coefficient_of_variation histogram inter_spike_interval mean_fr population_rate "
        "raster_plot smoothed_rate"
    ),
    "annarchy_ml.importers.equations.specific.hybrid": "CurrentInjection DecodingProjection",
    "annarchy_ml.importers.equations.specific.shared": "Copy Transpose",
    "annarchy_ml.importers.equations.synapse": "Synapse",
    "annarchy_ml.api": "check export load run",
    "annarchy_ml.diagnostics": (
        "Diagnostic EnvironmentFault ModelError NonFiniteError Span StoppedError "
        "UnsupportedError UsageError"
    ),
    "annarchy_ml.kernels.connectivity": (
        "AllToAll Explicit FixedIndegree FixedOutdegree FixedProbability FixedTotalNumber OneToOne"
    ),
    "annarchy_ml.lems_call": "run_lems_with_annarchy_ml",
    "annarchy_ml.results": "Results",
    "annarchy_ml.session.inspection": "PathInfo",
    "annarchy_ml.session.model": "Model",
    "annarchy_ml.session.network_model": "NetworkModel",
    "annarchy_ml.session.simulation": "Simulation",
    "annarchy_ml.session.sweep_processes": "sweep",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}

if importlib.util.find_spec("annarchy_ml.engine") is None:
    raise ImportError(
        "annarchy_ml was imported from its source folder, which holds only a part of the package. "
        "Start Python in another folder, or install the sources in place with: pip install -e ."
    )


def __getattr__(name: str) -> object:
    if name == "np":  # scripts use it after "from annarchy_ml import *"
        return importlib.import_module("numpy")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'annarchy_ml' has no attribute '{name}'")
    value: object = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
