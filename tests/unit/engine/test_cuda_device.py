"""A CUDA device through a fake driver: what it is asked, what becomes of its faults."""

import gc

import numpy as np
import pytest

from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.engine import _core
from annarchy_ml.engine.build import KernelCache
from annarchy_ml.engine.build.compile import CompileFault
from annarchy_ml.engine.cuda import driver, nvrtc
from annarchy_ml.engine.cuda.gpu import CudaDevice

DOUBLED = """
#include <stdint.h>
#define AML_ENTRY extern "C" __attribute__((visibility("default"))) void
AML_ENTRY doubled(double *values, int64_t count, int64_t offset) {
  for (int64_t k = 0; k < count; ++k) values[k] = 2 * values[k] + (double)offset;
}
"""


@pytest.fixture
def cache(tmp_path):
    return KernelCache(tmp_path / "cache")


@pytest.fixture
def device(fake_cuda, cache):
    return CudaDevice(1, cache=cache)


def words_of(fault):
    return str(fault.value).splitlines()


def test_what_a_device_says_of_itself(device):
    assert device.name == "Fake 1"
    assert device.memory_total == 1 << 30 >= device.memory_free
    assert device.facts.capability == 90
    assert device.facts.multiprocessors == 2


def test_memory_is_cleared_counted_and_given_back(device, fake_cuda):
    piece = device.allocate(1000)
    assert piece.nbytes == 1000
    assert piece.address % 256 == 0
    found = np.ones(125)
    device.download(piece, found)
    assert not found.any()
    free = device.memory_free
    del piece
    assert device.memory_free == free + 1000
    assert device.allocate(0).nbytes == 0


def test_copies_at_an_offset(device):
    piece = device.allocate(64)
    device.upload(piece, np.arange(4.0), 32)
    device.upload(piece, b"\x01")
    found = bytearray(64)
    device.download(piece, found)
    values = np.frombuffer(found)
    assert list(values[4:]) == [0.0, 1.0, 2.0, 3.0]
    assert found[0] == 1
    tail = np.empty(2)
    device.download(piece, tail, 48)
    assert list(tail) == [2.0, 3.0]


@pytest.mark.parametrize(("offset", "count"), [(60, 5), (65, 0), (0, 65)])
def test_copies_outside_are_refused(device, offset, count):
    piece = device.allocate(64)
    with pytest.raises(_core.EngineError, match="outside the memory of the device"):
        device.upload(piece, bytes(count), offset)
    with pytest.raises(_core.EngineError, match="outside the memory of the device"):
        device.download(piece, bytearray(count), offset)


def test_read_only_memory_is_not_written(device):
    piece = device.allocate(8)
    with pytest.raises((BufferError, ValueError, TypeError)):
        device.download(piece, bytes(8))


def test_a_program_runs(device, fake_cuda):
    program = device.compile(DOUBLED, ["doubled"])
    assert program.entries == ("doubled",)
    piece = device.allocate(24)
    device.upload(piece, np.array([1.0, 2.0, 3.0]))
    device.launch(program, "doubled", [piece.address, 3, -1])
    device.synchronize()
    found = np.empty(3)
    device.download(piece, found)
    assert list(found) == [1.0, 3.0, 5.0]
    assert "cuLaunchCooperativeKernel doubled 8 256" in fake_cuda.calls


@pytest.mark.parametrize(("occupancy", "blocks"), [(8, 8), (3, 6), (1, 2)])
def test_all_threads_of_a_launch_are_resident(device, fake_cuda, occupancy, blocks):
    """At most four blocks of each of the two multiprocessors."""
    program = device.compile(DOUBLED, ["doubled"])
    fake_cuda.set(occupancy=occupancy)
    assert device.threads(program, "doubled") == blocks * 256


def test_a_program_that_does_not_fit(device, fake_cuda):
    program = device.compile(DOUBLED, ["doubled"])
    fake_cuda.set(occupancy=0)
    with pytest.raises(EnvironmentFault) as fault:
        device.threads(program, "doubled")
    assert words_of(fault) == [
        "error[device.failed]: the device cuda:1 (Fake 1) has too few registers for 'doubled'",
        "  hint: use the device cpu",
    ]


def test_code_is_compiled_once(device, fake_cuda, cache):
    device.compile(DOUBLED, ["doubled"])
    again = CudaDevice(0, cache=cache)
    again.compile(DOUBLED, ["doubled"])
    compiled = [call for call in fake_cuda.calls if call.startswith("nvrtcCompileProgram")]
    assert len(compiled) == 1
    assert "--gpu-architecture=sm_90" in compiled[0]
    assert [entry.size_bytes > 0 for entry in cache.entries()] == [True]
    again.compile(DOUBLED, ["doubled"], exact=True)
    fake_cuda.set(nvrtc=13, driver=13090)
    again.compile(DOUBLED, ["doubled"])
    fake_cuda.set(newest=89)
    again.compile(DOUBLED, ["doubled"])
    assert len(cache.entries()) == 4
    assert cache.clear() == 4


def test_damaged_code_is_compiled_again(device, fake_cuda, cache):
    code = nvrtc.compile_text(DOUBLED, 90, cache=cache)
    code.path.write_bytes(code.image[:-1] + b"?")
    assert nvrtc.compile_text(DOUBLED, 90, cache=cache).image == code.image
    assert fake_cuda.calls.count("nvrtcGetCUBIN") == 2


def test_a_text_with_faults(device):
    with pytest.raises(CompileFault) as fault:
        device.compile('#error "no such kernel"', [])
    head, first, *_, version, hint = words_of(fault)
    assert head == "error[compile.failed]: NVRTC could not translate the kernels"
    assert "no such kernel" in first
    assert version == "  note: NVRTC 12.9"
    assert hint == "  hint: this is a fault of annarchy_ml or of the compiler, not of the model"


@pytest.mark.parametrize(
    ("capability", "known", "wanted"),
    [
        (90, (50, 80, 90, 120), "sm_90"),
        (86, (50, 80, 90), "sm_80"),
        (121, (50, 80, 90), "compute_90"),
        (75, (70, 75), "sm_75"),
    ],
)
def test_machine_code_where_it_runs_else_ptx(capability, known, wanted):
    assert nvrtc.target(capability, known) == wanted


def test_a_device_that_is_too_old_for_the_compiler():
    with pytest.raises(EnvironmentFault) as fault:
        nvrtc.target(61, (75, 80, 90))
    assert words_of(fault) == [
        "error[device.no-compiler]: NVRTC makes no code for devices of compute capability 6.1",
        "  note: the oldest that it knows is 7.5",
        "  hint: install an older NVRTC, or use the device cpu",
    ]


def test_ptx_is_asked_for_where_there_is_no_machine_code(device, fake_cuda, cache):
    fake_cuda.set(newest=80)
    nvrtc.compile_text(DOUBLED, 90, cache=cache)
    assert "nvrtcGetPTX" in fake_cuda.calls


def test_too_little_memory_names_both_figures(device):
    gc.collect()
    kept = device.allocate(1 << 29)
    with pytest.raises(EnvironmentFault) as fault:
        device.allocate(10**9)
    assert kept.nbytes == 1 << 29
    assert words_of(fault) == [
        "error[memory.exceeded]: the model does not fit into the memory of cuda:1 (Fake 1): "
        "1 GB are asked for, 0.537 GB are free",
        "  hint: precision='single' or fewer connections take less, or use the device cpu",
    ]


def test_faults_of_the_driver_are_told_by_name(device, fake_cuda):
    program = device.compile(DOUBLED, ["doubled"])
    piece = device.allocate(8)
    fake_cuda.fail("cuStreamSynchronize", 700)
    device.launch(program, "doubled", [piece.address, 1, 0])
    with pytest.raises(EnvironmentFault) as fault:
        device.synchronize()
    assert words_of(fault) == [
        "error[device.failed]: the device cuda:1 failed: cuStreamSynchronize: "
        "CUDA_ERROR_ILLEGAL_ADDRESS (the words of the driver)",
        "  hint: run the model again; if it fails again, use the device cpu",
    ]
    fake_cuda.fail("cuLaunchCooperativeKernel", 12345)
    with pytest.raises(EnvironmentFault, match=r"cuLaunchCooperativeKernel: CUDA error 12345$"):
        try:
            device.launch(program, "doubled", [piece.address, 1, 0])
        except EnvironmentFault as told:
            raise EnvironmentFault(told.message) from None


def test_code_of_another_device(device):
    with pytest.raises(_core.EngineError, match="CUDA_ERROR_NO_BINARY_FOR_GPU") as fault:
        device._device.load(b"nothing of ours\0")
    assert (fault.value.code, fault.value.place) == ("device", "CUDA_ERROR_NO_BINARY_FOR_GPU")


def test_an_entry_that_is_not_there(device):
    program = device.compile(DOUBLED, ["tripled"])
    with pytest.raises(EnvironmentFault, match="cuModuleGetFunction: CUDA_ERROR_NOT_FOUND"):
        device.launch(program, "tripled", [])


def test_what_was_half_made_is_given_back(fake_cuda, cache):
    fake_cuda.fail("cuMemsetD8", 1)
    device = CudaDevice(0, cache=cache)
    before = fake_cuda.used
    with pytest.raises(EnvironmentFault, match="cuMemsetD8"):
        device.allocate(100)
    assert fake_cuda.used == before
    fake_cuda.fail("cuStreamCreate", 1)
    with pytest.raises(EnvironmentFault, match="cuStreamCreate"):
        CudaDevice(0, cache=cache)
    assert fake_cuda.calls.count("cuDevicePrimaryCtxRelease") == 1


def test_everything_is_given_back_in_its_order(fake_cuda, cache):
    gc.collect()
    fake_cuda.reset()
    before, device = fake_cuda.used, CudaDevice(0, cache=cache)
    program, piece = device.compile(DOUBLED, ["doubled"]), device.allocate(8)
    del device, program
    gc.collect()
    assert "cuDevicePrimaryCtxRelease" not in fake_cuda.calls
    del piece
    gc.collect()
    assert fake_cuda.calls[-1] == "cuDevicePrimaryCtxRelease"
    assert fake_cuda.used == before


class TestMissing:
    def test_driver(self, monkeypatch):
        monkeypatch.setattr(driver, "LIBRARY", "libno-such-driver.so.1")
        with pytest.raises(EnvironmentFault) as fault:
            driver.check_number(0)
        assert words_of(fault) == [
            "error[device.no-driver]: there is no CUDA driver here: libno-such-driver.so.1 cannot "
            "be used",
            "  note: libno-such-driver.so.1: cannot open shared object file: No such file or "
            "directory",
            "  hint: install the driver of the GPU, or use the device cpu",
        ]

    def test_functions_of_the_driver(self, monkeypatch):
        """A library that is no driver."""
        monkeypatch.setattr(driver, "LIBRARY", "libm.so.6")
        with pytest.raises(EnvironmentFault, match=r"'libm\.so\.6' has no function 'cuInit'"):
            driver.check_number(0)

    @pytest.mark.parametrize("how", ["cuInit", "count"])
    def test_all_devices(self, fake_cuda, how):
        why = "cuInit: CUDA_ERROR_NO_DEVICE (no CUDA-capable device is detected)"
        if how == "cuInit":
            fake_cuda.fail("cuInit", 100)
        else:
            fake_cuda.set(devices=0)
            why = "the driver counts none"
        with pytest.raises(EnvironmentFault) as fault:
            driver.check_number(0)
        assert words_of(fault) == [
            "error[device.not-found]: there is no CUDA device here",
            f"  note: {why}",
            "  hint: use the device cpu",
        ]

    def test_one_device(self, fake_cuda):
        with pytest.raises(EnvironmentFault) as fault:
            driver.check_number(2)
        assert words_of(fault) == [
            "error[device.not-found]: there is no device 'cuda:2'",
            "  note: there are cuda:0 (Fake 0), cuda:1 (Fake 1)",
            "  hint: use the device cpu",
        ]

    def test_driver_that_does_not_start(self, fake_cuda):
        fake_cuda.fail("cuInit", 803)
        with pytest.raises(EnvironmentFault) as fault:
            driver.check_number(0)
        assert words_of(fault) == [
            "error[device.failed]: the CUDA driver does not start: cuInit: "
            "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (the words of the driver)",
            "  hint: use the device cpu",
        ]

    def test_meeting_of_threads(self, fake_cuda, cache):
        fake_cuda.set(cooperative=0)
        with pytest.raises(EnvironmentFault, match="cannot run kernels whose threads all meet"):
            CudaDevice(0, cache=cache)

    def test_compiler(self, monkeypatch):
        monkeypatch.setattr(nvrtc, "libraries", lambda: ("libno-nvrtc.so", "libno-nvrtc.so"))
        with pytest.raises(EnvironmentFault) as fault:
            nvrtc.compiler()
        assert words_of(fault) == [
            "error[device.no-compiler]: there is no compiler for the device: NVRTC was not found",
            "  note: libno-nvrtc.so: cannot open shared object file: No such file or directory",
            "  hint: install it with: pip install 'annarchy-ml[cuda]'",
        ]

    def test_compiler_that_fails_itself(self, fake_cuda, cache):
        fake_cuda.fail("nvrtcCompileProgram", 11)
        with pytest.raises(CompileFault, match="nvrtcCompileProgram: NVRTC_ERROR_INTERNAL_ERROR"):
            nvrtc.compile_text(DOUBLED, 90, cache=cache)
        assert "nvrtcDestroyProgram" in fake_cuda.calls


def test_wheels_come_before_the_system(tmp_path, monkeypatch):
    for name in ("cuda_nvrtc/lib/libnvrtc.so.12", "cu13/lib/libnvrtc.so.13"):
        path = tmp_path / "nvidia" / name
        path.parent.mkdir(parents=True)
        path.touch()
    (tmp_path / "nvidia/cuda_nvrtc/lib/libnvrtc.alt.so.12").touch()
    (tmp_path / "nvidia/cuda_nvrtc/lib/libnvrtc-builtins.so.12.9").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    found = nvrtc.libraries()
    own = [path for path in found if path.startswith(str(tmp_path))]
    assert [path.removeprefix(f"{tmp_path}/nvidia/") for path in own] == [
        "cu13/lib/libnvrtc.so.13",
        "cuda_nvrtc/lib/libnvrtc.so.12",
    ]
    assert found[-len(nvrtc.SYSTEM_NAMES) :] == nvrtc.SYSTEM_NAMES
