"""Plans run on threads that stand for a device's, or on the CPU; what NVRTC makes of them."""

from __future__ import annotations

import pytest

CAPABILITIES = 80, 90


def maker(folder):
    """Makes what runs a plan: on so many threads of a device, or on the CPU.

    Args:
        folder: of the kernels of the CPU.
    """
    from annarchy_ml.engine.build import KernelCache, NoCompiler, build
    from annarchy_ml.engine.cuda.emulated import EmulatedDevice
    from annarchy_ml.engine.cuda.runtime import DeviceRuntime
    from annarchy_ml.engine.runtime import Runtime

    cache = KernelCache(folder)

    def made(plan, threads=0, executor="compiled"):
        try:
            if threads:
                return DeviceRuntime(plan, EmulatedDevice(threads))
            library = build(plan.module, cache=cache)
            return Runtime(plan, executor=executor, threads=2, library=lambda _: library)
        except NoCompiler as fault:
            pytest.skip(str(fault))

    return made


def spilled_bytes(plan, reaches=()):
    """What the step of a plan spills on each of some devices.

    Args:
        plan: what runs.
        reaches: how far each of its couplings looks back.
    """
    from annarchy_ml.diagnostics import EnvironmentFault
    from annarchy_ml.engine.cuda.further import Further
    from annarchy_ml.engine.cuda.layout import lay_out
    from annarchy_ml.engine.cuda.nvrtc import compile_text, compiler
    from annarchy_ml.engine.cuda.program import ENTRY, print_program

    try:
        compiler()
    except EnvironmentFault as fault:
        pytest.skip(f"needs NVRTC: {fault.message}")
    further = Further(reaches=reaches)
    text = print_program(plan, lay_out(plan, further), further)
    return [compile_text(text, item).resources[ENTRY].spilled_bytes for item in CAPABILITIES]
