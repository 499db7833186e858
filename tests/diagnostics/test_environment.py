"""Faults of the place where a model runs: their codes and words."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from annarchy_ml import api
from annarchy_ml.diagnostics import EnvironmentFault, UsageError

MODEL = Path(__file__).parent / "broken" / "function_unknown.fixed.xml"


def refusal_of(device: str) -> str:
    with pytest.raises(EnvironmentFault) as caught:
        api.load(MODEL).compile(device=device)
    return str(caught.value)


def test_driver_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annarchy_ml.engine.cuda.driver.LIBRARY", "libno-such-driver.so.1")
    assert refusal_of("cuda") == (
        "error[device.no-driver]: there is no CUDA driver here: libno-such-driver.so.1 cannot be "
        "used\n"
        "  note: libno-such-driver.so.1: cannot open shared object file: No such file or "
        "directory\n"
        "  hint: install the driver of the GPU, or use the device cpu"
    )


def test_device_that_is_not_there(fake_cuda: Any) -> None:
    assert refusal_of("cuda:7") == (
        "error[device.not-found]: there is no device 'cuda:7'\n"
        "  note: there are cuda:0 (Fake 0), cuda:1 (Fake 1)\n"
        "  hint: use the device cpu"
    )


def test_compiler_of_devices_that_is_not_there(
    fake_cuda: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvrtc = "annarchy_ml.engine.cuda.nvrtc.libraries"
    monkeypatch.setattr(nvrtc, lambda: ("libno-nvrtc.so",))
    assert refusal_of("cuda:1") == (
        "error[device.no-compiler]: there is no compiler for the device: NVRTC was not found\n"
        "  note: libno-nvrtc.so: cannot open shared object file: No such file or directory\n"
        "  hint: install it with: pip install 'annarchy-ml[cuda]'"
    )


def test_driver_that_does_not_start(fake_cuda: Any) -> None:
    fake_cuda.fail("cuInit", 803)
    assert refusal_of("cuda") == (
        "error[device.failed]: the CUDA driver does not start: cuInit: "
        "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (the words of the driver)\n"
        "  hint: use the device cpu"
    )


@pytest.mark.parametrize("device", ["tpu", "cuda:", "cuda:-1", "cuda:01", "CUDA", "cuda: 1", ""])
def test_device_that_is_nowhere(device: str) -> None:
    with pytest.raises(UsageError) as caught:
        api.load(MODEL).compile(device=device)
    assert str(caught.value) == (
        f"there is no device '{device}'\n  hint: cpu, cuda, cuda:N, emulated"
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
