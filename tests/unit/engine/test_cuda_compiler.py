"""Which compiler is taken for a device: the newest one whose code its driver loads."""

from types import SimpleNamespace

import pytest

from annarchy_ml.diagnostics import EnvironmentFault
from annarchy_ml.engine.build import KernelCache
from annarchy_ml.engine.cuda import nvrtc
from annarchy_ml.engine.cuda.gpu import CudaDevice

NOTHING = """
#define AML_ENTRY extern "C" __attribute__((visibility("default"))) void
AML_ENTRY nothing() {}
"""


@pytest.mark.parametrize(
    ("driver", "version", "loaded"),
    [
        (12040, (12, 9), (True, False)),
        (12090, (12, 9), (True, True)),
        (13000, (12, 9), (True, True)),
        (12090, (13, 0), (False, False)),
        (11080, (12, 0), (False, False)),
    ],
)
def test_what_a_driver_loads(driver, version, loaded):
    """Machine code of its own major version, PTX of its own version, all that is older."""
    assert tuple(nvrtc.loads(driver, version, kind) for kind in ("sm_90", "compute_90")) == loaded


@pytest.mark.parametrize(
    ("driver", "capability", "version", "kind"),
    [
        (13000, 90, (13, 0), "sm_90"),
        (None, 90, (13, 0), "sm_90"),
        (12040, 90, (12, 9), "sm_90"),
        (13000, 60, (12, 4), "sm_60"),  # the others know no such device
        (12040, 121, (12, 4), "compute_90"),  # PTX of 12.9 would be too new
        (12080, 60, (12, 4), "sm_60"),
        (13000, 121, (13, 0), "sm_120"),  # machine code of the same generation
    ],
)
def test_the_newest_compiler_whose_code_is_loaded(monkeypatch, driver, capability, version, kind):
    known = {(13, 0): (75, 90, 120), (12, 9): (70, 90, 100), (12, 4): (50, 60, 90)}
    found = [SimpleNamespace(version=item, architectures=list(known[item])) for item in known]
    monkeypatch.setattr(nvrtc, "_compilers", lambda: iter(found))
    taken, made = nvrtc.chosen(capability, driver)
    assert (taken.version, made) == (version, kind)


def test_a_compiler_that_is_too_new_for_the_driver(fake_cuda, tmp_path):
    device = CudaDevice(0, cache=KernelCache(tmp_path / "cache"))
    fake_cuda.set(nvrtc=13, driver=12040)
    with pytest.raises(EnvironmentFault) as fault:
        device.compile(NOTHING, ["nothing"])
    assert str(fault.value).splitlines() == [
        "error[device.no-compiler]: the driver is of CUDA 12.4 and does not load what NVRTC makes "
        "here",
        "  note: NVRTC 13.9 makes machine code",
        "  note: a driver loads machine code of its own major version of CUDA, and of older ones",
        "  hint: install a newer driver, or an older NVRTC beside this one: pip install "
        "'nvidia-cuda-nvrtc-cu12<13'",
    ]
    fake_cuda.set(nvrtc=12)
    device.compile(NOTHING, ["nothing"])
    fake_cuda.set(newest=80)
    with pytest.raises(EnvironmentFault, match=r"NVRTC 12\.9 makes PTX") as fault:
        device.compile(NOTHING, ["nothing"])
    assert "translates PTX of its own version" in str(fault.value)
    assert str(fault.value).endswith("pip install 'nvidia-cuda-nvrtc-cu12<=12.4.999'")


@pytest.mark.parametrize(
    ("driver", "wheel"),
    [(12040, "nvidia-cuda-nvrtc-cu12<=12.4.999"), (13000, "nvidia-cuda-nvrtc<=13.0.999")],
    ids=["12.4", "13.0"],
)
def test_the_wheel_of_a_driver_is_called_as_on_the_index(monkeypatch, driver, wheel):
    newest = SimpleNamespace(version=(13, 1), architectures=[90])
    monkeypatch.setattr(nvrtc, "_compilers", lambda: iter([newest]))
    with pytest.raises(EnvironmentFault) as fault:
        nvrtc.chosen(120, driver)
    assert fault.value.hint.endswith(f"pip install '{wheel}'")
