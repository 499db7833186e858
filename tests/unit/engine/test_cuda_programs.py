"""Programs of devices as text: compiled by NVRTC for two architectures, independent of numbers."""

import importlib
from pathlib import Path

import numpy as np
import pytest

import annarchy_ml
from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.engine.cuda.further import Further
from annarchy_ml.engine.cuda.layout import lay_out
from annarchy_ml.engine.cuda.modes import added_value
from annarchy_ml.engine.cuda.program import print_program
from annarchy_ml.expr import parse
from annarchy_ml.kernels.nodes import (
    Emit,
    Field,
    GroupKernel,
    Kernel,
    KernelKind,
    KernelModule,
    Placement,
    Role,
    Store,
)
from annarchy_ml.kernels.plan import Block, GroupPlan, ProjectionPlan, SimulationPlan
from annarchy_ml.options import CompileOptions
from annarchy_ml.session.lowering import lower_model, lower_network

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
NETWORKS = {
    "w1_izhikevich": "reference",
    "w2_coba": "reference",
    "w3_brunel": "exponential_euler",
    "w4_microcircuit": "reference",
    "w5_stdp": "reference",
    "w6_rate": "reference",
}
FUNCTIONS = {"w6_rate": "oja"}
MODELS = Path(__file__).parents[2] / "system" / "models"
CAPABILITIES = (80, 90)


@pytest.fixture
def describe(monkeypatch):
    """Returns a function that lowers a network of the benchmarks, at some scale."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    workload = importlib.import_module("workload")

    def lower(name, scale=0.02, precision="double"):
        method = NETWORKS[name]
        options = workload.Options(1, scale, 0.01, 3, precision, method, "")
        described = getattr(importlib.import_module(name), FUNCTIONS.get(name, "describe"))(options)
        lowered = lower_network(described.net, CompileOptions(method, precision, 1e-4, 0.01, 3))
        return lowered.whole_plan()

    return lower


def program(plan):
    further = Further(reaches=tuple(1 for _ in plan.couplings))
    return print_program(plan, lay_out(plan, further), further)


@pytest.mark.parametrize("name", NETWORKS)
def test_text_does_not_depend_on_numbers(describe, name):
    assert program(describe(name, 0.02)) == program(describe(name, 0.04))


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("name", NETWORKS)
def test_networks_compile_without_spills(describe, name, precision):
    from annarchy_ml.engine.cuda.nvrtc import compile_text, compiler

    try:
        compiler()
    except EnvironmentFault as fault:
        pytest.skip(f"needs NVRTC: {fault.message}")
    text = program(describe(name, precision=precision))
    for capability in CAPABILITIES:
        taken = compile_text(text, capability).resources["run_steps"]
        assert taken.spilled_bytes == 0
        assert taken.registers <= 128


@pytest.mark.parametrize(
    ("value", "added"),
    [
        ("g + weight", "weight"),
        ("weight * 2 + g", "weight * 2"),
        ("g * 2 + weight", None),
        ("g - weight", None),
        ("g + g", None),
        ("weight", None),
    ],
)
def test_what_a_store_adds(value, added):
    expected = None if added is None else parse(added)
    assert added_value("g", parse(value)) == expected


def step_of(plan):
    text = program(plan)
    return text[text.index("AML_ENTRY run_steps") :]


@pytest.mark.parametrize(
    ("name", "kept", "meetings"),
    [("w2_coba", "coba", 2), ("w4_microcircuit", "microcircuit", 2), ("w5_stdp", "stdp", 10),
     ("w6_rate", "rates", 5)],
)  # fmt: skip
def test_step_of_a_network(describe, golden, name, kept, meetings):
    """Arrivals and cells: two meetings of all threads a step; what is ordered takes more.

    One of those of plastic connections is met once in a launch, three where events arrive.
    """
    entry = step_of(describe(name))
    assert entry.count("aml_meet(meeting);") == meetings
    golden(f"step_{kept}.cu", entry)


@pytest.mark.parametrize("name", ["relay_chain", "gap_junctions", "noncommuting_delayed"])
def test_step_of_a_model(golden, name):
    """Events without delay, cells that read each other, events in a fixed order."""
    model = annarchy_ml.load(MODELS / f"{name}.xml")
    golden(f"step_{name}.cu", step_of(lower_model(model, CompileOptions(), ()).whole_plan()))


def test_step_of_cells_of_compartments(golden, monkeypatch, tmp_path):
    """Currents, potentials of each cell, what follows from them."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    path = importlib.import_module("w8_cables").network(tmp_path, 3, 1.0, "passive")
    plan = lower_model(annarchy_ml.load(path), CompileOptions("auto"), ()).whole_plan()
    golden("step_cables.cu", step_of(plan))


def listeners(name, body):
    """Connections of a coupling, which only hear."""
    event = Kernel("event post", KernelKind.EVENT, (Store("x", parse(body)),), "post", False)
    fields = (Field("x", Placement.PER_INSTANCE, Role.STATE),)
    return GroupKernel(name, fields, (), (), (), ("post",), (event,))


def test_what_is_added_atomically_is_added_before_others_change_it():
    cells = Kernel("update", KernelKind.UPDATE, (Store("x", parse("x + 1")), Emit("spike")))
    fields = (Field("x", Placement.PER_INSTANCE, Role.STATE),)
    kernels = (
        GroupKernel("cells", fields, (), (), ("spike",), (), (cells,)),
        listeners("adding", "x + weight"),
        listeners("ordered", "0.5 * x + weight"),
    )
    one = np.zeros(1, np.int32)
    plan = SimulationPlan(
        module=KernelModule(kernels, "double"),
        groups=(
            GroupPlan("cells", 0, 1, {}),
            *(
                GroupPlan(f"c{k}", k, 1, {}, host=0, host_index=one, couples=True) for k in (1, 2)
            ),
        ),
        projections=tuple(
            ProjectionPlan(0, "spike", k, "post", np.arange(2), one, np.zeros(1), None, np.ones(1))
            for k in (1, 2)
        ),
        blocks=(Block(0, 0, 1),),
        init=(), recordings=(), event_recordings=(), dt=1e-3, duration=1.0, seed=1,
    )  # fmt: skip
    lines = [line.strip().split("  //")[0] for line in program(plan).splitlines()]
    first = next(k for k, line in enumerate(lines) if line.startswith("aml_deliver_at_once<aml_1"))
    assert lines[first + 1] == "aml_meet(meeting);"
    assert lines[first + 2].startswith("aml_deliver_owned<aml_2")
