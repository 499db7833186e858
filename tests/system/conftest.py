"""What the system tests share: the standard's examples on disk, and runs of LEMS texts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

REFERENCES = Path(__file__).parents[1] / "reference" / "jneuroml_examples.json"
EXECUTORS = ("compiled", "interpreter")

COMMON_TYPES = """
<Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
<ComponentType name="ticker" extends="baseSpikingCell">
  <Parameter name="at" dimension="time"/>
  <Parameter name="period" dimension="time"/>
  <Dynamics>
    <StateVariable name="next" dimension="time"/>
    <OnStart><StateAssignment variable="next" value="at"/></OnStart>
    <OnCondition test="t .geq. next">
      <StateAssignment variable="next" value="next + period"/>
      <EventOut port="spike"/>
    </OnCondition>
  </Dynamics>
</ComponentType>
<ComponentType name="counter" extends="baseSpikingCell">
  <Constant name="MSEC" dimension="time" value="1ms"/>
  <Exposure name="n" dimension="none"/>
  <Exposure name="area" dimension="none"/>
  <EventPort name="in" direction="in"/>
  <Dynamics>
    <StateVariable name="n" dimension="none" exposure="n"/>
    <StateVariable name="area" dimension="none" exposure="area"/>
    <TimeDerivative variable="area" value="n / MSEC"/>
    <OnEvent port="in"><StateAssignment variable="n" value="n + 1"/></OnEvent>
  </Dynamics>
</ComponentType>
<ComponentType name="relay" extends="counter">
  <Dynamics>
    <StateVariable name="n" dimension="none" exposure="n"/>
    <StateVariable name="area" dimension="none" exposure="area"/>
    <TimeDerivative variable="area" value="n / MSEC"/>
    <OnEvent port="in">
      <StateAssignment variable="n" value="n + 1"/>
      <EventOut port="spike"/>
    </OnEvent>
  </Dynamics>
</ComponentType>
<ComponentType name="wire" extends="explicitConnection">
  <Path name="from"/>
  <Path name="to"/>
  <Parameter name="delay" dimension="time"/>
  <Structure>
    <With instance="from" as="a"/>
    <With instance="to" as="b"/>
    <EventConnection from="a" to="b" delay="delay"/>
  </Structure>
</ComponentType>
<ticker id="at2" at="1.5ms" period="1s"/>
<counter id="count"/>
<relay id="pass"/>
"""
"""A source that fires once at 2 ms, a counter of events and its integral, and a plain wire."""


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Kernels and plans of these tests lie in a folder of their own, unless one is named."""
    if "ANNARCHY_ML_CACHE" in os.environ:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANNARCHY_ML_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def examples_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the LEMS examples, with the files that they include beside it."""
    from annarchy_ml.importers.neuroml import archive

    base = tmp_path_factory.mktemp("standard")
    for name in archive.archive_names():
        if name.startswith(archive.EXAMPLE_FOLDERS):
            path = base / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read_archived(name))
    return base / "LEMSexamples"


@pytest.fixture(scope="session")
def references() -> dict[str, Any]:
    """What jNeuroML computed for the examples: see make_references.py."""
    found: dict[str, Any] = json.loads(REFERENCES.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def lems_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a LEMS file from types and components, with a simulation that records paths."""

    def write(
        body: str,
        columns: Sequence[str],
        steps: int,
        step: str = "1ms",
        target: str = "net",
        inside: str = "",
        common: str = COMMON_TYPES,
    ) -> Path:
        length = f"{steps * float(step.removesuffix('ms')):.10g}ms"
        outputs = "".join(
            f'<OutputColumn id="c{number}" quantity="{path}"/>'
            for number, path in enumerate(columns)
        )
        path = tmp_path / "model.xml"
        path.write_text(
            f'<Lems><Target component="sim"/>{common}{body}'
            f'<Simulation id="sim" length="{length}" step="{step}" target="{target}">{inside}'
            f'<OutputFile id="of" fileName="o.dat">{outputs}</OutputFile></Simulation></Lems>',
            encoding="utf-8",
        )
        return path

    return write


@pytest.fixture(params=EXECUTORS)
def executor(request: pytest.FixtureRequest) -> str:
    """Each of the two executors of kernels."""
    if request.param == "compiled":
        request.getfixturevalue("toolchain")
    return str(request.param)


@pytest.fixture
def agree() -> Callable[..., None]:
    """Compares recorded paths with literal numbers, to the 7 digits that jNeuroML writes."""

    def compare(results: Any, expected: dict[str, list[float]]) -> None:
        for path, values in expected.items():
            wanted = np.asarray(values, float)
            scale = np.abs(wanted).max(initial=0.0)
            np.testing.assert_allclose(
                np.asarray(results[path].values),
                wanted,
                rtol=3e-7,
                atol=1e-12 * scale,
                err_msg=path,
            )

    return compare
