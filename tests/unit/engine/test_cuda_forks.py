"""A GPU and processes: forks of one that has used a GPU are told so; we make none of it."""

from __future__ import annotations

import multiprocessing
import os
from typing import Any

import numpy as np
import pytest

import annarchy_ml
from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.engine.build import KernelCache
from annarchy_ml.engine.cuda import driver
from annarchy_ml.engine.cuda.gpu import CudaDevice
from annarchy_ml.session import sweep_processes


def _asked() -> str:
    try:
        driver.check_number(0)
    except EnvironmentFault as fault:
        return str(fault)
    return "found"


def _asked_in_a_fork() -> str:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return str(pool.apply(_asked))


def test_a_fork_of_a_process_that_has_used_a_gpu(fake_cuda: Any) -> None:
    assert _asked_in_a_fork() == "found"  # the driver was not started before
    driver.check_number(0)
    assert _asked_in_a_fork().splitlines() == [
        "error[device.failed]: the CUDA driver is of no use here: this process was forked from one "
        "that has started it",
        f"  note: process {os.getpid()} uses a GPU, or has looked for one",
        "  hint: start other processes by multiprocessing.get_context('spawn'), or before a GPU is "
        "asked for",
    ]


def test_a_device_that_was_opened_before_the_fork(fake_cuda: Any, tmp_path: Any) -> None:
    """Its memory is left to the process that has it."""
    device = CudaDevice(0, cache=KernelCache(tmp_path))
    piece = device.allocate(64)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            device.download(piece, bytearray(64))
        except EnvironmentFault as fault:
            os.write(write, str(fault).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert b"belongs to the process that opened it, not to its forks" in os.read(read, 1 << 12)
    found = np.ones(8)
    device.download(piece, found)
    assert not found.any()


def test_a_sweep_after_a_gpu_was_used(fake_cuda: Any) -> None:
    usual = multiprocessing.get_context().get_start_method()
    assert sweep_processes._context().get_start_method() == usual
    driver.check_number(0)
    assert sweep_processes._context().get_start_method() == "spawn"


def _rates(net: Any) -> Any:
    net.simulate(3.0)
    return np.array(net.get_populations()[0].v), os.getpid()


@pytest.mark.usefixtures("toolchain")
def test_copies_of_a_network_on_a_gpu(fake_cuda: Any) -> None:
    """One after the other, in this process; as many processes as there are cores on the CPU."""
    found = {}
    for device in ("cpu", "cuda"):
        net = annarchy_ml.Network(dt=0.5, seed=3)
        net.config(device=device)
        cells = net.create(4, annarchy_ml.Izhikevich)
        cells.noise = 5.0
        net.compile()
        found[device] = net.parallel_run(_rates, 3, max_processes=2, seeds="sequential")
    assert {process for _, process in found["cuda"]} == {os.getpid()}
    assert os.getpid() not in {process for _, process in found["cpu"]}
    for (there, _), (here, _) in zip(found["cuda"], found["cpu"], strict=True):
        np.testing.assert_allclose(there, here, rtol=1e-12)
    assert len({tuple(values) for values, _ in found["cuda"]}) == 3
