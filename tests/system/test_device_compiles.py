"""Programs of the test corpus, compiled by NVRTC for devices: what they spill."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from equation_corpus import CORPUS

import annarchy_ml
from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.engine.cuda.further import Further
from annarchy_ml.engine.cuda.layout import lay_out
from annarchy_ml.engine.cuda.program import ENTRY, print_program
from annarchy_ml.importers.neuroml.archive import archive_names
from annarchy_ml.options import CompileOptions
from annarchy_ml.session.lowering import lower_model

MODELS = Path(__file__).with_name("models")
NO_SIMULATION = {"common"}
CAPABILITIES = (80, 90)
EXAMPLES = sorted(Path(name).stem for name in archive_names() if "LEMS_NML2_Ex" in name)
STEPS = sorted(
    path.stem
    for path in MODELS.glob("*.xml")
    if path.stem not in NO_SIMULATION and "<Target" in path.read_text(encoding="utf-8")
)


@pytest.fixture
def compiles() -> Any:
    """Checks what NVRTC makes of a plan, as a device asks it."""
    from annarchy_ml.engine.cuda.nvrtc import compile_whole, compiler

    try:
        compiler()
    except EnvironmentFault as fault:
        pytest.skip(f"needs NVRTC: {fault.message}")

    def check(plan: Any) -> None:
        further = Further(reaches=tuple(2 for _ in plan.couplings))
        text = print_program(plan, lay_out(plan, further), further)
        for capability in CAPABILITIES:
            taken = compile_whole(text, capability).resources[ENTRY]
            assert taken.spilled_bytes == 0

    return check


def plan_of(path: Path) -> Any:
    return lower_model(annarchy_ml.load(path), CompileOptions("auto"), ()).whole_plan()


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_standard_example(examples_folder: Path, compiles: Any, name: str) -> None:
    compiles(plan_of(examples_folder / f"{name}.xml"))


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name == "delays" else pytest.mark.slow) for name in STEPS],
)
def test_order_of_a_step(compiles: Any, name: str) -> None:
    compiles(plan_of(MODELS / f"{name}.xml"))


@pytest.mark.slow
@pytest.mark.parametrize("name", CORPUS)
def test_network_of_equations(compiles: Any, name: str) -> None:
    net = annarchy_ml.Network(dt=CORPUS[name].dt, seed=3)
    CORPUS[name].build(annarchy_ml, net, 4)
    net.compile(executor="interpreter")
    compiles(net.running.simulation.whole_plan())
