"""PyNN's procedural interface."""

from __future__ import annotations

from typing import Any

from pyNN import common
from pyNN.connectors import FixedProbabilityConnector

from annarchy_ml.importers.pynn import simulator
from annarchy_ml.importers.pynn.populations import Population
from annarchy_ml.importers.pynn.projections import Projection
from annarchy_ml.importers.pynn.synapses import StaticSynapse

create = common.build_create(Population)
connect = common.build_connect(Projection, FixedProbabilityConnector, StaticSynapse)
set = common.set
record = common.build_record(simulator)


def record_v(source: Any, filename: Any) -> None:
    """Records v of some cells into a file."""
    record(["v"], source, filename)


def record_gsyn(source: Any, filename: Any) -> None:
    """Records conductances of some cells into a file."""
    record(["gsyn_exc", "gsyn_inh"], source, filename)
