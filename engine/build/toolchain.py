"""Finds a C compiler and describes it, without starting it when it was seen before.

Looked for, in this order: `$CXX`, `c++`/`g++`/`clang++` on the PATH, the `ziglang` package.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from annarchy_ml.diagnostics.core import EnvironmentFault

_NAMES = ("c++", "g++", "clang++")
_COMMON_FLAGS: tuple[str, ...] = (
    "-x", "c", "-std=c11", "-O2", "-march=native", "-fno-math-errno", "-fno-trapping-math",
    "-ffp-contract=fast", "-fopenmp-simd", "-fPIC", "-fvisibility=hidden", "-w",
)  # fmt: skip
_GCC_FLAGS = ("-fno-plt", "--param=vect-epilogues-nomask=0")
_X86_FLAGS = ("-mprefer-vector-width=512",)


class NoCompiler(EnvironmentFault):
    """No C compiler was found: kernels can only be interpreted."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A compiler and how to call it.

    Attributes:
        command: the compiler with its fixed first arguments.
        version: first line of what it says of itself.
        flags: arguments of every call, before the files.
        linking: arguments that make a library of them, behind the files.
        vector_math: whether libmvec's vector functions can be declared.
    """

    command: tuple[str, ...]
    version: str
    flags: tuple[str, ...]
    linking: tuple[str, ...]
    vector_math: bool

    @property
    def description(self) -> str:
        """All that decides what the compiler makes of a source text."""
        parts = (*self.command, self.version, *self.flags, *self.linking, processor())
        return "\n".join(parts)


def find_toolchain(memory: Path) -> Toolchain:
    """The compiler of this machine.

    Args:
        memory: folder where versions of compilers seen before are kept.

    Raises:
        NoCompiler: If there is none.
    """
    found = _find_command()
    if found is None:
        raise NoCompiler(
            "no C compiler was found",
            notes=("looked for $CXX, c++, g++, clang++ and the package 'ziglang'",),
            hint="install one, for example with: pip install 'annarchy-ml[compiler]'",
        )
    command, identity = found
    return _describe(command, _version(command, identity, memory))


def processor() -> str:
    """The instruction sets of this machine, which `-march=native` depends on."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            head = file.read(8192)
    except OSError:
        import platform

        return f"{platform.machine()} {platform.processor()}"
    wanted = ("model name", "cpu family", "model\t", "flags", "Features", "CPU part")
    lines = head.split("\n\n")[0].splitlines()
    return "\n".join(line for line in lines if line.startswith(wanted))


def glibc_version() -> tuple[int, int]:
    """Version of the C library, (0, 0) where it is not glibc."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
        major, minor = version.split(".")[:2]
        return (int(major), int(minor)) if name == "glibc" else (0, 0)
    except (AttributeError, OSError, ValueError):
        return (0, 0)


def find_program(name: str) -> str | None:
    """Absolute path of a program on the PATH."""
    if os.sep in name:
        return os.path.abspath(name) if os.access(name, os.X_OK) else None
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if folder and os.path.isfile(path) and os.access(path, os.X_OK):
            return os.path.abspath(path)
    return None


def _find_command() -> tuple[tuple[str, ...], str] | None:
    """The command, and the file whose change means another compiler."""
    words = tuple(os.environ.get("CXX", "").split())
    if words:
        path = find_program(words[0])
        if path is not None:
            return (path, *words[1:]), path
    for name in _NAMES:
        path = find_program(name)
        if path is not None:
            return (path,), path
    return _ziglang_command()


def _ziglang_command() -> tuple[tuple[str, ...], str] | None:
    from importlib.util import find_spec

    package = find_spec("ziglang")
    if package is None or package.origin is None:
        return None
    # The units are C, and Zig builds its C++ library before it compiles the first C++ file.
    return (sys.executable, "-m", "ziglang", "cc"), package.origin


def _version(command: tuple[str, ...], identity: str, memory: Path) -> str:
    """What the compiler says of itself, remembered by the path, time and size of a file."""
    seen = os.stat(os.path.realpath(identity))
    mark = "\n".join((*command, str(seen.st_mtime_ns), str(seen.st_size)))
    note = memory / "compiler-version"
    try:
        known, _, version = note.read_text(encoding="utf-8").rpartition("\n")
        if known == mark:
            return version
    except (OSError, UnicodeDecodeError):
        pass
    version = _ask_version(command)
    try:
        temporary = note.with_name(f"{note.name}.{os.getpid()}")
        temporary.write_text(f"{mark}\n{version}", encoding="utf-8")
        os.replace(temporary, note)
    except OSError:
        pass  # the next start asks again
    return version


def _ask_version(command: tuple[str, ...]) -> str:
    import subprocess

    try:
        done = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoCompiler(
            f"the compiler {command[0]} does not start",
            notes=(" ".join(str(error).split()),),
            hint="set CXX to a working compiler",
        ) from error
    lines = done.stdout.splitlines()
    return lines[0].strip() if lines else "unknown"


def _describe(command: tuple[str, ...], version: str) -> Toolchain:
    machine = os.uname().machine
    clang = "clang" in version.lower() or "ziglang" in command
    flags = _COMMON_FLAGS if clang else _COMMON_FLAGS + _GCC_FLAGS
    if machine == "x86_64":
        flags += _X86_FLAGS
    glibc = (0, 0) if clang else glibc_version()
    vector_math = machine == "x86_64" and glibc >= (2, 22)
    # This process has the C library already; to look for it again doubles the time of linking.
    alone = ("-nostdlib",) if glibc > (0, 0) else ()
    linking = ("-shared", *alone, *(("-lmvec", "-lm") if vector_math else ("-lm",)))
    return Toolchain(command, version, flags, linking, vector_math)
