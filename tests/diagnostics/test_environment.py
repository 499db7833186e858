"""Faults of the place where a model runs: their codes and words."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from annarchy_ml import api
from annarchy_ml.diagnostics import EnvironmentFault

MODEL = Path(__file__).parent / "broken" / "function_unknown.fixed.xml"


def test_device_that_is_not_there() -> None:
    with pytest.raises(EnvironmentFault) as caught:
        api.load(MODEL).compile(device="cuda")
    assert str(caught.value) == (
        "error[unsupported.device]: the device 'cuda' is not supported yet\n"
        "  hint: use the device cpu"
    )


def test_compiler_that_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It starts and says its version, as a compiler does."""
    idle = shutil.which("true")
    if idle is None:
        pytest.skip("there is no program that does nothing")
    monkeypatch.setenv("ANNARCHY_ML_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CXX", idle)
    with pytest.raises(EnvironmentFault) as caught:
        api.load(MODEL).compile()
    assert caught.value.code == "compile.failed"
    text = str(caught.value)
    assert text.startswith(
        "error[compile.failed]: the compiler could not translate the kernels (status 0)\n"
    )
    assert text.endswith(
        "hint: this is a fault of annarchy_ml or of the compiler, not of the model"
    )


def test_population_that_no_memory_holds(tmp_path: Path) -> None:
    text = MODEL.with_name("input_unknown.fixed.xml").read_text(encoding="utf-8")
    assert 'size="2"' in text
    file = tmp_path / "model.xml"
    file.write_text(text.replace('size="2"', 'size="1e15"'), encoding="utf-8")
    with pytest.raises(EnvironmentFault) as caught:
        api.load(file).compile()
    assert caught.value.code == "memory.exceeded"
    assert caught.value.message.startswith(
        "population 'pop' does not fit into memory: 1e+15 instances take about 2e+08 GB"
    )
