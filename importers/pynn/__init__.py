"""PyNN's interface to the engine: ``import pyNN.annarchy as sim``.

Also importable as `annarchy_ml.importers.pynn`, where ``.pth`` files are not read.
"""

from annarchy_ml.importers.pynn import deferred as deferred  # before PyNN

# isort: split

from pyNN import errors as errors
from pyNN import random as random
from pyNN import space as space
from pyNN.connectors import *  # noqa: F403  # all connectors of PyNN, as in its other backends
from pyNN.core import IndexBasedExpression as IndexBasedExpression
from pyNN.network import Network as Network
from pyNN.parameters import Sequence as Sequence
from pyNN.random import GSLRNG as GSLRNG
from pyNN.random import NumpyRNG as NumpyRNG
from pyNN.random import RandomDistribution as RandomDistribution
from pyNN.space import Space as Space
from pyNN.standardmodels import StandardCellType as StandardCellType

from annarchy_ml.importers.pynn import morphology as morphology
from annarchy_ml.importers.pynn import simulator as simulator
from annarchy_ml.importers.pynn.cells import EIF_cond_alpha_isfa_ista as EIF_cond_alpha_isfa_ista
from annarchy_ml.importers.pynn.cells import EIF_cond_exp_isfa_ista as EIF_cond_exp_isfa_ista
from annarchy_ml.importers.pynn.cells import GIF_cond_exp as GIF_cond_exp
from annarchy_ml.importers.pynn.cells import HH_cond_exp as HH_cond_exp
from annarchy_ml.importers.pynn.cells import IF_cond_alpha as IF_cond_alpha
from annarchy_ml.importers.pynn.cells import IF_cond_exp as IF_cond_exp
from annarchy_ml.importers.pynn.cells import IF_cond_exp_gsfa_grr as IF_cond_exp_gsfa_grr
from annarchy_ml.importers.pynn.cells import IF_curr_alpha as IF_curr_alpha
from annarchy_ml.importers.pynn.cells import IF_curr_delta as IF_curr_delta
from annarchy_ml.importers.pynn.cells import IF_curr_exp as IF_curr_exp
from annarchy_ml.importers.pynn.cells import IF_facets_hardware1 as IF_facets_hardware1
from annarchy_ml.importers.pynn.cells import Izhikevich as Izhikevich
from annarchy_ml.importers.pynn.channels import KdrChannel as KdrChannel
from annarchy_ml.importers.pynn.channels import NaChannel as NaChannel
from annarchy_ml.importers.pynn.channels import PassiveLeak as PassiveLeak
from annarchy_ml.importers.pynn.channels import PassiveLeakHH as PassiveLeakHH
from annarchy_ml.importers.pynn.compartments import MultiCompartmentNeuron as MultiCompartmentNeuron
from annarchy_ml.importers.pynn.composed import LIF as LIF
from annarchy_ml.importers.pynn.composed import AdExp as AdExp
from annarchy_ml.importers.pynn.composed import AlphaPSR as AlphaPSR
from annarchy_ml.importers.pynn.composed import BetaPSR as BetaPSR
from annarchy_ml.importers.pynn.composed import (
    CondAlphaPostSynapticResponse as CondAlphaPostSynapticResponse,
)
from annarchy_ml.importers.pynn.composed import (
    CondBetaPostSynapticResponse as CondBetaPostSynapticResponse,
)
from annarchy_ml.importers.pynn.composed import (
    CondExpPostSynapticResponse as CondExpPostSynapticResponse,
)
from annarchy_ml.importers.pynn.composed import (
    CurrExpPostSynapticResponse as CurrExpPostSynapticResponse,
)
from annarchy_ml.importers.pynn.composed import ExpPSR as ExpPSR
from annarchy_ml.importers.pynn.composed import PointNeuron as PointNeuron
from annarchy_ml.importers.pynn.connectors import AllToAllConnector as AllToAllConnector
from annarchy_ml.importers.pynn.connectors import ArrayConnector as ArrayConnector
from annarchy_ml.importers.pynn.connectors import CloneConnector as CloneConnector
from annarchy_ml.importers.pynn.connectors import (
    DistanceDependentProbabilityConnector as DistanceDependentProbabilityConnector,
)
from annarchy_ml.importers.pynn.connectors import (
    FixedNumberPostConnector as FixedNumberPostConnector,
)
from annarchy_ml.importers.pynn.connectors import FixedNumberPreConnector as FixedNumberPreConnector
from annarchy_ml.importers.pynn.connectors import (
    FixedProbabilityConnector as FixedProbabilityConnector,
)
from annarchy_ml.importers.pynn.connectors import (
    FixedTotalNumberConnector as FixedTotalNumberConnector,
)
from annarchy_ml.importers.pynn.connectors import FromFileConnector as FromFileConnector
from annarchy_ml.importers.pynn.connectors import FromListConnector as FromListConnector
from annarchy_ml.importers.pynn.connectors import OneToOneConnector as OneToOneConnector
from annarchy_ml.importers.pynn.connectors import SmallWorldConnector as SmallWorldConnector
from annarchy_ml.importers.pynn.control import end as end
from annarchy_ml.importers.pynn.control import get_current_time as get_current_time
from annarchy_ml.importers.pynn.control import get_max_delay as get_max_delay
from annarchy_ml.importers.pynn.control import get_min_delay as get_min_delay
from annarchy_ml.importers.pynn.control import get_time_step as get_time_step
from annarchy_ml.importers.pynn.control import initialize as initialize
from annarchy_ml.importers.pynn.control import num_processes as num_processes
from annarchy_ml.importers.pynn.control import rank as rank
from annarchy_ml.importers.pynn.control import reset as reset
from annarchy_ml.importers.pynn.control import run as run
from annarchy_ml.importers.pynn.control import run_for as run_for
from annarchy_ml.importers.pynn.control import run_until as run_until
from annarchy_ml.importers.pynn.control import setup as setup
from annarchy_ml.importers.pynn.electrodes import ACSource as ACSource
from annarchy_ml.importers.pynn.electrodes import DCSource as DCSource
from annarchy_ml.importers.pynn.electrodes import NoisyCurrentSource as NoisyCurrentSource
from annarchy_ml.importers.pynn.electrodes import StepCurrentSource as StepCurrentSource
from annarchy_ml.importers.pynn.exporting import export as export
from annarchy_ml.importers.pynn.file_receptors import NeuroMLReceptor as NeuroMLReceptor
from annarchy_ml.importers.pynn.file_receptors import neuroml_receptor_type as neuroml_receptor_type
from annarchy_ml.importers.pynn.gap_junctions import ElectricalSynapse as ElectricalSynapse
from annarchy_ml.importers.pynn.native import NativeCellType as NativeCellType
from annarchy_ml.importers.pynn.native import native_cell_type as native_cell_type
from annarchy_ml.importers.pynn.native_synapses import NativeSynapseType as NativeSynapseType
from annarchy_ml.importers.pynn.native_synapses import native_synapse_type as native_synapse_type
from annarchy_ml.importers.pynn.neuroml import NeuroMLCellType as NeuroMLCellType
from annarchy_ml.importers.pynn.neuroml import neuroml_cell_type as neuroml_cell_type
from annarchy_ml.importers.pynn.populations import Assembly as Assembly
from annarchy_ml.importers.pynn.populations import Population as Population
from annarchy_ml.importers.pynn.populations import PopulationView as PopulationView
from annarchy_ml.importers.pynn.procedural import connect as connect
from annarchy_ml.importers.pynn.procedural import create as create
from annarchy_ml.importers.pynn.procedural import record as record
from annarchy_ml.importers.pynn.procedural import record_gsyn as record_gsyn
from annarchy_ml.importers.pynn.procedural import record_v as record_v
from annarchy_ml.importers.pynn.procedural import set as set
from annarchy_ml.importers.pynn.projections import Projection as Projection
from annarchy_ml.importers.pynn.random_numbers import NativeRNG as NativeRNG
from annarchy_ml.importers.pynn.renewal import SpikeSourceGamma as SpikeSourceGamma
from annarchy_ml.importers.pynn.renewal import SpikeSourceInhGamma as SpikeSourceInhGamma
from annarchy_ml.importers.pynn.spike_sources import SpikeSourceArray as SpikeSourceArray
from annarchy_ml.importers.pynn.spike_sources import SpikeSourcePoisson as SpikeSourcePoisson
from annarchy_ml.importers.pynn.spike_sources import (
    SpikeSourcePoissonRefractory as SpikeSourcePoissonRefractory,
)
from annarchy_ml.importers.pynn.synapses import (
    AdditivePotentiationMultiplicativeDepression as AdditivePotentiationMultiplicativeDepression,
)
from annarchy_ml.importers.pynn.synapses import AdditiveWeightDependence as AdditiveWeightDependence
from annarchy_ml.importers.pynn.synapses import GutigWeightDependence as GutigWeightDependence
from annarchy_ml.importers.pynn.synapses import (
    MultiplicativeWeightDependence as MultiplicativeWeightDependence,
)
from annarchy_ml.importers.pynn.synapses import MultiQuantalSynapse as MultiQuantalSynapse
from annarchy_ml.importers.pynn.synapses import SimpleStochasticSynapse as SimpleStochasticSynapse
from annarchy_ml.importers.pynn.synapses import SpikePairRule as SpikePairRule
from annarchy_ml.importers.pynn.synapses import StaticSynapse as StaticSynapse
from annarchy_ml.importers.pynn.synapses import STDPMechanism as STDPMechanism
from annarchy_ml.importers.pynn.synapses import (
    StochasticTsodyksMarkramSynapse as StochasticTsodyksMarkramSynapse,
)
from annarchy_ml.importers.pynn.synapses import TsodyksMarkramSynapse as TsodyksMarkramSynapse
from annarchy_ml.importers.pynn.synapses import Vogels2011Rule as Vogels2011Rule


def list_standard_models() -> list[str]:
    """Names of the standard cell types."""
    return [
        name
        for name, item in globals().items()
        if isinstance(item, type)
        and issubclass(item, StandardCellType)
        and item is not StandardCellType
    ]
