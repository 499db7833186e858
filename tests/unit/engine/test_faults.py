"""Want of memory becomes a fault with its figure; other faults of the core stay what they are."""

from __future__ import annotations

import pytest

from annarchy_ml import EnvironmentFault
from annarchy_ml.engine import _core
from annarchy_ml.engine.faults import memory_faults


def test_want_of_memory_is_a_fault_of_the_machine() -> None:
    match = "does not fit into memory: 16 GB"
    with pytest.raises(EnvironmentFault, match=match) as fault, memory_faults():
        raise MemoryError("16 GB")
    assert fault.value.code == "memory.exceeded"


def test_other_faults_of_the_core_pass_through() -> None:
    network = _core.Network(1e-4)
    with pytest.raises(_core.EngineError), memory_faults():
        network.field(0, "v")
