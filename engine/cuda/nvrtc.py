"""Finds NVRTC, the compiler of CUDA C++ at run time, and keeps the machine code that it makes.

Looked for: the folders of the wheels ``nvidia-cuda-nvrtc-cu12`` and ``nvidia-cuda-nvrtc``, then
the path of the loader. Of those found, the first one is taken whose code the driver `loads`.
Code is kept by the content of its text, the version of NVRTC, the architecture and the options.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from annarchy_ml.diagnostics.core import EnvironmentFault
from annarchy_ml.engine import _core
from annarchy_ml.engine.build.cache import CODE_OF_DEVICES, KernelCache, fingerprint
from annarchy_ml.engine.build.compile import CompileFault

OPTIONS = (
    "--std=c++17",
    "--ptxas-options=-v",  # registers and spilled bytes, told in the log
    "--diag-suppress=177",  # what the prelude offers and a program does not use
)
NO_CONTRACTION = "--fmad=false"
"""Products and sums are rounded one by one, as where the CPU fixes bits."""
SYSTEM_NAMES = ("libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so")
_WHEEL = "nvidia"
_NAMED, _UNNUMBERED = "nvidia-cuda-nvrtc", 13
"""How the wheels are called on PyPI; from this release on without its number."""
_VERSION = re.compile(r"libnvrtc\.so\.(\d+)")
_SHOWN_LINES = 12
_INSTALL = "install it with: pip install 'annarchy-ml[cuda]'"
_LOG = "log"
_WHY_CODE = "a driver loads machine code of its own major version of CUDA, and of older ones"
_WHY_PTX = "a driver translates PTX of its own version of CUDA, and of older ones"
_RESOURCES = re.compile(
    r"Function properties for (\w+).*?(\d+) bytes stack frame, (\d+) bytes spill stores, "
    r"(\d+) bytes spill loads.*?Used (\d+) registers",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Resources:
    """What one entry takes of a multiprocessor.

    Attributes:
        registers: per thread.
        stack_bytes: per thread, in local memory.
        spilled_bytes: stores and loads of registers that did not suffice.
    """

    registers: int
    stack_bytes: int
    spilled_bytes: int


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """Machine code, or PTX with a final zero, and what the compiler said."""

    image: bytes
    log: str
    path: Path

    @property
    def resources(self) -> dict[str, Resources]:
        """What each entry takes, by its name; without PTX, which the driver translates."""
        found = {}
        for name, stack, stores, loads, registers in _RESOURCES.findall(self.log):
            found[name] = Resources(int(registers), int(stack), int(stores) + int(loads))
        return found


def libraries() -> tuple[str, ...]:
    """Where NVRTC may be: files of wheels, the newest first, then names for the loader."""
    try:
        wheel = find_spec(_WHEEL)
    except (ImportError, ValueError):
        wheel = None
    folders = list(wheel.submodule_search_locations or ()) if wheel is not None else []
    files = [path for folder in folders for path in Path(folder).glob("*/lib/libnvrtc.so.*")]
    sound = [path for path in files if _VERSION.fullmatch(path.name)]
    newest_first = sorted(sound, key=lambda path: -int(path.name.rsplit(".", 1)[1]))
    return (*(str(path) for path in newest_first), *SYSTEM_NAMES)


@lru_cache(maxsize=16)
def _opened(name: str) -> _core.Nvrtc | str:
    """NVRTC, or why it is not there."""
    try:
        return _core.Nvrtc(name)
    except _core.EngineError as fault:
        return str(fault)


def compiler() -> _core.Nvrtc:
    """The first NVRTC that is found.

    Raises:
        EnvironmentFault: If it is not installed.
    """
    return next(_compilers())


def _compilers() -> Iterator[_core.Nvrtc]:
    """All that are found, the newest first; one at least."""
    faults, any_found = [], False
    for name in libraries():
        found = _opened(name)
        if isinstance(found, str):
            faults.append(found)
            continue
        any_found = True
        yield found
    if not any_found:
        raise EnvironmentFault(
            "there is no compiler for the device: NVRTC was not found",
            code="device.no-compiler",
            notes=tuple(dict.fromkeys(faults)),
            hint=_INSTALL,
        )


def loads(driver: int, version: tuple[int, int], kind: str) -> bool:
    """Whether a driver loads code of an NVRTC.

    Within a major version drivers load the machine code of later releases too, but translate no
    PTX of them ("minor version compatibility"). From one major version to the next nothing is
    promised: an image that happens to be loaded may still expect of the driver what it does not do,
    so none is tried.

    Args:
        driver: the CUDA version of the driver, 1000 * major + 10 * minor.
        version: of NVRTC.
        kind: of the code: ``sm_90``, ``compute_90``.
    """
    if kind.startswith("sm"):
        return version[0] <= driver // 1000
    return 1000 * version[0] + 10 * version[1] <= driver


def chosen(capability: int, driver: int | None = None) -> tuple[_core.Nvrtc, str]:
    """An NVRTC, and what it makes for a device: see `target`.

    Args:
        capability: of the device, 10 * major + minor.
        driver: see `loads`; None where nothing will be loaded.

    Raises:
        EnvironmentFault: If there is none that makes what the driver loads.
    """
    faults, found = [], []
    for nvrtc in _compilers():
        try:
            kind = target(capability, nvrtc.architectures)
        except EnvironmentFault as fault:
            faults.append(fault)
            continue
        found.append((nvrtc, kind))
        if kind.startswith("sm") and (driver is None or loads(driver, nvrtc.version, kind)):
            return nvrtc, kind
    for nvrtc, kind in found:
        if driver is None or loads(driver, nvrtc.version, kind):
            return nvrtc, kind
    if not found or driver is None:
        raise faults[0]
    raise _too_new(driver, [(nvrtc.version, kind) for nvrtc, kind in found])


def _too_new(driver: int, found: Sequence[tuple[tuple[int, int], str]]) -> EnvironmentFault:
    release, known = driver // 1000, f"{driver // 1000}.{driver % 1000 // 10}"
    wheel = f"{_NAMED}-cu{release}" if release < _UNNUMBERED else _NAMED
    translated = [kind.startswith("compute") for _, kind in found]
    notes = [
        f"NVRTC {major}.{minor} makes {'PTX' if ptx else 'machine code'}"
        for ((major, minor), _), ptx in zip(found, translated, strict=True)
    ]
    notes.append(_WHY_PTX if any(translated) else _WHY_CODE)
    newest = f"<={known}.999" if any(translated) else f"<{release + 1}"
    return EnvironmentFault(
        f"the driver is of CUDA {known} and does not load what NVRTC makes here",
        code="device.no-compiler",
        notes=tuple(dict.fromkeys(notes)),
        hint="install a newer driver, or an older NVRTC beside this one: "
        f"pip install '{wheel}{newest}'",
    )


def target(capability: int, architectures: Sequence[int]) -> str:
    """The best that can be made for a device: machine code, else PTX.

    Args:
        capability: of the device, 10 * major + minor.
        architectures: for which code can be made.

    Raises:
        EnvironmentFault: If there is neither.
    """
    older = [item for item in architectures if item <= capability]
    if not older:
        raise EnvironmentFault(
            f"NVRTC makes no code for devices of compute capability {_dotted(capability)}",
            code="device.no-compiler",
            notes=(f"the oldest that it knows is {_dotted(min(architectures, default=0))}",),
            hint="install an older NVRTC, or use the device cpu",
        )
    best = max(older)
    # Machine code runs on later devices of the same generation, PTX on all later ones.
    kind = "sm" if best // 10 == capability // 10 else "compute"
    return f"{kind}_{best}"


def compile_text(
    source: str,
    capability: int,
    options: Sequence[str] = (),
    cache: KernelCache | None = None,
    driver: int | None = None,
) -> DeviceCode:
    """Machine code of a text, from the cache if it was made before.

    Args:
        source: CUDA C++ without includes.
        capability: of the device, 10 * major + minor.
        options: besides `OPTIONS`.
        cache: the user's own if left out.
        driver: that will load it: see `chosen`.

    Raises:
        EnvironmentFault: If there is no compiler.
        CompileFault: If it refuses the text.
    """
    cache = cache or KernelCache()
    nvrtc, wanted = chosen(capability, driver)
    words = [f"--gpu-architecture={wanted}", *OPTIONS, *options]
    key = fingerprint((source, str(nvrtc.version), *words))
    found = cache.find(key, CODE_OF_DEVICES)
    if found is None:

        def make(folder: Path) -> None:
            try:
                code, log = nvrtc.compile(source, CODE_OF_DEVICES.source, words)
            except _core.EngineError as fault:
                raise _refused(str(fault), nvrtc.version) from fault
            if not code:
                raise _refused(log, nvrtc.version)
            (folder / CODE_OF_DEVICES.library).write_bytes(code)
            (folder / CODE_OF_DEVICES.source).write_text(source, encoding="utf-8")
            (folder / _LOG).write_text(log, encoding="utf-8")

        found = cache.store(key, (), make, CODE_OF_DEVICES)
    log = (found.path.parent / _LOG).read_text(encoding="utf-8")
    return DeviceCode(found.path.read_bytes(), log, found.path)


def compile_whole(
    source: str,
    capability: int,
    options: Sequence[str] = (),
    cache: KernelCache | None = None,
    driver: int | None = None,
) -> DeviceCode:
    """As `compile_text`; where registers do not suffice, for one block of a multiprocessor."""
    made = compile_text(source, capability, options, cache, driver)
    if any(item.spilled_bytes for item in made.resources.values()):
        made = compile_text(f"#define AML_BLOCKS 1\n{source}", capability, options, cache, driver)
    return made


def _refused(log: str, version: tuple[int, int]) -> CompileFault:
    said = [line for line in log.splitlines() if line.strip() and not line.startswith("ptxas")]
    return CompileFault(
        "NVRTC could not translate the kernels",
        code="compile.failed",
        notes=(*said[:_SHOWN_LINES], "NVRTC {}.{}".format(*version)),
        hint="this is a fault of annarchy_ml or of the compiler, not of the model",
    )


def _dotted(capability: int) -> str:
    return f"{capability // 10}.{capability % 10}"
